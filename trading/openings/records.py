"""What the record states: the read-out's digest that bidders sign, and the frozen facts at the end.

条例 44: the opening is recorded; 20号令 30: the record is confirmed by the bidders.
"""

from hashlib import sha256
from typing import TYPE_CHECKING, Any

from sqlalchemy import select

from kernel.pure import jcs
from trading.openings import around, course, draws, stream
from trading.openings.models import (
    AttemptRow,
    DeclinedReleaseRow,
    RefusedReleaseRow,
    ReleaseRow,
    SeatRow,
    WindowRow,
)
from trading.openings.record_models import SupplementRow
from trading.openings.states import Kind
from trading.tenders import queries as tenders

if TYPE_CHECKING:
    from trading.openings.hall import Hall

FORMAT = "SBE/1 opening record"
SUPPLEMENT_FORMAT = "SBE/1 record supplement"
READ_FORMAT = "SBE/1 read-out"


def read_digest(hall: "Hall") -> bytes:
    """SHA-256 of the table as it was read out: what a bidder's answer refers to, 32 bytes."""
    table = {
        "format": READ_FORMAT,
        "lot": str(hall.lot.id),
        "bids": [read_row(hall, seat) for seat in hall.seats.values()],
    }
    return sha256(jcs.canonical(table)).digest()


def read_row(hall: "Hall", seat: SeatRow) -> dict[str, Any]:
    """One bid as read out, or why it was not."""
    offer = (
        stream.offer_shown(seat.offer, hall.lot.ceiling_fen) if seat.offer and seat.read else None
    )
    return {
        "seat": seat.seat,
        "organisation": seat.organisation,
        "credit_code": seat.credit_code,
        "commitment": seat.commitment.hex(),
        "state": seat.state.value,
        "code": seat.code,
        "offer": offer,
    }


def freeze(hall: "Hall") -> tuple[bytes, bytes]:
    """Every fact of the opening as canonical JSON, and its SHA-256."""
    facts = jcs.canonical(_facts(hall))
    return facts, sha256(facts).digest()


def _facts(hall: "Hall") -> dict[str, Any]:
    row, lot = hall.row, tenders.lot_row(hall.session, hall.lot.id)
    return {
        "format": FORMAT,
        "lot": {
            "id": str(lot.id),
            "number": lot.number,
            "name": lot.name,
            "project": lot.project.name,
            "tenderee": lot.project.tenderee_name,
            "agency": lot.project.agency_name,
            "ceiling_fen": lot.ceiling_fen,
            "rule_set": lot.rule_set,
        },
        "deadline": row.deadline.isoformat(),
        "closed_at": hall.now.isoformat(),
        "received": row.live,
        "floor": row.floor,
        "close": {"size": row.close_size, "root": (row.close_root or b"").hex()},
        "manifest": (row.manifest_hash or b"").hex(),
        "read_out": (row.read_digest or b"").hex(),
        "releases": _releases(hall),
        "refused_releases": _refused(hall),
        "declined_releases": _declined(hall),
        "attempts": _attempts(hall),
        "windows": _windows(hall),
        "bids": [_bid(hall, seat) for seat in hall.seats.values()],
        "superseded": [
            {"commitment": late["commitment"], "organisation": late["organisation"]}
            for late in row.superseded
        ],
        "openings_signature": row.signature,
        "attendance": course.sign_ins(hall.session, row),
        **_course(hall, sitting=1),
        **around.told(hall.session, row),
        "draws": draws.record(hall),
    }


def _course(hall: "Hall", *, sitting: int) -> dict[str, Any]:
    """What was said and ordered in one sitting of the session."""
    told = course.events(hall.session, hall.row, sitting=sitting)
    return {
        "pauses": course.pauses(told),
        "announcements": course.announcements(told),
        "host_changes": course.host_changes(told),
        "failures": course.failures(told),
        "objections": course.objections(hall.session, hall.row, sitting=sitting),
    }


def supplement(hall: "Hall") -> tuple[bytes, bytes]:
    """What a reconvened session adds, and its SHA-256; it names the former record's hash."""
    session, no = hall.session, hall.opening.sitting
    former = session.get(SupplementRow, (hall.lot.id, no - 1))
    begun = next(
        event
        for event in course.events(session, hall.row, sitting=no)
        if event.kind == Kind.RECONVENED
    )
    facts = jcs.canonical(
        {
            "format": SUPPLEMENT_FORMAT,
            "lot": str(hall.lot.id),
            "no": no,
            "former": ((former.facts_hash if former else hall.row.facts_hash) or b"").hex(),
            "reason": begun.payload["reason"],
            "reconvened_at": begun.at.isoformat(),
            "closed_at": hall.now.isoformat(),
            **_course(hall, sitting=no),
            **around.told(session, hall.row, since=begun.at),
        }
    )
    return facts, sha256(facts).digest()


def _bid(hall: "Hall", seat: SeatRow) -> dict[str, Any]:
    return {
        **read_row(hall, seat),
        "pseudonym": seat.pseudonym,
        "deposit": {"outcome": seat.deposit["outcome"], "finality": seat.deposit["finality"]},
        "attended": seat.attended,
        "unlocked_at": stream.plain(seat.unlocked_at),
        "via": seat.via,
        "opening": seat.offer_hash.hex() if seat.offer_hash else None,
        "matched": seat.matched,
        "answer": seat.answer.value if seat.answer else None,
        "answered_at": stream.plain(seat.answered_at),
        "statement": seat.statement.decode() if seat.statement else None,
        "statement_signature": stream.plain(seat.statement_signature),
    }


def _releases(hall: "Hall") -> list[dict[str, Any]]:
    rows = hall.session.scalars(
        select(ReleaseRow)
        .where(ReleaseRow.lot_id == hall.lot.id)
        .order_by(ReleaseRow.release, ReleaseRow.at, ReleaseRow.trustee)
    )
    names = _names(hall)
    return [
        {
            "trustee": row.trustee,
            **names[row.trustee],
            "release": row.release,
            "at": row.at.isoformat(),
        }
        for row in rows
    ]


def _refused(hall: "Hall") -> list[dict[str, Any]]:
    rows = hall.session.scalars(
        select(RefusedReleaseRow)
        .where(RefusedReleaseRow.lot_id == hall.lot.id)
        .order_by(RefusedReleaseRow.at)
    )
    names = _names(hall)
    return [
        {
            "trustee": r.trustee,
            **names[r.trustee],
            "release": r.release,
            "code": r.code,
            "at": r.at.isoformat(),
        }
        for r in rows
    ]


def _declined(hall: "Hall") -> list[dict[str, Any]]:
    rows = hall.session.scalars(
        select(DeclinedReleaseRow)
        .where(DeclinedReleaseRow.lot_id == hall.lot.id)
        .order_by(DeclinedReleaseRow.at, DeclinedReleaseRow.trustee)
    )
    names = _names(hall)
    return [
        {
            "trustee": r.trustee,
            **names[r.trustee],
            "release": r.release,
            "reason": r.body["reason"],
            "at": r.at.isoformat(),
        }
        for r in rows
    ]


def _names(hall: "Hall") -> dict[int, dict[str, str]]:
    """Role and name of each trustee by seat: a fault is somebody's, never a number's."""
    return {s.index: {"role": s.role.value, "name": s.name} for s in hall.lot.trustees}


def _attempts(hall: "Hall") -> list[dict[str, Any]]:
    rows = hall.session.scalars(
        select(AttemptRow)
        .where(AttemptRow.lot_id == hall.lot.id)
        .order_by(AttemptRow.at, AttemptRow.id)
    )
    return [
        {"seat": r.seat, "via": r.via, "code": r.code, "member": r.member, "at": r.at.isoformat()}
        for r in rows
    ]


def _windows(hall: "Hall") -> list[dict[str, Any]]:
    rows = hall.session.scalars(
        select(WindowRow).where(WindowRow.lot_id == hall.lot.id).order_by(WindowRow.no)
    )
    return [
        {
            "no": row.no,
            "purpose": row.purpose,
            "opens_at": row.opens_at.isoformat(),
            "until": row.until.isoformat(),
            "closed_at": stream.plain(row.closed_at),
            "reason": row.reason,
        }
        for row in rows
    ]
