"""The reconciliation page: each bank's days, breaks that wait, and the close of a day."""

from datetime import date
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from escrow.reconciliation import actions, closing, seen
from escrow.reconciliation.access import ReconciliationRight
from escrow.reconciliation.completeness import SHANGHAI
from kernel.house import Call
from kernel.pages import render
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("reconciliation", __name__)
PLACE = "/escrow/reconciliation"


@feature.get(PLACE, permission=ReconciliationRight.RECONCILIATION_READ)
def board(call: Call) -> str:
    """Days and breaks; acts stand here for the centre only."""
    me = _person(call)
    return render(
        "reconciliation/board.html",
        banks=seen.banks(call.session, today=call.now.astimezone(SHANGHAI).date()),
        breaks=seen.undecided(call.session),
        me=me.person_id,
        acts=me.role is Role.CENTRE,
    )


@feature.post(f"{PLACE}/closings", permission=ReconciliationRight.RECONCILIATION_ACT)
def close(call: Call) -> Response:
    """Close the day named in the form."""
    bank_id = seen.bank_id(call.session, request.form.get("bank", ""))
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        raise Refused("ESC-1501") from None
    if bank_id is None:
        raise Refused("ESC-1501")
    keys = call.house.keys
    closing.close_day(call.session, bank_id, day, keys=keys, by=_person(call), now=call.now)
    return redirect(PLACE, code=303)


@feature.post(f"{PLACE}/explanations", permission=ReconciliationRight.RECONCILIATION_ACT)
def explain(call: Call) -> Response:
    """The maker's words about a break."""
    words = request.form.get("words", "")
    actions.explain(call.session, _break(), words=words, by=_person(call), now=call.now)
    return redirect(PLACE, code=303)


@feature.post(f"{PLACE}/agreements", permission=ReconciliationRight.RECONCILIATION_ACT)
def agree(call: Call) -> Response:
    """The checker's yes to the words he was shown."""
    words = request.form.get("words", "")
    actions.agree(call.session, _break(), words=words, by=_person(call), now=call.now)
    return redirect(PLACE, code=303)


def _break() -> UUID:
    try:
        return UUID(request.form.get("break", ""))
    except ValueError:
        raise Refused("ESC-1501") from None


def _person(call: Call) -> Account:
    assert isinstance(call.actor, Account)
    return call.actor
