"""For every case: order never matters, scores keep their range, the ranking is a total order."""

from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from evaluation.plans.rules import Plan
from evaluation.scoring.formulas import consensus, half_up
from evaluation.scoring.results import Results
from evaluation.scoring.rules import Case, compile_results
from evaluation.scoring.sheets import Sheet
from kernel.pure import jcs
from tests.evaluation.scoring.cases import LOWEST, PLAN, case, passing, technical


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


either = st.one_of(cases(), cases(LOWEST))


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


@given(either, st.data())
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
