"""The platform's append-only log (RFC 6962/9162): actions leave leaves, one sequencer numbers them.

Every tick publishes a checkpoint over a full quantum of leaves, so its size tells nothing.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, delete, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.clock import installation, legal_now
from kernel.db import Base
from kernel.ids import new_id
from kernel.pure import checkpoints, merkle
from kernel.secrets import Keys

SALT_BYTES = 16
SMALL_TICK = 4
LARGE_TICK = 64
COVER = "cover"


class LeafPending(Base):
    """A leaf of a committed action, not yet numbered."""

    __tablename__ = "leaf_pending"

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    data: Mapped[bytes]


class Leaf(Base):
    """A numbered leaf: `data` is canonical JSON of kind, salt and body."""

    __tablename__ = "leaf"

    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    data: Mapped[bytes]
    hash: Mapped[bytes]


class LogNode(Base):
    """Hash of the complete subtree of 2^level leaves at position `index`."""

    __tablename__ = "log_node"

    level: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    hash: Mapped[bytes]


class CheckpointRow(Base):
    """A signed statement of the log's size and root at a time."""

    __tablename__ = "checkpoint"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    note: Mapped[str]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of the log, the signed note, and its legal time."""

    size: int
    root: bytes
    note: str
    at: datetime


@dataclass(frozen=True, slots=True)
class LogEntry:
    """A numbered leaf as anyone may check it."""

    id: UUID
    index: int
    data: bytes
    hash: bytes

    @property
    def content(self) -> dict[str, Any]:
        """Kind, salt and body."""
        content: dict[str, Any] = json.loads(self.data)
        return content


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Proof that a leaf is in the tree of a signed checkpoint."""

    entry: LogEntry
    path: tuple[bytes, ...]
    checkpoint: Checkpoint

    def as_json(self) -> dict[str, Any]:
        """The form that receipts carry: the leaf as its canonical text, hashes in hex."""
        return {
            "index": self.entry.index,
            "tree_size": self.checkpoint.size,
            "leaf": self.entry.data.decode(),
            "path": [step.hex() for step in self.path],
            "checkpoint": self.checkpoint.note,
        }


def append(session: Session, kind: str, body: dict[str, Any]) -> UUID:
    """Leave a leaf in the caller's transaction; returns the id to ask for its proof by."""
    row = LeafPending(data=_data(kind, body))
    session.add(row)
    session.flush()
    return row.id


def entry(session: Session, leaf_id: UUID) -> LogEntry | None:
    """The leaf once it is numbered."""
    row = session.scalars(select(Leaf).where(Leaf.id == leaf_id)).first()
    return _entry(row) if row else None


def entry_by_hash(session: Session, leaf_hash: bytes) -> LogEntry | None:
    """The leaf with this RFC 6962 leaf hash."""
    row = session.scalars(select(Leaf).where(Leaf.hash == leaf_hash)).first()
    return _entry(row) if row else None


def latest(session: Session) -> Checkpoint | None:
    """The newest checkpoint."""
    row = session.scalars(select(CheckpointRow).order_by(CheckpointRow.size.desc())).first()
    return _checkpoint(row) if row else None


def inclusion(session: Session, leaf_id: UUID) -> Inclusion | None:
    """Proof for a numbered leaf under the first checkpoint that holds it."""
    found = entry(session, leaf_id)
    if found is None:
        return None
    row = session.scalars(
        select(CheckpointRow)
        .where(CheckpointRow.size > found.index)
        .order_by(CheckpointRow.size)
        .limit(1)
    ).one()
    path = merkle.StoredTree(row.size, _reader(session)).inclusion(found.index)
    return Inclusion(found, path, _checkpoint(row))


def consistency(session: Session, old: int, new: int) -> tuple[bytes, ...]:
    """Proof that the tree of `new` leaves extends the tree of `old`."""
    return merkle.StoredTree(new, _reader(session)).consistency(old)


def sequence(session: Session, keys: Keys) -> Checkpoint:
    """Number every pending leaf, fill the tick with covers, sign and store a checkpoint.

    One sequencer at a time: a transaction-level advisory lock makes others wait.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('sunbid.log'))"))
    pending = session.scalars(select(LeafPending).order_by(LeafPending.number)).all()
    start = session.scalar(select(func.coalesce(func.max(Leaf.index) + 1, 0))) or 0
    leaves = [(row.id, row.data) for row in pending]
    leaves += [(new_id(), _data(COVER, {})) for _ in range(_quantum(len(leaves)) - len(leaves))]
    hashes = [merkle.leaf_hash(data) for _, data in leaves]
    session.execute(
        insert(Leaf),
        [
            {"index": start + i, "id": leaf_id, "data": data, "hash": hashes[i]}
            for i, (leaf_id, data) in enumerate(leaves)
        ],
    )
    _grow(session, start, hashes)
    if pending:
        session.execute(
            delete(LeafPending).where(LeafPending.number.in_([row.number for row in pending]))
        )
    return _sign(session, keys, start + len(leaves))


def _quantum(count: int) -> int:
    if count <= SMALL_TICK:
        return SMALL_TICK
    return -(-count // LARGE_TICK) * LARGE_TICK


def _data(kind: str, body: dict[str, Any]) -> bytes:
    return checkpoints.leaf_bytes(kind, body, os.urandom(SALT_BYTES))


def _grow(session: Session, start: int, hashes: list[bytes]) -> None:
    """Add the complete subtrees that the new leaves finish."""
    read = _reader(session)
    fresh: dict[tuple[int, int], bytes] = {}
    for offset, leaf in enumerate(hashes):
        level, index, value = 0, start + offset, leaf
        fresh[level, index] = value
        while index & 1:
            left = fresh.get((level, index - 1)) or read(level, index - 1)
            value = merkle.node_hash(left, value)
            level, index = level + 1, index >> 1
            fresh[level, index] = value
    session.execute(
        insert(LogNode),
        [{"level": lv, "index": ix, "hash": value} for (lv, ix), value in fresh.items()],
    )


def _sign(session: Session, keys: Keys, size: int) -> Checkpoint:
    root = merkle.StoredTree(size, _reader(session)).root()
    at = legal_now(session)
    origin = installation(session).log_origin
    time = f"time {at.isoformat(timespec='milliseconds')}"
    body = checkpoints.Checkpoint(origin, size, root, (time,)).body()
    key_id = checkpoints.ed25519_key_id(origin, keys.log_public_key)
    line = checkpoints.signature_line(origin, key_id, keys.sign_as_log(body.encode()))
    note = checkpoints.format_note(body, line)
    session.add(CheckpointRow(size=size, root=root, note=note, at=at))
    session.flush()
    return Checkpoint(size, root, note, at)


def _reader(session: Session) -> merkle.NodeReader:
    def read(level: int, index: int) -> bytes:
        return session.scalars(
            select(LogNode.hash).where(LogNode.level == level, LogNode.index == index)
        ).one()

    return read


def _entry(row: Leaf) -> LogEntry:
    return LogEntry(row.id, row.index, row.data, row.hash)


def _checkpoint(row: CheckpointRow) -> Checkpoint:
    return Checkpoint(row.size, row.root, row.note, row.at)
