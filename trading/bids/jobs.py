"""Time-driven work of bidding: what was returned unopened is erased (条例44)."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.jobs import Jobs
from trading.bids.access import Right
from trading.bids.actions import ERASE, erase

jobs = Jobs("bids")


@jobs.due(ERASE, permission=Right.ERASE_RETURNED)
def erase_returned(call: Call, payload: dict[str, Any]) -> None:
    """Delete the ciphertext of a lot's returned envelopes."""
    erase(call.session, call.house.blobs, UUID(payload["lot_id"]))
