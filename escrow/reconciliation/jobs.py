"""When the worker asks for statements: a bank issues them at night, so each minute is enough."""

from escrow.banks.rounds import bank_ids
from escrow.reconciliation import rounds
from escrow.reconciliation.access import ReconciliationRight
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("reconciliation")


@jobs.every(seconds=60, permission=ReconciliationRight.RECONCILIATION_ROUND)
def day_by_day(call: Call) -> None:
    """Fetch what is missing, reconcile what is not settled."""
    for bank_id in bank_ids(call.house):
        rounds.fetch(call.house, bank_id)
        rounds.reconcile(call.house, bank_id)
