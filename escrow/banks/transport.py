"""HTTP to a bank: short timeouts, a cap on the answer, no proxies, no redirects."""

import http.client
import ssl
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from escrow.banks.gateway import BankUnreachableError

TIMEOUT_SECONDS: Final = 3.0
MAX_ANSWER: Final = 8 << 20


@dataclass(frozen=True, slots=True)
class Answered:
    """Status, body and headers of an answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class HttpTransport:
    """Requests to one origin; `tls` says by whom an https one is trusted, the system otherwise."""

    base_url: str
    timeout: float = TIMEOUT_SECONDS
    tls: ssl.SSLContext | None = None

    def request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        """Ask once. Raises BankUnreachableError when no whole answer below the cap came back."""
        url = urllib.parse.urlsplit(self.base_url)
        connection = self._connection(url)
        try:
            connection.request(method, url.path + path, body=body, headers=dict(headers or {}))
            response = connection.getresponse()
            content = response.read(MAX_ANSWER + 1)
        except (OSError, http.client.HTTPException) as error:
            raise BankUnreachableError(type(error).__name__) from error
        finally:
            connection.close()
        if len(content) > MAX_ANSWER:
            raise BankUnreachableError("answer too large")
        # Read up to a cap, a short body raises nothing: what was announced and never came shows.
        if response.length:
            raise BankUnreachableError("answer cut short")
        return Answered(response.status, content, dict(response.getheaders()))

    def _connection(self, url: urllib.parse.SplitResult) -> http.client.HTTPConnection:
        host = url.hostname or ""
        if url.scheme != "https":
            return http.client.HTTPConnection(host, url.port, timeout=self.timeout)
        return http.client.HTTPSConnection(host, url.port, timeout=self.timeout, context=self.tls)
