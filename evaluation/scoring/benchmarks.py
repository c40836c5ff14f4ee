"""The benchmark of a price score, and the points against it: exact, every intermediate kept. Pure.

综合评估法 (评标委员会和评标方法暂行规定 35; domain-rules 5). Prices are fen; exact values are
fractions of fen; only the benchmark itself is rounded, half up to the fen, as it is published.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType
from typing import Any

from evaluation.plans.pricing import (
    Base,
    Cut,
    Factor,
    Few,
    Mean,
    Narrowed,
    Pricing,
    Synthesis,
    Weighted,
    factors,
    kind_of,
    left_out,
)
from evaluation.scoring.formulas import half_up, told
from kernel.pure import parameters
from kernel.pure.errors import Refused
from kernel.pure.parameters import BidRange, Parameter, plain


@dataclass(frozen=True, slots=True)
class Given:
    """What the formula is fed with, apart from prices: the ceiling and what the hall drew.

    `drawn` are values by the draws' names: decimal text, or the commitment of a drawn bid.
    """

    ceiling_fen: int | None
    drawn: Mapping[str, str | None]
    draws: Sequence[Parameter]


@dataclass(frozen=True, slots=True)
class Benchmark:
    """A benchmark and how it came about.

    `prices` are all that were looked at by the bids' commitments, `counted` those in the mean (all
    where the formula has none), `parts` the formula's letters (A, B, C, M in fractions of fen),
    `used` its factors.
    """

    kind: str
    prices: Mapping[bytes, int]
    counted: frozenset[bytes]
    parts: Mapping[str, Fraction]
    used: Mapping[str, Decimal]
    exact: Fraction

    @property
    def fen(self) -> int:
        """The benchmark as it is published: half up to the fen."""
        return int(half_up(self.exact, 0))

    def to_json(self, number: Callable[[bytes], int]) -> dict[str, Any]:
        """All of it for the record; `number` names a bid."""
        order = sorted(self.prices, key=lambda each: (self.prices[each], each))
        return {
            "kind": self.kind,
            "prices": [
                {"number": number(each), "fen": self.prices[each], "counts": each in self.counted}
                for each in order
            ],
            "parts": {name: told(value) for name, value in sorted(self.parts.items())},
            "factors": {name: plain(value) for name, value in sorted(self.used.items())},
            "exact": told(self.exact),
            "fen": self.fen,
        }


@dataclass(frozen=True, slots=True)
class Points:
    """How far a price lies off the benchmark (a share, above is more than 0), and its points."""

    deviation: Fraction
    exact: Fraction


def benchmark(pricing: Pricing, prices: Mapping[bytes, int], given: Given) -> Benchmark:
    """The benchmark of these prices (fen above 0, by commitment; at least one).

    Raises:
        Refused: EVA-1305 nothing was drawn, or no ceiling is set, where the formula needs it; or
            the benchmark comes to nothing.
    """
    used = {name: _value(factor, given) for name, factor in factors(pricing.base).items()}
    made = _MADE[type(pricing.base)](pricing.base, prices, given, used)
    if made.fen == 0:
        # Of prices of a few fen; nothing can be compared with it.
        raise Refused("EVA-1305", name="评标基准价")
    return made


def points(pricing: Pricing, *, base_fen: int, price_fen: int, weight: Decimal) -> Points:
    """Points of a price: `weight` at the benchmark, less for every percent above or below it."""
    off = Fraction(price_fen - base_fen, base_fen)
    rate = pricing.above if off > 0 else pricing.below
    score = Fraction(weight) - abs(off) * 100 * Fraction(rate)
    return Points(off, max(score, Fraction(pricing.least)))


def _mean_base(
    base: Mean, prices: Mapping[bytes, int], given: Given, used: Mapping[str, Decimal]
) -> Benchmark:
    a, counted = _mean(base.cuts, base.few, prices)
    return Benchmark(kind_of(base), prices, counted, {"A": a}, used, a * Fraction(used["k"]))


def _weighted(
    base: Weighted, prices: Mapping[bytes, int], given: Given, used: Mapping[str, Decimal]
) -> Benchmark:
    a, counted = _mean(base.cuts, base.few, prices)
    b = Fraction(_ceiling(given))
    k1, k2, q1 = (Fraction(used[name]) for name in ("k1", "k2", "q1"))
    exact = a * k1 * q1 + b * k2 * (1 - q1)
    return Benchmark(kind_of(base), prices, counted, {"A": a, "B": b}, used, exact)


def _synthesis(
    base: Synthesis, prices: Mapping[bytes, int], given: Given, used: Mapping[str, Decimal]
) -> Benchmark:
    ceiling, among = _ceiling(given), _range(base.bid, given)
    chosen = bytes.fromhex(given.drawn.get(base.bid) or "")
    if chosen not in prices:
        raise Refused("EVA-1305", name=base.bid)
    delta = _value(among.delta, given)
    parts = {
        "A": ceiling * (1 - Fraction(delta)),
        "B": Fraction(prices[chosen]),
        "C": _lowest_within(among, prices, ceiling),
    }
    sum_ = (
        parts["A"] * Fraction(base.a)
        + parts["B"] * Fraction(base.b)
        + parts["C"] * Fraction(base.c)
    )
    exact = sum_ * Fraction(used["k"])
    return Benchmark(
        kind_of(base), prices, frozenset(prices), parts, {**used, "delta": delta}, exact
    )


def _narrowed(
    base: Narrowed, prices: Mapping[bytes, int], given: Given, used: Mapping[str, Decimal]
) -> Benchmark:
    """Rounds of leaving out, until all are near; a round that would leave nobody does not count."""
    left = dict(prices)
    while True:
        mean = _average(left.values())
        near = {c: p for c, p in left.items() if abs(p - mean) <= mean * Fraction(base.away)}
        if len(near) in (0, len(left)):
            break
        left = near
    exact = mean * Fraction(used["k"])
    return Benchmark(kind_of(base), prices, frozenset(left), {"M": mean}, used, exact)


_MADE: Mapping[type[Base], Callable[..., Benchmark]] = MappingProxyType(
    {Mean: _mean_base, Weighted: _weighted, Synthesis: _synthesis, Narrowed: _narrowed}
)


def _mean(
    cuts: Sequence[Cut], few: Few, prices: Mapping[bytes, int]
) -> tuple[Fraction, frozenset[bytes]]:
    """The mean and what is in it; of equal prices the lower commitment counts as the lower."""
    order = sorted(prices, key=lambda each: (prices[each], each))
    cut = next((each for each in reversed(cuts) if each.bids <= len(order)), None)
    if cut is None and cuts and few is Few.SECOND_LOWEST:
        chosen = order[:2][-1:]
    else:
        high, low = _ends(cut, len(order))
        chosen = order[low : len(order) - high]
    return _average([prices[each] for each in chosen]), frozenset(chosen)


def _ends(cut: Cut | None, n: int) -> tuple[int, int]:
    """How many highest and lowest of `n` are left out."""
    if cut is None:
        return 0, 0
    each = left_out(cut.share, n)
    return (each, each) if cut.share else (cut.high, cut.low)


def _average(prices: Collection[int]) -> Fraction:
    return Fraction(sum(prices), len(prices))


def _lowest_within(among: BidRange, prices: Mapping[bytes, int], ceiling: int) -> Fraction:
    """C: the lowest price not under the range's floor; the lowest of all when none is."""
    least = parameters.floor(among, _average(prices.values()), ceiling)
    within = [price for price in prices.values() if price >= least]
    return Fraction(min(within or prices.values()))


def _ceiling(given: Given) -> int:
    if given.ceiling_fen is None:
        raise Refused("EVA-1305", name="最高投标限价")
    return given.ceiling_fen


def _range(bid: str, given: Given) -> BidRange:
    among = next((each.among for each in given.draws if each.name == bid), None)
    if among is None:
        raise Refused("EVA-1305", name=bid)
    return among


def _value(factor: Factor, given: Given) -> Decimal:
    """A constant, or what was drawn. Refuses EVA-1305 when nothing was."""
    if isinstance(factor, Decimal):
        return factor
    drawn = given.drawn.get(factor)
    if drawn is None:
        raise Refused("EVA-1305", name=factor)
    return Decimal(drawn)
