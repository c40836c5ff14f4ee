"""For every case: order never matters, scores keep their range, the ranking is a total order."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.plans.pricing import (
    Among,
    Base,
    Cut,
    Few,
    Mean,
    Narrowed,
    Pricing,
    Synthesis,
    Weighted,
)
from evaluation.plans.rules import Method, Plan, faults
from evaluation.scoring.cases import Case
from evaluation.scoring.formulas import consensus, half_up
from evaluation.scoring.results import Results
from evaluation.scoring.rules import compile_results
from evaluation.scoring.sheets import Sheet
from kernel.pure import jcs
from kernel.pure.parameters import BidRange, Parameter
from tests.evaluation.scoring.cases import LOWEST, PLAN, case, digest, passing, technical


@dataclass(frozen=True, slots=True)
class Given:
    case: Case
    sheets: tuple[Sheet, ...]

    def results(self) -> Results:
        return compile_results(self.case, self.sheets)


@st.composite
def cases(draw: st.DrawFn, plan: Plan = PLAN) -> Given:
    seats = draw(st.sampled_from((5, 7)))
    plan = replace(
        plan, seats=seats, trim=draw(st.booleans()), rounding=draw(st.integers(0, 4)), floor=1
    )
    # Few prices and marks, so that ties happen.
    prices = draw(st.lists(st.integers(1, 6).map(lambda n: n * 10_000), min_size=2, max_size=6))
    this = case(plan, prices)
    rows = {
        bid.number: [
            [draw(_mark(item.maximum, item.step)) for item in plan.items] for _ in range(seats)
        ]
        for bid in this.bids
    }
    return Given(this, tuple(passing(this) + technical(this, rows)))


def _mark(maximum: Decimal, step: Decimal) -> st.SearchStrategy[Decimal]:
    whole = int(maximum / step)
    return st.sampled_from((0, whole // 3, whole // 2, whole)).map(lambda n: n * step)


SHARE = Decimal("0.01")
DELTA = Parameter("delta", "Δ", (Decimal("0.05"), Decimal("0.1")))
BID = Parameter("b", "B", (), BidRange("delta", *map(Decimal, ("0.7", "0.3", "0.25", "0.95"))))
FACTORS = st.sampled_from((Decimal("0.95"), Decimal(1), Decimal("1.01")))
CUTS = st.sampled_from(((), (Cut(3, high=1, low=1),), (Cut(3, high=1), Cut(5, share=SHARE * 30))))


@st.composite
def bases(draw: st.DrawFn) -> Base:
    cuts, few = draw(CUTS), draw(st.sampled_from(Few))
    mean = (cuts, few if cuts else Few.MEAN)
    made: tuple[Base, ...] = (
        Mean(*mean, draw(FACTORS)),
        Weighted(*mean, draw(FACTORS), draw(FACTORS), Decimal("0.65")),
        Synthesis(Decimal("0.5"), Decimal("0.3"), Decimal("0.2"), "b", draw(FACTORS)),
        Narrowed(Decimal("0.3"), draw(FACTORS)),
    )
    return draw(st.sampled_from(made))


@st.composite
def against(draw: st.DrawFn) -> Given:
    """Cases whose price points are given against a benchmark."""
    base = draw(bases())
    among = Among.OPENED if isinstance(base, Synthesis) else draw(st.sampled_from(Among))
    rates = (Decimal("0.6"), Decimal("0.3"), draw(st.sampled_from((Decimal(0), Decimal(12)))))
    plan = replace(PLAN, pricing=Pricing(base, among, *rates), draws=(DELTA, BID))
    assert faults(plan) == ()
    given = draw(cases(plan))
    drawn = {"delta": "0.1", "b": digest(1).hex()}
    return Given(replace(given.case, ceiling_fen=70_000, drawn=drawn), given.sheets)


VALUE = replace(
    PLAN,
    method=Method.VALUE_FOR_MONEY,
    items=tuple(replace(item, maximum=Decimal(50)) for item in PLAN.items),
    price_weight=Decimal(0),
)
monotone = st.one_of(cases(), cases(LOWEST), cases(VALUE))
either = st.one_of(monotone, against())


@given(either, st.randoms(use_true_random=False))
@settings(max_examples=60)
def test_the_order_of_bids_and_sheets_changes_no_byte(given: Given, random: Any) -> None:
    bids, sheets = list(given.case.bids), list(given.sheets)
    random.shuffle(bids)
    random.shuffle(sheets)
    again = compile_results(replace(given.case, bids=tuple(bids)), sheets)
    assert jcs.canonical(again.to_json()) == jcs.canonical(given.results().to_json())


@given(cases())
@settings(max_examples=60)
def test_no_score_leaves_its_range(given: Given) -> None:
    plan = given.case.plan
    for bid in given.results().bids:
        assert bid.price is not None
        assert 0 <= bid.technical.rounded <= plan.technical_weight
        assert 0 < bid.price[0] <= Fraction(plan.price_weight)
        assert 0 <= bid.price[1] <= plan.price_weight
        assert bid.total == bid.technical.rounded + bid.price[1] <= 100


@given(either)
@settings(max_examples=60)
def test_ranking_is_a_total_order_of_all(given: Given) -> None:
    results = given.results()
    assert sorted(s.number for s in results.standings) == [b.number for b in results.bids]
    assert [s.rank for s in results.standings] == list(range(1, len(results.bids) + 1))
    ranked = [results.bid(s.number) for s in results.standings]
    totals = [bid.total if bid.evaluated_fen is not None else -bid.total for bid in ranked]
    assert totals == sorted(totals)
    assert results.candidates == tuple(s.number for s in results.standings[:3])


@given(against())
@settings(max_examples=120)
def test_points_against_a_benchmark_are_full_at_it_and_fall_away_from_it(given: Given) -> None:
    pricing, results = given.case.plan.pricing, given.results()
    assert pricing is not None
    assert results.benchmark is not None
    counted = [results.benchmark.prices[each] for each in results.benchmark.counted]
    if isinstance(pricing.base, Mean | Narrowed):
        k = Fraction(results.benchmark.used["k"])
        assert min(counted) * k <= results.benchmark.exact <= max(counted) * k
    full = Fraction(given.case.plan.price_weight)
    found = [(bid.against, bid.price_fen) for bid in results.bids if bid.against is not None]
    assert len(found) == len(results.bids)
    for own, price in found:
        assert Fraction(pricing.least) <= own.exact <= full
        assert (own.exact == full) == (price == results.base_fen)
        for other, _ in found:
            same_side = own.deviation * other.deviation > 0
            if same_side and abs(own.deviation) < abs(other.deviation):
                assert own.exact >= other.exact


@given(monotone, st.data())
@settings(max_examples=60)
def test_a_lower_price_never_ranks_lower(given: Given, data: st.DataObject) -> None:
    chosen = data.draw(st.sampled_from(given.case.bids))
    cheaper = replace(chosen, price_fen=data.draw(st.integers(1, chosen.price_fen)))
    bids = tuple(cheaper if bid is chosen else bid for bid in given.case.bids)
    before, after = given.results(), compile_results(replace(given.case, bids=bids), given.sheets)

    def total(results: Results) -> Decimal:
        return results.bid(chosen.number).total

    def behind(results: Results) -> set[int]:
        """Numbers that the result alone puts behind the chosen one."""
        own = results.bid(chosen.number)
        sign = 1 if own.evaluated_fen is None else -1
        return {bid.number for bid in results.bids if sign * bid.total < sign * own.total}

    if before.bid(chosen.number).evaluated_fen is None:
        assert total(after) >= total(before)
    else:
        assert total(after) <= total(before)
    assert behind(after) >= behind(before)


@given(st.fractions(min_value=0, max_value=10**6), st.integers(0, 6))
def test_half_up_is_within_half_a_unit_and_never_down_at_half(value: Fraction, places: int) -> None:
    rounded = Fraction(half_up(value, places))
    unit = Fraction(1, 10**places)
    assert -unit / 2 < rounded - value <= unit / 2
    assert (rounded / unit).denominator == 1


@given(st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=9), st.booleans())
def test_a_mean_lies_between_its_totals(totals: list[Decimal], trim: bool) -> None:
    found = consensus(list(enumerate(totals, 1)), trim=trim, places=2)
    assert min(totals) <= found.exact <= max(totals)
    assert len(found.dropped) == (2 if trim and len(totals) >= 5 else 0)
    assert len(found.counted) + len(found.dropped) == len(totals)
