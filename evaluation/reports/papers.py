"""The files of a report, kept encrypted: who may read which form; and a published one by digest."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evaluation.reports.models import IssueRow, PublicationRow, ReportRow
from evaluation.reports.queries import report_row, viewer_seat
from evaluation.rooms import queries as rooms
from evaluation.rooms.seen import RoomView
from kernel.house import House
from kernel.permissions import Account, Actor, Role
from kernel.pure import jcs
from kernel.pure.errors import Refused

DRAFT = b"evaluation report draft "
WHOLE = b"evaluation report "
PUBLIC = b"evaluation report public "


def draft_pdf(house: House, session: Session, room_id: UUID, actor: Actor) -> bytes:
    """The unsigned report. Raises Refused EVA-2001, EVA-3001."""
    viewer_seat(rooms.room(session, room_id), actor)
    row = report_row(session, room_id)
    return _opened(house, row.draft_key, DRAFT + row.room_id.bytes)


def pdf(house: House, session: Session, lot_ref: UUID, actor: Actor) -> bytes:
    """The sealed report: whole for members, tenderee, agency, supervisor and the lot's centre, in
    its public form for everybody else once it is published.

    Raises Refused EVA-3008 before it is issued, EVA-3009 before it is public.
    """
    row = session.scalars(select(ReportRow).where(ReportRow.lot_ref == lot_ref)).first()
    issue = session.get(IssueRow, row.room_id) if row else None
    if row is None or issue is None:
        raise Refused("EVA-3008")
    if _is_party(rooms.room(session, row.room_id), actor):
        return _opened(house, issue.blob_key, WHOLE + row.room_id.bytes)
    if session.get(PublicationRow, row.room_id) is None:
        raise Refused("EVA-3009")
    return _opened(house, issue.public_blob_key, PUBLIC + row.room_id.bytes)


def _is_party(room: RoomView, actor: Actor) -> bool:
    match actor:
        case Account(role=Role.SUPERVISOR):
            return True
        case Account(role=Role.CENTRE, organisation_id=room.centre_ref):
            return True
        case Account(role=Role.AGENCY, organisation_id=room.agency_ref):
            return True
        case Account(role=Role.TENDEREE, organisation_id=room.tenderee_ref):
            return True
        case Account(role=Role.EXPERT):
            return any(member.person_id == actor.person_id for member in room.members)
        case _:
            return False


def _opened(house: House, key: str, context: bytes) -> bytes:
    with house.blobs.open(key) as file:
        return house.keys.unwrap(file.read(), context=context)


@dataclass(frozen=True, slots=True)
class Published:
    """A published report found by a digest: of its facts, or of one of its two PDFs."""

    lot_ref: UUID
    title: str
    number: str
    facts_hash: bytes
    issued_at: datetime
    leaf_id: UUID


def find(session: Session, digest: bytes) -> Published | None:
    """The published report with this SHA-256."""
    found = session.execute(
        select(ReportRow, IssueRow)
        .join(IssueRow, IssueRow.room_id == ReportRow.room_id)
        .join(PublicationRow, PublicationRow.room_id == ReportRow.room_id)
        .where(
            or_(
                ReportRow.facts_hash == digest,
                IssueRow.pdf_hash == digest,
                IssueRow.public_pdf_hash == digest,
            )
        )
    ).first()
    if found is None:
        return None
    row, issue = found
    lot: Any = jcs.parse(bytes(row.facts))
    return Published(
        row.lot_ref,
        lot["lot"]["title"],
        lot["lot"]["number"],
        bytes(row.facts_hash),
        issue.issued_at,
        issue.leaf_id,
    )
