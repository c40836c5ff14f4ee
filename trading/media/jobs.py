"""What nobody is left to do: recordings that fell silent, pictures that outlast their sitting."""

from datetime import timedelta

from sqlalchemy import func, select

from kernel.clock import clock_timestamp
from kernel.house import Call
from kernel.jobs import Jobs
from kernel.media import actions
from kernel.media.models import RecordingRow
from kernel.media.rules import State
from trading.media import queries, rules
from trading.media.access import Right
from trading.media.views import tell_stopped
from trading.openings.models import OpeningRow
from trading.sittings import queries as sittings
from trading.sittings.queries import SittingView

jobs = Jobs("media")


@jobs.every(seconds=15, permission=Right.KEEP)
def keep(call: Call) -> None:
    """Break off what is silent, end what is over."""
    wall = clock_timestamp(call.session)
    silent = timedelta(seconds=rules.SILENCE_SECONDS)
    ended = actions.break_off(call.session, silent=silent, now=call.now, wall=wall)
    running = select(RecordingRow.about).where(RecordingRow.state == State.RUNNING)
    for about in call.session.scalars(running).all():
        sitting = sittings.by_id(call.session, about)
        if sitting is not None and _is_past(call, sitting):
            ended += [row] if (row := actions.end_of(call.session, about, now=call.now)) else []
    for row in ended:
        sitting = sittings.by_id(call.session, row.about)
        if sitting is not None:
            tell_stopped(call, sitting, row)


def _is_past(call: Call, sitting: SittingView) -> bool:
    """Whether every lot is over, and has been for as long as parting takes."""
    if not rules.is_over(queries.stages_of(call.session, sitting)):
        return False
    ids = [lot.id for lot in sitting.lots]
    last = call.session.scalar(
        select(func.max(OpeningRow.finished_at)).where(OpeningRow.lot_id.in_(ids))
    )
    return last is None or call.now - last > timedelta(seconds=rules.PARTING_SECONDS)
