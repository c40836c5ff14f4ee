"""One bid's marks, price and total under the plan's method, with every intermediate. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from types import MappingProxyType

from evaluation.plans.pricing import Among
from evaluation.plans.rules import Item, ItemKind, Method, Plan
from evaluation.scoring import benchmarks
from evaluation.scoring.benchmarks import Benchmark, Given
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.formulas import (
    abnormal,
    consensus,
    half_up,
    points_for_money,
    price_points,
)
from evaluation.scoring.results import BidResult, Flag, MemberMarks
from evaluation.scoring.sheets import Sheet
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Judged:
    """A bid with its marks; `price_fen` is what the formula takes, after the discount if any."""

    bid: Entry
    members: tuple[MemberMarks, ...]
    price_fen: int
    discounted: bool


def judged(plan: Plan, bid: Entry, sheets: Sequence[Sheet]) -> Judged:
    """A bid with its technical sheets, in the order of seats. Refuses EVA-1302 without any."""
    if not sheets and plan.items:
        raise Refused("EVA-1302", number=bid.number)
    members = tuple(_member(plan, sheet) for sheet in sheets)
    given = [n for n, item in enumerate(plan.items) if item.kind is ItemKind.DISCOUNT]
    percent = sum((Fraction(m.marks[n][1]) for m in members for n in given), Fraction(0))
    share = 1 - percent / max(len(members), 1) / 100
    price = int(half_up(bid.price_fen * share, 0))
    return Judged(bid, members, price, discounted=bool(given))


def benchmark(case: Case, judged: Sequence[Judged]) -> Benchmark | None:
    """What price points are given against, where the plan has a benchmark."""
    pricing = case.plan.pricing
    if pricing is None:
        return None
    prices = {each.bid.commitment: each.price_fen for each in judged}
    if pricing.among is Among.OPENED:
        opened = (bid for bid in case.bids if bid.over(case.ceiling_fen) is None)
        prices = {bid.commitment: bid.price_fen for bid in opened}
    given = Given(case.ceiling_fen, case.drawn, case.plan.draws)
    return benchmarks.benchmark(pricing, prices, given)


def compared(plan: Plan, own: Judged, *, base_fen: int) -> BidResult:
    """A bid's result; `base_fen` is the benchmark, or the lowest price."""
    totals = [(member.seat, member.total) for member in own.members]
    lowest = plan.method is Method.LOWEST_EVALUATED
    technical = consensus(totals, trim=plan.trim, places=0 if lowest else plan.rounding)
    made = BidResult(
        number=own.bid.number,
        commitment=own.bid.commitment,
        price_fen=own.bid.price_fen,
        members=own.members,
        flags=_flags(plan, own.members),
        technical=technical,
        price=None,
        evaluated_fen=None,
        total=technical.rounded,
        discounted=own.price_fen if own.discounted else None,
    )
    return _FORMULAS[plan.method](plan, made, own.price_fen, base_fen)


def _points(plan: Plan, bid: BidResult, price_fen: int, base_fen: int) -> BidResult:
    """Technical points and price points: the low price first, or against the benchmark."""
    if plan.pricing is None:
        exact = price_points(base_fen=base_fen, price_fen=price_fen, weight=plan.price_weight)
        against = None
    else:
        against = benchmarks.points(
            plan.pricing, base_fen=base_fen, price_fen=price_fen, weight=plan.price_weight
        )
        exact = against.exact
    points = half_up(exact, plan.rounding)
    total = bid.technical.rounded + points
    return replace(bid, price=(exact, points), against=against, total=total)


def _evaluated(plan: Plan, bid: BidResult, price_fen: int, base_fen: int) -> BidResult:
    """The price and what its deviations add."""
    evaluated = price_fen + int(bid.technical.rounded)
    return replace(bid, evaluated_fen=evaluated, total=Decimal(evaluated))


def _for_money(plan: Plan, bid: BidResult, price_fen: int, base_fen: int) -> BidResult:
    """Points for the money."""
    exact = points_for_money(bid.technical.rounded, price_fen=price_fen)
    value = half_up(exact, plan.rounding)
    return replace(bid, value=(exact, value), total=value)


_FORMULAS: Mapping[Method, Callable[[Plan, BidResult, int, int], BidResult]] = MappingProxyType(
    {
        Method.COMPREHENSIVE: _points,
        Method.LOWEST_EVALUATED: _evaluated,
        Method.VALUE_FOR_MONEY: _for_money,
    }
)


def _member(plan: Plan, sheet: Sheet) -> MemberMarks:
    marks = tuple((item.key, Decimal(sheet.marks[item.key].value)) for item in plan.items)
    counted = (_counted(item, mark) for item, (_, mark) in zip(plan.items, marks, strict=True))
    return MemberMarks(sheet.place.seat, marks, sum(counted, Decimal(0)))


def _counted(item: Item, mark: Decimal) -> Decimal:
    """What a mark adds to its member's total: points, or fen."""
    if item.kind is ItemKind.DISCOUNT:
        return Decimal(0)
    return item.maximum - mark if item.kind is ItemKind.DEDUCTION else mark


def _flags(plan: Plan, members: Sequence[MemberMarks]) -> tuple[Flag, ...]:
    totals = [(member.seat, member.total) for member in members]
    far = abnormal(totals, percent=plan.abnormal_percent)
    flags = [Flag("abnormal", seat, None, away) for seat, away in far.items()]
    for position, item in enumerate(plan.items):
        if item.objective and len({member.marks[position][1] for member in members}) > 1:
            flags.append(Flag("differs", None, item.key, None))
    return tuple(flags)
