"""HTTP of the hall: one public page for every role, the host's console, the trustees' desk.

Bidders act under ticket; before the list no answer tells who is here or how many.
"""

from typing import Any
from uuid import UUID

from flask import Response, jsonify

from kernel.clock import installation
from kernel.house import Call
from kernel.identity import authority
from kernel.pages import render
from kernel.permissions import Account, Pseudonym, Role
from kernel.pure.errors import Refused
from kernel.web import Feature, allow_devices, body, explain, refusal_response
from trading.openings import actions, committee, desk, forms, objections, queries, sitting_page
from trading.openings import commands as c
from trading.openings.access import Right, party_of
from trading.openings.causes import ATTEMPTS, CAUSES
from trading.openings.hall import Hall
from trading.openings.script import script
from trading.openings.states import Party
from trading.openings.stream import STAGE_NAMES
from trading.tenders.life import stage_word
from trading.tenders.queries import lot_snapshot
from trading.tenders.rules import ENDED, LotSnapshot, LotStage

feature = Feature("openings", __name__)
HALL = "/lots/<uuid:lot_id>/hall"


@feature.get(HALL, permission=Right.WATCH)
def hall(call: Call, lot_id: UUID) -> str:
    """开标大厅: the plain view, complete by itself."""
    lot = lot_snapshot(call.session, lot_id)
    page = _page(call, lot, _role(call, lot))
    gone = lot.stage in ENDED and lot.stage is not LotStage.FAILED_TOO_FEW
    ended = stage_word(lot.stage) if gone else None
    return render("openings/hall.html", lot=lot, page=page, ended=ended)


@feature.get(f"{HALL}/host", permission=Right.PRESIDE)
def host(call: Call, lot_id: UUID) -> str:
    """主持台: one primary act per stage."""
    lot = _hosted(call, lot_id)
    allow_devices()
    words = script(lot, call.house.settings.centre_phone)
    page = {**_page(call, lot, "host"), "script": words}
    return render("openings/host.html", lot=lot, page=page)


@feature.get(f"{HALL}/failures", permission=Right.WATCH)
def failures(call: Call, lot_id: UUID) -> str:
    """解密失败怎么办: every cause with its next act and the telephone number."""
    lot = lot_snapshot(call.session, lot_id)
    codes = [*sorted(ATTEMPTS), *(outcome.code for outcome in CAUSES.values())]
    return render("openings/failures.html", lot=lot, causes=[explain(code) for code in codes])


@feature.get(f"{HALL}/state", permission=Right.WATCH)
def state(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Stage, window and the stream's number, for clients without a socket."""
    return queries.state_json(call.session, lot_id, call.now)


@feature.get(f"{HALL}/mine", permission=Right.ACT_UNDER_TICKET, ticket=True)
def mine(call: Call, lot_id: UUID) -> dict[str, Any]:
    """What the pseudonym may know of itself."""
    return queries.mine(call.session, lot_id, _pseudonym(call).pseudonym)


@feature.post(f"{HALL}/sign-in", permission=Right.ACT_UNDER_TICKET, ticket=True)
def sign_in(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Sign in; no event, no number, nobody learns of it before the list."""
    at = actions.sign_in(call.session, lot_id, actor=_pseudonym(call), now=call.now)
    return {"signed_in_at": at.isoformat()}


@feature.post(f"{HALL}/unlock", permission=Right.ACT_UNDER_TICKET, ticket=True)
def unlock(call: Call, lot_id: UUID) -> Any:
    """Hand in the bidder's secret; a wrong one is said aloud and refused."""
    actor = _pseudonym(call)
    answer = actions.unlock(
        call.session,
        call.house.keys,
        lot_id,
        actor=actor,
        attempt=forms.attempt(body()),
        now=call.now,
    )
    if isinstance(answer, Refused):
        # Returned, not raised: the event of the attempt must be committed.
        return refusal_response(answer)
    seat = answer.seat_of(actor.pseudonym)
    return {"seat": seat.seat, "state": seat.state.value}


@feature.post(f"{HALL}/failures", permission=Right.ACT_UNDER_TICKET, ticket=True)
def failure(call: Call, lot_id: UUID) -> dict[str, Any]:
    """An attempt failed on the bidder's machine."""
    code, via = forms.failure(body())
    actions.report_failure(call.session, lot_id, code, via, actor=_pseudonym(call), now=call.now)
    return {}


@feature.post(f"{HALL}/answer", permission=Right.ACT_UNDER_TICKET, ticket=True)
def answer(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Confirm the record, or object."""
    actor, shown = _pseudonym(call), body()
    held = actions.answer(
        call.session,
        lot_id,
        forms.text(shown, "statement", 20_000).encode(),
        forms.hex_bytes(shown, "signature", 64),
        actor=actor,
        now=call.now,
    )
    seat = held.seat_of(actor.pseudonym)
    return {"seat": seat.seat, "answer": seat.answer.value if seat.answer else None}


@feature.post(f"{HALL}/acts", permission=Right.PRESIDE)
def preside(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The host's acts."""
    shown = body()
    if shown.get("act") == "sign_manifest":
        here = authority.of(call.house, call.session, call.now)
        signed = forms.signed_manifest(shown)
        return _stands(
            actions.sign_manifest(
                call.session, here, lot_id, signed, actor=call.actor, now=call.now
            )
        )
    if shown.get("act") == "answer_objection":
        answer = forms.objection_answer(shown)
        return _stands(
            objections.answer(call.session, lot_id, *answer, actor=call.actor, now=call.now)
        )
    return _act(call, lot_id, forms.host_act(shown))


@feature.post(f"{HALL}/pause", permission=Right.ORDER_PAUSE)
def pause(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Stop the hall: the host, or the supervisor by order."""
    return _act(call, lot_id, forms.pause(body()))


@feature.post(f"{HALL}/resume", permission=Right.ORDER_PAUSE)
def resume(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Let the hall go on; windows gain what the pause took."""
    return _act(call, lot_id, c.Resume)


@feature.post(f"{HALL}/excuse", permission=Right.SUPERVISE)
def excuse(call: Call, lot_id: UUID) -> dict[str, Any]:
    """撤回: the supervisor finds that the bidder was not at fault."""
    return _act(call, lot_id, forms.excuse(body()))


@feature.get(f"{HALL}/openings-manifest", permission=Right.PRESIDE)
def openings_manifest(call: Call, lot_id: UUID) -> dict[str, Any]:
    """What the agency signs; before the read-out these are prices, so only for the host."""
    _hosted(call, lot_id)
    return queries.openings_statement(call.session, lot_id)


@feature.get("/trustee", permission=Right.RELEASE_SHARES)
def trustee(call: Call) -> str:
    """受托人: what is asked of me, why it may be given, one act for all bids."""
    actor = _account(call)
    page = {
        "requests": desk.requests(call.session, actor=actor),
        "person": str(actor.person_id),
    }
    return render("openings/trustee.html", page=page)


@feature.get("/trustee/requests", permission=Right.RELEASE_SHARES)
def trustee_requests(call: Call) -> dict[str, Any]:
    """The same list for a client left open."""
    return {"requests": desk.requests(call.session, actor=_account(call))}


@feature.get("/lots/<uuid:lot_id>/releases/request", permission=Right.RELEASE_SHARES)
def release_request(call: Call, lot_id: UUID) -> dict[str, Any]:
    """All that a trustee's client judges by, after the close."""
    log = {
        "name": installation(call.session).log_origin,
        "key": call.house.keys.log_public_key.hex(),
        **call.house.witnesses.as_json(),
        "root": authority.of(call.house, call.session, call.now).root.hex(),
    }
    return {**desk.request(call.session, lot_id, actor=_account(call)), "log": log}


@feature.post("/lots/<uuid:lot_id>/releases", permission=Right.RELEASE_SHARES)
def release(call: Call, lot_id: UUID) -> Response:
    """One trustee's act for all live envelopes of the lot."""
    given = committee.release(call.session, lot_id, body(), actor=_account(call), now=call.now)
    if isinstance(given, Refused):
        # Returned, not raised: the record of the wrong share must be committed.
        return refusal_response(given)
    told = jsonify(accepted=True, given=given.given, threshold=given.threshold)
    told.status_code = 200 if given.repeated else 201
    return told


def _hosted(call: Call, lot_id: UUID) -> LotSnapshot:
    """The lot, for whoever presides over it. Raises Refused OPN-1001, TEN-1001."""
    lot = lot_snapshot(call.session, lot_id)
    if party_of(call.actor, lot) is not Party.HOST:
        raise Refused("OPN-1001", act="")
    return lot


def _act(call: Call, lot_id: UUID, wish: c.Wish) -> dict[str, Any]:
    return _stands(actions.act(call.session, lot_id, wish, actor=call.actor, now=call.now))


def _stands(held: Hall) -> dict[str, Any]:
    until = held.opening.until
    return {
        "stage": held.opening.stage.value,
        "until": until.isoformat() if until else None,
        "paused": held.opening.paused_at is not None,
    }


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor


def _pseudonym(call: Call) -> Pseudonym:
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    return call.actor


def _role(call: Call, lot: LotSnapshot) -> str:
    """The hall's point of view: what the page offers, not what the server allows."""
    actor = call.actor
    if not isinstance(actor, Account):
        return "public"
    if actor.role in {Role.AGENCY, Role.TENDEREE}:
        mine = actor.organisation_id in {lot.agency_id, lot.tenderee_id}
        return "host" if mine else "public"
    return actor.role.value if actor.role in {Role.BIDDER, Role.SUPERVISOR} else "public"


def _page(call: Call, lot: LotSnapshot, role: str) -> dict[str, Any]:
    view = queries.opening_row(call.session, lot.id)
    actor = call.actor if isinstance(call.actor, Account) else None
    return {
        "lot": {"id": str(lot.id), "number": lot.number, "name": lot.name},
        "live_id": str(view.live_id),
        "sitting": sitting_page.page(call.session, lot, call.actor),
        "events": queries.frames(call.session, view.live_id),
        "stages": [[stage.value, name] for stage, name in STAGE_NAMES.items()],
        "role": role,
        "me": {"name": actor.person_name, "organisation": actor.organisation_name}
        if actor
        else None,
        "ceiling_fen": lot.ceiling_fen,
        "csrf_token": actor.csrf_token if actor else "",
        "demo": installation(call.session).demo,
        "person": actor.person_name if actor else "",
        "upload_url": call.house.settings.upload_url,
        "phone": call.house.settings.centre_phone,
        "now": call.now.isoformat(),
    }
