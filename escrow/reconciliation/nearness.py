"""Lines that lie near each other in time, found by bisection: no pair is ever enumerated. Pure."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final, Protocol, TypeVar

WIDEST: Final = 8


class Dated(Protocol):
    """Something with a name and a day."""

    @property
    def id(self) -> str:
        """Its name within its side."""

    @property
    def day(self) -> date:
        """Its day."""


D = TypeVar("D", bound=Dated)


def isolated(lines: Sequence[D], bookings: Sequence[D], *, within: int) -> dict[str, D]:
    """For each line that has one booking within so many days, which has only that line: that one.

    Both sequences are sorted by day.
    """
    found: dict[str, D] = {}
    line_days, booking_days = [one.day for one in lines], [one.day for one in bookings]
    for line in lines:
        low, high = _window(booking_days, line.day, within)
        if high - low != 1:
            continue
        back = _window(line_days, bookings[low].day, within)
        if back[1] - back[0] == 1:
            found[line.id] = bookings[low]
    return found


def nearest(
    lines: Sequence[D], bookings: Sequence[D], *, within: int, most: int
) -> list[tuple[D, ...]]:
    """For each line a few bookings within so many days, the nearest first.

    `bookings` is sorted by day.
    """
    days = [one.day for one in bookings]
    return [_near(line, bookings, days, within=within)[:most] for line in lines]


def _near(line: D, bookings: Sequence[D], days: Sequence[date], *, within: int) -> tuple[D, ...]:
    low, high = _window(days, line.day, within)
    here = bisect_left(days, line.day)
    few = bookings[max(low, here - WIDEST) : min(high, here + WIDEST)]
    return tuple(sorted(few, key=lambda one: (abs((one.day - line.day).days), one.day, one.id)))


def _window(days: Sequence[date], day: date, within: int) -> tuple[int, int]:
    span = timedelta(days=within)
    return bisect_left(days, day - span), bisect_right(days, day + span)
