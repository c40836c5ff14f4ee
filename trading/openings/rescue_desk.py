"""What a bidder who lost its key may know of its own seat, and what its rescue panel judges by."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.identity import queries as identity
from kernel.permissions import Account
from kernel.pure.envelope import Header, HolderLock, parse_header
from trading.bids import queries as bids
from trading.bids.queries import EnvelopeRow
from trading.openings.models import AttemptRow, OpeningRow, RescueRow, RescueShareRow, SeatRow
from trading.openings.queries import opening_row
from trading.openings.rescue import member_of
from trading.openings.states import FINISHED
from trading.tenders import queries as tenders
from trading.tenders.rules import ENDED, LotSnapshot, TrusteeSeat


def own(session: Session, lot_id: UUID, *, actor: Account) -> dict[str, Any]:
    """The organisation's seat after the list, with what is left to try; before it, nothing.

    Raises Refused OPN-1004, TEN-1001.
    """
    row = opening_row(session, lot_id)
    told: dict[str, Any] = {
        "lot": str(lot_id),
        "stage": row.stage.value,
        "until": row.until.isoformat() if row.until else None,
        "paused": row.paused_at is not None,
        "bid": None,
    }
    code = identity.organisation(session, actor.organisation_id).credit_code
    seat = session.scalars(
        select(SeatRow).where(SeatRow.lot_id == lot_id, SeatRow.credit_code == code)
    ).first()
    if seat is None:
        return told
    return {**told, "bid": _bid(session, tenders.lot_snapshot(session, lot_id), seat)}


def _bid(session: Session, lot: LotSnapshot, seat: SeatRow) -> dict[str, Any]:
    envelope = envelope_of(session, seat)
    header = parse_header(envelope.header)
    return {
        "seat": seat.seat,
        "organisation": seat.organisation,
        "state": seat.state.value,
        "code": seat.code,
        "via": seat.via,
        "commitment": seat.commitment.hex(),
        "header": envelope.header.decode(),
        "signature": envelope.signature.hex(),
        "holder_lock": header.policy.holder_lock.value,
        "has_recovery": header.recovery is not None,
        "rescue": _rescue(session, lot, seat, header),
        "attempts": _attempts(session, seat),
    }


def _rescue(
    session: Session, lot: LotSnapshot, seat: SeatRow, header: Header
) -> dict[str, Any] | None:
    """The panel as far as this bidder consented to it, and who of it has given a share."""
    if header.rescue is None or header.policy.holder_lock is HolderLock.COMMITTEE_ONLY:
        return None
    asked = session.get(RescueRow, (seat.lot_id, seat.seat))
    given = _given(session, seat)
    members = lot.rescue.members if lot.rescue else ()
    return {
        "threshold": header.rescue.threshold,
        "asked_at": asked.at.isoformat() if asked else None,
        "given": len(given),
        "members": [{**_member(each), "given": each.index in given} for each in members],
    }


def _member(seat: TrusteeSeat) -> dict[str, Any]:
    return {"index": seat.index, "role": seat.role.value, "name": seat.name}


def _given(session: Session, seat: SeatRow) -> frozenset[int]:
    rows = session.scalars(
        select(RescueShareRow.member).where(
            RescueShareRow.lot_id == seat.lot_id, RescueShareRow.seat == seat.seat
        )
    )
    return frozenset(rows)


def _attempts(session: Session, seat: SeatRow) -> list[dict[str, Any]]:
    rows = session.scalars(
        select(AttemptRow)
        .where(AttemptRow.lot_id == seat.lot_id, AttemptRow.seat == seat.seat)
        .order_by(AttemptRow.at, AttemptRow.id)
    )
    return [{"via": row.via, "code": row.code, "at": row.at.isoformat()} for row in rows]


def envelope_of(session: Session, seat: SeatRow) -> EnvelopeRow:
    """The live envelope on a seat."""
    row = bids.live_envelope(session, seat.lot_id, seat.pseudonym)
    if row is None:
        raise LookupError(f"no live envelope on seat {seat.seat}")
    return row


def requests(session: Session, *, actor: Account) -> dict[str, Any]:
    """The lots on whose panel this person sits, and every request made there, with its evidence."""
    lots, asked = [], []
    for lot in tenders.lots_of_rescuer(session, actor.person_id):
        row = session.get(OpeningRow, lot.id)
        if row is None or row.stage in FINISHED or lot.stage in ENDED:
            continue
        snapshot = tenders.snapshot_of(session, lot)
        member = member_of(session, snapshot, actor)
        lots.append({"lot_id": str(lot.id), "name": lot.name, "number": lot.number})
        for made in session.scalars(select(RescueRow).where(RescueRow.lot_id == lot.id)):
            asked.append(_request(session, snapshot, row, made, member))
    return {"lots": lots, "requests": asked}


def _request(
    session: Session, lot: LotSnapshot, row: OpeningRow, made: RescueRow, member: TrusteeSeat
) -> dict[str, Any]:
    seat = session.get_one(SeatRow, (made.lot_id, made.seat))
    envelope, given = envelope_of(session, seat), _given(session, seat)
    return {
        "lot_id": str(lot.id),
        "name": lot.name,
        "number": lot.number,
        "stage": row.stage.value,
        "until": row.until.isoformat() if row.until else None,
        "paused": row.paused_at is not None,
        "member": _member(member),
        "threshold": lot.rescue.threshold if lot.rescue else 0,
        "of": len(lot.rescue.members) if lot.rescue else 0,
        "given": len(given),
        "mine": member.index in given,
        "seat": seat.seat,
        "organisation": seat.organisation,
        "credit_code": seat.credit_code,
        "state": seat.state.value,
        "asked_at": made.at.isoformat(),
        "attempts": _attempts(session, seat),
        "request": made.body,
        "envelope": {"header": envelope.header.decode(), "signature": envelope.signature.hex()},
    }
