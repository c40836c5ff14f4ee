"""A running installation with lots a day before their deadline, and what tests ask of it."""

import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import text

from kernel.clock import legal_now
from kernel.house import House
from kernel.settings import Settings
from tests import running
from tests.faults.puppets import Puppets
from trading.demo import actions, bank, single
from trading.demo.cast import Cast
from trading.installation import Installation, answers
from trading.tenders.queries import lot_snapshot

BIDDERS = ("bidder-1", "bidder-2", "bidder-3")
TRUSTEES = ("centre", "supervisor", "trustee")
PATIENCE = 40.0


def offer(price_fen: int) -> dict[str, Any]:
    """The opening part of a bid, alike but for its price."""
    return {"price_fen": price_fen, "duration_days": 90, "quality": "合格", "manager": "岑风"}


@dataclass(frozen=True, slots=True)
class World:
    """One installation, its lots by name, and the people who act in it."""

    installation: Installation
    house: House
    puppets: Puppets
    lots: dict[str, UUID]

    def now(self) -> datetime:
        """The legal time."""
        with self.house.database.reading() as session:
            return legal_now(session)

    def deadline(self, lot: UUID) -> datetime:
        """T of a lot."""
        with self.house.database.reading() as session:
            return lot_snapshot(session, lot).deadline

    def advance(self, to: datetime) -> None:
        """Move legal time forward, as the demonstration does."""
        with self.house.database.writing() as session:
            actions.advance(session, to=to, now=legal_now(session))

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        """What the database says, past every edge."""
        with self.house.database.reading() as session:
            return [tuple(row) for row in session.execute(text(sql), values)]

    def stage(self, lot: UUID) -> str:
        """Where an opening stands."""
        [(stage,)] = self.rows("SELECT stage FROM opening WHERE lot_id = :lot", lot=lot)
        return str(stage)

    def until_stage(self, lot: UUID, *stages: str) -> str:
        """Wait for one of the stages; returns which."""
        until(lambda: self.stage(lot) in stages, f"{stages}, now {self.stage(lot)}")
        return self.stage(lot)

    def until_vouched(self, lot: UUID) -> None:
        """Wait until shares may leave: the close is witnessed, or decided on a slow machine."""
        self.until_stage(lot, "deadline_lock")

        def vouched() -> bool:
            [(state,)] = self.rows("SELECT close_state FROM opening WHERE lot_id = :lot", lot=lot)
            if state == "late":
                self.puppets.ask("decide", **{"as": "supervisor", "lot": str(lot)})
            return state in ("in_time", "go_on")

        until(vouched, "the witnesses of the close")

    def events(self, lot: UUID) -> list[dict[str, Any]]:
        """The opening's stream as the database holds it."""
        found_rows = self.rows(
            "SELECT e.seq, e.kind, e.payload FROM live_event e "
            "JOIN live_session s ON s.id = e.session_id WHERE s.ref = :lot ORDER BY e.seq",
            lot=lot,
        )
        return [{"seq": seq, "kind": kind, "payload": told} for seq, kind, told in found_rows]

    def payloads(self, lot: UUID, kind: str) -> list[dict[str, Any]]:
        """What the events of one kind say."""
        return [event["payload"] for event in self.events(lot) if event["kind"] == kind]

    def sitting_id(self, lot: UUID) -> UUID:
        """The stream of the session in which the lot is opened."""
        [(live,)] = self.rows(
            "SELECT s.live_id FROM sitting s JOIN sitting_lot p ON p.sitting_id = s.id "
            "WHERE p.lot_id = :lot",
            lot=lot,
        )
        return UUID(str(live))

    def live_id(self, lot: UUID) -> UUID:
        """The opening's stream."""
        [(live,)] = self.rows("SELECT id FROM live_session WHERE ref = :lot", lot=lot)
        return UUID(str(live))

    def fetch(self, path: str) -> bytes:
        """A public page."""
        with urllib.request.urlopen(f"{self.installation.url}{path}", timeout=20) as answer:
            return bytes(answer.read())

    def kill(self, name: str) -> None:
        """Kill a process with -9 and wait until its next life has begun."""
        before = self.installation.supervisor.starts(name)
        until(lambda: self.installation.supervisor.pid(name) is not None, f"{name} running")
        self.installation.kill(name)
        until(lambda: self.installation.supervisor.starts(name) > before, f"{name} again")

    def wait_for_web(self) -> None:
        """Until pages are answered again."""
        until(lambda: answers(self.installation.url), "pages")


def until(ready: Callable[[], object], what: str, seconds: float = PATIENCE) -> None:
    """Poll until `ready` answers something true."""
    deadline = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < deadline, f"waited {seconds} s for {what}"
        time.sleep(0.05)


@contextmanager
def world(
    *names: str,
    hours_before: float = 12,
    told: Cast | None = None,
    machine: Mapping[str, Any] | None = None,
    **lots: Any,
) -> Iterator[World]:
    """An installation with one lot per name, all with the same deadline, that far ahead.

    `lots` says what else the lots are: their `draws`, whether they are opened `together`; `machine`
    what else the installation is: `durable`, its `web_processes`.
    """
    made: dict[str, UUID] = {}

    def prepare(settings: Settings) -> None:
        house = House.open(settings, pool_size=2)
        made.update(single.publish(house, names, timedelta(hours=hours_before), told, **lots))
        bank.connect(house, told, only=("yunlan",))
        house.database.dispose()

    with running.installation(prepare, **(machine or {})) as installation:
        house = House.open(installation.settings, pool_size=4)
        puppets = Puppets(installation)
        try:
            yield World(installation, house, puppets, made)
        finally:
            puppets.stop()
            house.database.dispose()
