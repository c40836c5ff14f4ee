"""Issued records as pages show them: revisions, who has signed, who has not, until when."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.pure.errors import Refused
from trading.openings import hall as halls
from trading.openings import signing
from trading.openings.record_models import RecordRow


def told(session: Session, lot_id: UUID, now: datetime) -> list[dict[str, Any]]:
    """The lot's records by number; empty before the first is issued. Raises Refused OPN-1004."""
    hall = halls.look(session, lot_id, now)
    rows = session.scalars(
        select(RecordRow).where(RecordRow.lot_id == lot_id).order_by(RecordRow.no)
    )
    return [_record(hall, row, now) for row in rows]


def _record(hall: halls.Hall, row: RecordRow, now: datetime) -> dict[str, Any]:
    signed = signing.revisions(hall.session, row.lot_id, row.no)
    done = {(each.role, each.seat) for each in signed}
    until = row.sign_until
    return {
        "no": row.no,
        "facts_hash": row.facts_hash.hex(),
        "pdf_hash": row.pdf_hash.hex(),
        "issued_at": row.issued_at.isoformat(),
        "sign_until": until.isoformat() if until else None,
        "open": until is not None and now < until,
        "signed": [
            {
                "revision": each.revision,
                "role": each.role.value,
                "seat": each.seat,
                "name": each.name,
                "certificate_tail": each.certificate_tail,
                "pdf_hash": each.pdf_hash.hex(),
                "at": each.at.isoformat(),
            }
            for each in signed
        ],
        "unsigned": [
            {"role": who.role.value, "seat": who.seat, "name": who.name}
            for who in signing.signatories(hall)
            if (who.role, who.seat) not in done
        ],
    }


def blob_of(session: Session, lot_id: UUID, no: int, revision: int | None) -> str:
    """The blob of a revision, the newest when none is named. Raises Refused OPN-1702."""
    row = session.get(RecordRow, (lot_id, no))
    if row is None:
        raise Refused("OPN-1702")
    later = {each.revision: each.blob_key for each in signing.revisions(session, lot_id, no)}
    keys = {1: row.blob_key, **later}
    found = keys.get(max(keys) if revision is None else revision)
    if found is None:
        raise Refused("OPN-1702")
    return found
