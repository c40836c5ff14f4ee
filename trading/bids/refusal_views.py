"""HTTP of refusals: a refused act is logged and answered; whoever was refused fetches the proof."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import Response, g, jsonify, request

from kernel.clock import legal_now
from kernel.house import Call
from kernel.permissions import Pseudonym
from kernel.pure import receipts
from kernel.pure.errors import Refused
from kernel.web import Feature, edge, explain, refusal_response
from trading.bids import actions, refusals
from trading.bids.access import Right
from trading.bids.models import Act, RefusedAttempt
from trading.bids.refusals import TurnedAway
from trading.bids.tickets import TicketRequest, TooLate

ACTS = {"bids.submit": Act.SUBMIT, "bids.withdraw": Act.WITHDRAW}
feature = Feature("refusals", __name__)


@feature.get("/lots/<uuid:lot_id>/refusals", permission=Right.ACT_UNDER_TICKET, ticket=True)
def own_refusals(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The pseudonym's refused acts, oldest first, each in words."""
    rows = refusals.own_refusals(call.session, _pseudonym(call))
    return {"now": call.now.isoformat(), "refusals": [_told(call, row) for row in rows]}


@feature.get(
    "/lots/<uuid:lot_id>/refusals/<uuid:refusal_id>/receipt",
    permission=Right.ACT_UNDER_TICKET,
    ticket=True,
)
def fetch_refusal(call: Call, lot_id: UUID, refusal_id: UUID) -> Response:
    """The refusal's receipt; 202 until the log has numbered the leaf."""
    row = refusals.own_refusal(call.session, _pseudonym(call), refusal_id)
    found = actions.receipt(
        call.session,
        call.house.keys,
        leaf_id=row.leaf_id,
        of=bytes(row.subject),
        form=receipts.REFUSAL,
        more={"code": row.code, "at": row.refused_at.isoformat()},
    )
    told = jsonify(found if found is not None else {"pending": True})
    told.status_code = 200 if found is not None else 202
    return told


def refuse(refused: Refused) -> Response:
    """Answer a refusal raised in a view of bidding; a refused act of a known pseudonym is logged.

    The act's own transaction is rolled back by then, so this takes one of its own.
    """
    act = ACTS.get(request.endpoint or "")
    holder = refused.holder if isinstance(refused, TooLate) else g.get("actor")
    if act is None or not isinstance(holder, Pseudonym):
        return refusal_response(refused)
    with edge().house.database.writing() as session:
        at = refused.facts.get("at")
        now = at if isinstance(at, datetime) else legal_now(session)
        subject = refusals.attempt_of(holder, shown_request())
        answer = refusals.turn_away(session, holder, refused, act=act, subject=subject, now=now)
    return turned(answer)


def turned(answer: TurnedAway) -> Response:
    """The answer to a refused act: the words, and by which id its receipt is fetched."""
    return refusal_response(answer.refused, more=answer.as_json())


def shown_request() -> TicketRequest:
    """The request under ticket that is being served."""
    return TicketRequest(
        authorization=request.headers.get("Authorization", ""),
        signature=request.headers.get("X-Signature", ""),
        method=request.method,
        path=request.path,
        body_digest=hashlib.sha256(request.get_data()).digest(),
    )


def _told(call: Call, row: RefusedAttempt) -> dict[str, Any]:
    words = explain(row.code, **row.facts).as_json(call.house.settings.centre_phone)
    return {**words, **refusals.refusal_json(row)}


def _pseudonym(call: Call) -> Pseudonym:
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    return call.actor
