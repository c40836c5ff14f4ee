"""The vault: an organisation's own records, kept for it and unreadable to us.

Random ids, no times, no lot, appended and never rewritten; the format's section 12.
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused
from trading.bids.models import RECORD_BYTES, VaultKeyWrap, VaultRecord, WrapKind
from trading.bids.queries import vault_generation
from trading.bids.refusals import one_at_a_time

MOST_WRAPS = 64
MOST_WRAP_BYTES = 2048


@dataclass(frozen=True, slots=True)
class Wrap:
    """The vault's key encrypted once more; `key_id` names the certificate or recovery code."""

    kind: WrapKind
    key_id: str
    wrap: bytes


def create(session: Session, *, actor: Account, wraps: tuple[Wrap, ...]) -> None:
    """Found the organisation's vault; raises Refused BID-1103 when it has one already."""
    if _newest(session, actor):
        raise Refused("BID-1103")
    _insert(session, actor, 1, wraps)


def add_wraps(
    session: Session, *, actor: Account, generation: int, wraps: tuple[Wrap, ...]
) -> None:
    """Wrap the key for more certificates or codes; known ones stay as they are.

    Raises Refused BID-1104 when there is no vault yet, or more wraps than fit, BID-1107 when the
    key was renewed meanwhile.
    """
    newest = _newest(session, actor)
    if not newest or _held(session, actor, newest) + len(wraps) > MOST_WRAPS:
        raise Refused("BID-1104")
    if generation != newest:
        raise Refused("BID-1107")
    _insert(session, actor, generation, wraps)


def renew(
    session: Session, *, actor: Account, generation: int, seen: int, wraps: tuple[Wrap, ...]
) -> None:
    """Take the next generation with the former key under it; nothing is rewritten.

    Raises Refused BID-1106 when it does not follow the newest, or more than the `seen` certificates
    and codes open that; BID-1104 without a former key and at least one certificate or code.
    """
    newest = _newest(session, actor)
    if not newest or generation != newest + 1 or seen != _held(session, actor, newest):
        raise Refused("BID-1106")
    former = [each for each in wraps if each.kind is WrapKind.FORMER]
    if len(former) != 1 or len(wraps) < 2:
        raise Refused("BID-1104")
    _insert(session, actor, generation, wraps, former=True)


def append(
    session: Session, *, actor: Account, generation: int, record_id: UUID, ciphertext: bytes
) -> None:
    """Keep one record; the answer is its acknowledgement. Repeatable with the same bytes.

    Raises Refused BID-1101 (not 4 KiB), BID-1102 (this id holds other bytes) or BID-1107 (sealed
    by a key that was renewed meanwhile: someone left out could read it).
    """
    if len(ciphertext) != RECORD_BYTES:
        raise Refused("BID-1101", size=RECORD_BYTES)
    newest = _newest(session, actor)
    kept = session.get(VaultRecord, record_id)
    if kept is not None:
        if (kept.organisation_id, bytes(kept.ciphertext)) != (actor.organisation_id, ciphertext):
            raise Refused("BID-1102")
        return
    if generation != newest:
        raise Refused("BID-1107")
    last = select(func.max(VaultRecord.ordinal)).where(
        VaultRecord.organisation_id == actor.organisation_id
    )
    session.add(
        VaultRecord(
            id=record_id,
            organisation_id=actor.organisation_id,
            ordinal=(session.scalar(last) or 0) + 1,
            ciphertext=ciphertext,
        )
    )
    session.flush()


def _newest(session: Session, actor: Account) -> int:
    """The newest generation; writers to one vault pass one after another from here on."""
    one_at_a_time(session, f"vault:{actor.organisation_id}")
    return vault_generation(session, actor.organisation_id)


def _held(session: Session, actor: Account, generation: int) -> int:
    counted = select(func.count()).where(
        VaultKeyWrap.organisation_id == actor.organisation_id,
        VaultKeyWrap.generation == generation,
        VaultKeyWrap.kind != WrapKind.FORMER,
    )
    return session.scalar(counted) or 0


def _insert(
    session: Session,
    actor: Account,
    generation: int,
    wraps: tuple[Wrap, ...],
    *,
    former: bool = False,
) -> None:
    if not wraps or any(not 0 < len(each.wrap) <= MOST_WRAP_BYTES for each in wraps):
        raise Refused("BID-1104")
    for each in wraps:
        is_former = each.kind is WrapKind.FORMER
        if is_former is not (each.key_id == WrapKind.FORMER) or (is_former and not former):
            raise Refused("BID-1104")
        session.execute(
            insert(VaultKeyWrap)
            .values(
                id=new_id(),
                organisation_id=actor.organisation_id,
                generation=generation,
                kind=each.kind,
                key_id=each.key_id,
                wrap=each.wrap,
            )
            .on_conflict_do_nothing(index_elements=["organisation_id", "generation", "key_id"])
        )
