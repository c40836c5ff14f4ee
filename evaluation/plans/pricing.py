"""How prices become points against a benchmark: the published data of the formula. Pure.

综合评估法: points fall with every percent that a price lies off a benchmark. 条例 49: what the
benchmark is made of stands in the documents; 87号令 55 forbids it to government procurement.
Factors are constants, or parameters that the hall draws (domain-rules 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final

from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.parameters import BID, NAME, SHARE, VALUE, Parameter, plain

POINTS: Final = r"(0|[1-9][0-9]{0,2})(\.[0-9]{1,4})?"
CODE: Final = "EVA-1101"
MOST_CUTS: Final = 6
MOST_BIDS: Final = 500
HALF: Final = Decimal("0.5")

Factor = str | Decimal
"""The name of a set that is drawn in the hall, or a constant."""


class Among(StrEnum):
    """Which prices, none above the ceiling, the benchmark is made of.

    OPENED: fixed once all bids are open, whoever is rejected later; ADMITTED: those compared.
    """

    OPENED = "opened"
    ADMITTED = "admitted"


class Few(StrEnum):
    """What stands for the mean where there are fewer prices than any cut speaks of."""

    MEAN = "mean"
    SECOND_LOWEST = "second_lowest"


@dataclass(frozen=True, slots=True)
class Cut:
    """From `bids` prices on so many are left out before the mean is taken.

    `high` highest and `low` lowest; or, when `share` is not 0, this share of all (half up) at each
    end. Of several cuts the one with the largest `bids` that is reached holds.
    """

    bids: int
    high: int = 0
    low: int = 0
    share: Decimal = Decimal(0)


@dataclass(frozen=True, slots=True)
class Mean:
    """A × K: A the mean of what the cuts leave."""

    cuts: tuple[Cut, ...]
    few: Few
    k: Factor


@dataclass(frozen=True, slots=True)
class Weighted:
    """A × K1 × Q1 + B × K2 × Q2: A as in `Mean`, B the ceiling, Q2 = 1 − Q1."""

    cuts: tuple[Cut, ...]
    few: Few
    k1: Factor
    k2: Factor
    q1: Factor


@dataclass(frozen=True, slots=True)
class Synthesis:
    """(A × `a` + B × `b` + C × `c`) × K: ABC 合成法.

    `bid` names the draw of B, whose range also says what A (ceiling × (1 − Δ)) and C are.
    """

    a: Decimal
    b: Decimal
    c: Decimal
    bid: str
    k: Factor


@dataclass(frozen=True, slots=True)
class Narrowed:
    """M × K: prices farther than `away` (a share) from the mean are left out, and again, until
    none is; M is the mean of the rest."""

    away: Decimal
    k: Factor


Base = Mean | Weighted | Synthesis | Narrowed
KINDS: Final[dict[str, type[Base]]] = {
    "mean": Mean,
    "weighted": Weighted,
    "synthesis": Synthesis,
    "narrowed": Narrowed,
}


@dataclass(frozen=True, slots=True)
class Pricing:
    """Full points at the benchmark; `above` or `below` points less for every percent off it,
    never fewer than `least`."""

    base: Base
    among: Among
    above: Decimal
    below: Decimal
    least: Decimal

    def to_json(self) -> dict[str, Any]:
        """The JSON that `read` reads; decimals as text."""
        return {
            "base": _base_json(self.base),
            "among": self.among.value,
            "above": plain(self.above),
            "below": plain(self.below),
            "least": plain(self.least),
        }

    @property
    def needs_ceiling(self) -> bool:
        """Whether the formula speaks of the ceiling price."""
        return isinstance(self.base, Weighted | Synthesis)


def kind_of(base: Base) -> str:
    """A base's name in JSON."""
    return next(name for name, made in KINDS.items() if made is type(base))


def factors(base: Base) -> dict[str, Factor]:
    """A base's factors by their names in the formula."""
    if isinstance(base, Weighted):
        return {"k1": base.k1, "k2": base.k2, "q1": base.q1}
    return {"k": base.k}


def read(fields: Fields) -> Pricing:
    """The pricing of a plan from its JSON, strictly. Refuses the fields' own code."""
    inner = fields.inner("base")
    base = _read_base(inner)
    inner.done()
    pricing = Pricing(
        base,
        Among(fields.choice("among", *Among)),
        *(Decimal(fields.text(name, pattern=POINTS)) for name in ("above", "below", "least")),
    )
    fields.done()
    return pricing


def faults(pricing: Pricing, weight: Decimal, draws: Sequence[Parameter]) -> Iterator[Refused]:
    """What is senseless about it beside `weight` full points and what is drawn in the hall."""
    base = pricing.base
    named = {each.name: each for each in draws}
    for name, factor in factors(base).items():
        if not _usable(name, factor, named):
            yield Refused("EVA-1113", name=name.upper())
    if isinstance(base, Synthesis) and not _whole(base, pricing.among, named):
        yield Refused("EVA-1114")
    if isinstance(base, Mean | Weighted) and not _rising(base.cuts, base.few):
        yield Refused("EVA-1115")
    if isinstance(base, Narrowed) and not 0 < base.away < 1:
        yield Refused("EVA-1115")
    if not (pricing.above > 0 and pricing.below > 0 and pricing.least < weight):
        yield Refused("EVA-1116")


def _usable(name: str, factor: Factor, named: dict[str, Parameter]) -> bool:
    """A constant above 0, or the name of a set of such; shares (q1) at most 1."""
    values: Sequence[Decimal] = (factor,) if isinstance(factor, Decimal) else ()
    if isinstance(factor, str):
        drawn = named.get(factor)
        values = drawn.options if drawn else ()
    most = 1 if name.startswith("q") else 2
    return bool(values) and all(0 < value <= most for value in values)


def _whole(base: Synthesis, among: Among, named: dict[str, Parameter]) -> bool:
    drawn = named.get(base.bid)
    return (
        base.a + base.b + base.c == 1
        and drawn is not None
        and drawn.kind == BID
        and among is Among.OPENED  # B is drawn among them, and C is reckoned from them
    )


def _rising(cuts: Sequence[Cut], few: Few) -> bool:
    rising = all(a.bids < b.bids for a, b in pairwise(cuts))
    return rising and all(map(_leaves_some, cuts)) and (bool(cuts) or few is Few.MEAN)


def _leaves_some(cut: Cut) -> bool:
    """Whether a price is left of every number of prices that the cut speaks of."""
    if not cut.share:
        return cut.high + cut.low < cut.bids
    ends = (left_out(cut.share, n) for n in range(cut.bids, MOST_BIDS + 1))
    fewer = all(2 * end < n for n, end in enumerate(ends, cut.bids))
    return cut.share < HALF and not cut.high + cut.low and fewer


def left_out(share: Decimal, n: int) -> int:
    """How many of `n` prices a share is: half up to a whole number."""
    return int((share * n).to_integral_value(ROUND_HALF_UP))


def _base_json(base: Base) -> dict[str, Any]:
    told: dict[str, Any] = {"kind": kind_of(base)}
    if isinstance(base, Mean | Weighted):
        told |= {"cuts": [_cut_json(cut) for cut in base.cuts], "few": base.few.value}
    if isinstance(base, Synthesis):
        told |= {name: plain(getattr(base, name)) for name in "abc"} | {"bid": base.bid}
    if isinstance(base, Narrowed):
        told["away"] = plain(base.away)
    return told | {
        name: value if isinstance(value, str) else plain(value)
        for name, value in factors(base).items()
    }


def _cut_json(cut: Cut) -> dict[str, Any]:
    return {"bids": cut.bids, "high": cut.high, "low": cut.low, "share": plain(cut.share)}


def _read_base(fields: Fields) -> Base:
    kind = fields.choice("kind", *KINDS)
    if kind == "synthesis":
        a, b, c = (Decimal(fields.text(name, pattern=SHARE)) for name in "abc")
        return Synthesis(a, b, c, fields.text("bid", pattern=NAME), _factor(fields, "k"))
    if kind == "narrowed":
        return Narrowed(Decimal(fields.text("away", pattern=SHARE)), _factor(fields, "k"))
    cuts = tuple(map(_read_cut, fields.items("cuts", low=0, high=MOST_CUTS)))
    few = Few(fields.choice("few", *Few))
    if kind == "mean":
        return Mean(cuts, few, _factor(fields, "k"))
    return Weighted(cuts, few, *(_factor(fields, name) for name in ("k1", "k2", "q1")))


def _read_cut(fields: Fields) -> Cut:
    cut = Cut(
        fields.integer("bids", 2, MOST_BIDS),
        fields.integer("high", 0, 99),
        fields.integer("low", 0, 99),
        Decimal(fields.text("share", pattern=SHARE)),
    )
    fields.done()
    return cut


def _factor(fields: Fields, name: str) -> Factor:
    text = fields.text(name, pattern=f"{NAME}|{VALUE}")
    return text if text[0].isalpha() else Decimal(text)
