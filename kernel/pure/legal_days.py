"""Legal days on Asia/Shanghai calendar dates: 自然日 and 工作日, holidays passed in as a value.

民法典 200–203 条：开始的当日不计入；最后一日是法定休假日的，以休假日结束的次日为最后一日。
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from kernel.pure.errors import Refused

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = timedelta(days=1)
_SATURDAY: Final = 5


@dataclass(frozen=True, slots=True)
class Holidays:
    """The State Council's published arrangement of whole years.

    `off` are the days off of each holiday, `working` the 调休 make-up days at weekends, `years` the
    years published so far; any other year is unknown, never ordinary.
    """

    years: frozenset[int]
    off: frozenset[date]
    working: frozenset[date]

    def is_statutory(self, day: date) -> bool:
        """Whether the day belongs to a statutory holiday. Refuses DAY-0001 for unknown years."""
        self._require(day)
        return day in self.off

    def is_working(self, day: date) -> bool:
        """A weekday that is not off, or a make-up day. Refuses DAY-0001 for unknown years."""
        self._require(day)
        return day in self.working or (day.weekday() < _SATURDAY and day not in self.off)

    def with_year(self, year: int, off: Iterable[date], working: Iterable[date]) -> Holidays:
        """The same with one year's arrangement put in the place of what was known of it."""
        return Holidays(
            years=self.years | {year},
            off=frozenset(day for day in self.off if day.year != year) | frozenset(off),
            working=frozenset(day for day in self.working if day.year != year) | frozenset(working),
        )

    def _require(self, day: date) -> None:
        if day.year not in self.years:
            raise Refused("DAY-0001", year=day.year)


def local_date(moment: datetime) -> date:
    """The Asia/Shanghai calendar date of an aware moment. Raises ValueError for a naive one."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs its time zone")
    return moment.astimezone(SHANGHAI).date()


def is_working(day: date, holidays: Holidays) -> bool:
    """Whether the day is a 工作日. Refuses DAY-0001."""
    return holidays.is_working(day)


def add_natural(start: date, days: int, holidays: Holidays) -> date:
    """Last day of a period of natural days after `start`.

    The start day does not count; a period ending on a day of rest (holiday or weekend that is no
    make-up day) ends on the next working day. Refuses DAY-0001.
    """
    end = start + timedelta(days=_count(days))
    while not holidays.is_working(end):
        end += DAY
    return end


def add_working(start: date, days: int, holidays: Holidays) -> date:
    """Last day of a period of working days after `start`, the start day not counted.

    Refuses DAY-0001 as soon as the period enters an unpublished year.
    """
    end = start
    left = _count(days)
    while left:
        end += DAY
        left -= holidays.is_working(end)
    return end


def natural_before(end: date, days: int) -> date:
    """The last day on which something may happen `days` whole days before `end`.

    Counted backwards from `end`, which does not count; it does not roll, since moving it later
    would shorten the period the law protects.
    """
    return end - timedelta(days=_count(days))


def working_between(start: date, end: date, holidays: Holidays) -> int:
    """Working days after `start` up to and with `end`; 0 when end is not later."""
    return sum(
        holidays.is_working(start + timedelta(days=step))
        for step in range(1, max((end - start).days, 0) + 1)
    )


def _count(days: int) -> int:
    if days < 0:
        raise ValueError("a period has no negative length")
    return days
