"""The platform's append-only log (RFC 6962/9162): actions leave leaves, one sequencer numbers them.

Every tick publishes a checkpoint over a full quantum of leaves, so its size tells nothing. Quiet
leaves, those that bidders cause before the list, never make a tick larger: they fill its room.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, SmallInteger, func, insert, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import log_tree
from kernel.clock import installation, legal_now
from kernel.db import Base
from kernel.ids import new_id
from kernel.pure import checkpoints, merkle
from kernel.secrets import Keys

SALT_BYTES = 16
SMALL_TICK = 4
LARGE_TICK = 64
SMALL_ROOM = 2  # What every tick keeps free for quiet leaves,
LARGE_ROOM = 32  # and what it keeps near a deadline.
COVER = "cover"


class LeafPending(Base):
    """A leaf of a committed action, not yet numbered."""

    __tablename__ = "leaf_pending"

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True, default=new_id)
    data: Mapped[bytes]
    quiet: Mapped[int] = mapped_column(SmallInteger, server_default=text("0"))
    """0 is loud, 1 waits for room, 2 waits until no leaf of 1 waits."""


class Leaf(Base):
    """A numbered leaf: `data` is canonical JSON of kind, salt and body."""

    __tablename__ = "leaf"

    index: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    id: Mapped[UUID] = mapped_column(unique=True)
    data: Mapped[bytes]
    hash: Mapped[bytes] = mapped_column(index=True)


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


def append(
    session: Session,
    kind: str,
    body: dict[str, Any],
    *,
    quiet: bool = False,
    patient: bool = False,
) -> UUID:
    """Leave a leaf in the caller's transaction; returns the id to ask for its proof by.

    `quiet` for what nobody may count: the leaf waits for room and never makes a tick larger.
    `patient` ones wait behind the other quiet ones, so that no flood of them holds those up.
    """
    row = LeafPending(data=_data(kind, body), quiet=2 if patient else int(quiet))
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
    row = session.execute(_HELD, {"id": leaf_id}).first()
    if row is None:
        return None
    found = LogEntry(leaf_id, row.place, bytes(row.data), bytes(row.hash))
    tree = log_tree.around(row.place, row.size, bytes(row.hashes))
    over = Checkpoint(row.size, bytes(row.root), row.note, row.at)
    return Inclusion(found, tree.inclusion(row.place), over)


# A leaf, the first checkpoint over it and every node its path needs, in one read: receipts ask for
# it by the thousand. The places are those of log_tree.around, in its order.
_HELD = text("""
    WITH held AS MATERIALIZED (
        SELECT leaf.index AS place, leaf.data, leaf.hash,
               first.size, first.root, first.note, first.at
        FROM leaf, LATERAL (SELECT * FROM checkpoint WHERE checkpoint.size > leaf.index
                            ORDER BY checkpoint.size LIMIT 1) AS first
        WHERE leaf.id = :id),
    places AS (
        SELECT level, (place >> level) # 1 AS index FROM held, generate_series(0, 48) AS level
        WHERE ((((place >> level) # 1) + 1) << level) <= size
        UNION
        SELECT level, (size >> level) - 1 FROM held, generate_series(0, 48) AS level
        WHERE (size >> level) & 1 = 1)
    SELECT held.*, (
        SELECT string_agg(CASE level
            WHEN 0 THEN (SELECT leaf.hash FROM leaf WHERE leaf.index = places.index)
            ELSE (SELECT node.hash FROM log_node AS node
                  WHERE node.level = places.level AND node.index = places.index)
            END, CAST('' AS bytea) ORDER BY level, index) FROM places) AS hashes
    FROM held
""")


def first_over(session: Session, index: int) -> Checkpoint | None:
    """The first checkpoint that holds leaf `index`."""
    row = session.scalars(
        select(CheckpointRow)
        .where(CheckpointRow.size > index)
        .order_by(CheckpointRow.size)
        .limit(1)
    ).first()
    return _checkpoint(row) if row else None


def published(session: Session, size: int) -> Checkpoint | None:
    """The checkpoint once published at exactly this size."""
    row = session.get(CheckpointRow, size)
    return _checkpoint(row) if row else None


def consistency(session: Session, old: int, new: int) -> tuple[bytes, ...]:
    """Proof that the tree of `new` leaves extends the tree of `old`."""
    return log_tree.ask(session, new, lambda tree: tree.consistency(old))


def sequence(
    session: Session, keys: Keys, *, busy: bool = False, whole: bool = False
) -> Checkpoint:
    """Number pending leaves, fill the tick with covers, sign and store a checkpoint.

    Every loud leaf is numbered, of the quiet ones the oldest for which there is room. `busy`, said
    by the calendar alone, makes every tick large; `whole` takes all that waits, for a close.
    One sequencer at a time: a transaction-level advisory lock makes others wait.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('sunbid.log'))"))
    start = session.scalar(select(func.coalesce(func.max(Leaf.index) + 1, 0))) or 0
    # Numbers are named one by one: an action that commits meanwhile waits for the next tick.
    waiting = session.execute(
        select(LeafPending.number, LeafPending.quiet).order_by(
            LeafPending.quiet, LeafPending.number
        )
    ).all()
    loud = [number for number, quiet in waiting if not quiet]
    hushed = [number for number, quiet in waiting if quiet]
    size = _quantum(len(loud), busy=busy or whole)
    while whole and size < len(waiting):
        size += LARGE_TICK
    numbers = loud + hushed[: size - len(loud)]
    numbers += _cover(session, size - len(numbers))
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


def _quantum(loud: int, *, busy: bool) -> int:
    """The size of a tick; it depends on what is public and leaves room for what is not."""
    wanted = loud + (LARGE_ROOM if busy else SMALL_ROOM)
    if wanted <= SMALL_TICK and not busy:
        return SMALL_TICK
    return -(-wanted // LARGE_TICK) * LARGE_TICK


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
    known = log_tree.nodes(session, [(level, index) for level, index in peaks if not index & 1])
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
    root = log_tree.ask(session, size, merkle.StoredTree.root)
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


def _entry(row: Leaf) -> LogEntry:
    return LogEntry(row.id, row.index, row.data, row.hash)


def _checkpoint(row: CheckpointRow) -> Checkpoint:
    return Checkpoint(row.size, row.root, row.note, row.at)
