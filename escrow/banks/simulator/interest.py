"""The bank's own reckoning of interest: its own table, day by day, with fractions.

Written apart from the platform's on purpose, so that an order whose interest differs is refused.
"""

from datetime import date, timedelta
from fractions import Fraction
from math import floor

TABLE = (
    (date(2012, 7, 6), Fraction("0.35")),
    (date(2022, 9, 15), Fraction("0.25")),
    (date(2023, 6, 8), Fraction("0.20")),
    (date(2024, 7, 25), Fraction("0.15")),
    (date(2024, 10, 18), Fraction("0.10")),
    (date(2025, 5, 20), Fraction("0.05")),
)


def earned(amount_fen: int, *, start: date, end: date) -> int:
    """Fen earned by a sum that came on `start` and leaves on `end`."""
    total = segment = Fraction(0)
    before = None
    day = start
    while day < end:
        rate = _rate(day)
        if before is not None and rate != before:
            total += _rounded(segment, 1000)
            segment = Fraction(0)
        segment += amount_fen // 100 * rate / 100 / 360
        before, day = rate, day + timedelta(days=1)
    return int(_rounded(total + _rounded(segment, 1000), 100) * 100)


def _rate(day: date) -> Fraction:
    return next((rate for since, rate in reversed(TABLE) if since <= day), Fraction(0))


def _rounded(value: Fraction, parts: int) -> Fraction:
    """Half up to one of so many parts of a yuan."""
    return Fraction(floor(value * parts + Fraction(1, 2)), parts)
