"""Where the demonstration's time may step to: just before the next thing that happens."""

from dataclasses import dataclass
from datetime import datetime, timedelta

BEGIN_BEFORE = timedelta(minutes=10)
# Where the seeded history ends, ahead of the main lot's deadline.
EVE = timedelta(hours=1)
# Long enough for the stand-ins, who act in the last quarter of each window.
LINGER = timedelta(seconds=60)
LEAST = timedelta(seconds=20)


@dataclass(frozen=True, slots=True)
class Due:
    """Something that will happen to a lot at a time; a step ends `linger` before it."""

    lot: str
    name: str
    at: datetime
    linger: timedelta = LINGER


@dataclass(frozen=True, slots=True)
class Step:
    """A move of the clock: what it leads to, and which other lots pass something on the way."""

    to: datetime
    lot: str
    name: str
    others: tuple[str, ...]


def begin(deadline: datetime, now: datetime) -> timedelta | None:
    """How far to move so that the deadline is ten minutes off; None once it is nearer, and while
    the history is still being played."""
    ahead = deadline - BEGIN_BEFORE - now
    return ahead if timedelta(0) < ahead < EVE else None


def is_playing(deadline: datetime, now: datetime) -> bool:
    """Whether the seeded history has not come to its end."""
    return deadline - EVE > now


def next_step(main: tuple[Due, ...], others: tuple[Due, ...], now: datetime) -> Step | None:
    """The step to just before the main lot's next event, None when it is that near already."""
    for due in sorted(main, key=lambda one: one.at):
        to = due.at - due.linger
        if to - now >= LEAST:
            passed = {other.lot for other in others if now < other.at <= to}
            return Step(to, due.lot, due.name, tuple(sorted(passed)))
    return None


def shifted_words(offset: timedelta) -> str:
    """The offset as a person says it; empty when there is none worth saying."""
    seconds = int(offset.total_seconds())
    if seconds < 60:
        return ""
    days, rest = divmod(seconds, 86400)
    hours, minutes = rest // 3600, rest % 3600 // 60
    parts = [(days, "天"), (hours, "小时"), (minutes, "分")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)
