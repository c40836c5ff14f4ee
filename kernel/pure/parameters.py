"""Parameters that a lot's documents let be drawn in the hall: K, Δ, Q1, a floating point, one bid.

条例 49: what is drawn, and from what, stands in the documents. Values are exact decimals. A bid is
drawn inside a range reckoned from opened prices, the ceiling and earlier values (ABC 合成法).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from kernel.pure.draws import Draw, lot_seed
from kernel.pure.fields import Fields

SET: Final = "set"
BID: Final = "bid"
NAME: Final = r"[a-z][a-z0-9_]{0,31}"
VALUE: Final = r"0|-?(0\.[0-9]{0,5}[1-9]|[1-9][0-9]{0,3}(\.[0-9]{0,5}[1-9])?)"
"""The one way to write a value: 0.95, never 0.950 or -0."""
SHARE: Final = r"[0-9](\.[0-9]{0,5}[1-9])?"
MOST: Final = 12
MOST_OPTIONS: Final = 200


@dataclass(frozen=True, slots=True)
class BidRange:
    """Which bids one is drawn among: those between C and `upper` × A.

    A = ceiling × (1 − Δ), Δ the value of the earlier draw `delta`. C = the lowest price from
    (mean × `mean` + ceiling × `ceiling`) × (1 − `cut`) on.
    """

    delta: str
    mean: Decimal
    ceiling: Decimal
    cut: Decimal
    upper: Decimal


@dataclass(frozen=True, slots=True)
class Parameter:
    """One draw of the documents: a value out of `options`, or a bid out of `among`."""

    name: str
    title: str
    options: tuple[Decimal, ...] = ()
    among: BidRange | None = None

    @property
    def kind(self) -> str:
        """SET or BID."""
        return BID if self.among else SET

    def to_json(self) -> dict[str, Any]:
        """The JSON that `read` reads; decimals as text."""
        told: dict[str, Any] = {"name": self.name, "title": self.title, "kind": self.kind}
        if self.among is None:
            return told | {"options": [plain(value) for value in self.options]}
        among = self.among
        return told | {
            "delta": among.delta,
            "mean": plain(among.mean),
            "ceiling": plain(among.ceiling),
            "cut": plain(among.cut),
            "upper": plain(among.upper),
        }


@dataclass(frozen=True, slots=True)
class Inputs:
    """What every draw of a lot is made from, fixed before the first: all by 32-byte commitment.

    `parts` of every listed bid, None where the shares rebuild no right one; `prices` of the opened
    bids in fen.
    """

    lot: str
    close_root: bytes
    parts: Mapping[bytes, bytes | None]
    prices: Mapping[bytes, int]
    ceiling_fen: int | None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw came to: `index` into `options`; both None when there was nothing to draw from.

    Options are decimal text, or commitments in hexadecimal, and so is `value`.
    """

    name: str
    options: tuple[str, ...]
    index: int | None
    value: str | None
    seed: bytes


def plain(value: Decimal) -> str:
    """Decimal text without exponent and without needless zeros."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(fields: Fields) -> Parameter:
    """One draw from its JSON, strictly. Refuses the fields' own code."""
    kind = fields.choice("kind", SET, BID)
    name, title = fields.text("name", pattern=NAME), fields.text("title", cap=60)
    if kind == SET:
        texts = fields.texts("options", low=0, high=MOST_OPTIONS, cap=12, pattern=VALUE)
        found = Parameter(name, title, tuple(map(Decimal, texts)))
    else:
        shares = (Decimal(fields.text(each, pattern=SHARE)) for each in _SHARES)
        found = Parameter(name, title, (), BidRange(fields.text("delta", pattern=NAME), *shares))
    fields.done()
    return found


_SHARES: Final = ("mean", "ceiling", "cut", "upper")


def repeated(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Names that a draw before them has."""
    seen: set[str] = set()
    for each in parameters:
        if each.name in seen:
            yield each.name
        seen.add(each.name)


def unordered(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Titles of sets that are no choice, or do not rise from value to value."""
    for each in parameters:
        rising = all(a < b for a, b in zip(each.options, each.options[1:], strict=False))
        if each.among is None and (len(each.options) < 2 or not rising):
            yield each.title


def senseless(parameters: Sequence[Parameter]) -> Iterator[str]:
    """Titles of bid draws whose range does not follow from draws before them."""
    before: dict[str, Parameter] = {}
    for each in parameters:
        among, source = each.among, before.get(each.among.delta) if each.among else None
        if among and not (
            source
            and source.options
            and all(0 <= value < 1 for value in source.options)
            and among.mean + among.ceiling == 1
            and among.cut < 1
            and 0 < among.upper <= 1
        ):
            yield each.title
        before[each.name] = each


def draw(parameter: Parameter, inputs: Inputs, earlier: Mapping[str, str | None]) -> Drawn:
    """Draw one value; the same inputs give the same. `earlier` holds the values drawn before."""
    given = {named: part for named, part in inputs.parts.items() if part is not None}
    seed = lot_seed(
        lot=inputs.lot,
        name=seed_name(parameter.name),
        close_root=inputs.close_root,
        draw_parts=given,
    )
    options = options_of(parameter, inputs, earlier)
    if not options:
        return Drawn(parameter.name, (), None, None, seed)
    index = Draw(seed).below(len(options))
    return Drawn(parameter.name, options, index, options[index], seed)


def seed_name(name: str) -> str:
    """What a parameter's seed is made under: no other draw of a lot has such a name."""
    return f"parameter {name}"


def options_of(
    parameter: Parameter, inputs: Inputs, earlier: Mapping[str, str | None]
) -> tuple[str, ...]:
    """The set a draw is made from, in its order: as published, or bids sorted by commitment."""
    if parameter.among is None:
        return tuple(plain(value) for value in parameter.options)
    return tuple(named.hex() for named in sorted(_bids(parameter.among, inputs, earlier)))


def _bids(among: BidRange, inputs: Inputs, earlier: Mapping[str, str | None]) -> list[bytes]:
    """Bids between C and `upper` × A; else any valid one whose price is not C; else any."""
    ceiling = inputs.ceiling_fen
    valid = {c: p for c, p in inputs.prices.items() if ceiling is None or p <= ceiling}
    delta = earlier.get(among.delta)
    if not valid or ceiling is None or delta is None:
        return list(valid)
    least = floor(among, Fraction(sum(valid.values()), len(valid)), ceiling)
    low = min((price for price in valid.values() if price >= least), default=None)
    top = ceiling * (1 - Fraction(delta)) * Fraction(among.upper)
    inside = [c for c, price in valid.items() if low is not None and low < price < top]
    return inside or [c for c, price in valid.items() if price != low] or list(valid)


def floor(among: BidRange, mean: Fraction, ceiling_fen: int) -> Fraction:
    """From which price on, in fen, C is looked for; `mean` of the valid prices."""
    share = mean * Fraction(among.mean) + ceiling_fen * Fraction(among.ceiling)
    return share * (1 - Fraction(among.cut))
