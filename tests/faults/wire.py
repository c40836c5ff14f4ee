"""A hall of running processes: two of the web behind one cable, people who ask until answered."""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from kernel.permissions import Actor, Pseudonym, Visitor
from tests.faults.cable import Cable
from tests.faults.puppets import Puppets, TurnedAway
from tests.faults.watcher import Watcher
from tests.faults.world import World, offer, until, world
from tests.trading.openings.model import Act, Heard, Model
from tests.trading.openings.storm import BIDDERS, TRUSTEES
from trading.demo.lots import acting
from trading.openings.committee import seat_of
from trading.openings.states import CloseState, Opening, Stage
from trading.tenders.queries import lot_snapshot

DRAWS = ({"name": "k", "title": "下浮系数 K", "kind": "set", "options": ["0.95", "0.96", "0.97"]},)
PRICES = (398_000_000, 412_345_678, 405_500_050)
OFFICIALS = ("agency", "tenderee", "water", "centre", "supervisor", "trustee")
PATIENCE = 60.0
BROKEN = re.compile("no answer|fetch failed|terminated|JSON|aborted|closed", re.IGNORECASE)
"""What a client says when the line broke."""
DOORS = {"answer": "answer", "unlock": "unlock", "sign-in": "signIn", "objections": "objection"}


class Follower(Watcher):
    """Keeps events as they are."""

    kept = ("seq", "kind", "payload", "at")


@dataclass
class Sky:
    """One installation with two web processes behind one cable, and the lots of a storm."""

    here: World
    cable: Cable
    puppets: Puppets
    lots: list[UUID]

    def kill(self, name: str) -> None:
        """Kill a process with -9; one that is just being started again is dead enough."""
        with suppress(LookupError):
            self.here.installation.kill(name)

    @property
    def webs(self) -> list[str]:
        return list(self.here.installation.web_urls.values())


class Wire:
    """Acts as requests of people without browsers, asked again until somebody answers."""

    def __init__(self, sky: Sky, lot: UUID) -> None:
        self.sky, self.lot = sky, lot
        with sky.here.house.database.reading() as session:
            officials = {login: acting(session, login) for login in OFFICIALS}
            snapshot = lot_snapshot(session, lot)
            seated = (*TRUSTEES, "trustee")
            indexes = {who: seat_of(session, snapshot, officials[who]).index for who in seated}
        people: dict[str, Actor] = {
            **officials,
            **{who: Pseudonym(lot, "", b"") for who in BIDDERS},
            "public": Visitor(),
        }
        seats = {who: seat for seat, who in enumerate(BIDDERS, start=1)}
        self.model = Model(sky.here.house, lot, people, seats, indexes)
        self.followers: list[Follower] = []
        self.replayed = b""
        for url in sky.webs:
            self.follow(url)

    def follow(self, url: str) -> None:
        """One more client on that process."""
        self.followers.append(Follower(url, self.sky.here.live_id(self.lot)))

    def do(self, acts: Sequence[Act], blow: Callable[[], None] | None = None) -> list[Heard]:
        begun = [(act, self._begin(act)) for act in acts]
        if blow is not None:
            blow()
        return [heard for act, doing in begun for heard in self._insist(act, doing)]

    def settle(self) -> None:
        until(self._is_idle, "the platform's own work", PATIENCE)

    def close(self) -> None:
        for each in self.followers:
            each.stop()

    def _begin(self, act: Act) -> "Future[Any]":
        asked: dict[str, Any] = {"as": act.who, "lot": str(self.lot)}
        begin, hall = self.sky.puppets.begin, f"/lots/{self.lot}/hall"
        match act.door:
            case "release":
                return begin("releaseAt", **asked, **act.body)
            case "sign":
                return begin("host", **asked, stage=Stage.OPENING)
            case "late-close":
                return begin("decide", **asked)
            case "failures":
                told = {"method": "POST", "path": f"{hall}/failures", "json": dict(act.body)}
                return begin("ticketed", **asked, **told)
            case door if door in DOORS:
                return begin(DOORS[door], **asked, **act.body)
        post = "postAsNobody" if act.who == "public" else "post"
        return begin(post, **asked, path=f"{hall}/{act.door}", json=dict(act.body))

    def _insist(self, act: Act, doing: "Future[Any]") -> Iterator[Heard]:
        """The answer, and before it every time that none arrived."""
        end = time.monotonic() + PATIENCE
        while True:
            try:
                told = doing.result(PATIENCE)
            except TurnedAway as turned:
                if turned.code and turned.status < 500:
                    # A client that refuses by itself has asked for nothing.
                    yield Heard(act, turned.code if turned.status else None)
                    return
                yield Heard(act, None)
                if not turned.status and not BROKEN.search(str(turned)):
                    return
                assert time.monotonic() < end, f"{act}: {turned}"
                time.sleep(0.1)
                doing = self._begin(act)
            else:
                stage = told.get("stage") if isinstance(told, dict) else None
                yield Heard(act, "", stage)
                return

    def _is_idle(self) -> bool:
        """Nothing is due that the platform does by itself."""
        here = self.sky.here
        [(due,)] = here.rows(
            "SELECT count(*) FROM due_work WHERE payload->>'lot_id' = CAST(:lot AS text) "
            "AND state = 'waiting' AND due_at <= legal_now() AND kind LIKE 'opening.%'",
            lot=self.lot,
        )
        opening = self.model.opening()
        return not due and not (opening.paused_at is None and _has_work(opening, here))


def _has_work(opening: Opening, here: World) -> bool:
    match opening.stage:
        case Stage.DEADLINE_LOCK:
            return opening.close is CloseState.AWAITED or len(opening.first) >= opening.threshold
        case Stage.OPENING:
            return len(opening.second) >= opening.threshold and not opening.unsealed
        case Stage.VERIFICATION:
            return True
        case Stage.WAITING | Stage.SIGN_IN:
            return opening.until is not None and here.now() >= opening.until
        case _:
            return False


@contextmanager
def sky(lots: int) -> Iterator[Sky]:
    """Lots with three bids each; the first still waits for its deadline when its storm begins."""
    names = [f"风暴{number}" for number in range(1, lots + 1)]
    machine = {"durable": True, "web_processes": 2}
    with world(*names, machine=machine, draws=DRAWS) as here:
        cable = Cable(*here.installation.web_urls.values())
        puppets = Puppets(here.installation, cable.url)
        try:
            for lot in here.lots.values():
                # One after the other: seats follow the order of arrival.
                for login, price in zip(BIDDERS, PRICES, strict=True):
                    files = {"technical": "技术文件", "commercial": "商务文件"}
                    asked = {"as": login, "lot": str(lot), "offer": offer(price), "files": files}
                    puppets.ask("bid", **asked)
            yield Sky(here, cable, puppets, list(here.lots.values()))
        finally:
            puppets.stop()
            cable.close()
