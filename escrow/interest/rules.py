"""Interest on a deposit (条例57: 银行同期存款利息). Pure, exact: integers and decimal rates only.

First day in, last day out; base in whole yuan; a segment ends where the rate changes or interest is
capitalised and is rounded half up to 0.001 yuan; each capital and the sum half up to fen.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import pairwise
from typing import Final

from kernel.pure.errors import Refused

MILS_PER_YUAN: Final = 1000
MILS_PER_FEN: Final = 10
FEN_PER_YUAN: Final = 100


@dataclass(frozen=True, slots=True)
class Rate:
    """Per cent a year from a day on, and where that is written."""

    since: date
    percent: Decimal
    source: str

    def __post_init__(self) -> None:
        if not 0 <= self.percent < 100:
            raise ValueError("a rate is per cent a year")


@dataclass(frozen=True, slots=True)
class Terms:
    """How one bank reckons: its rates by day, the days of its year, its days of capitalisation.

    `capital_days` are (month, day) pairs; none means that interest is paid with the principal.
    """

    bank: str
    rates: tuple[Rate, ...]
    year_days: int
    capital_days: tuple[tuple[int, int], ...]
    source: str

    def __post_init__(self) -> None:
        days = [rate.since for rate in self.rates]
        if not days or days != sorted(set(days)):
            raise ValueError("rates need distinct days in order")
        if self.year_days not in (360, 365):
            raise ValueError("a year has 360 or 365 days")


@dataclass(frozen=True, slots=True)
class Segment:
    """Days with one rate and one base; `mils` is its interest in thousandths of a yuan."""

    start: date
    end: date
    base_yuan: int
    percent: Decimal
    mils: int

    @property
    def days(self) -> int:
        """First day in, last day out."""
        return (self.end - self.start).days


@dataclass(frozen=True, slots=True)
class Interest:
    """Interest on one sum, with how it came about."""

    principal_fen: int
    start: date
    end: date
    segments: tuple[Segment, ...]
    fen: int


def reckon(principal_fen: int, *, start: date, end: date, terms: Terms) -> Interest:
    """Interest on `principal_fen` that came on `start` and leaves on `end`.

    Refuses ESC-1407 when no rate is known for the first day.
    """
    if end <= start:
        return Interest(principal_fen, start, end, (), 0)
    capital_days = set(_capital_days(start, end, terms))
    cuts = sorted({start, end, *capital_days, *_rate_days(start, end, terms)})
    segments: list[Segment] = []
    credited = open_mils = 0
    for first, last in pairwise(cuts):
        if first in capital_days:
            credited += half_up(open_mils, MILS_PER_FEN)
            open_mils = 0
        base = (principal_fen + credited) // FEN_PER_YUAN
        segment = _segment(base, first, last, terms)
        segments.append(segment)
        open_mils += segment.mils
    return Interest(
        principal_fen, start, end, tuple(segments), credited + half_up(open_mils, MILS_PER_FEN)
    )


def rate_on(terms: Terms, day: date) -> Decimal:
    """Per cent a year in force on `day`. Refuses ESC-1407 before the first known rate."""
    found = None
    for rate in terms.rates:
        if rate.since > day:
            break
        found = rate.percent
    if found is None:
        raise Refused("ESC-1407", bank=terms.bank, day=day.isoformat())
    return found


def half_up(numerator: int, denominator: int) -> int:
    """The nearest integer to the quotient of two numbers, halves upwards; both not negative."""
    return (2 * numerator + denominator) // (2 * denominator)


def _segment(base_yuan: int, first: date, last: date, terms: Terms) -> Segment:
    percent = rate_on(terms, first)
    above, below = percent.as_integer_ratio()
    mils = half_up(
        base_yuan * (last - first).days * above * MILS_PER_YUAN, terms.year_days * 100 * below
    )
    return Segment(first, last, base_yuan, percent, mils)


def _rate_days(start: date, end: date, terms: Terms) -> Iterable[date]:
    return (rate.since for rate in terms.rates if start < rate.since < end)


def _capital_days(start: date, end: date, terms: Terms) -> Iterable[date]:
    for year in range(start.year, end.year + 1):
        for month, day in terms.capital_days:
            found = date(year, month, day)
            if start < found < end:
                yield found
