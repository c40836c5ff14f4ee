"""Receives one sealed part: bytes to disk first, then the offset in its row, never the reverse.

20号令 27: what is incomplete at the deadline was not submitted. The server sees ciphertext only.
"""

import errno
import fcntl
import hmac
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import BinaryIO
from uuid import UUID

from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.house import House
from kernel.permissions import Pseudonym
from kernel.pure import merkle
from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from trading.bids.models import EnvelopePart, Upload
from trading.bids.rules import (
    CAPS,
    KEPT_AFTER_DEADLINE,
    KEPT_REHEARSAL,
    KEPT_WHEN_ABANDONED,
    MOST_REHEARSED,
    MOST_UPLOADS,
    SEALED_CHUNK,
    piece_fits,
    upload_fits,
)
from trading.bids.tickets import REHEARSAL
from trading.tenders.models import Lot

DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
LEAF_BYTES = 32


@dataclass(frozen=True, slots=True)
class Progress:
    """Where an upload stands; `root` once it is complete and kept."""

    id: UUID
    size: int
    held: int
    root: bytes | None


def open_upload(
    house: House, session: Session, *, actor: Pseudonym, part: PartName, size: int
) -> Progress:
    """Open an upload of `size` sealed bytes; the caller's transaction holds its row.

    Raises Refused BID-1206 (size), BID-1207 (too many), BID-1208 (disk full).
    """
    upload_fits(part, size, CAPS)
    lot_id = lot_of(actor)
    count, total = session.execute(
        select(func.count(), func.coalesce(func.sum(Upload.size), 0)).where(
            Upload.lot_id.is_not_distinct_from(lot_id), Upload.pseudonym == actor.pseudonym
        )
    ).one()
    most = MOST_REHEARSED if lot_id is None else 4 * CAPS.envelope
    if count >= MOST_UPLOADS or total + size > most:
        raise Refused("BID-1207")
    row = Upload(lot_id=lot_id, pseudonym=actor.pseudonym, part=part, size=size)
    session.add(row)
    session.flush()
    with _clear_when_full():
        os.close(os.open(house.blobs.staging(row.id), os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    return _progress(row)


def begun(session: Session, *, actor: Pseudonym, upload_id: UUID) -> Progress:
    """Where the actor's own upload stands; raises Refused BID-1202 for any other."""
    return _progress(_own(session, actor, upload_id))


def finish_if_full(house: House, found: Progress) -> Progress:
    """The same, but finished if its last step was cut off."""
    return finish(house, found) if found.held == found.size and found.root is None else found


def receive(
    house: House, before: Progress, *, offset: int, length: int, checksum: bytes, body: BinaryIO
) -> Progress:
    """Take the next `length` bytes at `offset`; `checksum` is the Merkle root of their chunks.

    A bad checksum or a cut connection moves nothing. Raises Refused BID-1201 (checksum or cut),
    BID-1202 (unknown), BID-1203 (offset), BID-1204 (length), BID-1205 (another request is
    writing), BID-1208 (disk full).
    """
    if before.held != offset or before.root is not None:
        raise Refused("BID-1203", held=before.held)
    piece_fits(offset=offset, length=length, size=before.size)
    with _writing(house, before.id) as descriptor:
        # Whoever held the file before us may have moved the offset: only now is it the truth.
        with house.database.reading() as session:
            held = session.scalar(select(Upload.held).where(Upload.id == before.id))
        if held is None:
            raise Refused("BID-1202")
        if held != offset:
            raise Refused("BID-1203", held=held)
        leaves = _store(descriptor, offset, length, checksum, body)
        with house.database.writing() as session:
            session.execute(
                update(Upload)
                .where(Upload.id == before.id, Upload.held == offset)
                .values(held=offset + length, leaves=Upload.leaves.concat(leaves))
                .execution_options(synchronize_session=False)
            )
    return finish_if_full(house, replace(before, held=offset + length))


def finish(house: House, full: Progress) -> Progress:
    """Keep a complete upload: file and folder on disk, renamed, then its row. Repeatable."""
    try:
        key = house.blobs.keep(full.id)
    except FileNotFoundError:
        # A crash after the rename and before the row: the bytes are already kept.
        key = full.id.hex
        house.blobs.size(key)
    with house.database.writing() as session:
        row = session.get_one(Upload, full.id, with_for_update=True)
        if row.root is None:
            row.root, row.blob = merkle.root(split(row.leaves)), key
        return _progress(row)


def lot_of(actor: Pseudonym) -> UUID | None:
    """The lot an upload is kept for; a rehearsal has none."""
    return None if actor.lot_id == REHEARSAL else actor.lot_id


def rehearsed(house: House, session: Session, *, actor: Pseudonym, upload_id: UUID) -> BinaryIO:
    """The bytes of a complete upload of a rehearsal, for its owner alone.

    Raises Refused BID-1202: unknown, another's, incomplete, or a bid's. Bids are never given back.
    """
    row = _own(session, actor, upload_id)
    if row.lot_id is not None or row.blob is None:
        raise Refused("BID-1202")
    try:
        return house.blobs.open(row.blob)
    except FileNotFoundError:
        raise Refused("BID-1202") from None


def discard(house: House, session: Session, *, actor: Pseudonym, upload_id: UUID) -> None:
    """Erase an upload of a rehearsal at once; raises Refused BID-1202 as `rehearsed` does."""
    row = _own(session, actor, upload_id)
    if row.lot_id is not None:
        raise Refused("BID-1202")
    session.delete(row)
    session.flush()
    erase_bytes(house.blobs, upload_id, row.blob)


def sweep(session: Session, blobs: BlobStore, *, now: datetime, most: int = 500) -> int:
    """Erase uploads that no envelope holds: past deadlines, abandoned ones, rehearsals.

    Rows first: were one bound meanwhile, the database refuses and no byte is lost. Returns how
    many were erased; repeatable.
    """
    left = (
        select(Upload.id)
        .outerjoin(Lot, Lot.id == Upload.lot_id)
        .where(
            ~select(EnvelopePart.upload_id).where(EnvelopePart.upload_id == Upload.id).exists(),
            or_(
                Upload.begun_at <= now - KEPT_WHEN_ABANDONED,
                Lot.deadline <= now - KEPT_AFTER_DEADLINE,
                Upload.lot_id.is_(None) & (Upload.begun_at <= now - KEPT_REHEARSAL),
            ),
        )
        .limit(most)
        .with_for_update(of=Upload, skip_locked=True)
    )
    ids = session.scalars(left).all()
    gone = session.execute(
        delete(Upload).where(Upload.id.in_(ids)).returning(Upload.id, Upload.blob)
    ).all()
    for upload_id, blob in gone:
        erase_bytes(blobs, upload_id, blob)
    return len(gone)


def erase_bytes(blobs: BlobStore, upload_id: UUID, blob: str | None) -> None:
    """Remove what an upload left on disk, kept or staged; repeatable."""
    if blob is not None:
        blobs.delete(blob)
    blobs.staging(upload_id).unlink(missing_ok=True)


def split(leaves: bytes) -> list[bytes]:
    """The leaf hashes of an upload, one per sealed chunk."""
    return [leaves[i : i + LEAF_BYTES] for i in range(0, len(leaves), LEAF_BYTES)]


def _store(descriptor: int, offset: int, length: int, checksum: bytes, body: BinaryIO) -> bytes:
    leaves, at = [], offset
    with _clear_when_full():
        for chunk in _chunks(body, length):
            leaves.append(merkle.leaf_hash(chunk))
            at += _write(descriptor, chunk, at)
        if not hmac.compare_digest(merkle.root(leaves), checksum):
            raise Refused("BID-1201")
        os.fdatasync(descriptor)
    return b"".join(leaves)


def _chunks(body: BinaryIO, length: int) -> Iterator[bytes]:
    """Sealed chunks as they arrive; a request cut short raises Refused BID-1201."""
    for at in range(0, length, SEALED_CHUNK):
        want = min(SEALED_CHUNK, length - at)
        try:
            chunk = body.read(want)
        except OSError:
            chunk = b""
        if len(chunk) != want:
            raise Refused("BID-1201")
        yield chunk


def _write(descriptor: int, chunk: bytes, at: int) -> int:
    done = 0
    while done < len(chunk):
        done += os.pwrite(descriptor, memoryview(chunk)[done:], at + done)
    return done


@contextmanager
def _writing(house: House, upload_id: UUID) -> Iterator[int]:
    """The staged file, to us alone: two requests at one offset must not mix their bytes."""
    try:
        descriptor = os.open(house.blobs.staging(upload_id), os.O_RDWR)
    except FileNotFoundError:
        raise Refused("BID-1202") from None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield descriptor
    except BlockingIOError:
        raise Refused("BID-1205") from None
    finally:
        os.close(descriptor)


@contextmanager
def _clear_when_full() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno not in DISK_FULL:
            raise
        raise Refused("BID-1208") from error


def _own(session: Session, actor: Pseudonym, upload_id: UUID) -> Upload:
    row = session.get(Upload, upload_id)
    if row is None or (row.lot_id, row.pseudonym) != (lot_of(actor), actor.pseudonym):
        raise Refused("BID-1202")
    return row


def _progress(row: Upload) -> Progress:
    return Progress(row.id, row.size, row.held, row.root)
