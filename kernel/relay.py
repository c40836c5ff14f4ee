"""The listening end of live sessions: what NOTIFY carries, and what a web process has pushed.

A notice brings its event along, so nothing is read again; what is too long for one, or was missed,
is read from the stream.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.live import LiveSession, Told, events_after, frame_of

PAGE = 1000

Frame = dict[str, Any]
Reading = Callable[[], AbstractContextManager[Session]]
Emit = Callable[[UUID, Sequence[Frame]], None]
"""Pushes a stream's new frames, in order."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What NOTIFY carries: which stream grew, to which number, by which event unless it is long."""

    session_id: UUID
    seq: int
    frame: Frame | None = None


def parse_notice(text: str) -> Notice:
    """Read what `live.append` told: `[id, seq]` or `[id, seq, kind, payload, at]`."""
    live_id, seq, *event = json.loads(text)
    if not event:
        return Notice(UUID(live_id), seq)
    kind, payload, at = event
    moment = datetime.fromisoformat(at).astimezone(UTC)
    return Notice(UUID(live_id), seq, frame_of(seq, kind, payload, moment))


class Hearing:
    """Puts together what was told in several notices; those of one commit come in a row."""

    def __init__(self) -> None:
        self._key = ""
        self._pieces: list[str] = []

    def take(self, notice: str) -> Told | None:
        """The whole once its last piece is here; a piece without its first ones is dropped."""
        key, index, total, piece = notice.split(":", 3)
        if index == "0":
            self._key, self._pieces = key, []
        if key != self._key or int(index) != len(self._pieces):
            return None
        self._pieces.append(piece)
        if len(self._pieces) < int(total):
            return None
        told = json.loads("".join(self._pieces))
        return Told(UUID(told["live"]), told["name"], told["payload"], told["group"])


class Relay:
    """What one web process has already pushed of each stream; goes on from there.

    `hear` and `catch_up` belong to one greenlet: so events leave in the order of their numbers.
    """

    def __init__(self, reading: Reading, emit: Emit) -> None:
        self._reading = reading
        self._emit = emit
        # None: its end is being asked for.
        self._pushed: dict[UUID, int | None] = {}

    def follow(self, session: Session, live_id: UUID) -> None:
        """Begin pushing a stream from its present end, unless already followed.

        `session` has not read yet: what is heard before its answer is here is pushed as well.
        """
        if live_id in self._pushed:
            return
        self._pushed[live_id] = None
        last = session.scalar(select(LiveSession.last_seq).where(LiveSession.id == live_id))
        self._move(live_id, None, last or 0)

    def forget(self, live_id: UUID) -> None:
        """Nobody here follows the stream any more."""
        self._pushed.pop(live_id, None)

    def hear(self, notices: Iterable[Notice]) -> None:
        """Push what was told, each stream in its order, and what was missed before it."""
        grown: dict[UUID, list[Notice]] = {}
        for notice in notices:
            grown.setdefault(notice.session_id, []).append(notice)
        for live_id, told in grown.items():
            # Whoever asks for the end sees at least what was committed before the first of these.
            self._move(live_id, None, told[0].seq - 1)
            pushed = self._pushed.get(live_id)
            if pushed is None:
                continue
            wanted = range(pushed + 1, told[-1].seq + 1)
            frames = {notice.seq: notice.frame for notice in told}
            if all(frames.get(seq) for seq in wanted):
                self._push(live_id, pushed, [frame for seq in wanted if (frame := frames[seq])])
            else:
                self._read_on(live_id)

    def catch_up(self) -> None:
        """Push all that followed streams have gained, heard of or not."""
        pushed = {live_id: seq for live_id, seq in self._pushed.items() if seq is not None}
        if not pushed:
            return
        with self._reading() as session:
            rows = session.execute(
                select(LiveSession.id, LiveSession.last_seq).where(LiveSession.id.in_(pushed))
            )
            grown = [live_id for live_id, last in rows if last > pushed[live_id]]
        for live_id in grown:
            self._read_on(live_id)

    def _read_on(self, live_id: UUID) -> None:
        while (pushed := self._pushed.get(live_id)) is not None:
            with self._reading() as session:
                events = events_after(session, live_id, pushed, most=PAGE)
            self._push(live_id, pushed, [event.frame() for event in events])
            if len(events) < PAGE:
                return

    def _push(self, live_id: UUID, pushed: int, frames: Sequence[Frame]) -> None:
        if frames:
            self._emit(live_id, frames)
            self._move(live_id, pushed, frames[-1]["seq"])

    def _move(self, live_id: UUID, before: int | None, seq: int) -> None:
        """Unless the stream was left, and perhaps begun anew, meanwhile."""
        if self._pushed.get(live_id, -1) == before:
            self._pushed[live_id] = seq
