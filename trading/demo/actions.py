"""Moving the demonstration's clock: forward, in one transaction with its trace in the log."""

from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from kernel import log
from kernel.clock import shift
from kernel.permissions import Actor
from trading.demo import queries
from trading.demo.rules import begin


def begin_once(session: Session, *, actor: Actor, now: datetime) -> bool:
    """Set the main lot's deadline ten minutes off, when the first page is served; then never."""
    lot = queries.main_lot(session)
    ahead = begin(lot.deadline, now) if lot else None
    if ahead is None:
        return False
    _move(session, ahead)
    return True


def take_step(session: Session, *, actor: Actor, now: datetime) -> bool:
    """Go to the next step; False when nothing is far enough off to step to."""
    step = queries.step(session, now)
    if step is None:
        return False
    _move(session, step.to - now)
    return True


def advance(session: Session, *, to: datetime, now: datetime) -> None:
    """Move the clock to `to` while history is being seeded; earlier times change nothing."""
    if to > now:
        _move(session, to - now)


def _move(session: Session, by: timedelta) -> None:
    log.append(session, "clock_shifted", {"milliseconds": int(by.total_seconds() * 1000)})
    shift(session, by)
