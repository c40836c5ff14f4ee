"""An outage of the platform: halls that were open meanwhile are paused from its beginning on.

The worker leaves a sign of life on the wall clock. Whoever first enters a hall after a longer
silence pauses it before the clock may close a window that nobody could use.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import clock_timestamp
from trading.openings import commands as c
from trading.openings.models import OpeningRow
from trading.openings.record_models import BeatRow
from trading.openings.states import AFTER_LIST, FINISHED, Opening, Party
from trading.openings.stream import clock
from trading.tenders.rule_book import rule_set

OPEN = AFTER_LIST - FINISHED
BEAT_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Outage:
    """When the silence began (legal time), and the platform's order to pause from then on."""

    since: datetime
    order: c.Pause


def found(session: Session, opening: Opening, rules: str, now: datetime) -> Outage | None:
    """The silence that an open hall stood through, longer than the rule set bears."""
    if opening.stage not in OPEN or opening.paused_at is not None:
        return None
    silent = silence(session)
    if silent <= timedelta(minutes=rule_set(rules).value("opening_outage_minutes")):
        return None
    since = now - silent
    minutes = int(silent.total_seconds() // 60)
    reason = f"平台自 {clock(since)} 起停止服务约 {minutes} 分钟，恢复时间由主持人宣布"
    return Outage(since, c.Pause(Party.SYSTEM, reason, since=since))


def silence(session: Session) -> timedelta:
    """Wall time since the last sign of life; none where there was none yet."""
    last = session.scalar(select(BeatRow.at))
    return clock_timestamp(session) - last if last else timedelta(0)


def beat(session: Session) -> None:
    """Leave a sign of life."""
    at = clock_timestamp(session)
    told = insert(BeatRow).values(only=1, at=at)
    session.execute(told.on_conflict_do_update(index_elements=["only"], set_={"at": at}))


def halls_open(session: Session) -> list[OpeningRow]:
    """Every hall that an outage would stop."""
    wanted = select(OpeningRow).where(OpeningRow.stage.in_(OPEN), OpeningRow.paused_at.is_(None))
    return list(session.scalars(wanted.order_by(OpeningRow.lot_id)))
