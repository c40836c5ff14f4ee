"""HTTP of a late close: the supervisor's signed decision, asked for in the hall."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.identity import authority
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.openings import closing
from trading.openings.access import Right

feature = Feature("closes", __name__)


@feature.post("/lots/<uuid:lot_id>/hall/late-close", permission=Right.SUPERVISE)
def decide(call: Call, lot_id: UUID) -> dict[str, Any]:
    """A release may go on, or everything goes back unopened; by the supervisor's certificate."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    here = authority.of(call.house, call.session, call.now)
    held = closing.decide(call.session, here, lot_id, body(), actor=call.actor, now=call.now)
    return {"close": held.opening.close.value, "stage": held.opening.stage.value}
