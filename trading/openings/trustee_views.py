"""HTTP of a trustee's refusal: signed by the trustee's key, shown to everybody with its reason."""

from uuid import UUID

from flask import Response, jsonify

from kernel.house import Call
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.openings import declining
from trading.openings.access import Right

feature = Feature("trustees", __name__)


@feature.post("/lots/<uuid:lot_id>/releases/refusals", permission=Right.RELEASE_SHARES)
def refuse(call: Call, lot_id: UUID) -> Response:
    """One trustee will not release, and says why."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    first = declining.decline(call.session, lot_id, body(), actor=call.actor, now=call.now)
    told = jsonify(declined=True)
    told.status_code = 201 if first else 200
    return told
