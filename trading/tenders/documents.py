"""Tender documents: public files kept by their hash, one version after another."""

import hashlib
from collections.abc import Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.ids import new_id
from kernel.permissions import Actor
from kernel.pure.errors import Refused
from trading.tenders import queries
from trading.tenders.actions import take_for_edit
from trading.tenders.models import Document

MAX_DOCUMENT = 512 << 20


def add_document(
    session: Session,
    blobs: BlobStore,
    lot_id: UUID,
    *,
    name: str,
    media_type: str,
    content: Iterable[bytes],
    actor: Actor,
    now: datetime,
) -> UUID:
    """Keep a tender document; a known name gets its next version, the same bytes change nothing.

    Raises Refused TEN-1602 above 512 MiB, TEN-1603 without a name or bytes.
    """
    take_for_edit(session, lot_id, actor=actor, now=now)
    if not name.strip() or len(name) > 120 or any(char in name for char in "/\\\x00\n"):
        raise Refused("TEN-1603")
    counted = _Counted(content)
    key = blobs.put(counted)
    if counted.size == 0:
        raise Refused("TEN-1603")
    newest = session.scalars(
        select(Document)
        .where(Document.lot_id == lot_id, Document.name == name.strip())
        .order_by(Document.version.desc())
    ).first()
    if newest is not None and newest.blob_key == key and not newest.withdrawn:
        return newest.id
    row = Document(
        id=new_id(),
        lot_id=lot_id,
        name=name.strip(),
        version=newest.version + 1 if newest else 1,
        media_type=media_type,
        size=counted.size,
        sha256=counted.digest(),
        blob_key=key,
        added_at=now,
        withdrawn=False,
    )
    session.add(row)
    session.flush()
    return row.id


def withdraw_document(
    session: Session, lot_id: UUID, document_id: UUID, *, actor: Actor, now: datetime
) -> None:
    """Take a document out of the draft; its bytes and row stay."""
    take_for_edit(session, lot_id, actor=actor, now=now)
    queries.document(session, lot_id, document_id).withdrawn = True
    session.flush()


class _Counted:
    """Bytes on their way to the blob store, counted and hashed."""

    def __init__(self, content: Iterable[bytes]) -> None:
        self._content = content
        self._hash = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._content:
            self.size += len(chunk)
            if self.size > MAX_DOCUMENT:
                raise Refused("TEN-1602", limit="512 MiB")
            self._hash.update(chunk)
            yield chunk

    def digest(self) -> bytes:
        return self._hash.digest()
