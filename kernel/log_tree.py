"""Reads of the log's stored tree: nodes, proofs, C2SP tiles; each one query, each hashes only."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import text
from sqlalchemy.orm import Session

from kernel.pure import merkle
from kernel.pure.tiles import LEVELS, WIDTH

T = TypeVar("T")
Place = tuple[int, int]
HASH = 32


def ask(session: Session, size: int, question: Callable[[merkle.StoredTree], T]) -> T:
    """What a tree of `size` leaves answers, with one read: a first pass learns what it needs."""
    needed: list[Place] = []

    def note(level: int, index: int) -> bytes:
        needed.append((level, index))
        return b""

    question(merkle.StoredTree(size, note))
    found = nodes(session, needed)
    return question(merkle.StoredTree(size, lambda level, index: found[level, index]))


def around(index: int, size: int, hashes: bytes) -> merkle.StoredTree:
    """A tree that knows what a path of leaf `index` needs: its neighbours upwards, and its peaks.

    `hashes` are those nodes one after another, by level and index. Others raise KeyError.
    """
    levels = range(size.bit_length())
    neighbours = {(level, index >> level ^ 1) for level in levels}
    whole = {place for place in neighbours if (place[1] + 1) << place[0] <= size}
    peaks = {(level, (size >> level) - 1) for level in levels if size >> level & 1}
    held = {
        place: hashes[at * HASH : (at + 1) * HASH] for at, place in enumerate(sorted(whole | peaks))
    }
    return merkle.StoredTree(size, lambda level, place: held[level, place])


# LATERAL: the planner must not scan a log of millions of nodes for twenty of them.
_NODES = text("""
    SELECT 0 AS level, index, hash FROM leaf WHERE index = ANY(:leaves)
    UNION ALL
    SELECT asked.level, asked.index, node.hash
    FROM unnest(CAST(:levels AS bigint[]), CAST(:indexes AS bigint[])) AS asked (level, index),
    LATERAL (SELECT hash FROM log_node AS node
             WHERE node.level = asked.level AND node.index = asked.index LIMIT 1) AS node
""")


def nodes(session: Session, places: list[Place]) -> dict[Place, bytes]:
    """Hashes by level and index; level 0 are the leaves themselves."""
    inner = [place for place in places if place[0]]
    rows = session.execute(
        _NODES,
        {
            "leaves": [index for level, index in places if not level],
            "levels": [level for level, _ in inner],
            "indexes": [index for _, index in inner],
        },
    )
    return {(level, index): bytes(found) for level, index, found in rows}


def index_of(session: Session, leaf: bytes) -> int | None:
    """The place of the leaf with this hash of 32 bytes, None when it is not in the log."""
    found: int | None = session.scalar(
        text("SELECT index FROM leaf WHERE hash = :leaf"), {"leaf": leaf}
    )
    return found


_LEAVES = text("""
    SELECT hash FROM leaf WHERE index >= :first AND index < :end ORDER BY index
""")
_INNER = text("""
    SELECT hash FROM log_node
    WHERE level = :level AND index >= :first AND index < :end ORDER BY index
""")


def tile(session: Session, level: int, index: int, width: int) -> bytes | None:
    """The first `width` hashes of a tile (C2SP tlog-tiles), None while the tree is smaller.

    A node is stored in the transaction that publishes a checkpoint over it: none comes too early.
    """
    span = {"first": index * WIDTH, "end": index * WIDTH + width}
    if level:
        rows = session.scalars(_INNER, {**span, "level": level * LEVELS})
    else:
        rows = session.scalars(_LEAVES, span)
    found = b"".join(rows)
    return found if len(found) == width * HASH else None
