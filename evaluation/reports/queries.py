"""Reading a report: for its signers and for the features above. Its files: papers.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.reports.document import Signed
from evaluation.reports.models import AnswerRow, IssueRow, PublicationRow, ReportRow
from evaluation.reports.rules import Standing
from evaluation.rooms import queries as rooms
from evaluation.rooms.seen import RoomView
from kernel.permissions import Account, Actor, Role
from kernel.pure import jcs
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Ranked:
    """One place of the ranking; `total` is points, or the evaluated price in fen, as text."""

    rank: int
    number: int
    bidder_ref: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    price_fen: int
    total: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """A bid that was not compared, and why, in the words of the record."""

    number: int
    bidder_ref: UUID
    organisation: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReportView:
    """An issued report. `leaf_id` is that of the PDFs; `published_at` None until made public.

    `candidates` are the first places of `ranking`, at most three (条例 53).
    """

    room_id: UUID
    facts: Mapping[str, Any]
    facts_hash: bytes
    pdf_hash: bytes
    public_pdf_hash: bytes
    leaf_id: UUID
    signed_at: datetime
    published_at: datetime | None
    ranking: tuple[Ranked, ...]
    candidates: tuple[Ranked, ...]
    rejected: tuple[Rejected, ...]


def report(session: Session, lot_ref: UUID) -> ReportView | None:
    """The lot's report once every member has answered and it is sealed."""
    row = session.scalars(select(ReportRow).where(ReportRow.lot_ref == lot_ref)).first()
    issue = session.get(IssueRow, row.room_id) if row else None
    if row is None or issue is None:
        return None
    told: Any = jcs.parse(bytes(row.facts))
    room = rooms.room(session, row.room_id)
    out = session.get(PublicationRow, row.room_id)
    ranking = _ranking(told, room)
    return ReportView(
        room_id=row.room_id,
        facts=told,
        facts_hash=bytes(row.facts_hash),
        pdf_hash=bytes(issue.pdf_hash),
        public_pdf_hash=bytes(issue.public_pdf_hash),
        leaf_id=issue.leaf_id,
        signed_at=issue.issued_at,
        published_at=out.published_at if out else None,
        ranking=ranking,
        candidates=ranking[: len(told["result"]["candidates"])],
        rejected=_rejected(told, room),
    )


def _ranking(told: Any, room: RoomView) -> tuple[Ranked, ...]:
    return tuple(
        Ranked(
            rank=place["rank"],
            number=place["number"],
            bidder_ref=room.bid(place["number"]).bidder_ref,
            commitment=room.bid(place["number"]).commitment,
            organisation=room.bid(place["number"]).organisation,
            credit_code=room.bid(place["number"]).credit_code,
            price_fen=place["price_fen"],
            total=place["total"],
        )
        for place in told["result"]["ranking"]
    )


def _rejected(told: Any, room: RoomView) -> tuple[Rejected, ...]:
    return tuple(
        Rejected(
            number=verdict["number"],
            bidder_ref=room.bid(verdict["number"]).bidder_ref,
            organisation=room.bid(verdict["number"]).organisation,
            reason=verdict["reason"],
        )
        for verdict in told["result"]["verdicts"]
        if not verdict["admitted"]
    )


def report_row(session: Session, room_id: UUID) -> ReportRow:
    """The frozen report of a room. Raises Refused EVA-3001 while there is none."""
    row = session.get(ReportRow, room_id)
    if row is None:
        raise Refused("EVA-3001")
    return row


def answers(session: Session, room_id: UUID) -> tuple[AnswerRow, ...]:
    """The answers given so far, by seat."""
    return tuple(
        session.scalars(
            select(AnswerRow).where(AnswerRow.room_id == room_id).order_by(AnswerRow.seat)
        )
    )


def standing(session: Session, row: ReportRow) -> Standing:
    """Who has answered and who has not."""
    told: Any = jcs.parse(bytes(row.facts))
    return Standing(
        seats=tuple(sorted(member["seat"] for member in told["committee"])),
        answers={each.seat: each.answer for each in answers(session, row.room_id)},
        issued=session.get(IssueRow, row.room_id) is not None,
    )


def signed(session: Session, room_id: UUID) -> list[Signed]:
    """The answers as the document prints them."""
    return [
        Signed(
            seat=row.seat,
            answer=row.answer,
            opinion=row.opinion,
            at=row.at,
            tail=row.certificate_tail or "",
            recorded_by=row.recorded_by,
            reason=row.reason,
        )
        for row in answers(session, room_id)
    ]


def desk(session: Session, room_id: UUID, actor: Actor) -> dict[str, Any]:
    """What a member needs to sign, and what supervisor and centre see of it.

    Raises Refused EVA-2001 for anybody whose room it is not.
    """
    room = rooms.room(session, room_id)
    seat = viewer_seat(room, actor)
    row = session.get(ReportRow, room_id)
    if row is None:
        return {"frozen": False, "seat": seat}
    now = standing(session, row)
    given = answers(session, room_id)
    return {
        "frozen": True,
        "room": str(room_id),
        "statement": bytes(row.facts).decode(),
        "digest": row.facts_hash.hex(),
        "seat": seat,
        "signatures": [
            {"seat": each.seat, "answer": each.answer.value, "at": each.at.isoformat()}
            for each in given
        ],
        "missing": list(now.missing),
        "pdf": now.issued,
        "lot": str(room.lot_ref),
    }


def viewer_seat(room: RoomView, actor: Actor) -> int | None:
    """The actor's seat, None for supervisor and the room's centre. Raises Refused EVA-2001."""
    match actor:
        case Account(role=Role.EXPERT):
            return rooms.member_of(room, actor).seat
        case Account(role=Role.SUPERVISOR):
            return None
        case Account(role=Role.CENTRE, organisation_id=room.centre_ref):
            return None
        case _:
            raise Refused("EVA-2001")
