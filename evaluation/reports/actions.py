"""Freezing a report, signing it, recording a refusal, publishing it. One transaction each.

条例 53. A member who does not answer blocks the closing.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.reports import issuing, queries
from evaluation.reports.gathering import gather
from evaluation.reports.models import AnswerRow, IssueRow, PublicationRow, ReportRow
from evaluation.reports.rules import (
    Answer,
    admit,
    facts_digest,
    read_opinion,
    signing_message,
)
from evaluation.rooms import actions as room_actions
from evaluation.rooms import queries as rooms
from evaluation.rooms.seen import RoomView
from evaluation.rooms.states import Stage
from kernel import log
from kernel.crypto.signatures import verify_p256
from kernel.house import Call
from kernel.identity.chains import serial_of
from kernel.jobs import schedule
from kernel.permissions import Account, Actor, Role
from kernel.pure import jcs
from kernel.pure.errors import Refused

ISSUE = "evaluation.report.issue"
MAX_REASON = 500
WORDS = {Role.SUPERVISOR: "监督人", Role.CENTRE: "交易中心"}


def freeze(call: Call, room_id: UUID) -> None:
    """Fix the facts once the prices are confirmed; a second call changes nothing."""
    session = call.session
    room = rooms.room(session, room_id, lock=True)
    if room.stage is not Stage.SIGNING or session.get(ReportRow, room_id) is not None:
        return
    gathered = gather(session, room, call.now)
    facts = jcs.canonical(gathered.facts)
    digest = facts_digest(facts)
    leaf = log.append(session, "evaluation_report", {"room": str(room_id), "facts": digest.hex()})
    row = ReportRow(
        room_id=room_id,
        lot_ref=room.lot_ref,
        facts=facts,
        facts_hash=digest,
        hidden=jcs.canonical(gathered.hidden),
        leaf_id=leaf,
        draft_key="",
        frozen_at=call.now,
    )
    row.draft_key = issuing.draft(call, row)
    session.add(row)
    session.flush()
    room_actions.say(session, room, "report_ready", {"digest": digest.hex()})


def sign(
    session: Session,
    room_id: UUID,
    answer: Answer,
    opinion: str | None,
    signature: bytes,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """A member agrees or dissents, by certificate, over exactly the facts' hash.

    Raises:
        Refused: EVA-2001, EVA-2002 not a member at work; EVA-2003 paused; EVA-3001 not frozen;
            EVA-3002 … EVA-3006 as the rules say; EVA-3007 another signature.
    """
    room = rooms.room(session, room_id, lock=True)
    member = rooms.member_of(room, actor)
    row = _open(session, room)
    if answer is Answer.DEEMED:
        raise Refused("EVA-3005", seat=member.seat)
    text = read_opinion(answer, opinion)
    if not admit(queries.standing(session, row), member.seat, answer):
        return
    message = signing_message(
        room=str(room_id),
        digest=bytes(row.facts_hash),
        seat=member.seat,
        answer=answer,
        opinion=text,
    )
    if member.public_key is None or not verify_p256(member.public_key, message, signature):
        raise Refused("EVA-3007")
    tail = serial_of(member.certificate)[-8:] if member.certificate else ""
    _add(
        session,
        room,
        row,
        AnswerRow(
            room_id=room_id,
            seat=member.seat,
            answer=answer,
            opinion=text,
            signature=signature,
            certificate_tail=tail,
            leaf_id=_leaf(session, row, member.seat, answer, signature),
            at=now,
        ),
        now,
    )


def record_refusal(
    session: Session, room_id: UUID, seat: int, reason: str, *, actor: Actor, now: datetime
) -> None:
    """条例 53: a member refuses to sign and states no dissent in writing: deemed to agree.

    Raises:
        Refused: EVA-2001 another centre's room; EVA-3001; EVA-3002, EVA-3005, EVA-3006 as the
            rules say; EVA-3010 without reason.
    """
    room = rooms.room(session, room_id, lock=True)
    if not isinstance(actor, Account) or queries.viewer_seat(room, actor) is not None:
        raise Refused("EVA-2001")
    row = _open(session, room)
    if not 0 < len(reason.strip()) <= MAX_REASON:
        raise Refused("EVA-3010", most=MAX_REASON)
    if not admit(queries.standing(session, row), seat, Answer.DEEMED):
        return
    _add(
        session,
        room,
        row,
        AnswerRow(
            room_id=room_id,
            seat=seat,
            answer=Answer.DEEMED,
            recorded_by=f"{WORDS[actor.role]}{actor.person_name}",
            reason=reason.strip(),
            leaf_id=_leaf(session, row, seat, Answer.DEEMED, b""),
            at=now,
        ),
        now,
    )


def publish(session: Session, lot_ref: UUID, *, now: datetime) -> None:
    """Let anyone read the public form; repeatable. Raises Refused EVA-3008 before it is issued."""
    row = session.scalars(select(ReportRow).where(ReportRow.lot_ref == lot_ref)).first()
    if row is None or session.get(IssueRow, row.room_id) is None:
        raise Refused("EVA-3008")
    if session.get(PublicationRow, row.room_id) is None:
        session.add(PublicationRow(room_id=row.room_id, published_at=now))
        session.flush()


def _open(session: Session, room: RoomView) -> ReportRow:
    """The report of a room held by its lock, so that the last two signers see each other."""
    row = queries.report_row(session, room.id)
    if room.paused_at is not None:
        raise Refused("EVA-2003", since=room.paused_at)
    return row


def _leaf(session: Session, row: ReportRow, seat: int, answer: Answer, signature: bytes) -> UUID:
    told = {
        "room": str(row.room_id),
        "facts": row.facts_hash.hex(),
        "seat": seat,
        "answer": answer.value,
        "signature": signature.hex(),
    }
    return log.append(session, "evaluation_report_answer", told)


def _add(
    session: Session, room: RoomView, row: ReportRow, answer: AnswerRow, now: datetime
) -> None:
    session.add(answer)
    session.flush()
    told = {"seat": answer.seat, "answer": answer.answer.value}
    room_actions.say(session, room, "report_signed", told)
    if queries.standing(session, row).complete:
        schedule(
            session,
            kind=ISSUE,
            key=str(row.room_id),
            due_at=now,
            payload={"room_id": str(row.room_id)},
        )
