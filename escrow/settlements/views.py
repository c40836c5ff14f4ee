"""Settlements for the trading centre: what is paid to whom, its interest, approvals, the bank."""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, redirect, request

from escrow.refunds.rules import ReleaseReason
from escrow.settlements import actions, board, queries
from escrow.settlements.access import SettlementRight
from escrow.settlements.models import Settlement
from escrow.settlements.seen import Line, Whole, as_json
from kernel.house import Call
from kernel.identity.passkey_views import confirmed
from kernel.pages import render
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body

feature = Feature("settlements", __name__)
APPROVE = "settlement.approve"


@feature.get("/refunds", permission=SettlementRight.SETTLEMENT_READ)
def listing(call: Call) -> str | Response:
    """The centre's settlements, overdue ones first; as JSON when asked for."""
    me = _person(call)
    found = board.rows(call.session, me.organisation_id, now=call.now)
    if request.accept_mimetypes.best == "application/json":
        return jsonify([as_json(row.whole, person_id=me.person_id) for row in found])
    wanted, words = _filter(), request.args.get("q", "").strip()
    return render(
        "settlements/list.html",
        rows=board.shown(found, wanted, words),
        counts=board.counts(found),
        wanted=wanted.value,
        asked=words,
        singles=board.singles(call.session),
        me=me.person_id,
    )


@feature.get("/refunds/<uuid:settlement_id>", permission=SettlementRight.SETTLEMENT_READ)
def one(call: Call, settlement_id: UUID) -> str:
    """One settlement with every segment of its interest."""
    found = _whole(call, settlement_id)
    return render(
        "settlements/one.html",
        whole=found,
        lines=_in_reading_order(found.lines),
        mine=_person(call).person_id in found.approvers,
        state=as_json(found, person_id=_person(call).person_id),
    )


@feature.get("/refunds/<uuid:settlement_id>/state", permission=SettlementRight.SETTLEMENT_READ)
def state(call: Call, settlement_id: UUID) -> dict[str, Any]:
    """How far it is; the page asks again and again, and reads itself anew when this changes."""
    return as_json(_whole(call, settlement_id), person_id=_person(call).person_id)


@feature.post(
    "/refunds/<uuid:settlement_id>/approvals",
    permission=SettlementRight.SETTLEMENT_APPROVE,
)
def approve(call: Call, settlement_id: UUID) -> dict[str, Any] | Any:
    """One person's yes to the digest that was shown to him, by his security key if he has one."""
    person = _person(call)
    told = body() if request.is_json else {"digest": request.form.get("digest")}
    digest = _digest(told.get("digest"))
    confirmed(call, act=APPROVE, digest=digest, told=told)
    found = actions.approve(call.session, settlement_id, digest=digest, by=person, now=call.now)
    if request.is_json:
        return as_json(found, person_id=person.person_id)
    return redirect(f"/refunds/{settlement_id}", code=303)


def _filter() -> board.Filter:
    try:
        return board.Filter(request.args.get("state", board.Filter.ALL))
    except ValueError:
        return board.Filter.ALL


def _whole(call: Call, settlement_id: UUID) -> Whole:
    found = call.session.get(Settlement, settlement_id)
    if found is None or found.centre_ref != _person(call).organisation_id:
        raise Refused("ESC-1403")
    return queries.whole(call.session, found, now=call.now)


def _person(call: Call) -> Account:
    assert isinstance(call.actor, Account)
    return call.actor


def _digest(shown: object) -> bytes:
    """What is no digest is not the one that is open."""
    try:
        return bytes.fromhex(shown) if isinstance(shown, str) else b""
    except ValueError:
        return b""


def _in_reading_order(lines: tuple[Line, ...]) -> list[Line]:
    """The winner first, then by name."""
    return sorted(
        lines, key=lambda line: (line.reason is not ReleaseReason.CONTRACT_SIGNED, line.name)
    )
