"""The opening part once it may be read: its shape, and the signed statement of all of them."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.money import checked as checked_fen

if TYPE_CHECKING:
    from trading.openings.hall import Hall

FORMAT = "SBE/1 openings"


def checked(value: Mapping[str, Any]) -> dict[str, Any]:
    """The opening list's fields as they can be read out. Raises Refused ENV-2010."""
    price = value.get("price_fen")
    days = value.get("duration_days")
    if not isinstance(price, int) or isinstance(price, bool) or price <= 0:
        raise Refused("ENV-2010", part="opening")
    if days is not None and (not isinstance(days, int) or isinstance(days, bool)):
        raise Refused("ENV-2010", part="opening")
    checked_fen(price)
    return dict(value)


def statement(hall: "Hall") -> bytes:
    """What the agency signs: each opening by the hash of its canonical text, in seat order."""
    return jcs.canonical(
        {
            "format": FORMAT,
            "lot": str(hall.lot.id),
            "manifest": (hall.row.manifest_hash or b"").hex(),
            "openings": [
                {
                    "seat": seat.seat,
                    "commitment": seat.commitment.hex(),
                    "opening": seat.offer_hash.hex() if seat.offer_hash else None,
                }
                for seat in hall.seats.values()
            ],
        }
    )


def logged_commitment(session: Session, leaf_id: UUID) -> bytes | None:
    """The commitment that the log holds in this leaf; None when it is not numbered."""
    entry = log.entry(session, leaf_id)
    if entry is None:
        return None
    return bytes.fromhex(str(entry.content["body"].get("commitment", "")))
