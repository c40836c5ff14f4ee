"""Reads of recordings: for players, for records that keep their hashes, for whoever checks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log
from kernel.media import rules
from kernel.media.models import PartRow, RecordingRow
from kernel.media.rules import Gap, Head, Part, Span, State
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class RecordingView:
    """One recording as a record names it; `root` is the newest link, final once it has ended."""

    id: UUID
    head: Head
    state: State
    ended_at: datetime | None
    parts: int
    size: int
    milliseconds: int
    root: bytes
    leaf_id: UUID | None

    def as_json(self) -> dict[str, Any]:
        """For facts that are hashed: text, integers and null only."""
        return {
            **self.head.as_json(),
            "state": self.state.value,
            "ended_at": self.ended_at.isoformat() if self.ended_at else None,
            "parts": self.parts,
            "bytes": self.size,
            "milliseconds": self.milliseconds,
            "root": self.root.hex(),
        }


def recording_row(session: Session, recording_id: UUID, *, lock: bool = False) -> RecordingRow:
    """The row of a recording. Raises Refused MED-1001."""
    wanted = select(RecordingRow).where(RecordingRow.id == recording_id)
    row = session.scalars(wanted.with_for_update() if lock else wanted).first()
    if row is None:
        raise Refused("MED-1001")
    return row


def running(session: Session, about: UUID) -> RecordingRow | None:
    """The picture that is being shown of a thing."""
    return session.scalars(
        select(RecordingRow).where(RecordingRow.about == about, RecordingRow.state == State.RUNNING)
    ).first()


def recordings(session: Session, about: UUID) -> tuple[RecordingView, ...]:
    """Every recording of a thing in the order of their beginnings."""
    rows = session.scalars(
        select(RecordingRow)
        .where(RecordingRow.about == about)
        .order_by(RecordingRow.began_at, RecordingRow.began_wall)
    )
    return tuple(view(row) for row in rows)


def view(row: RecordingRow) -> RecordingView:
    """A row as others may know it."""
    return RecordingView(
        id=row.id,
        head=head_of(row),
        state=row.state,
        ended_at=row.ended_at,
        parts=row.parts,
        size=row.held,
        milliseconds=row.until_ms,
        root=bytes(row.tip),
        leaf_id=row.leaf_id,
    )


def head_of(row: RecordingRow) -> Head:
    """What the chain of a recording begins with."""
    return Head(
        id=str(row.id),
        about=str(row.about),
        kind=row.kind,
        mime=row.mime,
        role=row.role,
        name=row.name,
        organisation=row.organisation,
        began_at=row.began_at,
    )


def leaf_body(row: RecordingRow) -> dict[str, Any]:
    """What the log is told at a recording's end."""
    return {
        "recording": str(row.id),
        "about": str(row.about),
        "state": row.state.value,
        "parts": row.parts,
        "root": bytes(row.tip).hex(),
    }


def part_rows(session: Session, recording_id: UUID) -> Sequence[PartRow]:
    """The parts of a recording in order."""
    return session.scalars(
        select(PartRow).where(PartRow.recording_id == recording_id).order_by(PartRow.no)
    ).all()


def part_row(session: Session, recording_id: UUID, no: int) -> PartRow | None:
    """One part, None when it has not come yet."""
    return session.get(PartRow, (recording_id, no))


def part_of(row: PartRow) -> Part:
    """A part as the chain hashes it."""
    return Part(row.no, row.from_ms, row.until_ms, row.size, bytes(row.sha256))


def manifest(session: Session, row: RecordingRow) -> dict[str, Any]:
    """All that fixes a recording: head, parts, and the log's proof once its end is numbered."""
    parts = part_rows(session, row.id)
    proof = log.inclusion(session, row.leaf_id) if row.leaf_id else None
    return {
        "head": head_of(row).as_json(),
        "state": row.state.value,
        "root": bytes(row.tip).hex(),
        "beginning": row.beginning,
        "parts": [_told(part) for part in parts],
        "proof": proof.as_json() if proof else None,
    }


def _told(part: PartRow) -> dict[str, Any]:
    return {
        "no": part.no,
        "from_ms": part.from_ms,
        "until_ms": part.until_ms,
        "size": part.size,
        "sha256": bytes(part.sha256).hex(),
        "entry_at": part.entry_at,
        "made_at": _made_until(part).isoformat(),
    }


def _made_until(part: PartRow) -> datetime:
    """Legal time at which the part's picture ended: a part that came late was made before."""
    return part.at - timedelta(milliseconds=part.late_ms)


def gaps_of(session: Session, about: UUID) -> tuple[Gap, ...]:
    """Where, between the first picture of a thing and the last, nothing was recorded."""
    rows = session.scalars(select(RecordingRow).where(RecordingRow.about == about)).all()
    return rules.gaps([_span(session, row) for row in rows])


def _span(session: Session, row: RecordingRow) -> Span:
    rows = part_rows(session, row.id)
    ended = _made_until(rows[-1]) if rows else row.began_at
    inner = rules.inner_gaps([part_of(part) for part in rows], row.began_at)
    return Span(row.began_at, max(ended, row.began_at), row.state, inner)
