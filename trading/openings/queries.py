"""Reads of openings: for pages, the trustees' desk, the check page and the features above."""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from kernel import live
from kernel.pure import checkpoints, jcs
from kernel.pure.errors import Refused
from kernel.secrets import Keys
from trading.bids import queries as bids
from trading.openings.causes import BidState
from trading.openings.models import AttendanceRow, OpeningRow, SeatRow
from trading.openings.record_models import RecordRow, SignedRecordRow
from trading.openings.states import FINISHED, CloseState, Party, Stage


@dataclass(frozen=True, slots=True)
class OpeningView:
    """Where one opening stands; nothing in it tells of bidders."""

    lot_id: UUID
    live_id: UUID
    stage: Stage
    until: datetime | None
    deadline: datetime
    paused_at: datetime | None
    paused_by: Party | None
    undecided: bool
    """The close was not witnessed in time and waits for the supervisor."""


@dataclass(frozen=True, slots=True)
class RecordView:
    """The issued record of a lot; hashes are 32 bytes, `leaf_id` proves the PDF's hash."""

    lot_id: UUID
    facts_hash: bytes
    pdf_hash: bytes
    blob_key: str
    leaf_id: UUID
    issued_at: datetime


@dataclass(frozen=True, slots=True)
class BidResult:
    """One bid after the opening, as evaluation receives it. `offer` only when it was read out."""

    seat: int
    envelope_id: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    state: BidState
    code: str | None
    offer: dict[str, Any] | None
    deposit: dict[str, Any]


def opening_row(session: Session, lot_id: UUID) -> OpeningRow:
    """The opening's row, not locked. Raises Refused OPN-1004."""
    row = session.get(OpeningRow, lot_id)
    if row is None:
        raise Refused("OPN-1004")
    return row


def opening_of(session: Session, lot_id: UUID) -> OpeningView | None:
    """Where the lot's opening stands, None before it was prepared."""
    row = session.get(OpeningRow, lot_id)
    return _view(row) if row else None


def live_openings(session: Session) -> tuple[OpeningView, ...]:
    """Openings from sign-in to their end, earliest deadline first: the supervisor's wall."""
    rows = session.scalars(
        select(OpeningRow)
        .where(OpeningRow.stage.not_in(FINISHED | {Stage.WAITING}))
        .order_by(OpeningRow.deadline, OpeningRow.lot_id)
    )
    return tuple(_view(row) for row in rows)


def _view(row: OpeningRow) -> OpeningView:
    return OpeningView(
        lot_id=row.lot_id,
        live_id=row.live_id,
        stage=row.stage,
        until=row.until,
        deadline=row.deadline,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        undecided=_late_close(row) is not None,
    )


def state_json(session: Session, lot_id: UUID, now: datetime) -> dict[str, Any]:
    """The public state of the hall for clients that do not follow the stream."""
    row = opening_row(session, lot_id)
    stream = session.get_one(live.LiveSession, row.live_id)
    return {
        "live_id": str(row.live_id),
        "last_seq": stream.last_seq,
        "stage": row.stage.value,
        "until": row.until.isoformat() if row.until else None,
        "deadline": row.deadline.isoformat(),
        "paused": row.paused_at is not None,
        "paused_by": row.paused_by.value if row.paused_by else None,
        "resumes_at": row.resumes_at.isoformat() if row.resumes_at else None,
        "late_close": _late_close(row),
        "now": now.isoformat(),
    }


def _late_close(row: OpeningRow) -> dict[str, str] | None:
    """What a supervisor is asked to decide about; None when nothing is."""
    waits = row.stage is Stage.DEADLINE_LOCK and row.close_state is CloseState.LATE
    if not waits or row.close_note is None:
        return None
    body = checkpoints.parse_note(row.close_note).text
    manifest = (row.manifest_hash or b"").hex()
    return {"checkpoint": sha256(body.encode()).hexdigest(), "manifest": manifest}


def frames(session: Session, live_id: UUID) -> list[dict[str, Any]]:
    """Every event so far, for the first paint."""
    found: list[dict[str, Any]] = []
    while events := live.events_after(session, live_id, found[-1]["seq"] if found else 0):
        found += [event.frame() for event in events]
    return found


def mine(session: Session, lot_id: UUID, pseudonym: str) -> dict[str, Any]:
    """What one pseudonym may know of itself: sign-in, its envelope, its seat after the list."""
    row = opening_row(session, lot_id)
    signed_in = session.get(AttendanceRow, (lot_id, pseudonym))
    envelope = bids.live_envelope(session, lot_id, pseudonym)
    seat = session.scalars(
        select(SeatRow).where(SeatRow.lot_id == lot_id, SeatRow.pseudonym == pseudonym)
    ).first()
    return {
        "signed_in_at": signed_in.at.isoformat() if signed_in else None,
        "envelope_id": envelope.id.hex if envelope else None,
        "commitment": envelope.commitment.hex() if envelope else None,
        "header": envelope.header.decode() if envelope else None,
        "seat": seat.seat if seat else None,
        "state": seat.state.value if seat else None,
        "code": seat.code if seat else None,
        "answer": seat.answer.value if seat and seat.answer else None,
        "record_digest": row.read_digest.hex() if row.read_digest else None,
    }


def openings_statement(session: Session, lot_id: UUID) -> dict[str, Any]:
    """What the agency is asked to sign; nulls before the openings are read."""
    row = opening_row(session, lot_id)
    return {
        "statement": row.openings.decode() if row.openings else None,
        "digest": sha256(row.openings).hexdigest() if row.openings else None,
        "signed": row.signature is not None,
    }


def record_of(session: Session, lot_id: UUID) -> RecordView | None:
    """The lot's signed record, None until it is issued."""
    row = session.get(RecordRow, (lot_id, 1))
    return _record(row) if row else None


def find_record(session: Session, digest: bytes) -> RecordView | None:
    """The record whose facts, or whose PDF in any revision, have this SHA-256."""
    row = session.scalars(
        select(RecordRow).where(or_(RecordRow.facts_hash == digest, RecordRow.pdf_hash == digest))
    ).first()
    if row is not None:
        return _record(row)
    signed = session.scalars(
        select(SignedRecordRow).where(SignedRecordRow.pdf_hash == digest)
    ).first()
    if signed is None:
        return None
    found = _record(session.get_one(RecordRow, (signed.lot_id, signed.no)))
    return replace(found, pdf_hash=digest, blob_key=signed.blob_key, leaf_id=signed.leaf_id)


def _record(row: RecordRow) -> RecordView:
    return RecordView(
        row.lot_id,
        bytes(row.facts_hash),
        bytes(row.pdf_hash),
        row.blob_key,
        row.leaf_id,
        row.issued_at,
    )


def facts_of(session: Session, lot_id: UUID) -> Any:
    """The frozen facts of a closed opening. Raises Refused OPN-1702 before the end."""
    row = opening_row(session, lot_id)
    if row.facts is None:
        raise Refused("OPN-1702")
    return jcs.parse(row.facts)


def kept_secret(session: Session, keys: Keys, lot_id: UUID, seat: int) -> bytes | None:
    """The holder's secret that a bidder handed over; None when the committee alone opens."""
    row = session.get_one(SeatRow, (lot_id, seat))
    if row.holder_secret is None:
        return None
    return keys.unwrap(bytes(row.holder_secret), context=bytes(row.commitment))


def results(session: Session, lot_id: UUID) -> tuple[BidResult, ...]:
    """The bids of a closed opening in seat order; empty before it is closed."""
    row = session.get(OpeningRow, lot_id)
    if row is None or row.stage not in {Stage.CLOSED, Stage.RECONVENED}:
        return ()
    seats = session.scalars(select(SeatRow).where(SeatRow.lot_id == lot_id).order_by(SeatRow.seat))
    return tuple(
        BidResult(
            seat=seat.seat,
            envelope_id=seat.envelope_id,
            commitment=bytes(seat.commitment),
            organisation=seat.organisation,
            credit_code=seat.credit_code,
            state=seat.state,
            code=seat.code,
            offer=seat.offer if seat.read else None,
            deposit=seat.deposit,
        )
        for seat in seats
    )
