"""HTTP of the holder lock's remedies: the bidder in need by account, the panel's members.

Nothing here answers differently from bidder to bidder before the list is public.
"""

from typing import Any
from uuid import UUID

from flask import Response, jsonify, request

from kernel.house import Call
from kernel.identity import authority
from kernel.pages import render
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.pure.header import MAX_HEADER
from kernel.web import Feature, body, explain, refusal_response
from trading.bids.rules import CAPS
from trading.openings import forms, rescue, rescue_desk, restoring
from trading.openings.access import Right
from trading.openings.causes import ATTEMPTS, CAUSES
from trading.tenders.queries import lot_snapshot

feature = Feature("rescue", __name__)
REMEDIES = "/lots/<uuid:lot_id>/hall/remedies"
CODES = ATTEMPTS | {outcome.code for outcome in CAUSES.values()}


@feature.get(REMEDIES, permission=Right.ASK_RESCUE, quiet=True)
def remedies(call: Call, lot_id: UUID) -> str:
    """密钥丢了怎么办: what happened, what to do now, how long, whom to call."""
    actor = _account(call)
    lot = lot_snapshot(call.session, lot_id)
    page = {
        **rescue_desk.own(call.session, lot_id, actor=actor),
        "csrf_token": actor.csrf_token,
        "phone": call.house.settings.centre_phone,
        "words": {code: _words(code) for code in sorted(CODES)},
    }
    return render("openings/remedies.html", lot=lot, page=page)


@feature.get(f"{REMEDIES}/state", permission=Right.ASK_RESCUE, quiet=True)
def remedies_state(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The same facts for a page left open, or a client without one."""
    return rescue_desk.own(call.session, lot_id, actor=_account(call))


@feature.post(f"{REMEDIES}/unlock", permission=Right.ASK_RESCUE)
def recover(call: Call, lot_id: UUID) -> Any:
    """Hand in the secret that a recovery code gave; a wrong one is said aloud and refused."""
    actor = _account(call)
    attempt = forms.attempt(body())
    answer = rescue.recover(
        call.session, call.house.keys, lot_id, actor=actor, attempt=attempt, now=call.now
    )
    if isinstance(answer, Refused):
        # Returned, not raised: the event of the attempt must be committed.
        return refusal_response(answer)
    return rescue_desk.own(call.session, lot_id, actor=actor)


@feature.post(f"{REMEDIES}/failures", permission=Right.ASK_RESCUE)
def failure(call: Call, lot_id: UUID) -> dict[str, Any]:
    """An attempt failed on the bidder's machine."""
    code, via = forms.failure(body())
    rescue.report(call.session, lot_id, code, via, actor=_account(call), now=call.now)
    return {}


@feature.post(f"{REMEDIES}/backup", permission=Right.ASK_RESCUE)
def restore(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The bid's own file, as it was downloaded: taken where our disk is not as logged."""
    actor = _account(call)
    request.max_content_length = CAPS.envelope + MAX_HEADER * 2
    return {"restored": restoring.restore(call, lot_id, request.stream, actor=actor)}


@feature.post("/lots/<uuid:lot_id>/hall/rescue", permission=Right.ASK_RESCUE)
def ask(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The organisation's certificate asks the panel for its own bid."""
    actor = _account(call)
    here = authority.of(call.house, call.session, call.now)
    rescue.ask(call.session, here, lot_id, body(), actor=actor, now=call.now)
    return rescue_desk.own(call.session, lot_id, actor=actor)


@feature.get("/rescue", permission=Right.RESCUE)
def panel(call: Call) -> str:
    """救援小组: who asks me, on what evidence, until when; one act for each."""
    actor = _account(call)
    page = {
        **rescue_desk.requests(call.session, actor=actor),
        "csrf_token": actor.csrf_token,
        "words": {code: _words(code) for code in sorted(CODES)},
    }
    return render("openings/rescue.html", page=page)


@feature.get("/rescue/requests", permission=Right.RESCUE)
def panel_requests(call: Call) -> dict[str, Any]:
    """The same list for a client left open."""
    return rescue_desk.requests(call.session, actor=_account(call))


@feature.post("/lots/<uuid:lot_id>/rescue-releases", permission=Right.RESCUE)
def release(call: Call, lot_id: UUID) -> Response:
    """One member's share of one bid."""
    given = rescue.release(
        call.session, call.house.keys, lot_id, body(), actor=_account(call), now=call.now
    )
    if isinstance(given, Refused):
        # Returned, not raised: the record of the wrong share must be committed.
        return refusal_response(given)
    return jsonify(given=given.given, threshold=given.threshold, unlocked=given.unlocked)


def _words(code: str) -> dict[str, str]:
    told = explain(code)
    return {"what": told.what, "why": told.why, "next": told.next}


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor
