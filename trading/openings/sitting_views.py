"""HTTP of what belongs to the whole sitting: who presides, which lots are opened together."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body, path_uuid
from trading.openings import forms, presiding
from trading.openings.access import Right
from trading.sittings import queries

feature = Feature("sittings", __name__)
HALL = "/lots/<uuid:lot_id>/hall"


@feature.post(f"{HALL}/take-over", permission=Right.PRESIDE)
def take_over(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The deputy goes on in the host's place, or the host comes back."""
    reason = forms.text(body(), "reason", 500)
    presiding.take_over(call.session, lot_id, reason, actor=_account(call), now=call.now)
    return _told(call, lot_id)


@feature.post(f"{HALL}/chair", permission=Right.PRESIDE)
def chair(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Name host and deputy."""
    shown = body()
    deputy = forms.text(shown, "deputy", 40)
    named = presiding.Named(
        path_uuid(forms.text(shown, "host", 40)), path_uuid(deputy) if deputy else None
    )
    presiding.name(call.session, lot_id, named, actor=_account(call), now=call.now)
    return _told(call, lot_id)


@feature.post(f"{HALL}/sitting", permission=Right.PRESIDE)
def sitting(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Open the lot apart from the others, or together with the one named."""
    other = forms.text(body(), "with", 40)
    actor, now = _account(call), call.now
    if other:
        presiding.join(call.session, lot_id, path_uuid(other), actor=actor, now=now)
    else:
        presiding.part(call.session, lot_id, actor=actor, now=now)
    return _told(call, lot_id)


def _told(call: Call, lot_id: UUID) -> dict[str, Any]:
    return {"sitting": queries.of_lot(call.session, lot_id).as_json()}


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor
