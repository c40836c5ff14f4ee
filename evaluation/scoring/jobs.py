"""The worker's part of scoring: it alone opens sheets."""

from typing import Any
from uuid import UUID

from evaluation.scoring.access import Right
from evaluation.scoring.reveal import reveal
from evaluation.scoring.sheets import SheetStage
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("scoring")


@jobs.due("evaluation.reveal", permission=Right.REVEAL)
def reveal_sheets(call: Call, payload: dict[str, Any]) -> None:
    """The last sheet of a stage may be in: open all, or none."""
    room_id, stage = UUID(payload["room_id"]), SheetStage(payload["stage"])
    reveal(call.session, call.house.keys, room_id, stage, now=call.now)
