"""A plain tus client over http.client, so that tests can also misbehave."""

import hashlib
import http.client
import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any

from kernel.clock import clock_timestamp
from kernel.house import House
from kernel.pure.envelope import PartName
from trading.bids.rules import MOST_PER_REQUEST

from .world import Bidder, root_of

NOTHING = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, headers and JSON body of a response."""

    status: int
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    @property
    def offset(self) -> int:
        return int(self.headers["upload-offset"])


class TusClient:
    """Requests of one bidder to the upload process."""

    def __init__(self, port: int, house: House, bidder: Bidder) -> None:
        self.port, self._house, self._bidder = port, house, bidder
        with house.database.reading() as session:
            self._at = clock_timestamp(session)
        self._ticket = bidder.ticket(house.keys, self._at)

    def begin(self, part: PartName, size: int) -> str:
        """Open an upload; returns its path."""
        answer = self.ask_to_begin(part.value, size)
        assert answer.status == 201, answer
        return answer.headers["location"]

    def ask_to_begin(self, part: str, size: int) -> Answer:
        """POST, whatever comes of it."""
        named = b64encode(part.encode()).decode()
        headers = {"Upload-Length": str(size), "Upload-Metadata": f"part {named}"}
        return self.send("POST", "/upload/", headers)

    def head(self, path: str) -> Answer:
        """Ask where the upload stands."""
        return self.send("HEAD", path)

    def patch(
        self, path: str, offset: int, data: bytes, *, checksum: bytes | None = None
    ) -> Answer:
        """Send `data` at `offset`."""
        return self.send("PATCH", path, *patch_headers(offset, data, checksum))

    def send_all(self, path: str, data: bytes, *, start: int = 0) -> Answer:
        """Send everything from `start` in the largest pieces."""
        answer = Answer(204, {"upload-offset": str(start)})
        while answer.offset < len(data):
            at = answer.offset
            answer = self.patch(path, at, data[at : at + MOST_PER_REQUEST])
            assert answer.status == 204, answer
        return answer

    def send(
        self,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        digest: bytes = NOTHING,
        data: bytes = b"",
    ) -> Answer:
        """One signed request on a connection of its own."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        connection.request(
            method, path, body=data, headers={**(headers or {}), **self.sign(method, path, digest)}
        )
        response = connection.getresponse()
        raw = response.read()
        connection.close()
        return Answer(
            response.status,
            {name.lower(): value for name, value in response.getheaders()},
            json.loads(raw) if raw else {},
        )

    def sign(self, method: str, path: str, digest: bytes) -> dict[str, str]:
        """Ticket and signature of a request."""
        return self._bidder.signed(self._ticket, method, path, digest=digest, at=self._at)


def patch_headers(
    offset: int, data: bytes, checksum: bytes | None = None
) -> tuple[dict[str, str], bytes, bytes]:
    """Headers, checksum and body of a PATCH."""
    digest = checksum if checksum is not None else root_of(data)
    headers = {
        "Content-Type": "application/offset+octet-stream",
        "Upload-Offset": str(offset),
        "Upload-Checksum": f"sbe1-root {b64encode(digest).decode()}",
    }
    return headers, digest, data
