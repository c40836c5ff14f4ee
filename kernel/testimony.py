"""What witnesses have said of the log's checkpoints: rows that are only added, and reads of them.

`checkpoint_wanted` names the checkpoints that must be witnessed themselves: a lot's close.
Nothing refers to a checkpoint by key: it can never go, and its table keeps its own refusals.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Identity, Index, func, select, text
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import log, log_tree
from kernel.db import Base
from kernel.log import Checkpoint, CheckpointRow, Inclusion, LogEntry


class CosignatureRow(Base):
    """A cosigner's line over a checkpoint; `at` is the time it signed."""

    __tablename__ = "checkpoint_cosignature"
    __table_args__ = (Index("ix_checkpoint_cosignature_last", "cosigner", "size"),)

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    cosigner: Mapped[str] = mapped_column(primary_key=True)
    line: Mapped[str]
    at: Mapped[datetime]
    got_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class StampRow(Base):
    """A checked RFC 3161 token over a checkpoint's body; `at` is its genTime."""

    __tablename__ = "checkpoint_stamp"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    token: Mapped[bytes]
    at: Mapped[datetime]
    got_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class WantedRow(Base):
    """A checkpoint that no later one can stand in for."""

    __tablename__ = "checkpoint_wanted"

    size: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime]


class WitnessRefusalRow(Base):
    """A witness would not vouch for a checkpoint, and why: forked, rolled back, overtaken."""

    __tablename__ = "witness_refusal"

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    size: Mapped[int] = mapped_column(index=True)
    witness: Mapped[str]
    code: Mapped[str]
    at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())


class StandingRow(Base):
    """A witness that does not answer: since when, how often tried, when next. Gone once it does."""

    __tablename__ = "witness_standing"

    witness: Mapped[str] = mapped_column(primary_key=True)
    failing_since: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    attempts: Mapped[int]
    code: Mapped[str]
    retry_at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Testimony:
    """What is held for one checkpoint; times are those the witnesses signed."""

    cosignatures: tuple[str, ...] = ()
    cosigned_at: tuple[datetime, ...] = ()
    stamp: bytes | None = None
    stamped_at: datetime | None = None

    @property
    def is_complete(self) -> bool:
        return bool(self.cosignatures) and self.stamp is not None

    def as_json(self) -> dict[str, Any]:
        """The two fields of receipts and closes."""
        stamp = self.stamp.hex() if self.stamp is not None else None
        return {"cosignatures": list(self.cosignatures), "stamp": stamp}


@dataclass(frozen=True, slots=True)
class Failing:
    """A witness that owes its word: since when (wall time), tried how often, with which code."""

    witness: str
    since: datetime
    attempts: int
    code: str


def of(session: Session, size: int) -> Testimony:
    """All that was said of the checkpoint of `size` leaves."""
    lines = session.execute(
        select(CosignatureRow.line, CosignatureRow.at)
        .where(CosignatureRow.size == size)
        .order_by(CosignatureRow.cosigner)
    ).all()
    stamp = session.get(StampRow, size)
    return Testimony(
        tuple(line for line, _ in lines),
        tuple(at for _, at in lines),
        bytes(stamp.token) if stamp else None,
        stamp.at if stamp else None,
    )


def want(session: Session, checkpoint: Checkpoint) -> None:
    """Ask, with the caller's commit, that this very checkpoint be witnessed."""
    if session.get(WantedRow, checkpoint.size) is None:
        session.add(WantedRow(size=checkpoint.size, at=checkpoint.at))
        session.flush()
        session.execute(select(func.pg_notify("due", "")))


# The first checkpoint over a leaf that both kinds of witness vouch for, else the first at all.
_HELD = text("""
    SELECT leaf.index, leaf.data, leaf.hash, over.size, over.root, over.note, over.at
    FROM leaf, LATERAL (
        SELECT checkpoint.* FROM checkpoint WHERE checkpoint.size = coalesce(
            (SELECT stamp.size FROM checkpoint_stamp AS stamp WHERE stamp.size > leaf.index
                AND EXISTS (SELECT 1 FROM checkpoint_cosignature AS line
                            WHERE line.size = stamp.size)
                AND stamp.size <= coalesce(CAST(:most AS bigint), stamp.size)
             ORDER BY stamp.size LIMIT 1),
            (SELECT first.size FROM checkpoint AS first WHERE first.size > leaf.index
             ORDER BY first.size LIMIT 1))) AS over
    WHERE leaf.id = :id
""")


def proof(
    session: Session, leaf_id: UUID, *, most: int | None = None
) -> tuple[Inclusion, Testimony] | None:
    """A leaf's place under the checkpoint a receipt shows; None until it is numbered.

    `most` keeps later checkpoints out: a bundle's receipts lie under the close.
    """
    row = session.execute(_HELD, {"id": leaf_id, "most": most}).mappings().first()
    if row is None:
        return None
    index, size = int(row["index"]), int(row["size"])
    found = LogEntry(leaf_id, index, bytes(row["data"]), bytes(row["hash"]))
    path = log_tree.ask(session, size, lambda tree: tree.inclusion(index))
    over = Checkpoint(size, bytes(row["root"]), row["note"], row["at"])
    return Inclusion(found, path, over), of(session, size)


def newest_complete(session: Session) -> Checkpoint | None:
    """The newest checkpoint with cosignature and stamp."""
    size = session.scalar(
        select(func.max(StampRow.size)).where(
            StampRow.size.in_(select(CosignatureRow.size).where(CosignatureRow.size > 0))
        )
    )
    return log.published(session, size) if size is not None else None


def last_cosigned(session: Session, cosigner: str) -> int:
    """The largest size this cosigner signed for us, 0 when none."""
    found = session.scalar(
        select(func.max(CosignatureRow.size)).where(CosignatureRow.cosigner == cosigner)
    )
    return found or 0


def unwitnessed(session: Session, witness: str, *, cosigner: bool) -> list[Checkpoint]:
    """Wanted checkpoints that this witness has neither vouched for nor refused, oldest first."""
    said = (
        select(CosignatureRow.size).where(CosignatureRow.cosigner == witness)
        if cosigner
        else select(StampRow.size)
    )
    refused = select(WitnessRefusalRow.size).where(WitnessRefusalRow.witness == witness)
    rows = session.scalars(
        select(CheckpointRow)
        .join(WantedRow, WantedRow.size == CheckpointRow.size)
        .where(WantedRow.size.not_in(said), WantedRow.size.not_in(refused))
        .order_by(WantedRow.size)
    )
    return [Checkpoint(row.size, row.root, row.note, row.at) for row in rows]


def failing(session: Session) -> tuple[Failing, ...]:
    """Witnesses that owe their word at this moment, by name."""
    rows = session.scalars(select(StandingRow).order_by(StandingRow.witness))
    return tuple(Failing(r.witness, r.failing_since, r.attempts, r.code) for r in rows)
