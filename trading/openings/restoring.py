"""A bidder gives back what our disk has lost: its backup file, if it matches the logged commitment.

The file is checked before any row is locked; only parts that are not as logged are replaced.
"""

from uuid import UUID

from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.crypto.single_file import Source
from kernel.house import Call
from kernel.permissions import Account
from kernel.pure.errors import Refused
from trading.bids import backup
from trading.openings import effects
from trading.openings import hall as halls
from trading.openings.hall import Hall
from trading.openings.rescue import own_seat
from trading.openings.states import Fact, Kind, Stage

VIA = "backup"
STAGES = frozenset({Stage.LIST_PUBLISHED, Stage.BIDDER_DECRYPTION, Stage.OPENING})


def restore(call: Call, lot_id: UUID, source: Source, *, actor: Account) -> tuple[str, ...]:
    """Names of the parts that were replaced; none when everything was as logged.

    Raises Refused OPN-1301 (no seat on the list), OPN-1002 (before the list, or already opened),
    BID-1419 (another bid's or altered), ENV-1301, ENV-1302.
    """
    session, blobs = call.session, call.house.blobs
    spares = backup.spool(blobs, source, commitment=_commitment(call, lot_id, actor))
    try:
        return _replace(session, blobs, halls.enter(session, lot_id, call.now), actor, spares)
    finally:
        backup.discard(blobs, spares)


def _commitment(call: Call, lot_id: UUID, actor: Account) -> bytes:
    """What was logged for this organisation, read before the long upload and without a lock."""
    hall = halls.look(call.session, lot_id, call.now)
    return bytes(own_seat(call.session, hall, actor).commitment)


def _replace(
    session: Session,
    blobs: BlobStore,
    hall: Hall,
    actor: Account,
    spares: tuple[backup.Spare, ...],
) -> tuple[str, ...]:
    seat, o = own_seat(session, hall, actor), hall.opening
    if o.stage not in STAGES or o.unsealed:
        raise Refused("OPN-1002", act="Restore", stage=o.stage.value)
    lost = backup.restore(session, blobs, seat.envelope_id, spares)
    names = tuple(part.name.value for part in lost)
    if names:
        halls.say(hall, Fact(Kind.BYTES_RESTORED, seat=seat.seat, parts=names))
        effects.keep_attempt(hall, seat.seat, via=VIA)
    return names
