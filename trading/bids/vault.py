"""The vault: an organisation's own records, kept for it and unreadable to us.

Random ids, no times, no lot, appended and never rewritten; see sealed bids, "Actors".
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused
from trading.bids.models import RECORD_BYTES, VaultKeyWrap, VaultRecord, WrapKind
from trading.bids.refusals import one_at_a_time

MOST_WRAPS = 64
MOST_WRAP_BYTES = 1024


@dataclass(frozen=True, slots=True)
class Wrap:
    """The vault's key encrypted once more; `key_id` names the certificate or recovery code."""

    kind: WrapKind
    key_id: str
    wrap: bytes


def create(session: Session, *, actor: Account, wraps: tuple[Wrap, ...]) -> None:
    """Found the organisation's vault; raises Refused BID-1103 when it has one already."""
    one_at_a_time(session, f"vault:{actor.organisation_id}")
    if _wraps_held(session, actor.organisation_id):
        raise Refused("BID-1103")
    _insert(session, actor, wraps)


def add_wraps(session: Session, *, actor: Account, wraps: tuple[Wrap, ...]) -> None:
    """Wrap the key for more certificates or codes; known ones stay as they are.

    Raises Refused BID-1104 when there is no vault yet, or more wraps than fit.
    """
    one_at_a_time(session, f"vault:{actor.organisation_id}")
    held = _wraps_held(session, actor.organisation_id)
    if not held or held + len(wraps) > MOST_WRAPS:
        raise Refused("BID-1104")
    _insert(session, actor, wraps)


def append(session: Session, *, actor: Account, record_id: UUID, ciphertext: bytes) -> None:
    """Keep one record; the answer is its acknowledgement. Repeatable with the same bytes.

    Raises Refused BID-1101 (not 4 KiB) or BID-1102 (this id holds other bytes).
    """
    if len(ciphertext) != RECORD_BYTES:
        raise Refused("BID-1101", size=RECORD_BYTES)
    session.execute(
        insert(VaultRecord)
        .values(id=record_id, organisation_id=actor.organisation_id, ciphertext=ciphertext)
        .on_conflict_do_nothing(index_elements=["id"])
    )
    kept = session.get_one(VaultRecord, record_id)
    if (kept.organisation_id, bytes(kept.ciphertext)) != (actor.organisation_id, ciphertext):
        raise Refused("BID-1102")


def _insert(session: Session, actor: Account, wraps: tuple[Wrap, ...]) -> None:
    if not wraps or any(not 0 < len(each.wrap) <= MOST_WRAP_BYTES for each in wraps):
        raise Refused("BID-1104")
    for each in wraps:
        session.execute(
            insert(VaultKeyWrap)
            .values(
                id=new_id(),
                organisation_id=actor.organisation_id,
                kind=each.kind,
                key_id=each.key_id,
                wrap=each.wrap,
            )
            .on_conflict_do_nothing(index_elements=["organisation_id", "key_id"])
        )


def _wraps_held(session: Session, organisation_id: UUID) -> int:
    return len(
        session.scalars(
            select(VaultKeyWrap.id).where(VaultKeyWrap.organisation_id == organisation_id)
        ).all()
    )
