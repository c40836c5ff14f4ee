"""The platform's append-only log (RFC 6962/9162): actions leave leaves, one sequencer numbers them.

Every tick publishes a checkpoint over a full quantum of leaves, so its size tells nothing.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Identity, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.clock import installation, legal_now
from kernel.db import Base
from kernel.ids import new_id
from kernel.pure import checkpoints, merkle
from kernel.secrets import Keys

T = TypeVar("T")
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
    """Hash of the complete subtree of 2^level leaves at position `index`; level is 1 or more."""

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
    path = _asked(session, row.size, lambda tree: tree.inclusion(found.index))
    return Inclusion(found, path, _checkpoint(row))


def consistency(session: Session, old: int, new: int) -> tuple[bytes, ...]:
    """Proof that the tree of `new` leaves extends the tree of `old`."""
    return _asked(session, new, lambda tree: tree.consistency(old))


def sequence(session: Session, keys: Keys) -> Checkpoint:
    """Number every pending leaf, fill the tick with covers, sign and store a checkpoint.

    One sequencer at a time: a transaction-level advisory lock makes others wait.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('sunbid.log'))"))
    start = session.scalar(select(func.coalesce(func.max(Leaf.index) + 1, 0))) or 0
    # Numbers are named one by one: an action that commits meanwhile waits for the next tick.
    numbers = list(session.scalars(select(LeafPending.number)))
    numbers += _cover(session, _quantum(len(numbers)) - len(numbers))
    hashes = _number(session, start, numbers)
    _grow(session, start, hashes)
    return _sign(session, keys, start + len(hashes))


def _cover(session: Session, count: int) -> list[int]:
    """Leave `count` leaves that say nothing; returns their numbers."""
    covers = [{"id": new_id(), "data": _data(COVER, {})} for _ in range(count)]
    if not covers:
        return []
    return list(session.scalars(insert(LeafPending).returning(LeafPending.number), covers))


_NUMBER = text("""
    WITH taken AS (DELETE FROM leaf_pending WHERE number = ANY(:numbers) RETURNING *)
    INSERT INTO leaf (index, id, data, hash)
    SELECT :start - 1 + row_number() OVER (ORDER BY number), id, data,
           sha256(decode('00', 'hex') || data)
    FROM taken RETURNING index, hash
""")


def _number(session: Session, start: int, numbers: list[int]) -> list[bytes]:
    """Move leaves from pending to the log in one statement; returns their hashes in order."""
    rows = session.execute(_NUMBER, {"start": start, "numbers": numbers}).all()
    return [bytes(leaf) for _, leaf in sorted((index, leaf) for index, leaf in rows)]


def _quantum(count: int) -> int:
    if count <= SMALL_TICK:
        return SMALL_TICK
    return -(-count // LARGE_TICK) * LARGE_TICK


def _data(kind: str, body: dict[str, Any]) -> bytes:
    return checkpoints.leaf_bytes(kind, body, os.urandom(SALT_BYTES))


_NODES = text("""
    INSERT INTO log_node (level, index, hash)
    SELECT * FROM unnest(
        CAST(:levels AS bigint[]), CAST(:indexes AS bigint[]), CAST(:hashes AS bytea[]))
""")


def _grow(session: Session, start: int, hashes: list[bytes]) -> None:
    """Add the complete subtrees that the new leaves finish."""
    peaks = [(level, (start >> level) - 1) for level in range(start.bit_length())]
    known = _nodes(session, [(level, index) for level, index in peaks if not index & 1])
    fresh: dict[tuple[int, int], bytes] = {}
    for offset, leaf in enumerate(hashes):
        level, index, value = 0, start + offset, leaf
        known[level, index] = value
        while index & 1:
            value = merkle.node_hash(known[level, index - 1], value)
            level, index = level + 1, index >> 1
            known[level, index] = fresh[level, index] = value
    places = list(fresh)
    session.execute(
        _NODES,
        {
            "levels": [level for level, _ in places],
            "indexes": [index for _, index in places],
            "hashes": list(fresh.values()),
        },
    )


def _sign(session: Session, keys: Keys, size: int) -> Checkpoint:
    root = _asked(session, size, merkle.StoredTree.root)
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


def _asked(session: Session, size: int, ask: Callable[[merkle.StoredTree], T]) -> T:
    """What a tree answers, with one read: a first pass learns which nodes it needs."""
    needed: list[tuple[int, int]] = []

    def note(level: int, index: int) -> bytes:
        needed.append((level, index))
        return b""

    ask(merkle.StoredTree(size, note))
    found = _nodes(session, needed)
    return ask(merkle.StoredTree(size, lambda level, index: found[level, index]))


# LATERAL: the planner must not scan a log of millions of nodes for twenty of them.
_READ = text("""
    SELECT 0 AS level, index, hash FROM leaf WHERE index = ANY(:leaves)
    UNION ALL
    SELECT asked.level, asked.index, node.hash
    FROM unnest(CAST(:levels AS bigint[]), CAST(:indexes AS bigint[])) AS asked (level, index),
    LATERAL (SELECT hash FROM log_node AS node
             WHERE node.level = asked.level AND node.index = asked.index LIMIT 1) AS node
""")


def _nodes(session: Session, places: list[tuple[int, int]]) -> dict[tuple[int, int], bytes]:
    """Hashes by level and index; level 0 are the leaves themselves."""
    inner = [place for place in places if place[0]]
    rows = session.execute(
        _READ,
        {
            "leaves": [index for level, index in places if not level],
            "levels": [level for level, _ in inner],
            "indexes": [index for _, index in inner],
        },
    )
    return {(level, index): bytes(found) for level, index, found in rows}


def _entry(row: Leaf) -> LogEntry:
    return LogEntry(row.id, row.index, row.data, row.hash)


def _checkpoint(row: CheckpointRow) -> Checkpoint:
    return Checkpoint(row.size, row.root, row.note, row.at)
