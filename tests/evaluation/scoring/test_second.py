"""Benchmark and price points come out the same from two programs that share no formula.

`second` was written from the document alone. What decides a dispute is the document, not either.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction

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
from evaluation.plans.rules import Item, ItemKind, Plan, faults
from evaluation.scoring.cases import Case
from evaluation.scoring.rules import compile_results
from evaluation.scoring.sheets import Sheet
from kernel.pure.parameters import BidRange, Parameter
from tests.evaluation.scoring import second
from tests.evaluation.scoring.cases import PLAN, case, digest, passing, technical
from tests.evaluation.scoring.test_properties import BID, DELTA, FACTORS, bases

D = Decimal
OFTEN = 250
FLOAT = Parameter("float", "K", (D("0.5"), D("0.955555"), D("1.000001")))
"""A factor that the hall draws."""
SMALL = Item("small", "小微", "扣", ItemKind.DISCOUNT, D(20), D("0.5"), objective=False)
GREEN = replace(SMALL, key="green", name="节能", maximum=D("2.25"), step=D("0.75"))
CEILING = 1_100_003
FACTOR = st.one_of(FACTORS, st.just(FLOAT.name), st.sampled_from((D("0.333333"), D("0.07"))))
CUTS = st.sampled_from(
    (
        (),
        (Cut(3, high=1), Cut(4, low=1, high=2)),
        (Cut(3, share=D("0.166667")), Cut(6, share=D("0.25"))),
        (Cut(5, share=D("0.125")), Cut(9, low=1)),
        (Cut(2, share=D("0.2")), Cut(7, share=D("0.35"))),
    )
)


@dataclass(frozen=True, slots=True)
class Given:
    """A case with its sheets, and the same as the second program is told it."""

    case: Case
    sheets: Sequence[Sheet]
    told: second.Told


@st.composite
def wider(draw: st.DrawFn) -> Base:
    """Bases with drawn factors, thresholds that few bids reach, and shares that round."""
    cuts = draw(CUTS)
    few = draw(st.sampled_from(Few)) if cuts else Few.MEAN
    a, b = draw(st.sampled_from((("0.5", "0.3"), ("0.333333", "0"), ("0", "0.123456"))))
    k = draw(FACTOR)
    made: Mapping[str, Base] = {
        "mean": Mean(cuts, few, k),
        "weighted": Weighted(cuts, few, k, draw(FACTOR), draw(st.sampled_from((D(1), D("0.65"))))),
        "synthesis": Synthesis(D(a), D(b), 1 - D(a) - D(b), "b", k),
        "narrowed": Narrowed(D(draw(st.sampled_from(("0.01", "0.1", "0.3", "0.5")))), k),
    }
    return made[draw(st.sampled_from(sorted(made)))]


@st.composite
def plans(draw: st.DrawFn) -> Plan:
    base = draw(st.one_of(bases(), wider()))
    among = Among.OPENED if isinstance(base, Synthesis) else draw(st.sampled_from(Among))
    rates = st.sampled_from((D("0.6"), D("0.3333"), D("1.5"), D(3)))
    least = draw(st.sampled_from((D(0), D("12.3456"))))
    # Two ranges of C: one that the prices reach, one so high that only the lowest of all is left.
    high = Parameter("b", "B", (), BidRange("delta", D("0.1"), D("0.9"), D(0), D("0.95")))
    plan = replace(
        PLAN,
        pricing=Pricing(base, among, draw(rates), draw(rates), least),
        items=PLAN.items + draw(st.sampled_from(((), (SMALL,), (SMALL, GREEN)))),
        draws=(DELTA, FLOAT, draw(st.sampled_from((BID, high)))),
        rounding=draw(st.integers(0, 6)),
        trim=draw(st.booleans()),
        floor=1,
    )
    assert faults(plan) == ()
    return plan


PRICES = st.one_of(
    st.sampled_from((900_000, 900_001, 1_000_000, CEILING)),  # equal ones
    st.integers(850_000, 1_050_000),
    st.sampled_from((100, 300_000, 600_000)),  # far off
)
STEPS = st.lists(st.sampled_from((990_000, 1_000_000)), min_size=5, max_size=7).map(
    lambda near: [*near, 600_000, 100]
)
"""Narrowed by 0.3 the last goes first, and only then the last but one."""
OVER = st.integers(CEILING + 1, 3 * CEILING)


@st.composite
def lots(draw: st.DrawFn) -> Given:
    """Few or many bids; some above the ceiling, some rejected, at least one admitted."""
    plan = draw(plans())
    assert plan.pricing is not None
    valid = draw(st.one_of(st.lists(PRICES, min_size=1, max_size=10), STEPS))
    prices = draw(st.permutations(valid + draw(st.lists(OVER, max_size=2))))
    capped = plan.pricing.needs_ceiling or draw(st.booleans())
    made = case(plan, prices, ceiling_fen=CEILING if capped else None)
    fit = [bid.number for bid in made.bids if bid.over(made.ceiling_fen) is None]
    rejected = draw(st.sets(st.sampled_from(fit), max_size=len(fit) - 1))
    drawn = {
        "delta": draw(st.sampled_from(("0.05", "0.1"))),
        "float": draw(st.sampled_from(("0.5", "0.955555", "1.000001"))),
        "b": digest(draw(st.sampled_from(fit))).hex(),
    }
    made = replace(made, drawn=drawn)
    marks = {
        number: [[draw(_mark(item)) for item in plan.items] for _ in range(plan.seats)]
        for number in fit
        if number not in rejected
    }
    failing = {(n, seat): "quality" for n in rejected for seat in range(1, plan.seats + 1)}
    keys = [item.key for item in plan.items]
    told = second.Told(
        plan.to_json(),
        {bid.commitment.hex(): bid.price_fen for bid in made.bids},
        made.ceiling_fen,
        drawn,
        {
            digest(number).hex(): [dict(zip(keys, map(str, row), strict=True)) for row in rows]
            for number, rows in marks.items()
        },
    )
    return Given(made, passing(made, failing) + technical(made, marks), told)


def _mark(item: Item) -> st.SearchStrategy[Decimal]:
    if item.kind is not ItemKind.DISCOUNT:
        return st.just(item.maximum)
    return st.integers(0, int(item.maximum / item.step)).map(lambda n: n * item.step)


@given(lots())
@settings(max_examples=OFTEN)
def test_two_programs_agree_on_benchmark_and_points(lot: Given) -> None:
    results, found = compile_results(lot.case, lot.sheets), second.score(lot.told)
    made = results.benchmark
    assert made is not None
    assert found is not None
    assert found.exact == (made.exact.numerator, made.exact.denominator)
    assert found.fen == made.fen == results.base_fen
    if found.counts is not None:
        assert found.counts == {each.hex() for each in made.counted}
    places = 10**lot.case.plan.rounding
    points = {bid.commitment.hex(): bid.price and bid.price[1] for bid in results.bids}
    assert points == {name: Fraction(units, places) for name, units in found.points.items()}
