"""Time-driven work of bidding: sealed bytes that nobody may or will open are erased.

What was returned unopened (条例44), what was never submitted, what rehearsals left.
"""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.jobs import Jobs
from trading.bids.access import Right
from trading.bids.actions import ERASE, erase
from trading.bids.staging import sweep

SWEEP_SECONDS = 600.0
jobs = Jobs("bids")


@jobs.due(ERASE, permission=Right.ERASE_RETURNED)
def erase_returned(call: Call, payload: dict[str, Any]) -> None:
    """Delete the ciphertext of a lot's returned envelopes."""
    erase(call.session, call.house.blobs, UUID(payload["lot_id"]))


@jobs.every(seconds=SWEEP_SECONDS, permission=Right.ERASE_ABANDONED)
def erase_abandoned(call: Call) -> None:
    """Delete uploads that were never submitted and can be no more, and what rehearsals left."""
    sweep(call.session, call.house.blobs, now=call.now)
