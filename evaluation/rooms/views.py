"""HTTP of evaluation rooms: lists, the room, the draw, acts of members and orders of supervisors.

招标投标法 38: whoever is not of the room gets a refusal, and nothing of the room.
"""

from typing import Any
from uuid import UUID

from flask import Response, request

from evaluation.rooms import actions, forms, lots, pages, queries, reading
from evaluation.rooms import commands as c
from evaluation.rooms.access import Right
from evaluation.rooms.sitting import Sitting
from kernel.house import Call
from kernel.identity import authority
from kernel.pages import render
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature, body

feature = Feature("rooms", __name__)
ROOM = "/evaluations/<uuid:room_id>"
SHOWN = {
    True: ("application/pdf", "inline", ".pdf"),
    False: ("application/octet-stream", "attachment", ".bin"),
}


@feature.get("/evaluations", permission=Right.ENTER)
def evaluations(call: Call) -> str | dict[str, Any]:
    """我的评标: invitations and rooms; for supervisor and centre all of today's. Page or JSON."""
    told = pages.listing(call)
    if request.accept_mimetypes.best == "application/json":
        return told
    return render(
        "rooms/evaluations.html",
        invitations=told["invitations"],
        rooms=told["rooms"],
        role=told["role"],
        page=told,
    )


@feature.get(ROOM, permission=Right.WATCH)
def room(call: Call, room_id: UUID) -> str:
    """评标室."""
    told = pages.state(call, room_id)
    return render("rooms/room.html", room=queries.room(call.session, room_id), page=told)


@feature.get(f"{ROOM}/state", permission=Right.WATCH)
def state(call: Call, room_id: UUID) -> dict[str, Any]:
    """The room for whoever asks."""
    return pages.state(call, room_id)


@feature.get(f"{ROOM}/draw", permission=Right.DRAW)
def draw(call: Call, room_id: UUID) -> str:
    """专家抽取: commit, reveal, recompute."""
    told = lots.draw_state(call, room_id)
    return render("rooms/draw.html", room=queries.room(call.session, room_id), page=told)


@feature.get(f"{ROOM}/draw/state", permission=Right.DRAW)
def draw_state(call: Call, room_id: UUID) -> dict[str, Any]:
    """The draw as its parties see it."""
    return lots.draw_state(call, room_id)


@feature.post(f"{ROOM}/draw/commitments", permission=Right.DRAW)
def commit(call: Call, room_id: UUID) -> dict[str, Any]:
    """A party logs H(nonce)."""
    commitment = forms.hex_bytes(body(), "commitment", forms.DIGEST)
    actions.commit_to(call.session, room_id, commitment, actor=_account(call), now=call.now)
    return lots.draw_state(call, room_id)


@feature.post(f"{ROOM}/draw/nonces", permission=Right.DRAW)
def reveal(call: Call, room_id: UUID) -> dict[str, Any]:
    """A party reveals its nonce; the last one draws."""
    nonce = forms.hex_bytes(body(), "nonce", forms.DIGEST)
    actions.reveal(call.session, room_id, nonce, actor=_account(call), now=call.now)
    return lots.draw_state(call, room_id)


@feature.post(f"{ROOM}/draw/restart", permission=Right.SUPERVISE)
def restart(call: Call, room_id: UUID) -> dict[str, Any]:
    """The supervisor has it drawn anew."""
    reason = forms.reason(body())
    actions.restart_draw(call.session, room_id, reason, actor=_account(call), now=call.now)
    return lots.draw_state(call, room_id)


@feature.post(f"{ROOM}/invitation", permission=Right.ANSWER)
def invitation(call: Call, room_id: UUID) -> dict[str, Any]:
    """An invited expert answers."""
    shown = body()
    held = actions.answer_invitation(
        call.session,
        room_id,
        accept=forms.answer(shown),
        reason=forms.reason(shown),
        actor=_account(call),
        now=call.now,
    )
    return _stands(held)


@feature.post(f"{ROOM}/check-in", permission=Right.ANSWER)
def check_in(call: Call, room_id: UUID) -> dict[str, Any]:
    """The signed challenge and the certificate."""
    signed = forms.signed_challenge(body())
    here = authority.of(call.house, call.session, call.now)
    held = actions.check_in(call.session, here, room_id, signed, actor=_account(call), now=call.now)
    return _stands(held)


@feature.post(f"{ROOM}/pledge", permission=Right.ANSWER)
def pledge(call: Call, room_id: UUID) -> dict[str, Any]:
    """The signed pledge."""
    signature = forms.hex_bytes(body(), "signature", forms.SIGNATURE)
    return _stands(
        actions.pledge(call.session, room_id, signature, actor=_account(call), now=call.now)
    )


@feature.post(f"{ROOM}/recusal", permission=Right.ANSWER)
def recusal(call: Call, room_id: UUID) -> dict[str, Any]:
    """回避: the member leaves the room with this answer."""
    reason = forms.reason(body())
    actions.recuse(call.session, room_id, reason, actor=_account(call), now=call.now)
    return {"recused": True}


@feature.post(f"{ROOM}/votes", permission=Right.ANSWER)
def vote(call: Call, room_id: UUID) -> dict[str, Any]:
    """One vote for the leader."""
    seat = forms.seat(body())
    return _stands(actions.vote(call.session, room_id, seat, actor=_account(call), now=call.now))


@feature.post(f"{ROOM}/pause", permission=Right.SUPERVISE)
def pause(call: Call, room_id: UUID) -> dict[str, Any]:
    """The supervisor stops the room."""
    reason = forms.reason(body())
    return _order(call, room_id, lambda party: c.Pause(party, reason))


@feature.post(f"{ROOM}/resume", permission=Right.SUPERVISE)
def resume(call: Call, room_id: UUID) -> dict[str, Any]:
    """The supervisor lets it go on."""
    return _order(call, room_id, c.Resume)


@feature.post(f"{ROOM}/failure", permission=Right.SUPERVISE)
def failure(call: Call, room_id: UUID) -> dict[str, Any]:
    """The supervisor finds that the evaluation cannot go on."""
    reason = forms.reason(body())
    return _order(call, room_id, lambda party: c.Fail(party, reason))


@feature.post(f"{ROOM}/replacement", permission=Right.ORDER)
def replacement(call: Call, room_id: UUID) -> dict[str, Any]:
    """更换: a member found related late, or one who does not come."""
    shown = body()
    seat, reason = forms.seat(shown), forms.reason(shown)
    return _order(call, room_id, lambda party: c.Replace(party, seat, reason))


@feature.get(f"{ROOM}/bids/<int:number>/<part>", permission=Right.READ_BIDS)
def bid(call: Call, room_id: UUID, number: int, part: str) -> Response:
    """A bid's document, or a range of it, decrypted for a member at work."""
    served = reading.serve(call, room_id, number, part, request.headers.get("Range"))
    span = served.span
    answer = Response(served.chunks, status=200 if span.whole else 206)
    # Only what is a PDF is shown; anything else could be a page of the bidder's making.
    kind, shown, ending = SHOWN[served.is_pdf]
    answer.headers["Content-Type"] = kind
    answer.headers["Content-Disposition"] = f'{shown}; filename="bid-{number}-{part}{ending}"'
    answer.headers["Content-Length"] = str(span.last - span.first + 1)
    answer.headers["Accept-Ranges"] = "bytes"
    if not span.whole:
        answer.headers["Content-Range"] = f"bytes {span.first}-{span.last}/{span.size}"
    return answer


def _order(call: Call, room_id: UUID, wish: c.Wish) -> dict[str, Any]:
    return _stands(actions.act(call.session, room_id, wish, actor=_account(call), now=call.now))


def _stands(held: Sitting) -> dict[str, Any]:
    return {
        "stage": held.room.stage.value,
        "paused": held.room.paused_at is not None,
        "leader": held.room.leader,
    }


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor
