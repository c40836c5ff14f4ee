"""The web and the upload application over one database, and bidders who send signed requests."""

import hashlib
import json
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from kernel import log, postgres
from kernel.clock import clock_timestamp, installation, legal_now
from kernel.crypto.signatures import verify_ed25519
from kernel.house import House
from kernel.pure import receipts
from kernel.settings import Settings
from trading.app import create_app
from trading.bids import actions, upload

from .world import Bidder, PublishedLot, publish, root_of


@dataclass(slots=True)
class Desk:
    """The web and the upload application over one database, and bidders who talk to them."""

    house: House
    web: FlaskClient
    tus: FlaskClient
    key: receipts.LogKey

    def lot(self) -> PublishedLot:
        with self.house.database.writing() as session:
            return publish(session, now=legal_now(session), closes_in=timedelta(hours=1))

    def wall(self) -> datetime:
        with self.house.database.reading() as session:
            return clock_timestamp(session)

    def ask(
        self,
        bidder: Bidder,
        method: str,
        path: str,
        body: bytes = b"",
        *,
        digest: bytes | None = None,
        aged: timedelta = timedelta(0),
        stale: timedelta = timedelta(0),
        headers: dict[str, str] | None = None,
    ) -> TestResponse:
        """A signed request; `aged` is the ticket's age, `stale` the signature's."""
        now = self.wall()
        signed = bidder.signed(
            bidder.ticket(self.house.keys, now - aged),
            method,
            path,
            digest=digest or hashlib.sha256(body).digest(),
            at=now - stale,
        )
        shown = {"Accept": "application/json", **signed, **(headers or {})}
        client = self.tus if path.startswith("/upload") else self.web
        if client is self.web and body:
            shown["Content-Type"] = "application/json"
        return client.open(path, method=method, data=body, headers=shown)

    def post(self, bidder: Bidder, path: str, body: Mapping[str, Any]) -> TestResponse:
        """A signed JSON request."""
        return self.ask(bidder, "POST", path, json.dumps(body).encode())

    def hand_in(self, bidder: Bidder, submission: actions.Submission, **how: Any) -> TestResponse:
        """POST an envelope to the bidder's lot."""
        body = {
            "header": submission.header.decode(),
            "signature": submission.signature.hex(),
            "uploads": {part.value: str(found) for part, found in submission.uploads.items()},
        }
        return self.ask(
            bidder, "POST", f"/lots/{bidder.lot.id}/bids", json.dumps(body).encode(), **how
        )

    def begin(self, bidder: Bidder, part: str, size: int) -> TestResponse:
        named = b64encode(part.encode()).decode()
        headers = {"Upload-Length": str(size), "Upload-Metadata": f"part {named}"}
        return self.ask(bidder, "POST", "/upload/", headers=headers)

    def patch(self, bidder: Bidder, path: str, data: bytes, offset: int = 0) -> TestResponse:
        """PATCH signed over the checksum of other bytes when `data` was changed on the way."""
        digest = root_of(data)
        return self._send(bidder, path, data, digest, offset)

    def patch_changed(self, bidder: Bidder, path: str, data: bytes, meant: bytes) -> TestResponse:
        """What arrives is not what was signed."""
        return self._send(bidder, path, data, root_of(meant), 0)

    def _send(
        self, bidder: Bidder, path: str, data: bytes, digest: bytes, offset: int
    ) -> TestResponse:
        headers = {
            "Upload-Offset": str(offset),
            "Upload-Checksum": f"sbe1-root {b64encode(digest).decode()}",
        }
        return self.ask(bidder, "PATCH", path, data, digest=digest, headers=headers)

    def sequence(self, *, whole: bool = True) -> log.Checkpoint:
        with self.house.database.writing() as session:
            return log.sequence(session, self.house.keys, whole=whole)

    def receipt(self, bidder: Bidder, refusal: dict[str, Any]) -> dict[str, Any]:
        """Fetch what proves a refusal: 202 before the log's tick, then always the same."""
        path = f"/lots/{bidder.lot.id}/refusals/{UUID(refusal['id'])}/receipt"
        if self.ask(bidder, "GET", path).status_code == 202:
            self.sequence()
        first, again = (self.ask(bidder, "GET", path).get_json() for _ in range(2))
        assert first == again
        return dict(first)

    def proven(self, bidder: Bidder, answer: TestResponse, code: str) -> receipts.Proven:
        """The answer refuses with `code`, and its receipt proves so by the pure check alone."""
        told = answer.get_json()
        assert told["code"] == code, told
        assert told["what"] and told["why"] and told["next"]
        found = receipts.prove(self.receipt(bidder, told["refusal"]), self.key, verify_ed25519)
        assert (found.code, found.subject.hex()) == (code, told["refusal"]["commitment"])
        assert found.at == told["refusal"]["at"]
        return found


@contextmanager
def desk_on(postgres_url: str, template: str, state: Path) -> Iterator[Desk]:
    """A desk on a database of its own, for all tests of a module: each has its own lot."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=template)
    settings = Settings(database_url=postgres.beside(postgres_url, name), state_dir=state)
    house = House.open(settings, pool_size=4)
    with house.database.reading() as session:
        key = receipts.LogKey(installation(session).log_origin, house.keys.log_public_key)
    web = create_app(settings)
    tus = upload.create_app(settings)
    yield Desk(house, web.test_client(), tus.test_client(), key)
    for opened in (house, web.extensions["sunbid"].house, tus.extensions["house"]):
        opened.database.dispose()
    postgres.drop_database(postgres_url, name)
