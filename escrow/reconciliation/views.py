"""Reconciliation: each bank's days, breaks and their two people, one day and its sheet."""

from datetime import date
from uuid import UUID

from flask import redirect, request
from werkzeug.wrappers import Response

from escrow.reconciliation import actions, closing, seen, sheet
from escrow.reconciliation.access import ReconciliationRight
from escrow.reconciliation.completeness import SHANGHAI
from escrow.reconciliation.day import Day, day_of
from kernel.house import Call
from kernel.hub import off_hub
from kernel.pages import render
from kernel.pdf.document import render as lay_out
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("reconciliation", __name__)
PLACE = "/reconciliation"
DAY = f"{PLACE}/<code>/<day>"


@feature.get(PLACE, permission=ReconciliationRight.RECONCILIATION_READ)
def board(call: Call) -> str:
    """Days and breaks; acts stand here for the centre only."""
    me = _person(call)
    ended = request.args.get("breaks") == "ended"
    return render(
        "reconciliation/board.html",
        banks=seen.banks(call.session, today=call.now.astimezone(SHANGHAI).date()),
        breaks=seen.breaks(call.session, ended=ended),
        ended=ended,
        me=me.person_id,
        acts=me.role is Role.CENTRE,
    )


@feature.get(DAY, permission=ReconciliationRight.RECONCILIATION_READ)
def day(call: Call, code: str, day: str) -> str:
    """What blocks the close of a day, its breaks, and 余额调节表."""
    me = _person(call)
    return render(
        "reconciliation/day.html",
        one=_day(call, code, day),
        me=me.person_id,
        acts=me.role is Role.CENTRE,
    )


@feature.get(f"{DAY}/balances.pdf", permission=ReconciliationRight.RECONCILIATION_READ)
def balances_pdf(call: Call, code: str, day: str) -> Response:
    """余额调节表 to be printed and filed. Refuses ESC-1509 while its sums may not be shown."""
    one = _day(call, code, day)
    record = sheet.record_of(call, one)
    pdf = off_hub(lambda: lay_out(record)).pdf
    answer = Response(pdf, mimetype="application/pdf")
    answer.headers["Content-Disposition"] = (
        f'inline; filename="balances-{one.bank.code}-{one.day.isoformat()}.pdf"'
    )
    return answer


@feature.post(f"{PLACE}/closings", permission=ReconciliationRight.RECONCILIATION_ACT)
def close(call: Call) -> Response:
    """Close the day named in the form."""
    bank_id = seen.bank_id(call.session, request.form.get("bank", ""))
    if bank_id is None:
        raise Refused("ESC-1501")
    keys, at = call.house.keys, _date(request.form.get("day", ""))
    closing.close_day(call.session, bank_id, at, keys=keys, by=_person(call), now=call.now)
    return _back()


@feature.post(f"{PLACE}/claims", permission=ReconciliationRight.RECONCILIATION_ACT)
def claim(call: Call) -> Response:
    """Take a break upon oneself."""
    actions.claim(call.session, _break(), by=_person(call))
    return _back()


@feature.post(f"{PLACE}/explanations", permission=ReconciliationRight.RECONCILIATION_ACT)
def explain(call: Call) -> Response:
    """The maker's words about a break."""
    words = request.form.get("words", "")
    actions.explain(call.session, _break(), words=words, by=_person(call), now=call.now)
    return _back()


@feature.post(f"{PLACE}/agreements", permission=ReconciliationRight.RECONCILIATION_ACT)
def agree(call: Call) -> Response:
    """The checker's yes to the words he was shown."""
    words = request.form.get("words", "")
    actions.agree(call.session, _break(), words=words, by=_person(call), now=call.now)
    return _back()


def _day(call: Call, code: str, day: str) -> Day:
    """To a bank, its own days alone."""
    found = day_of(call.session, code, _date(day), today=call.now.astimezone(SHANGHAI).date())
    me = _person(call)
    if me.role is Role.BANK and me.organisation_name != found.bank.name:
        raise Refused("ESC-1501")
    return found


def _back() -> Response:
    """To the page that the form stood on."""
    back = request.form.get("back", PLACE)
    inside = back == PLACE or back.startswith(f"{PLACE}/")
    return redirect(back if inside else PLACE, code=303)


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise Refused("ESC-1501") from None


def _break() -> UUID:
    try:
        return UUID(request.form.get("break", ""))
    except ValueError:
        raise Refused("ESC-1501") from None


def _person(call: Call) -> Account:
    assert isinstance(call.actor, Account)
    return call.actor
