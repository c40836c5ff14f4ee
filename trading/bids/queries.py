"""Reads of bidding. Nothing here joins, or could join, a pseudonym to an organisation."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from sqlalchemy import func, or_, select, true
from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from trading.bids.models import (
    Envelope,
    EnvelopePart,
    EnvelopeReturn,
    Upload,
    VaultKeyWrap,
    VaultRecord,
    Withdrawal,
    WrapKind,
)
from trading.bids.rules import SEALED_CHUNK, Earlier, EnvelopeState, LotTerms, Uploaded
from trading.tenders.queries import OnOffer
from trading.tenders.rules import ACCEPTS_BIDS, LotSnapshot


@dataclass(frozen=True, slots=True)
class EnvelopeRow:
    """An admitted envelope; `index` is its place in the log once numbered."""

    id: UUID
    lot_id: UUID
    pseudonym: str
    stage: int
    sequence: int
    header: bytes
    signature: bytes
    commitment: bytes
    leaf_id: UUID
    index: int | None
    admitted_at: datetime
    state: EnvelopeState

    @property
    def withdrawn(self) -> bool:
        return self.state is EnvelopeState.WITHDRAWN

    @property
    def superseded(self) -> bool:
        return self.state is EnvelopeState.SUPERSEDED


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """An envelope or a withdrawal of a lot, at its place in the log."""

    kind: Literal["envelope", "withdrawal"]
    index: int | None
    leaf_id: UUID
    envelope_id: UUID
    pseudonym: str
    sequence: int
    commitment: bytes
    header: bytes | None
    signature: bytes
    at: datetime


def terms_of(lot: LotSnapshot | OnOffer) -> LotTerms:
    """What admission needs of a lot. `open` holds the stage only; the clock is judged apart."""
    return LotTerms(
        tender=lot.project_id,
        lot=lot.id,
        open=lot.stage in ACCEPTS_BIDS,
        deadline=lot.deadline,
        policies=frozenset(lot.accepted_policies),
    )


def earlier_of(
    session: Session, lot_id: UUID, pseudonym: str, *, stage: int = 1
) -> tuple[Earlier, ...]:
    """The pseudonym's admitted envelopes in order of sequence."""
    rows = session.execute(
        select(Envelope.id, Envelope.sequence, Envelope.commitment, Withdrawal.envelope_id)
        .outerjoin(Withdrawal, Withdrawal.envelope_id == Envelope.id)
        .where(Envelope.lot_id == lot_id, Envelope.pseudonym == pseudonym, Envelope.stage == stage)
        .order_by(Envelope.sequence)
    ).all()
    return tuple(Earlier(row[0], row[1], bytes(row[2]), row[3] is not None) for row in rows)


def is_known(session: Session, envelope_id: UUID) -> bool:
    """Whether an envelope of this id was ever admitted, by anybody."""
    return session.get(Envelope, envelope_id) is not None


def free_uploads(
    session: Session, lot_id: UUID | None, pseudonym: str, ids: Sequence[UUID]
) -> tuple[tuple[UUID, Uploaded], ...]:
    """Of the uploads named, those of this pseudonym that no envelope holds yet; None: rehearsed."""
    rows = session.scalars(
        select(Upload)
        .outerjoin(EnvelopePart, EnvelopePart.upload_id == Upload.id)
        .where(
            Upload.id.in_(ids),
            Upload.lot_id.is_not_distinct_from(lot_id),
            Upload.pseudonym == pseudonym,
            EnvelopePart.upload_id.is_(None),
        )
    ).all()
    return tuple((row.id, Uploaded(row.part, row.size, row.held, row.root)) for row in rows)


def own_envelopes(session: Session, lot_id: UUID, pseudonym: str) -> tuple[EnvelopeRow, ...]:
    """All envelopes of one pseudonym, oldest first."""
    return tuple(_envelopes(session, lot_id, pseudonym))


def own_envelope(session: Session, lot_id: UUID, pseudonym: str, envelope_id: UUID) -> EnvelopeRow:
    """One envelope of the pseudonym; raises Refused BID-1416."""
    for row in own_envelopes(session, lot_id, pseudonym):
        if row.id == envelope_id:
            return row
    raise Refused("BID-1416")


def live_envelopes(session: Session, lot_id: UUID, *, stage: int = 1) -> tuple[EnvelopeRow, ...]:
    """The last envelope of each pseudonym that is neither withdrawn nor returned, log order."""
    return tuple(
        row
        for row in _envelopes(session, lot_id)
        if row.state is EnvelopeState.LIVE and row.stage == stage
    )


def live_envelope(
    session: Session, lot_id: UUID, pseudonym: str, *, stage: int = 1
) -> EnvelopeRow | None:
    """The one of them that is this pseudonym's, without reading everybody's."""
    for row in _envelopes(session, lot_id, pseudonym):
        if row.state is EnvelopeState.LIVE and row.stage == stage:
            return row
    return None


def manifest_entries(session: Session, lot_id: UUID) -> tuple[ManifestEntry, ...]:
    """Every header and withdrawal of the lot in log order; unnumbered ones come last."""
    rows = {row.id: row for row in _envelopes(session, lot_id)}
    entries = [
        ManifestEntry(
            "envelope",
            row.index,
            row.leaf_id,
            row.id,
            row.pseudonym,
            row.sequence,
            row.commitment,
            row.header,
            row.signature,
            row.admitted_at,
        )
        for row in rows.values()
    ]
    for taken in session.scalars(select(Withdrawal).where(Withdrawal.lot_id == lot_id)):
        back = rows[taken.envelope_id]
        entries.append(
            ManifestEntry(
                "withdrawal",
                _index(session, taken.leaf_id),
                taken.leaf_id,
                back.id,
                back.pseudonym,
                back.sequence,
                back.commitment,
                None,
                bytes(taken.signature),
                taken.withdrawn_at,
            )
        )
    return tuple(sorted(entries, key=lambda entry: _place(entry.index, entry.at)))


def read_part(
    session: Session, blobs: BlobStore, envelope_id: UUID, part: PartName
) -> Iterator[bytes]:
    """Sealed chunks of a part, in order (1 MiB + 16 bytes, the last may be shorter).

    Raises Refused BID-1417 when there is no such part, or it was returned unopened.
    """
    key = session.scalar(
        select(Upload.blob)
        .join(EnvelopePart, EnvelopePart.upload_id == Upload.id)
        .outerjoin(EnvelopeReturn, EnvelopeReturn.envelope_id == EnvelopePart.envelope_id)
        .where(
            EnvelopePart.envelope_id == envelope_id,
            EnvelopePart.part == part,
            EnvelopeReturn.envelope_id.is_(None),
        )
    )
    if key is None:
        raise Refused("BID-1417", part=part.value)
    return _chunks(blobs, key)


def part_blobs(session: Session, envelope_id: UUID) -> dict[PartName, str]:
    """Keys of the kept ciphertext of an envelope's parts."""
    rows = session.execute(
        select(EnvelopePart.part, Upload.blob)
        .join(Upload, Upload.id == EnvelopePart.upload_id)
        .where(EnvelopePart.envelope_id == envelope_id, Upload.blob.is_not(None))
    ).all()
    return {part: blob for part, blob in rows if blob is not None}


def blobs_of_lot(session: Session, lot_id: UUID) -> tuple[tuple[UUID, str | None], ...]:
    """Every upload of a lot and the key of its kept bytes."""
    rows = session.execute(select(Upload.id, Upload.blob).where(Upload.lot_id == lot_id)).all()
    return tuple((row[0], row[1]) for row in rows)


def vault_records(session: Session, organisation_id: UUID) -> Sequence[VaultRecord]:
    """An organisation's records in the order they were acknowledged."""
    return session.scalars(
        select(VaultRecord)
        .where(VaultRecord.organisation_id == organisation_id)
        .order_by(VaultRecord.ordinal)
    ).all()


def vault_generation(session: Session, organisation_id: UUID) -> int:
    """The newest generation of an organisation's vault key; 0 while it has no vault."""
    newest = select(func.max(VaultKeyWrap.generation)).where(
        VaultKeyWrap.organisation_id == organisation_id
    )
    return session.scalar(newest) or 0


def vault_wraps(session: Session, organisation_id: UUID) -> Sequence[VaultKeyWrap]:
    """The newest generation's wraps, and every former key under the one after it.

    Wraps of earlier generations are kept and handed to nobody: whoever was left out gets none.
    """
    newest = vault_generation(session, organisation_id)
    handed = or_(VaultKeyWrap.generation == newest, VaultKeyWrap.kind == WrapKind.FORMER)
    return session.scalars(
        select(VaultKeyWrap)
        .where(VaultKeyWrap.organisation_id == organisation_id, handed)
        .order_by(VaultKeyWrap.generation, VaultKeyWrap.key_id)
    ).all()


def _envelopes(session: Session, lot_id: UUID, pseudonym: str | None = None) -> list[EnvelopeRow]:
    """All envelopes of a lot, or one pseudonym's: a poll must not read everybody's."""
    whose = true() if pseudonym is None else Envelope.pseudonym == pseudonym
    rows = session.execute(
        select(Envelope, Withdrawal.envelope_id, EnvelopeReturn.envelope_id, log.Leaf.index)
        .outerjoin(Withdrawal, Withdrawal.envelope_id == Envelope.id)
        .outerjoin(EnvelopeReturn, EnvelopeReturn.envelope_id == Envelope.id)
        .outerjoin(log.Leaf, log.Leaf.id == Envelope.leaf_id)
        .where(Envelope.lot_id == lot_id, whose)
        .order_by(Envelope.sequence)
    ).all()
    last = {(row[0].pseudonym, row[0].stage): row[0].id for row in rows}
    envelopes = [
        _row(
            envelope,
            index,
            _state(
                withdrawn=withdrawn is not None,
                returned=returned is not None,
                last=last[envelope.pseudonym, envelope.stage] == envelope.id,
            ),
        )
        for envelope, withdrawn, returned, index in rows
    ]
    return sorted(envelopes, key=lambda row: _place(row.index, row.admitted_at))


def _state(*, withdrawn: bool, returned: bool, last: bool) -> EnvelopeState:
    if withdrawn:
        return EnvelopeState.WITHDRAWN
    if not last:
        return EnvelopeState.SUPERSEDED
    return EnvelopeState.RETURNED if returned else EnvelopeState.LIVE


def _row(envelope: Envelope, index: int | None, state: EnvelopeState) -> EnvelopeRow:
    return EnvelopeRow(
        id=envelope.id,
        lot_id=envelope.lot_id,
        pseudonym=envelope.pseudonym,
        stage=envelope.stage,
        sequence=envelope.sequence,
        header=bytes(envelope.header),
        signature=bytes(envelope.signature),
        commitment=bytes(envelope.commitment),
        leaf_id=envelope.leaf_id,
        index=index,
        admitted_at=envelope.admitted_at,
        state=state,
    )


def _place(index: int | None, at: datetime) -> tuple[bool, int, datetime]:
    return (index is None, index or 0, at)


def _index(session: Session, leaf_id: UUID) -> int | None:
    return session.scalar(select(log.Leaf.index).where(log.Leaf.id == leaf_id))


def _chunks(blobs: BlobStore, key: str) -> Iterator[bytes]:
    """A file that is gone reads as an empty one: its root tells, and whose fault that is."""
    try:
        opened = blobs.open(key)
    except FileNotFoundError:
        return
    with opened as file:
        while chunk := file.read(SEALED_CHUNK):
            yield chunk
