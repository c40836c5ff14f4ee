"""When the worker speaks with issuers."""

from escrow.guarantees import rounds
from escrow.guarantees.access import GuaranteeRight
from kernel.house import Call
from kernel.jobs import Jobs

jobs = Jobs("guarantees")


@jobs.every(seconds=1, permission=GuaranteeRight.GUARANTEE_ROUND)
def speak(call: Call) -> None:
    """Ask whether listed guarantees stand, give back, claim, and hear what was paid."""
    for guarantee_id in rounds.waiting(call.house):
        rounds.advance(call.house, guarantee_id)


@jobs.every(seconds=60, permission=GuaranteeRight.GUARANTEE_ROUND)
def expire(call: Call) -> None:
    """Let those run out whose last day is over."""
    rounds.expire(call.house)
