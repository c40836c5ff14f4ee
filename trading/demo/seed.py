"""Seeding: the demonstration's history, played by the same public actions under an early clock.

`prologue` runs before the processes start, `epilogue` once they serve (a past opening needs
bidders and trustees of their own); both may be called again and change nothing then.
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
from trading.demo import actions, bank, lots, people
from trading.demo.cast import MAIN, OPENED, Cast, Lot, cast
from trading.demo.rules import EVE
from trading.demo.timetable import Moments, beginning, moments, present
from trading.tenders.models import Lot as LotRow
from trading.tenders.rules import LotStage

LOG = logging.getLogger("sunbid.demo")
MARGIN = timedelta(minutes=40)
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


def prologue(house: House) -> None:
    """Found the installation and play its history up to the eve of the past opening."""
    wall = _wall(house)
    history = History.planned(wall)
    if not _is_founded(house):
        _found(house, history, wall)
    until = history.lots[OPENED].deadline - MARGIN
    _play(house, history, until)
    _go_to(house, until)


def epilogue(house: House) -> None:
    """Play the past opening with real bidders, then the history up to its present."""
    history = History.planned(_wall(house))
    bank.connect(house)
    if _stage(house, history.cast.lot(OPENED)) in (
        LotStage.NOTICE_PUBLISHED,
        LotStage.DOCUMENTS_ON_OFFER,
    ):
        _play_opening(house, history)
    _play(house, history, history.present)
    _go_to(house, history.present)
    _go_to(house, history.lots[MAIN].deadline - EVE)


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


def _play_opening(house: House, history: History) -> None:
    """Bidders, trustees and the host of the past opening act as processes of their own."""
    lot = history.cast.lot(OPENED)
    LOG.info("playing the opening of %s", lot.name)
    _run_players(house, lot, "bids")
    _go_to(house, history.lots[OPENED].deadline + timedelta(seconds=1))
    _run_players(house, lot, "opening")


def _run_players(house: House, lot: Lot, act: str) -> None:
    """One act of the past opening; raises CalledProcessError when the players fail."""
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
