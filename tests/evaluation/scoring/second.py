"""The benchmark price a second time, from the document alone, so that a mistake shows.

Written from docs/evaluation-bundle.md 3.1 without reading evaluation/scoring. It takes a plan's
JSON and plain numbers and knows whole numbers only: factors are millionths, amounts of money are
counted in a unit so small that every mean and every product of three factors is whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import gcd, lcm
from typing import Any

MILLION = 10**6
Marks = Mapping[str, str]
"""One member's marks of one bid: item's key → decimal text."""


class Silent(ValueError):
    """The document does not say what happens here."""


@dataclass(frozen=True, slots=True)
class Told:
    """What is known of a lot: commitments in hexadecimal, money in fen.

    `marks` has, by each admitted bid, its members' marks; a bid that it lacks was rejected.
    """

    plan: Mapping[str, Any]
    opened: Mapping[str, int]
    ceiling: int | None
    drawn: Mapping[str, str | None]
    marks: Mapping[str, Sequence[Marks]]


@dataclass(frozen=True, slots=True)
class Found:
    """The benchmark (`exact` numerator and denominator in lowest terms, and in fen) and points.

    `points` are counted in the last place that the plan keeps. `counts`: whose prices A or M is
    the mean of; None for a synthesis.
    """

    exact: tuple[int, int]
    fen: int
    counts: frozenset[str] | None
    points: Mapping[str, int]


def millionths(text: str) -> int:
    """A decimal of at most six places as a whole number of millionths."""
    whole, _, places = text.partition(".")
    assert len(places) <= 6
    return int(whole + places.ljust(6, "0"))


def half_up(numerator: int, denominator: int) -> int:
    """The whole number nearest to a quotient; of two as near, the larger."""
    assert denominator > 0
    below, rest = divmod(numerator, denominator)
    return below + (2 * rest >= denominator)


def score(told: Told) -> Found | None:
    """The benchmark and the points of every admitted bid; None when there are no prices."""
    admitted = {name: discounted(told, name) for name in told.marks}
    pricing = told.plan["pricing"]
    top = max(told.opened.values()) if told.ceiling is None else told.ceiling
    within = {name: fen for name, fen in told.opened.items() if fen <= top}
    prices = within if pricing["among"] == "opened" else admitted
    if not prices:
        return None
    unit = MILLION**3 * lcm(*range(1, len(prices) + 1))
    amount, counts = BASES[pricing["base"]["kind"]](told, prices, unit)
    shared = gcd(amount, unit)
    fen = half_up(amount, unit)
    found = {name: points(told.plan, price, fen) for name, price in admitted.items()}
    return Found((amount // shared, unit // shared), fen, counts, found)


def discounted(told: Told, name: str) -> int:
    """The price of the formula."""
    keys = [item["key"] for item in told.plan["items"] if item["kind"] == "discount"]
    fen, members = told.opened[name], told.marks[name]
    if not keys:
        return fen
    percents = sum(millionths(marks[key]) for marks in members for key in keys)
    whole = 100 * MILLION * len(members)
    return half_up(fen * (whole - percents), whole)


def points(plan: Mapping[str, Any], price: int, benchmark: int) -> int:
    """Price points in units of the plan's last place."""
    pricing = plan["pricing"]
    if benchmark <= 0:
        raise Silent("no percent of a benchmark of nothing")
    rate = millionths(pricing["above" if price > benchmark else "below"])
    lost = abs(price - benchmark) * 100 * rate
    kept = millionths(plan["price_weight"]) * benchmark - lost
    least = millionths(pricing["least"]) * benchmark
    return half_up(max(kept, least) * 10 ** plan["rounding"], MILLION * benchmark)


def times(amount: int, factor: int) -> int:
    """An amount times so many millionths; the unit is small enough for that to be whole."""
    product, rest = divmod(amount * factor, MILLION)
    assert rest == 0
    return product


def average(prices: Mapping[str, int], names: Sequence[str], unit: int) -> int:
    """The mean of these bids' prices as an amount."""
    amount, rest = divmod(sum(prices[name] for name in names) * unit, len(names))
    assert rest == 0
    return amount


def factor(told: Told, name: str) -> int:
    """A factor of the base: a constant, or what was drawn under its name."""
    text = told.plan["pricing"]["base"][name]
    drawn = told.drawn[text] if text[0].isalpha() else text
    assert drawn is not None
    return millionths(drawn)


def after_cuts(told: Told, prices: Mapping[str, int]) -> list[str]:
    """Whose prices A of `mean` and `weighted` is the mean of."""
    base = told.plan["pricing"]["base"]
    line = sorted(prices, key=lambda name: (prices[name], name))
    held = [cut for cut in base["cuts"] if cut["bids"] <= len(line)]
    if not held:
        second = base["cuts"] and base["few"] == "second_lowest"
        return line[:2][-1:] if second else line
    cut = max(held, key=lambda each: int(each["bids"]))
    high, low = cut["high"], cut["low"]
    if share := millionths(cut["share"]):
        high = low = half_up(share * len(line), MILLION)
    if high + low >= len(line):
        raise Silent("a cut that leaves no price")
    return line[low : len(line) - high]


Amount = tuple[int, frozenset[str] | None]


def mean(told: Told, prices: Mapping[str, int], unit: int) -> Amount:
    names = after_cuts(told, prices)
    return times(average(prices, names, unit), factor(told, "k")), frozenset(names)


def weighted(told: Told, prices: Mapping[str, int], unit: int) -> Amount:
    assert told.ceiling is not None
    names, q1 = after_cuts(told, prices), factor(told, "q1")
    own = times(times(average(prices, names, unit), factor(told, "k1")), q1)
    other = times(times(told.ceiling * unit, factor(told, "k2")), MILLION - q1)
    return own + other, frozenset(names)


def synthesis(told: Told, prices: Mapping[str, int], unit: int) -> Amount:
    assert told.ceiling is not None
    base = told.plan["pricing"]["base"]
    among = next(each for each in told.plan["draws"] if each["name"] == base["bid"])
    delta, bid = told.drawn[among["delta"]], told.drawn[base["bid"]]
    assert delta is not None and bid is not None
    middle = times(average(prices, list(prices), unit), millionths(among["mean"]))
    bound = middle + times(told.ceiling * unit, millionths(among["ceiling"]))
    bound = times(bound, MILLION - millionths(among["cut"]))
    reached = [fen for fen in prices.values() if fen * unit >= bound]
    parts = {
        "a": times(told.ceiling * unit, MILLION - millionths(delta)),
        "b": prices[bid] * unit,
        "c": min(reached or prices.values()) * unit,
    }
    total = sum(times(amount, millionths(base[letter])) for letter, amount in parts.items())
    return times(total, factor(told, "k")), None


def narrowed(told: Told, prices: Mapping[str, int], unit: int) -> Amount:
    away = millionths(told.plan["pricing"]["base"]["away"])
    names, near = list[str](), list(prices)
    while near and near != names:
        names, n, total = near, len(near), sum(prices[name] for name in near)
        near = [x for x in names if abs(prices[x] * n - total) * MILLION <= away * total]
    return times(average(prices, names, unit), factor(told, "k")), frozenset(names)


BASES: Mapping[str, Callable[[Told, Mapping[str, int], int], Amount]] = {
    "mean": mean,
    "weighted": weighted,
    "synthesis": synthesis,
    "narrowed": narrowed,
}
