"""Time-driven work of a report; each job looks at room and rows, twice is harmless."""

from typing import Any
from uuid import UUID

from evaluation.reports import actions, issuing
from evaluation.reports.access import Right
from kernel.house import Call
from kernel.identity import authority
from kernel.jobs import Jobs

jobs = Jobs("reports")


@jobs.due("evaluation.report.freeze", permission=Right.ADVANCE)
def freeze(call: Call, payload: dict[str, Any]) -> None:
    """The prices are confirmed: fix the facts. Or a pause ended: do what it held up."""
    room_id = UUID(payload["room_id"])
    actions.freeze(call, room_id)
    issuing.issue(call, authority.of(call.house, call.session, call.now), room_id)


@jobs.due(actions.ISSUE, permission=Right.ADVANCE)
def issue(call: Call, payload: dict[str, Any]) -> None:
    """Every member has answered: seal the report."""
    here = authority.of(call.house, call.session, call.now)
    issuing.issue(call, here, UUID(payload["room_id"]))
