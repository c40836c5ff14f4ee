"""A TCP line to a bank: one question, one answer, both behind a length prefix."""

import socket
import urllib.parse
from dataclasses import dataclass
from typing import Final

from escrow.banks.exchange.forms import Form
from escrow.banks.exchange.messages import framed, length_of
from escrow.banks.gateway import BankUnreachableError

TIMEOUT_SECONDS: Final = 3.0


@dataclass(frozen=True, slots=True)
class Line:
    """Questions to `address`, a tcp:// URL."""

    form: Form
    address: str
    timeout: float = TIMEOUT_SECONDS

    def ask(self, xml: bytes) -> bytes:
        """The XML of the answer. Raises BankUnreachableError unless a whole one came in time."""
        url = urllib.parse.urlsplit(self.address)
        try:
            with socket.create_connection(
                (url.hostname or "", url.port or 0), timeout=self.timeout
            ) as line:
                line.sendall(framed(self.form, xml))
                return take(line, self.form)
        except (OSError, ValueError) as error:
            raise BankUnreachableError(type(error).__name__) from error


def take(line: socket.socket, form: Form) -> bytes:
    """One message off a line, without its prefix. Raises OSError, UnreadableError."""
    return exactly(line, length_of(form, exactly(line, form.prefix)))


def exactly(line: socket.socket, count: int) -> bytes:
    """So many bytes. Raises ConnectionError when the line ends before."""
    parts: list[bytes] = []
    while count:
        part = line.recv(min(count, 1 << 16))
        if not part:
            raise ConnectionError("the line ended in the middle")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)
