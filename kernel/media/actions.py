"""Begin a recording, take its parts in order, end it: each end leaves the chain's root in the log.

`now` is legal time, `wall` the wall clock. Who may, the doors have judged before.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.hub import off_hub
from kernel.ids import new_id
from kernel.media import rules, webm
from kernel.media.models import PartRow, PeerRow, RecordingRow
from kernel.media.queries import head_of, leaf_body, recording_row
from kernel.media.rules import Kind, State
from kernel.permissions import Account
from kernel.pure.errors import Refused

LEAF = "media_recording"
MIMES = ("video/webm;codecs=vp8,opus", "video/webm;codecs=vp8")


@dataclass(frozen=True, slots=True)
class Offered:
    """A part as its recorder sends it; `link` is the chain's value after it."""

    no: int
    from_ms: int
    until_ms: int
    link: bytes
    content: bytes


def start(
    session: Session,
    about: UUID,
    *,
    kind: Kind,
    mime: str,
    actor: Account,
    now: datetime,
    wall: datetime,
) -> RecordingRow:
    """A new recording; one that still runs is broken off by it, for its recorder is gone.

    Raises Refused MED-1201 for a form of picture that viewers could not play.
    """
    if mime not in MIMES:
        raise Refused("MED-1201")
    for running in session.scalars(_running(about).with_for_update()).all():
        _end(session, running, State.BROKEN_OFF, now)
    row = RecordingRow(
        id=new_id(),
        about=about,
        kind=kind,
        mime=mime,
        role=actor.role.value,
        name=actor.person_name,
        organisation=actor.organisation_name,
        person_id=actor.person_id,
        began_at=now,
        began_wall=wall,
        heard_wall=wall,
        state=State.RUNNING,
        tip=b"",
    )
    row.tip = head_of(row).root()
    session.add(row)
    session.flush()
    return row


def take(
    session: Session,
    blobs: BlobStore,
    recording_id: UUID,
    offered: Offered,
    *,
    most: int,
    actor: Account,
    now: datetime,
    wall: datetime,
) -> RecordingRow:
    """Add a part to its chain; the same part again changes nothing. `most` bounds all its bytes.

    Raises Refused: MED-1001 no such recording; MED-1101 not its maker; MED-1202 over; MED-1203 not
    the next; MED-1204 size; MED-1205 times; MED-1206 hash; MED-1207 full; MED-1208 no picture;
    MED-1301 our disk does not take it.
    """
    row = _mine(session, recording_id, actor)
    if _is_known(session, row, offered):
        return row
    content = offered.content
    rules.check_size(len(content))
    digest = sha256(content).digest()
    part = rules.Part(offered.no, offered.from_ms, offered.until_ms, len(content), digest)
    tip = rules.admit(_standing(row, wall), part, offered.link, most=most)
    if part.no == 0:
        row.beginning = _beginning(content)
    with _disk():
        off_hub(lambda: blobs.put([content]))
    _add(session, row, part, tip, webm.entry(content), now=now, wall=wall)
    return row


def end(session: Session, recording_id: UUID, *, actor: Account, now: datetime) -> RecordingRow:
    """Its maker stops it; again changes nothing. Raises Refused MED-1001, MED-1101."""
    row = _mine(session, recording_id, actor)
    if row.state is State.RUNNING:
        _end(session, row, State.ENDED, now)
    return row


def end_of(session: Session, about: UUID, *, now: datetime) -> RecordingRow | None:
    """The house stops what runs about a thing; None when nothing does."""
    row = session.scalars(_running(about).with_for_update()).first()
    if row is not None:
        _end(session, row, State.ENDED, now)
    return row


def break_off(
    session: Session, *, silent: timedelta, now: datetime, wall: datetime
) -> list[RecordingRow]:
    """End as broken off every recording of which nothing was heard for so long."""
    rows = session.scalars(
        select(RecordingRow)
        .where(RecordingRow.state == State.RUNNING, RecordingRow.heard_wall < wall - silent)
        .with_for_update(skip_locked=True)
    ).all()
    for row in rows:
        _end(session, row, State.BROKEN_OFF, now)
    return list(rows)


def _running(about: UUID) -> Select[RecordingRow]:
    return select(RecordingRow).where(
        RecordingRow.about == about, RecordingRow.state == State.RUNNING
    )


def _mine(session: Session, recording_id: UUID, actor: Account) -> RecordingRow:
    row = recording_row(session, recording_id, lock=True)
    if row.person_id != actor.person_id:
        raise Refused("MED-1101")
    return row


def _is_known(session: Session, row: RecordingRow, offered: Offered) -> bool:
    """Whether exactly this part was taken before; an answer that was lost is asked for again."""
    if offered.no >= row.parts:
        return False
    known = session.get_one(PartRow, (row.id, offered.no))
    if bytes(known.link) != offered.link:
        raise Refused("MED-1203", next=row.parts)
    return True


def _standing(row: RecordingRow, wall: datetime) -> rules.Recording:
    return rules.Recording(
        state=row.state,
        parts=row.parts,
        held=row.held,
        until_ms=row.until_ms,
        tip=bytes(row.tip),
        elapsed_ms=_elapsed(row, wall),
    )


def _elapsed(row: RecordingRow, wall: datetime) -> int:
    return int((wall - row.began_wall) / timedelta(milliseconds=1))


def _beginning(content: bytes) -> int:
    """How far the stream's head reaches. Raises Refused MED-1208: the bytes are no such stream."""
    found = webm.beginning(content)
    if found is None:
        raise Refused("MED-1208")
    return found


@contextmanager
def _disk() -> Iterator[None]:
    """A full or failing disk is said to the recorder, which keeps the part and tries again."""
    try:
        yield
    except OSError as error:
        raise Refused("MED-1301") from error


def _add(
    session: Session,
    row: RecordingRow,
    part: rules.Part,
    tip: bytes,
    entry: int | None,
    *,
    now: datetime,
    wall: datetime,
) -> None:
    session.add(
        PartRow(
            recording_id=row.id,
            no=part.no,
            from_ms=part.from_ms,
            until_ms=part.until_ms,
            size=part.size,
            sha256=part.sha256,
            link=tip,
            entry_at=entry,
            late_ms=max(0, _elapsed(row, wall) - part.until_ms),
            at=now,
        )
    )
    row.parts, row.held = part.no + 1, row.held + part.size
    row.until_ms, row.tip, row.heard_wall = part.until_ms, tip, wall
    if entry is not None:
        row.entry_no, row.entry_at = part.no, entry
    session.flush()


def _end(session: Session, row: RecordingRow, state: State, now: datetime) -> None:
    row.state, row.ended_at = state, now
    row.leaf_id = log.append(session, LEAF, leaf_body(row))
    session.execute(delete(PeerRow).where(PeerRow.recording_id == row.id))
    session.flush()
