"""Seeding: the demonstration's history, played by the same public actions under an early clock.

`prologue` runs before the processes start, `epilogue` once they serve (past openings and
evaluations need people of their own); both may be called again and change nothing then.
"""

import logging
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.exc import NoResultFound
from sqlalchemy.orm import Session

from kernel.calendar import published_holidays
from kernel.clock import clock_timestamp, found, installation, legal_now
from kernel.house import House
from kernel.ids import new_id
from kernel.jobs import DueWork, WorkState
from kernel.settings import Settings
from trading import worker
from trading.demo import actions, bank, lots, people, queries
from trading.demo.cast import MAIN, Cast, Lot, cast
from trading.demo.rules import EVE
from trading.demo.timetable import Moments, beginning, moments, present
from trading.tenders.models import Lot as LotRow
from trading.tenders.rules import LotStage

LOG = logging.getLogger("sunbid.demo")
AT_OPENING = (LotStage.SUBMISSION_CLOSED, LotStage.OPENING)
EVALUATION = (LotStage.OPENED, LotStage.EVALUATING, LotStage.REPORT_SIGNED)
AFTER_PUBLICATION = (
    LotStage.CANDIDATES_PUBLISHED,
    LotStage.AWARDED,
    LotStage.NOTICE_ISSUED,
    LotStage.CONTRACT_SIGNED,
    LotStage.DEPOSITS_SETTLED,
)
MARGIN = timedelta(minutes=40)
RECESS = timedelta(hours=4)
TERMINATED_AFTER = timedelta(days=16)
PLAYER = Path(__file__).resolve().parents[2] / "static" / "src" / "headless" / "play.js"


@dataclass(frozen=True, slots=True)
class Happening:
    """Something the seed does at a moment of the history."""

    at: datetime
    do: Callable[[House], None]


@dataclass(frozen=True, slots=True)
class History:
    """The seeded history: its cast, its present, and the times of every lot."""

    cast: Cast
    present: datetime
    lots: dict[str, Moments]

    @classmethod
    def planned(cls, wall: datetime) -> "History":
        """The history as counted from the wall clock."""
        holidays = published_holidays()
        now = present(wall, holidays)
        told = cast()
        return cls(told, now, {lot.key: moments(lot, now, holidays) for lot in told.lots})

    def happenings(self) -> list[Happening]:
        """Every publication and termination, in order of time."""
        found: list[Happening] = []
        for lot in self.cast.lots:
            when = self.lots[lot.key]
            found.append(Happening(when.published, _publishing(lot, when)))
            if lot.ended:
                found.append(Happening(when.published + TERMINATED_AFTER, _ending(lot)))
        return sorted(found, key=lambda one: one.at)

    def played(self) -> list[Lot]:
        """The lots with a past opening, in order of time."""
        lots = [lot for lot in self.cast.lots if lot.played]
        return sorted(lots, key=lambda lot: self.lots[lot.key].deadline)


def prologue(house: House) -> None:
    """Found the installation and play its history up to the eve of the first past opening."""
    wall = _wall(house)
    history = History.planned(wall)
    if not _is_founded(house):
        _found(house, history, wall)
    first = history.played()[0]
    _reach(house, history, history.lots[first.key].deadline - MARGIN)


def epilogue(house: House) -> None:
    """Play past openings and what followed with real people, then the history to its present."""
    bank.connect(house)
    with house.database.reading() as session:
        if not queries.still_playing(session, legal_now(session)):
            return
    history = History.planned(_wall(house))
    for lot in history.played():
        _play_life(house, history, lot)
    _reach(house, history, history.present)
    _go_to(house, history.lots[MAIN].deadline - EVE)


def _reach(house: House, history: History, until: datetime) -> None:
    """Play every happening up to `until`, and let time pass to it."""
    _play(house, history, until)
    _go_to(house, until)


def _found(house: House, history: History, wall: datetime) -> None:
    start = beginning(history.cast, history.present, published_holidays())
    with house.database.writing() as session:
        found(session, demo=True, offset=start - wall, id=new_id())
    with house.database.writing() as session:
        people.introduce(session, house, history.cast, now=legal_now(session))


def _play(house: House, history: History, until: datetime) -> None:
    """Do every happening up to `until` that has not been done."""
    for happening in history.happenings():
        if happening.at <= until:
            if _now(house) < happening.at:
                _go_to(house, happening.at)
            happening.do(house)


def _publishing(lot: Lot, when: Moments) -> Callable[[House], None]:
    def publish(house: House) -> None:
        if _stage(house, lot) is None:
            with house.database.writing() as session:
                lots.publish(session, house, lot, when, now=legal_now(session))
            worker.drain(house)

    return publish


def _ending(lot: Lot) -> Callable[[House], None]:
    def end(house: House) -> None:
        if _stage(house, lot) is not LotStage.TERMINATED:
            with house.database.writing() as session:
                lots.terminate(session, lot, now=legal_now(session))

    return end


def _go_to(house: House, to: datetime) -> None:
    """Let time pass until `to`, stopping at each thing that falls due on the way."""
    while True:
        worker.drain(house)
        # A close is vouched for before time moves on; nothing else of the history needs it.
        worker.witness(house, routine=False)
        with house.database.writing() as session:
            stop = _next_due(session, to)
            now = legal_now(session)
            actions.advance(session, to=stop or to, now=now)
        worker.sequence(house)
        if stop is None:
            worker.drain(house)
            return


def _next_due(session: Session, before: datetime) -> datetime | None:
    return session.scalars(
        select(DueWork.due_at)
        .where(
            DueWork.state == WorkState.WAITING,
            DueWork.due_at < before,
            DueWork.due_at > legal_now(session),
        )
        .order_by(DueWork.due_at)
        .limit(1)
    ).first()


def _play_life(house: House, history: History, lot: Lot) -> None:
    """The people of a past lot act as processes of their own; goes on from where the lot stands."""
    deadline = history.lots[lot.key].deadline
    fresh = _now(house) < deadline
    if fresh:
        LOG.info("playing %s until %s", lot.name, lot.played)
        _reach(house, history, deadline - MARGIN)
        _run_players(house, lot, "bids")
        _go_to(house, deadline + timedelta(seconds=1))
    if fresh or _stage(house, lot) in AT_OPENING:
        _run_players(house, lot, "opening")
    if lot.played == LotStage.OPENED:
        return
    if fresh or _stage(house, lot) in EVALUATION:
        # The committee meets in the afternoon.
        _go_to(house, deadline + RECESS)
        _run_players(house, lot, "on", until=LotStage.CANDIDATES_PUBLISHED)
    if lot.played == LotStage.ARCHIVED and _stage(house, lot) in AFTER_PUBLICATION:
        # The awarding morning; whatever else falls due on the way happens.
        _reach(house, history, _publicity_over(house, lot))
        _run_players(house, lot, "on", until=LotStage.ARCHIVED)


def _publicity_over(house: House, lot: Lot) -> datetime:
    with house.database.reading() as session:
        row = session.scalars(select(LotRow).where(LotRow.name == lot.name)).one()
        over = queries.publicity_over(session, row)
    if over is None:
        raise RuntimeError(f"{lot.name} has no candidates")
    return over


def _run_players(house: House, lot: Lot, act: str, *, until: LotStage = LotStage.OPENED) -> None:
    """One act of a past lot; raises CalledProcessError when the players fail."""
    settings = house.settings
    subprocess.run(
        [
            shutil.which("node") or "node",
            str(PLAYER),
            act,
            f"--url={settings.public_url}",
            f"--upload-url={settings.upload_url}",
            f"--bank-url={settings.bank_url}",
            f"--lot={_row(house, lot)}",
            f"--until={until.value}",
        ],
        check=True,
        timeout=180,
    )


def _is_founded(house: House) -> bool:
    with house.database.reading() as session:
        try:
            installation(session)
        except NoResultFound:
            return False
        return True


def _wall(house: House) -> datetime:
    with house.database.reading() as session:
        return clock_timestamp(session)


def _now(house: House) -> datetime:
    with house.database.reading() as session:
        return legal_now(session)


def _row(house: House, lot: Lot) -> object:
    with house.database.reading() as session:
        return session.scalars(select(LotRow.id).where(LotRow.name == lot.name)).one()


def _stage(house: House, lot: Lot) -> LotStage | None:
    with house.database.reading() as session:
        return session.scalars(select(LotRow.stage).where(LotRow.name == lot.name)).first()


def main() -> None:
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    house = House.open(Settings.from_env())
    if sys.argv[1:] == ["epilogue"]:
        epilogue(house)
    else:
        prologue(house)


if __name__ == "__main__":
    main()
