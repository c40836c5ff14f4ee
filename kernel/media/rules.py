"""A recording as a chain of parts: what is admitted, what it adds up to, where it has gaps. Pure.

Each link hashes the one before, so one hash fixes every part, its order and its place in time.
docs/media.md describes the same for another reader.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from typing import Final

from kernel.pure import jcs
from kernel.pure.errors import Refused

FORMAT: Final = "sunbid recording/1"
PART_TAG: Final = b"sunbid recording/1 part\x00"
MOST_BYTES: Final = 2 << 20
"""Of one part; one to five seconds of picture are well below."""
LONGEST_MS: Final = 60_000
"""Of one part: whoever's machine slept says so by a gap, not by one long part."""
LEEWAY_MS: Final = 15_000
"""How far a recorder's clock may run ahead of ours before its times are refused."""
SEAM_MS: Final = 1_000
"""A pause between two parts that nobody notices; a longer one is a gap."""


class Kind(StrEnum):
    """What is shown."""

    CAMERA = "camera"
    SCREEN = "screen"


class State(StrEnum):
    """A recording runs, was ended by its maker or the house, or broke off without an end."""

    RUNNING = "running"
    ENDED = "ended"
    BROKEN_OFF = "broken_off"


@dataclass(frozen=True, slots=True)
class Head:
    """What a chain begins with: whose picture of what, and when it began (legal time)."""

    id: str
    about: str
    kind: Kind
    mime: str
    role: str
    name: str
    organisation: str
    began_at: datetime

    def as_json(self) -> dict[str, str]:
        """The form that is hashed and published."""
        return {
            "format": FORMAT,
            "id": self.id,
            "about": self.about,
            "kind": self.kind.value,
            "mime": self.mime,
            "role": self.role,
            "name": self.name,
            "organisation": self.organisation,
            "began_at": self.began_at.isoformat(),
        }

    def root(self) -> bytes:
        """The link before the first part."""
        return sha256(jcs.canonical(self.as_json())).digest()


@dataclass(frozen=True, slots=True)
class Part:
    """One piece: its number from 0, its place on the recorder's own clock, its bytes' hash."""

    no: int
    from_ms: int
    until_ms: int
    size: int
    sha256: bytes

    def link(self, previous: bytes) -> bytes:
        """The chain's link after this part."""
        numbers = (self.no, self.from_ms, self.until_ms, self.size)
        told = b"".join(number.to_bytes(8, "big") for number in numbers)
        return sha256(PART_TAG + previous + told + self.sha256).digest()


@dataclass(frozen=True, slots=True)
class Recording:
    """How far a recording has come; `tip` is the newest link, `elapsed_ms` runs on our clock."""

    state: State
    parts: int
    held: int
    until_ms: int
    tip: bytes
    elapsed_ms: int


def admit(recording: Recording, part: Part, link: bytes, *, most: int) -> bytes:
    """The new tip once `part` is taken; `most` bounds the bytes of the whole recording.

    Raises Refused: MED-1202 the recording is over; MED-1203 not the next part; MED-1204 too large;
    MED-1205 times that cannot be; MED-1206 the bytes are not those of the link; MED-1207 full.
    """
    if recording.state is not State.RUNNING:
        raise Refused("MED-1202")
    if part.no != recording.parts:
        raise Refused("MED-1203", next=recording.parts)
    check_size(part.size)
    _check_times(recording, part)
    if part.link(recording.tip) != link:
        raise Refused("MED-1206")
    if recording.held + part.size > most:
        raise Refused("MED-1207", limit=most >> 20)
    return link


def check_size(size: int) -> None:
    """Raises Refused MED-1204 for an empty part and one over the bound."""
    if not 0 < size <= MOST_BYTES:
        raise Refused("MED-1204", limit=MOST_BYTES >> 20)


def _check_times(recording: Recording, part: Part) -> None:
    follows = recording.until_ms <= part.from_ms < part.until_ms
    short = part.until_ms - part.from_ms <= LONGEST_MS
    past = part.until_ms <= recording.elapsed_ms + LEEWAY_MS
    if not (follows and short and past):
        raise Refused("MED-1205")


def replay(head: Head, parts: Iterable[Part]) -> bytes:
    """The tip that these parts, in this order, lead to."""
    tip = head.root()
    for part in parts:
        tip = part.link(tip)
    return tip


# --- where nothing was recorded ----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Span:
    """One recording on the legal clock; `inner` holds the (from, until) of its own gaps."""

    began: datetime
    ended: datetime
    state: State
    inner: tuple[tuple[datetime, datetime], ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A time without picture between two that have one, and why."""

    since: datetime
    until: datetime
    cause: str


def inner_gaps(parts: Sequence[Part], began: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """Where the recorder itself stood still for longer than a seam."""
    found = []
    for before, after in pairwise(parts):
        if after.from_ms - before.until_ms > SEAM_MS:
            since, until = (timedelta(milliseconds=m) for m in (before.until_ms, after.from_ms))
            found.append((began + since, began + until))
    return tuple(found)


def gaps(spans: Sequence[Span]) -> tuple[Gap, ...]:
    """Every gap between the first picture and the last: `stalled`, `stopped` or `broken_off`."""
    ordered = sorted(spans, key=lambda span: span.began)
    found = [Gap(since, until, "stalled") for span in ordered for since, until in span.inner]
    for before, after in pairwise(ordered):
        if after.began - before.ended > timedelta(milliseconds=SEAM_MS):
            cause = "broken_off" if before.state is State.BROKEN_OFF else "stopped"
            found.append(Gap(before.ended, after.began, cause))
    return tuple(sorted(found, key=lambda gap: gap.since))
