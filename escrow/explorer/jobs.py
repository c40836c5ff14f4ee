"""When the worker opens what was asked for, and erases what was shown."""

from escrow.explorer import actions
from escrow.explorer.access import ExplorerRight
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("explorer")
MOST = 20


@jobs.every(seconds=1, permission=ExplorerRight.LEDGER_ROUND)
def open_asked(call: Call) -> None:
    """Answer those who wait, each in a transaction of its own."""
    for _ in range(MOST):
        with call.house.database.writing() as session:
            if not actions.answer_next(session, call.house.keys, now=call.now):
                return


@jobs.every(seconds=60, permission=ExplorerRight.LEDGER_ROUND)
def erase_old(call: Call) -> None:
    """What was shown is erased a quarter of an hour later."""
    actions.erase_old(call.session, now=call.now)
