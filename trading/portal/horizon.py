"""Today's openings on one arc from 08:00 to 18:00: over, running or still sealed."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from kernel.format import local
from trading.tenders.life import shown_stage
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_DEADLINE, LotStage

LEFT, RIGHT, GROUND, RISE = 24.0, 576.0, 168.0, 132.0
FIRST, LAST = 8.0, 18.0
STACK = 15.0
TICKS = (8, 11, 13, 15, 18)
STEPS = 200


@dataclass(frozen=True, slots=True)
class Mark:
    """One opening: place on the arc, and whether it is over, running or still sealed."""

    x: float
    y: float
    kind: str


@dataclass(frozen=True, slots=True)
class Horizon:
    """The drawing's numbers, in a 600 by 196 box."""

    arc: str
    past: str
    now_x: float | None
    now_y: float
    now_label: str
    ticks: tuple[tuple[float, str], ...]
    marks: tuple[Mark, ...]
    over: int
    running: int
    sealed: int


def draw(lots: Sequence[Lot], now: datetime) -> Horizon:
    """The arc for today's lots; times outside the day stand at its ends."""
    here = _x(now)
    in_day = FIRST <= _hour(now) <= LAST
    marks: list[Mark] = []
    taken: dict[float, int] = {}
    for lot in lots:
        x = round(_x(lot.deadline), 1)
        level = taken.get(x, 0)
        taken[x] = level + 1
        marks.append(Mark(x, round(_y(x) - STACK * level, 1), _kind(lot, now)))
    kinds = [mark.kind for mark in marks]
    return Horizon(
        arc=_path(LEFT, RIGHT),
        past=_path(LEFT, here) if here > LEFT else "",
        now_x=round(here, 1) if in_day else None,
        now_y=round(_y(here), 1),
        now_label=f"{local(now):%H:%M}",
        ticks=tuple(
            (round(_at(hour), 1), f"{hour:02d}:00")
            for hour in TICKS
            # A tick gives way to the present time, so that the two never overlap.
            if not in_day or abs(_at(hour) - here) > 34
        ),
        marks=tuple(marks),
        over=kinds.count("over"),
        running=kinds.count("running"),
        sealed=kinds.count("sealed"),
    )


def _kind(lot: Lot, now: datetime) -> str:
    stage = shown_stage(lot, now)
    if stage in BEFORE_DEADLINE:
        return "sealed"
    return "running" if stage in (LotStage.SUBMISSION_CLOSED, LotStage.OPENING) else "over"


def _hour(at: datetime) -> float:
    when = local(at)
    return when.hour + when.minute / 60


def _at(hour: float) -> float:
    share = (min(max(hour, FIRST), LAST) - FIRST) / (LAST - FIRST)
    return LEFT + share * (RIGHT - LEFT)


def _x(at: datetime) -> float:
    return _at(_hour(at))


def _y(x: float) -> float:
    return GROUND - RISE * math.sin(math.pi * (x - LEFT) / (RIGHT - LEFT))


def _path(start: float, end: float) -> str:
    count = max(2, round(STEPS * (end - start) / (RIGHT - LEFT)))
    points = (start + (end - start) * step / count for step in range(count + 1))
    return "M" + " ".join(f"{x:.1f} {_y(x):.1f}" for x in points)
