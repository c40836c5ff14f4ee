"""A bid as one file: handed out to its bidder, taken back when our disk has lost or damaged it.

Taken only if its bytes match the logged commitment: nobody changes a bid after T (招标投标法 36).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.crypto import single_file
from kernel.crypto.single_file import Source
from kernel.pure import envelope, merkle
from kernel.pure.envelope import Part, parse_header
from kernel.pure.errors import Refused
from trading.bids.models import Envelope, EnvelopePart, Upload
from trading.bids.queries import EnvelopeRow, read_part


@dataclass(frozen=True, slots=True)
class Spare:
    """A part of a checked backup, waiting in the staging folder."""

    part: Part
    upload: UUID


def written(session: Session, blobs: BlobStore, row: EnvelopeRow) -> Iterator[bytes]:
    """The file, piece by piece. Raises Refused BID-1417 when the bid was returned unopened."""
    header = parse_header(row.header)
    # Asked before the first byte leaves: an answer that has begun cannot be refused.
    chunks = [read_part(session, blobs, row.id, part.name) for part in header.parts]
    return _pieces(single_file.head(row.header, row.signature), chunks)


def _pieces(head: bytes, parts: list[Iterator[bytes]]) -> Iterator[bytes]:
    yield head
    for chunks in parts:
        yield from chunks


def spool(blobs: BlobStore, source: Source, *, commitment: bytes) -> tuple[Spare, ...]:
    """Check a backup against the logged commitment while writing it to disk; no row is locked yet.

    Raises Refused BID-1419 (another bid's, or altered), ENV-1301, ENV-1302; nothing is left then.
    """
    header, signature = single_file.read_head(source)
    if envelope.commitment(header, signature) != commitment:
        raise Refused("BID-1419")
    spares = tuple(Spare(part, uuid4()) for part in header.parts)
    try:
        for spare in spares:
            with blobs.staging(spare.upload).open("xb") as file:
                for chunk in single_file.read_part(source, spare.part):
                    file.write(chunk)
        single_file.end(source)
    except Refused:
        discard(blobs, spares)
        raise
    return spares


def discard(blobs: BlobStore, spares: tuple[Spare, ...]) -> None:
    """Remove what is left of a backup in the staging folder."""
    for spare in spares:
        blobs.staging(spare.upload).unlink(missing_ok=True)


def restore(
    session: Session, blobs: BlobStore, envelope_id: UUID, spares: tuple[Spare, ...]
) -> tuple[Part, ...]:
    """Put spares where the stored bytes are not the header's; returns the parts that were not."""
    lost = []
    for spare in spares:
        if _stored_root(session, blobs, envelope_id, spare.part) == spare.part.merkle_root:
            continue
        row = session.scalars(
            select(Upload)
            .join(EnvelopePart, EnvelopePart.upload_id == Upload.id)
            .join(Envelope, Envelope.id == EnvelopePart.envelope_id)
            .where(EnvelopePart.envelope_id == envelope_id, EnvelopePart.part == spare.part.name)
        ).one()
        row.blob = blobs.keep(spare.upload)
        lost.append(spare.part)
    session.flush()
    return tuple(lost)


def _stored_root(session: Session, blobs: BlobStore, envelope_id: UUID, part: Part) -> bytes:
    tree = merkle.Frontier()
    for chunk in read_part(session, blobs, envelope_id, part.name):
        tree.add(merkle.leaf_hash(chunk))
    return tree.root() if tree.size else b""
