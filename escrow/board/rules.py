"""Lines of charts from figures: days and moments to places on the picture. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

WIDTH: Final = 640
HEIGHT: Final = 150
LEFT: Final = 8
TOP: Final = 12
DAYS: Final = 30
"""How many days the chart of balances shows."""


@dataclass(frozen=True, slots=True)
class Series:
    """One line: its name, the path, where it ends, and the last figure in fen."""

    name: str
    path: str
    end: tuple[int, int]
    last_fen: int


@dataclass(frozen=True, slots=True)
class Chart:
    """Lines over one scale of `top_fen`; `sealed_x` is where sealed days begin."""

    series: tuple[Series, ...]
    top_fen: int
    ticks: tuple[tuple[int, str], ...]
    sealed_x: int | None = None


@dataclass(frozen=True, slots=True)
class Credit:
    """A credit of a listed lot, as a chart needs it."""

    booked_at: datetime
    amount_fen: int


def balances(
    figures: Mapping[str, Sequence[int]], days: Sequence[date], *, shown: int
) -> Chart | None:
    """End-of-day balances by bank over `days`, of which the first `shown` may be shown."""
    top = max((max(line[:shown], default=0) for line in figures.values()), default=0)
    if shown < 1 or len(days) < 2 or top <= 0:
        return None
    xs = [_place(n, len(days) - 1) for n in range(len(days))]
    series = tuple(
        _series(name, [(xs[n], line[n]) for n in range(shown)], top)
        for name, line in figures.items()
    )
    ticks = tuple((xs[n], f"{days[n]:%m-%d}") for n in {0, len(days) // 2, len(days) - 1})
    return Chart(series, top, tuple(sorted(ticks)), None if shown == len(days) else xs[shown - 1])


def arrivals(credits: Sequence[Credit], *, deadline: datetime, name: str) -> Chart | None:
    """What had arrived by when, up to the deadline and a little after it, step by step."""
    if not credits:
        return None
    ordered = sorted(credits, key=lambda one: one.booked_at)
    begin = ordered[0].booked_at
    end = max(deadline, ordered[-1].booked_at)
    span = max((end - begin).total_seconds(), 1.0)
    total = sum(one.amount_fen for one in ordered)
    points: list[tuple[int, int]] = [(LEFT, 0)]
    held = 0
    for one in ordered:
        x = _place((one.booked_at - begin).total_seconds(), span)
        points.append((x, held))
        held += one.amount_fen
        points.append((x, held))
    points.append((_place(1, 1), held))
    at = _place((deadline - begin).total_seconds(), span)
    return Chart((_series(name, points, total),), total, ((LEFT, ""), (at, "")), at)


def _place(value: float, whole: float) -> int:
    return LEFT + round(max(value, 0) / whole * (WIDTH - LEFT))


def _series(name: str, points: Sequence[tuple[int, int]], top: int) -> Series:
    placed = [(x, TOP + round((1 - fen / top) * (HEIGHT - TOP))) for x, fen in points]
    path = "M" + "L".join(f"{x} {y}" for x, y in placed)
    return Series(name, path, placed[-1], points[-1][1])
