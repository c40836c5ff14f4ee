"""What a member does with sheets: keeps drafts, submits each once, confirms the prices.

条例 49; 评标委员会和评标方法暂行规定 35. A submitted sheet is never edited; it is sealed to the
room and logged by its commitment alone.
"""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from evaluation.rooms import actions as rooms
from evaluation.rooms import queries as room_queries
from evaluation.rooms.dossier import Security
from evaluation.rooms.seen import MemberView, RoomView
from evaluation.rooms.states import Stage
from evaluation.scoring import queries
from evaluation.scoring.desk import Desk
from evaluation.scoring.models import ConfirmationRow, DraftKeyRow, DraftRow, SheetRow
from evaluation.scoring.sheets import CLASSES, SealedSheet, SheetStage, signed_message
from kernel import log
from kernel.crypto.hpke import ENC
from kernel.crypto.signatures import verify_p256
from kernel.jobs import schedule
from kernel.permissions import Actor
from kernel.pure.errors import Refused

WRAPPED = ENC + 48
DRAFT_UNIT = 8192
DRAFT_OVERHEAD = 12 + 16
DRAFT_UNITS = 16
SEALED = frozenset(size + ENC + 16 for size in CLASSES)
REASON = 500


def keep_draft_key(
    session: Session, room_id: UUID, wrapped: bytes, *, actor: Actor, now: datetime
) -> bytes:
    """Keep the wrapped key of the actor's drafts; the first one stands, and is returned.

    Raises:
        Refused: EVA-2001, EVA-2002 not a member at work; EVA-1222 not a wrapped key.
    """
    room = room_queries.room(session, room_id)
    member = room_queries.member_of(room, actor)
    if len(wrapped) != WRAPPED:
        raise Refused("EVA-1222")
    values = {"room_id": room_id, "expert_id": member.expert_id, "wrapped": wrapped, "at": now}
    session.execute(insert(DraftKeyRow).values(values).on_conflict_do_nothing())
    stands = queries.draft_key(session, room_id, member.expert_id)
    assert stands is not None
    return stands


def keep_draft(
    session: Session,
    room_id: UUID,
    *,
    stage: SheetStage,
    bid: bytes,
    version: int,
    ciphertext: bytes,
    actor: Actor,
    now: datetime,
) -> int:
    """Keep the next version of a draft; returns its number. Allowed while the room is paused.

    Raises:
        Refused: EVA-2001, EVA-2002; EVA-1201 not this stage; EVA-1202 no such bid in it; EVA-1221
            another tab was faster; EVA-1222 no draft.
    """
    room, member, _ = _at_work(session, room_id, actor, stage=stage, bid=bid)
    units, rest = divmod(len(ciphertext) - DRAFT_OVERHEAD, DRAFT_UNIT)
    if rest or not 1 <= units <= DRAFT_UNITS:
        raise Refused("EVA-1222")
    newest = queries.newest_version(session, room.id, member.expert_id, stage=stage, bid=bid)
    added = (
        session.scalar(
            insert(DraftRow)
            .values(
                room_id=room.id,
                expert_id=member.expert_id,
                stage=stage,
                bid=bid,
                version=version,
                ciphertext=ciphertext,
                at=now,
            )
            .on_conflict_do_nothing()
            .returning(DraftRow.version)
        )
        if version == newest + 1
        else None
    )
    if added is None:
        raise Refused("EVA-1221", newest=newest)
    return version


def submit_sheet(
    session: Session, room_id: UUID, sheet: SealedSheet, *, actor: Actor, now: datetime
) -> Desk:
    """Take a sealed sheet, once; the same one again changes nothing. Returns the desk afterwards.

    Raises:
        Refused: EVA-2001, EVA-2002 not a member at work; EVA-2003 paused; EVA-1201 not this stage;
            EVA-1202 no such bid in it; EVA-1203 another one was submitted; EVA-1204 the signature
            is not by the certificate of the check-in; EVA-1205 no sealed sheet, or one used before.
    """
    room, member, desk = _at_work(
        session, room_id, actor, stage=sheet.stage, bid=sheet.bid, lock=True
    )
    if room.paused_at is not None:
        raise Refused("EVA-2003", since=room.paused_at)
    before = desk.head(member, sheet.stage, sheet.bid)
    if before is not None and before.commitment == sheet.commitment:
        return desk
    if before is not None and before.fault is None:
        raise Refused("EVA-1203")
    _check_form(session, sheet, member)
    attempt = before.attempt + 1 if before else 1
    _file(session, room, member, sheet, attempt=attempt, now=now)
    after = queries.desk(session, room)
    _report(session, after, member, sheet.stage, now)
    return after


def confirm_prices(
    session: Session, room_id: UUID, reasons: Mapping[str, str], *, actor: Actor, now: datetime
) -> None:
    """A member has checked prices, totals and ranking; the last one ends the stage.

    `reasons` explain the own totals that were flagged, by the bid's commitment in hex.

    Raises:
        Refused: EVA-2001, EVA-2002; EVA-2003 paused; EVA-1303 nothing to confirm; EVA-1304 a
            flagged total lacks its written reason (domain-rules 5); EVA-2304 no leader.
    """
    room = room_queries.room(session, room_id, lock=True)
    member = room_queries.member_of(room, actor)
    if room.paused_at is not None:
        raise Refused("EVA-2003", since=room.paused_at)
    reveal = queries.desk(session, room).current(SheetStage.TECHNICAL)
    if room.stage is not Stage.PRICE or reveal is None:
        raise Refused("EVA-1303")
    asked = flagged(reveal.content, member.seat)
    for commitment, number in asked.items():
        if not 0 < len(reasons.get(commitment, "").strip()) <= REASON:
            raise Refused("EVA-1304", number=number)
    kept = {commitment: reasons[commitment].strip() for commitment in asked}
    new = session.scalar(
        insert(ConfirmationRow)
        .values(
            reveal_id=reveal.id, expert_id=member.expert_id, seat=member.seat, reasons=kept, at=now
        )
        .on_conflict_do_nothing()
        .returning(ConfirmationRow.seat)
    )
    if new is not None:
        rooms.say(session, room, "price_confirmed", {"seat": member.seat})
    if len(queries.confirmations(session, reveal.id)) == room.seats:
        rooms.finish_stage(session, room.id, Stage.PRICE, now=now)


def flagged(results: Mapping[str, object], seat: int) -> dict[str, int]:
    """Commitment (hex) → number of the bids on which this seat's total lies far off."""
    bids = results["bids"]
    assert isinstance(bids, list)
    return {
        bid["commitment"]: bid["number"]
        for bid in bids
        for flag in bid["flags"]
        if flag["kind"] == "abnormal" and flag["seat"] == seat
    }


def _at_work(
    session: Session,
    room_id: UUID,
    actor: Actor,
    *,
    stage: SheetStage,
    bid: bytes,
    lock: bool = False,
) -> tuple[RoomView, MemberView, Desk]:
    room = room_queries.room(session, room_id, lock=lock)
    member = room_queries.member_of(room, actor)
    desk = queries.desk(session, room)
    if desk.stage is not stage:
        raise Refused("EVA-1201")
    desk.bid(stage, bid)
    return room, member, desk


def _check_form(session: Session, sheet: SealedSheet, member: MemberView) -> None:
    if len(sheet.commitment) != 32 or len(sheet.sealed) not in SEALED:
        raise Refused("EVA-1205")
    message = signed_message(sheet.commitment)
    if not verify_p256(member.public_key or b"", message, sheet.signature):
        raise Refused("EVA-1204")
    if session.scalar(select(SheetRow.id).where(SheetRow.commitment == sheet.commitment)):
        raise Refused("EVA-1205")


def _file(
    session: Session,
    room: RoomView,
    member: MemberView,
    sheet: SealedSheet,
    *,
    attempt: int,
    now: datetime,
) -> None:
    body = {"room": str(room.id), "commitment": sheet.commitment.hex()}
    session.add(
        SheetRow(
            room_id=room.id,
            expert_id=member.expert_id,
            seat=member.seat,
            stage=sheet.stage,
            bid=sheet.bid,
            attempt=attempt,
            commitment=sheet.commitment,
            sealed=sheet.sealed,
            signature=sheet.signature,
            public_key=member.public_key or b"",
            leaf_id=log.append(session, "sheet_submitted", body),
            at=now,
        )
    )
    session.flush()


def judge_security(
    session: Session, lot_ref: UUID, commitment: bytes, security: Security, *, now: datetime
) -> None:
    """What bank or issuer said at last; a qualification that only waited for it is revealed."""
    room = rooms.judge_security(session, lot_ref, commitment, security)
    if room is None or room.undecided:
        return
    desk = queries.desk(session, room)
    if desk.stage is SheetStage.QUALIFICATION and desk.complete(desk.stage):
        _ask_for_reveal(session, desk, desk.stage, now, why=commitment.hex())


def _report(
    session: Session, desk: Desk, member: MemberView, stage: SheetStage, now: datetime
) -> None:
    """Tell how many are in, never which; ask for the reveal when nothing is missing."""
    room = desk.room
    rooms.count_sheets(
        session,
        room.id,
        seat=member.seat,
        count=len(desk.standing(member, stage)),
        of=desk.owed(stage),
        now=now,
    )
    if desk.complete(stage):
        _ask_for_reveal(session, desk, stage, now, why=str(desk.attempts[stage]))


def _ask_for_reveal(
    session: Session, desk: Desk, stage: SheetStage, now: datetime, *, why: str
) -> None:
    room = desk.room
    schedule(
        session,
        kind="evaluation.reveal",
        key=f"{room.id}:{stage.value}:{room.session_epoch}:{why}",
        due_at=now,
        payload={"room_id": str(room.id), "stage": stage.value},
    )
