"""HTTP of scoring: drafts, sealed sheets, counts, and what was revealed, never before."""

from typing import Any
from uuid import UUID

from evaluation.rooms.queries import member_of, room
from evaluation.scoring import actions, queries, told
from evaluation.scoring.access import Right
from evaluation.scoring.sheets import SealedSheet, SheetStage
from kernel.house import Call
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.web import Feature, body

feature = Feature("scoring", __name__)
ROOM = "/evaluations/<uuid:room_id>"
SEALED_CHARACTERS = 2 * max(actions.SEALED)
DRAFT_CHARACTERS = 2 * (actions.DRAFT_UNITS * actions.DRAFT_UNIT + actions.DRAFT_OVERHEAD)
HEX = "([0-9a-f]{2})+"


@feature.get(f"{ROOM}/draft-key", permission=Right.MARK)
def draft_key(call: Call, room_id: UUID) -> dict[str, Any]:
    """The wrapped key of one's own drafts, null before the first."""
    member = member_of(room(call.session, room_id), call.actor)
    wrapped = queries.draft_key(call.session, room_id, member.expert_id)
    return {"wrapped": wrapped.hex() if wrapped else None}


@feature.post(f"{ROOM}/draft-key", permission=Right.MARK)
def keep_draft_key(call: Call, room_id: UUID) -> dict[str, Any]:
    """Offer a wrapped key; the answer is the one that stands."""
    fields = Fields(body(), code="EVA-1222")
    offered = fields.hex("wrapped", actions.WRAPPED)
    fields.done()
    stands = actions.keep_draft_key(call.session, room_id, offered, actor=call.actor, now=call.now)
    return {"wrapped": stands.hex()}


@feature.get(f"{ROOM}/drafts", permission=Right.MARK)
def drafts(call: Call, room_id: UUID) -> dict[str, Any]:
    """The newest version of each of one's own drafts."""
    member = member_of(room(call.session, room_id), call.actor)
    return {
        "drafts": [
            {
                "stage": draft.stage.value,
                "bid": draft.bid.hex(),
                "version": draft.version,
                "ciphertext": draft.ciphertext.hex(),
                "at": draft.at.isoformat(),
            }
            for draft in queries.drafts(call.session, room_id, member.expert_id)
        ]
    }


@feature.post(f"{ROOM}/drafts", permission=Right.MARK)
def keep_draft(call: Call, room_id: UUID) -> dict[str, Any]:
    """Keep the next version of a draft; 409 EVA-1221 when another tab was faster."""
    fields = Fields(body(), code="EVA-1222")
    stage, bid = _place(fields)
    version = fields.integer("version", 1, 10**6)
    text = fields.text("ciphertext", cap=DRAFT_CHARACTERS, pattern=HEX)
    fields.done()
    actions.keep_draft(
        call.session,
        room_id,
        stage=stage,
        bid=bid,
        version=version,
        ciphertext=bytes.fromhex(text),
        actor=call.actor,
        now=call.now,
    )
    return {"version": version, "at": call.now.isoformat()}


@feature.get(f"{ROOM}/sheets", permission=Right.MARK)
def sheets(call: Call, room_id: UUID) -> dict[str, Any]:
    """One's own sheets by bid, and how many everybody has handed in."""
    here = room(call.session, room_id)
    member = member_of(here, call.actor)
    return told.sheets_json(queries.desk(call.session, here), member)


@feature.post(f"{ROOM}/sheets", permission=Right.MARK)
def submit_sheet(call: Call, room_id: UUID) -> dict[str, Any]:
    """Hand in a sealed sheet, once."""
    fields = Fields(body(), code="EVA-1205")
    stage, bid = _place(fields)
    sheet = SealedSheet(
        stage=stage,
        bid=bid,
        commitment=fields.hex("commitment", 32),
        sealed=bytes.fromhex(fields.text("sealed", cap=SEALED_CHARACTERS, pattern=HEX)),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    desk = actions.submit_sheet(call.session, room_id, sheet, actor=call.actor, now=call.now)
    return told.sheets_json(desk, member_of(desk.room, call.actor))


@feature.get(f"{ROOM}/results", permission=Right.READ_RESULTS)
def results(call: Call, room_id: UUID) -> dict[str, Any]:
    """What the committee's sheets came to, stage by stage, each only once it is revealed."""
    here = room(call.session, room_id)
    supervising = isinstance(call.actor, Account) and call.actor.role is Role.SUPERVISOR
    seat = None if supervising else member_of(here, call.actor).seat
    return told.results_json(call.session, queries.desk(call.session, here), seat=seat)


@feature.post(f"{ROOM}/price-confirmation", permission=Right.MARK)
def confirm_prices(call: Call, room_id: UUID) -> dict[str, Any]:
    """Confirm prices, totals and ranking; flagged totals of one's own need their reasons."""
    reasons = body().get("reasons", {})
    if not isinstance(reasons, dict) or not all(isinstance(r, str) for r in reasons.values()):
        raise Refused("WEB-1004", detail="reasons 应为对象")
    actions.confirm_prices(call.session, room_id, reasons, actor=call.actor, now=call.now)
    return {"confirmed": True}


def _place(fields: Fields) -> tuple[SheetStage, bytes]:
    return SheetStage(fields.choice("stage", *SheetStage)), fields.hex("bid", 32)
