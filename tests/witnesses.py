"""A cosigner and a time-stamp authority inside the test's process, with switches."""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from kernel.clock import installation, legal_now
from kernel.cosigner.book import Book
from kernel.cosigner.signing import Cosigner
from kernel.db import Database
from kernel.house import House
from kernel.own_clock import OwnClock
from kernel.pure.checkpoints import ED25519, format_vkey
from kernel.stamping import authority
from kernel.stamping.authority import LocalAuthority
from kernel.stamps import UnreachableError, trusted_in
from kernel.witnesses import Witnesses

NAME = "sunbid/demo/cosigner/test"


class LegalClock(OwnClock):
    """The installation's legal time; `ahead` makes a witness's clock run wrong."""

    def __init__(self, database: Database) -> None:
        super().__init__()
        self._database = database
        self.ahead = timedelta(0)

    def now(self) -> datetime:
        with self._database.reading() as session:
            return legal_now(session) + self.ahead


@dataclass(slots=True)
class Watcher:
    """A cosigner that a test can stop and have ask itself what it was asked."""

    cosigner: Cosigner
    clock: LegalClock
    down: bool = False
    asked: list[str] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.cosigner.name

    @property
    def key(self) -> bytes:
        return self.cosigner.key

    def offer(self, text: str) -> str:
        if self.down:
            raise UnreachableError("down")
        self.asked.append(text)
        return self.cosigner.offer(text)


@dataclass(slots=True)
class Stamper:
    """An authority that a test can stop."""

    authority: LocalAuthority
    clock: LegalClock
    down: bool = False

    def answer(self, request: bytes) -> bytes:
        if self.down:
            raise UnreachableError("down")
        return self.authority.answer(request)


def watched(house: House) -> House:
    """The same house with witnesses of its own, kept in its state folder."""
    clock = LegalClock(house.database)
    folder = house.settings.state_dir / "witnesses"
    book = Book(folder / "cosigner")
    book.found(NAME)
    with house.database.reading() as session:
        origin = installation(session).log_origin
    book.trust(format_vkey(origin, ED25519, house.keys.log_public_key))
    pem = authority.found(folder / "stamping", now=OwnClock().now())
    watcher = Watcher(Cosigner(folder / "cosigner", clock=clock), clock)
    stamper = Stamper(authority.open_authority(folder / "stamping", clock), clock)
    return replace(house, witnesses=Witnesses((watcher,), stamper, trusted_in(pem)))


def watcher(house: House) -> Watcher:
    """The cosigner of a watched house."""
    found = house.witnesses.cosigners[0]
    assert isinstance(found, Watcher)
    return found


def stamper(house: House) -> Stamper:
    """The authority of a watched house."""
    found = house.witnesses.authority
    assert isinstance(found, Stamper)
    return found
