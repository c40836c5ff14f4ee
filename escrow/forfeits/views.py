"""Forfeits for the centre, who decides, and the supervisor, who reads."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, redirect, request

from escrow.forfeits import actions, queries
from escrow.forfeits.access import ForfeitRight
from escrow.forfeits.models import Forfeit
from escrow.forfeits.queries import Whole
from kernel.house import Call
from kernel.identity.passkey_views import confirmed
from kernel.pages import render
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.web import Feature, body

feature = Feature("forfeits", __name__)
APPROVE = "forfeit.approve"
PLACE = "/escrow/forfeits"


@feature.get(PLACE, permission=ForfeitRight.FORFEIT_READ)
def listing(call: Call) -> str | Response:
    """The forfeits, newest first; as JSON when asked for."""
    rows = queries.listed(call.session, _centre(call))
    found = [queries.whole(call.session, one) for one in rows]
    if request.accept_mimetypes.best == "application/json":
        me = _person(call).person_id
        return jsonify([queries.as_json(one, person_id=me) for one in found])
    return render("forfeits/list.html", forfeits=found, me=_person(call).person_id)


@feature.get(f"{PLACE}/<uuid:forfeit_id>", permission=ForfeitRight.FORFEIT_READ)
def one(call: Call, forfeit_id: UUID) -> str:
    """One forfeit: why, by which document, to whom, who approved, how far the money is."""
    found, person = _whole(call, forfeit_id), _person(call)
    return render(
        "forfeits/one.html",
        whole=found,
        mine=person.person_id in found.approvers,
        may=person.role is Role.CENTRE,
        state=queries.as_json(found, person_id=person.person_id),
    )


@feature.get(f"{PLACE}/<uuid:forfeit_id>/state", permission=ForfeitRight.FORFEIT_READ)
def state(call: Call, forfeit_id: UUID) -> dict[str, Any]:
    """How far it is; the page asks again and again, and reads itself anew when this changes."""
    return queries.as_json(_whole(call, forfeit_id), person_id=_person(call).person_id)


@feature.post(f"{PLACE}/<uuid:forfeit_id>/approvals", permission=ForfeitRight.FORFEIT_APPROVE)
def approve(call: Call, forfeit_id: UUID) -> dict[str, Any] | Any:
    """One person's yes to the digest that was shown to him, by his security key if he has one."""
    told = body() if request.is_json else {"digest": request.form.get("digest")}
    digest = _digest(told.get("digest"))
    confirmed(call, act=APPROVE, digest=digest, told=told)
    person = _person(call)
    found = actions.approve(call.session, forfeit_id, digest=digest, by=person, now=call.now)
    if request.is_json:
        return queries.as_json(found, person_id=person.person_id)
    return redirect(f"{PLACE}/{forfeit_id}", code=303)


@feature.post(f"{PLACE}/<uuid:forfeit_id>/end", permission=ForfeitRight.FORFEIT_APPROVE)
def end(call: Call, forfeit_id: UUID) -> dict[str, Any] | Any:
    """{why}: not upheld, the security stands as before."""
    told = body() if request.is_json else request.form.to_dict()
    why = told.get("why")
    person = _person(call)
    actions.end(
        call.session,
        forfeit_id,
        why=why if isinstance(why, str) else "",
        by=person,
        now=call.now,
    )
    if request.is_json:
        return queries.as_json(_whole(call, forfeit_id), person_id=person.person_id)
    return redirect(f"{PLACE}/{forfeit_id}", code=303)


def _whole(call: Call, forfeit_id: UUID) -> Whole:
    found = call.session.get(Forfeit, forfeit_id)
    centre = _centre(call)
    if found is None or (centre is not None and found.centre_ref != centre):
        raise Refused("ESC-1608")
    return queries.whole(call.session, found)


def _centre(call: Call) -> UUID | None:
    """The reader's own centre; None for the supervisor, who reads every centre's."""
    person = _person(call)
    return person.organisation_id if person.role is Role.CENTRE else None


def _person(call: Call) -> Account:
    assert isinstance(call.actor, Account)
    return call.actor


def _digest(shown: object) -> bytes:
    """What is no digest is not the one that is open."""
    try:
        return bytes.fromhex(shown) if isinstance(shown, str) else b""
    except ValueError:
        return b""
