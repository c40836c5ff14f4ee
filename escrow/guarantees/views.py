"""Guarantees after the list, for the centre and the supervisor: what they say and their life."""

from uuid import UUID

from escrow.guarantees import queries, rules
from escrow.guarantees.access import GuaranteeRight
from escrow.guarantees.rules import Document
from kernel.house import Call
from kernel.pages import render
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("guarantees", __name__)
PLACE = "/escrow/guarantees"


@feature.get(PLACE, permission=GuaranteeRight.GUARANTEE_READ)
def listing(call: Call) -> str:
    """The guarantees that opened bids brought, newest first."""
    return render("guarantees/list.html", found=queries.listed(call.session, _centre(call)))


@feature.get(f"{PLACE}/<uuid:guarantee_id>", permission=GuaranteeRight.GUARANTEE_READ)
def one(call: Call, guarantee_id: UUID) -> str:
    """One guarantee: what it says, what was found, what became of it."""
    seen = queries.seen(call.session, guarantee_id)
    centre = _centre(call)
    if centre is not None and seen.row.centre_ref != centre:
        raise Refused("ESC-1702")
    return render("guarantees/one.html", seen=seen, row=seen.row, document=_read(seen.row.document))


def _read(value: object) -> Document | None:
    try:
        return rules.read(value)
    except ValueError:
        return None


def _centre(call: Call) -> UUID | None:
    """The reader's own centre; None for the supervisor, who reads every centre's."""
    assert isinstance(call.actor, Account)
    return call.actor.organisation_id if call.actor.role is Role.CENTRE else None
