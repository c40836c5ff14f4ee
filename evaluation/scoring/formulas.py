"""The arithmetic of an evaluation: exact fractions, rounded half up where it is said. Pure.

评标委员会和评标方法暂行规定 35; domain-rules 5. Nothing here is ever a float.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

TEN_THOUSAND_YUAN: Final = 1_000_000
"""In fen."""


def half_up(value: Fraction, places: int) -> Decimal:
    """A fraction of 0 or more rounded half up to `places` decimals, exactly."""
    scaled = value * 10**places
    whole = (2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator)
    return Decimal(whole).scaleb(-places)


def told(value: Fraction) -> str:
    """A fraction as "numerator/denominator", for records."""
    return f"{value.numerator}/{value.denominator}"


@dataclass(frozen=True, slots=True)
class Consensus:
    """What the members' totals come to. Seats in `dropped` did not count; `total` is their sum."""

    counted: tuple[int, ...]
    dropped: tuple[int, ...]
    total: Decimal
    exact: Fraction
    rounded: Decimal


def consensus(totals: Sequence[tuple[int, Decimal]], *, trim: bool, places: int) -> Consensus:
    """Mean of (seat, total) pairs; `trim` leaves out one highest and one lowest of five or more.

    Among equal totals the lowest seat is dropped, which changes no number.
    """
    order = sorted(totals, key=lambda pair: (pair[1], pair[0]))
    dropped: set[int] = set()
    if trim and len(order) >= 5:
        most = max(total for _, total in order)
        dropped = {order[0][0]}
        dropped.add(next(s for s, total in order if total == most and s not in dropped))
    counted = [(seat, total) for seat, total in order if seat not in dropped]
    whole = sum((total for _, total in counted), Decimal(0))
    exact = Fraction(whole) / max(len(counted), 1)
    return Consensus(
        tuple(sorted(seat for seat, _ in counted)),
        tuple(sorted(dropped)),
        whole,
        exact,
        half_up(exact, places),
    )


def price_points(*, base_fen: int, price_fen: int, weight: Decimal) -> Fraction:
    """Low price first: lowest responsive price / price × weight."""
    return Fraction(base_fen, price_fen) * Fraction(weight)


def points_for_money(points: Decimal, *, price_fen: int) -> Fraction:
    """性价比 V = B / N: points for every 10,000 yuan of the price."""
    return Fraction(points) * TEN_THOUSAND_YUAN / price_fen


def abnormal(totals: Sequence[tuple[int, Decimal]], *, percent: int) -> dict[int, Fraction]:
    """Seats whose total is more than `percent` % off the mean of all; how far, as share of it."""
    mean = Fraction(sum((total for _, total in totals), Decimal(0))) / max(len(totals), 1)
    if mean == 0:
        return {}
    away = {seat: abs(Fraction(total) - mean) / mean for seat, total in totals}
    return {seat: far for seat, far in sorted(away.items()) if far * 100 > percent}
