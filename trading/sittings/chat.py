"""What is said in a sitting: one numbered line each, once for each key of its sender.

The stream is the transcript: a line that is taken from view stays in it, with who did it and why.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import live
from kernel.pure.errors import Refused
from trading.sittings.models import ChatLineRow, ChatSpeakerRow, SittingRow
from trading.sittings.queries import row_of
from trading.sittings.rules import Bucket, Speaking, Talk, clean, spend

MOST_KEY = 64


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who speaks, as all see it: a bidder by seat, whose organisation the list has named."""

    id: str
    role: Speaking
    name: str
    organisation: str
    lot_id: UUID | None = None
    seat: int | None = None

    def as_json(self) -> dict[str, Any]:
        """The speaker in events."""
        return {
            "by_role": self.role.value,
            "name": self.name,
            "organisation": self.organisation,
            "lot": str(self.lot_id) if self.lot_id else None,
            "seat": self.seat,
        }


@dataclass(frozen=True, slots=True)
class Moderator:
    """Host or supervisor, keeping order."""

    role: Speaking
    name: str


def seat_speaker(lot_id: UUID, seat: int) -> str:
    """By what name a seat's bucket and mute are kept."""
    return f"{lot_id}:{seat}"


def say(
    session: Session,
    lot_id: UUID,
    speaker: Speaker,
    words: str,
    *,
    key: str,
    talk: Talk,
    now: datetime,
) -> int:
    """Say one line; returns its number. The same key again is the same line, said once.

    Raises Refused SIT-1102 muted; SIT-1103 too fast; SIT-1104 empty or too long; WEB-1004 the key.
    """
    if not 1 <= len(key) <= MOST_KEY:
        raise Refused("WEB-1004", detail="key")
    line = clean(words, talk.characters)
    row = row_of(session, lot_id, lock=True)
    known = session.scalar(
        select(ChatLineRow.no).where(
            ChatLineRow.sitting_id == row.id,
            ChatLineRow.speaker == speaker.id,
            ChatLineRow.key == key,
        )
    )
    if known is not None:
        return known
    _spend(session, row, speaker, talk, now)
    row.said += 1
    session.add(
        ChatLineRow(
            sitting_id=row.id,
            no=row.said,
            speaker=speaker.id,
            key=key,
            by_role=speaker.role,
            name=speaker.name,
            lot_id=speaker.lot_id,
            seat=speaker.seat,
            text=line,
            at=now,
        )
    )
    told = {"no": row.said, **speaker.as_json(), "text": line}
    live.append(session, row.live_id, "chat_said", told)
    return row.said


def _spend(session: Session, row: SittingRow, speaker: Speaker, talk: Talk, now: datetime) -> None:
    """Hold the speaker to mutes and pace; the bucket is its own, nobody else's."""
    kept = _speaker(session, row.id, speaker.id)
    if kept.muted is not None:
        raise Refused("SIT-1102", reason=kept.muted)
    if row.muted is not None and speaker.role not in {Speaking.HOST, Speaking.SUPERVISOR}:
        raise Refused("SIT-1102", reason=row.muted)
    before = Bucket(kept.left, kept.at) if kept.left is not None and kept.at else None
    after = spend(talk, before, now)
    kept.left, kept.at = after.left, after.at


def mute(session: Session, lot_id: UUID, seat: int | None, reason: str, *, by: Moderator) -> None:
    """Let one seat of the lot, or without a seat everybody but host and supervisor, be silent."""
    row = row_of(session, lot_id, lock=True)
    told = _scope(lot_id, seat) | {"by": by.name, "by_role": by.role.value, "reason": reason}
    if seat is None:
        changed, row.muted = row.muted is None, reason
    else:
        kept = _speaker(session, row.id, seat_speaker(lot_id, seat))
        changed, kept.muted = kept.muted is None, reason
    if changed:
        live.append(session, row.live_id, "chat_muted", told)


def lift(session: Session, lot_id: UUID, seat: int | None, *, by: Moderator) -> None:
    """Let them speak again; repeatable."""
    row = row_of(session, lot_id, lock=True)
    if seat is None:
        changed, row.muted = row.muted is not None, None
    else:
        kept = _speaker(session, row.id, seat_speaker(lot_id, seat))
        changed, kept.muted = kept.muted is not None, None
    if changed:
        told = _scope(lot_id, seat) | {"by": by.name, "by_role": by.role.value}
        live.append(session, row.live_id, "chat_unmuted", told)


def _scope(lot_id: UUID, seat: int | None) -> dict[str, Any]:
    if seat is None:
        return {"scope": "all", "lot": None, "seat": None}
    return {"scope": "seat", "lot": str(lot_id), "seat": seat}


def remove(
    session: Session, lot_id: UUID, no: int, reason: str, *, by: Moderator, now: datetime
) -> None:
    """Take a line from view; it stays in the transcript, marked. Raises Refused SIT-1105."""
    row = row_of(session, lot_id, lock=True)
    line = session.get(ChatLineRow, (row.id, no))
    if line is None:
        raise Refused("SIT-1105", no=no)
    if line.removed is not None:
        return
    line.removed = {"by": by.name, "by_role": by.role.value, "reason": reason}
    line.removed_at = now
    live.append(session, row.live_id, "chat_removed", {"no": no, **line.removed})


def _speaker(session: Session, sitting_id: UUID, speaker: str) -> ChatSpeakerRow:
    found = session.get(ChatSpeakerRow, (sitting_id, speaker))
    if found is None:
        found = ChatSpeakerRow(sitting_id=sitting_id, speaker=speaker)
        session.add(found)
    return found
