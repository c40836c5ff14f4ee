"""Every way to a price score and to a total, against numbers computed by hand.

Prices are told in 万元: 1 is 1,000,000 fen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

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
from evaluation.plans.rules import Item, ItemKind, Method, Plan, faults, read_plan
from evaluation.scoring.cases import Case
from evaluation.scoring.results import Results
from evaluation.scoring.rules import compile_results
from evaluation.scoring.sheets import Sheet
from kernel.pure.errors import Refused
from kernel.pure.parameters import BidRange, Parameter
from tests.evaluation.scoring.cases import PLAN, D, case, digest, passing, technical

WAN = 1_000_000
ONE = D(1)
ENDS = (Cut(5, high=1, low=1),)
PRACTICE = (Cut(4, high=1), Cut(7, share=D("0.2")))
"""The highest of four to six; a fifth of seven or more at each end, of fewer the second lowest."""


def against(base: Base, *, least: str = "0", draws: Sequence[Parameter] = ()) -> Plan:
    """40 price points; 0.6 off for each percent above, 0.3 for each below."""
    pricing = Pricing(base, Among.OPENED, D("0.6"), D("0.3"), D(least))
    plan = replace(PLAN, pricing=pricing, draws=tuple(draws))
    assert faults(plan) == ()
    assert read_plan(plan.to_json()) == plan
    return plan


def of(
    plan: Plan,
    prices: Sequence[float],
    *,
    ceiling: int | None = None,
    drawn: Mapping[str, str] | None = None,
    failing: Mapping[tuple[int, int], str] | None = None,
) -> Results:
    """Everybody has 60 technical points."""
    fen = [int(price * WAN) for price in prices]
    this = case(plan, fen, ceiling_fen=ceiling and ceiling * WAN)
    this = replace(this, drawn=drawn or {})
    return compile_results(this, passing(this, failing) + full(this))


def full(this: Case) -> list[Sheet]:
    rows = {bid.number: [[item.maximum for item in this.plan.items]] * 5 for bid in this.bids}
    return technical(this, rows)


def points(results: Results) -> list[str]:
    return [str(bid.price[1]) for bid in results.bids if bid.price is not None]


def counted(results: Results) -> list[int]:
    assert results.benchmark is not None
    told = results.to_json()["benchmark"]["prices"]
    return [each["fen"] // WAN for each in told if each["counts"]]


def test_a_plain_mean() -> None:
    results = of(against(Mean((), Few.MEAN, ONE)), [380, 400, 420])
    assert results.base_fen == 400 * WAN
    # −5 % × 0.3 = 1.5; 0; +5 % × 0.6 = 3
    assert [bid.against and bid.against.deviation for bid in results.bids] == [
        Fraction(-1, 20),
        Fraction(0),
        Fraction(1, 20),
    ]
    assert points(results) == ["38.50", "40.00", "37.00"]
    assert [str(bid.total) for bid in results.bids] == ["98.50", "100.00", "97.00"]
    assert results.candidates == (2, 1, 3)


def test_a_mean_that_is_no_whole_fen_is_rounded_half_up() -> None:
    # 1,280,000,000 / 3 = 426,666,666.67 fen
    results = of(against(Mean((), Few.MEAN, ONE)), [400, 430, 450])
    assert results.benchmark is not None
    assert results.benchmark.exact == Fraction(1_280_000_000, 3)
    assert results.base_fen == 426_666_667
    # 3,333,333 / 426,666,667 = 0.78125 %; × 0.6 = 0.46875
    second = results.bid(2)
    assert second.against is not None
    assert second.against.deviation == Fraction(3_333_333, 426_666_667)
    assert second.price is not None
    assert second.price[1] == D("39.53")


def test_the_highest_and_the_lowest_do_not_count_and_no_score_falls_below_the_least() -> None:
    results = of(against(Mean(ENDS, Few.MEAN, ONE), least="12"), [300, 380, 400, 420, 600])
    assert (results.base_fen, counted(results)) == (400 * WAN, [380, 400, 420])
    # −25 % × 0.3 = 7.5; −5 %; 0; +5 %; +50 % × 0.6 = 30, but never below 12
    assert points(results) == ["32.50", "38.50", "40.00", "37.00", "12.00"]


@pytest.mark.parametrize(
    ("prices", "left", "base"),
    [
        ([100, 200, 300], [200], 200),  # fewer than 4: the second lowest
        ([100, 200, 300, 600], [100, 200, 300], 200),  # 4 to 6: without the highest
        ([100, 200, 300, 400, 500, 600, 900], [200, 300, 400, 500, 600], 400),  # 1.4 → 1
        ([10, 20, 300, 400, 500, 600, 800, 900], [300, 400, 500, 600], 450),  # 1.6 → 2
    ],
)
def test_cuts_by_the_number_of_bids(prices: list[int], left: list[int], base: int) -> None:
    results = of(against(Mean(PRACTICE, Few.SECOND_LOWEST, ONE)), prices)
    assert (counted(results), results.base_fen) == (left, base * WAN)


def test_a_mean_times_a_drawn_factor() -> None:
    k = Parameter("k", "K", (D("0.95"), D("0.97")))
    plan = against(Mean((), Few.MEAN, "k"), draws=[k])
    results = of(plan, [380, 400, 420], drawn={"k": "0.97"})
    assert results.base_fen == 388 * WAN
    # 380: −8/388 = −2.0618…% × 0.3 = 0.6185…; 400: +12/388 × 60 = 1.8556…; 420: 32/388 × 60
    assert points(results) == ["39.38", "38.14", "35.05"]
    assert results.benchmark is not None
    assert results.benchmark.used == {"k": D("0.97")}


def test_mean_and_ceiling_weighted() -> None:
    q1 = Parameter("q", "Q1", (D("0.65"), D("0.7")))
    k1 = Parameter("k1", "K1", (D("0.95"), D("0.98")))
    plan = against(Weighted((), Few.MEAN, "k1", ONE, "q"), draws=[k1, q1])
    results = of(plan, [380, 400, 420], ceiling=450, drawn={"k1": "0.98", "q": "0.7"})
    # 400 × 0.98 × 0.7 + 450 × 1 × 0.3 = 274.4 + 135
    assert results.base_fen == 409_400_000
    assert results.benchmark is not None
    assert results.benchmark.parts == {"A": Fraction(400 * WAN), "B": Fraction(450 * WAN)}


DELTA = Parameter("delta", "Δ", (D("0.08"), D("0.1")))
ONE_BID = Parameter("b", "B", (), BidRange("delta", D("0.7"), D("0.3"), D("0.25"), D("0.95")))
K = Parameter("k", "K", (D("0.95"), D("0.97")))
ABC = Synthesis(D("0.5"), D("0.3"), D("0.2"), "b", "k")


def test_abc_synthesis() -> None:
    plan = against(ABC, draws=[DELTA, ONE_BID, K])
    drawn = {"delta": "0.1", "b": digest(2).hex(), "k": "0.97"}
    results = of(plan, [800, 820, 860, 880, 950], ceiling=1000, drawn=drawn)
    # A = 1000 × 0.9; B = 820 was drawn; the range begins at (862 × 0.7 + 300) × 0.75 = 677.55
    assert results.benchmark is not None
    assert results.benchmark.parts == {
        "A": Fraction(900 * WAN),
        "B": Fraction(820 * WAN),
        "C": Fraction(800 * WAN),
    }
    # (450 + 246 + 160) × 0.97 = 830.32
    assert results.base_fen == 830_320_000


def test_abc_does_not_look_below_its_range() -> None:
    plan = against(ABC, draws=[DELTA, ONE_BID, K])
    drawn = {"delta": "0.1", "b": digest(2).hex(), "k": "0.97"}
    results = of(plan, [800, 820, 860, 880, 950, 600], ceiling=1000, drawn=drawn)
    # mean 4910 / 6; (572.83… + 300) × 0.75 = 654.625: 600 is under it
    assert results.benchmark is not None
    assert results.benchmark.parts["C"] == Fraction(800 * WAN)


def test_a_rejected_bid_stays_in_a_benchmark_that_was_fixed_at_the_opening() -> None:
    failing = {(3, seat): "licence" for seat in (1, 2, 3)}
    plan = against(Mean((), Few.MEAN, ONE))
    assert of(plan, [380, 400, 450], failing=failing).base_fen == 410 * WAN
    assert plan.pricing is not None
    later = replace(plan, pricing=replace(plan.pricing, among=Among.ADMITTED))
    assert of(later, [380, 400, 450], failing=failing).base_fen == 390 * WAN


def test_a_price_above_the_ceiling_is_in_no_benchmark() -> None:
    results = of(against(Mean((), Few.MEAN, ONE)), [380, 400, 900], ceiling=500)
    assert results.base_fen == 390 * WAN


@pytest.mark.parametrize(
    ("prices", "left", "base"),
    [
        ([100, 100, 100, 100, 200], [100, 100, 100, 100], 100),  # 84 … 156
        # 134.4: 94.08 … 174.72 without 200; 118: 82.6 … 153.4 without 160; then 104
        ([100, 104, 108, 160, 200], [100, 104, 108], 104),
        ([100, 300], [100, 300], 200),  # both are 50 % off: nobody would be left
        ([70, 130], [70, 130], 100),  # 30 % exactly is not beyond it
    ],
)
def test_prices_far_from_the_mean_are_removed_in_rounds(
    prices: list[int], left: list[int], base: int
) -> None:
    results = of(against(Narrowed(D("0.3"), ONE)), prices)
    assert (counted(results), results.base_fen) == (left, base * WAN)


def test_points_for_the_money() -> None:
    items = tuple(replace(item, maximum=D(50)) for item in PLAN.items)
    value = Method.VALUE_FOR_MONEY
    plan = replace(PLAN, method=value, items=items, price_weight=D(0), rounding=6)
    assert faults(plan) == ()
    this = case(plan, [400 * WAN, 300 * WAN])
    marks: dict[int, list[tuple[object, ...]]] = {1: [(45, 40)] * 5, 2: [(35, "25.5")] * 5}
    results = compile_results(this, passing(this) + technical(this, marks))
    # 85 / 400 = 0.2125; 60.5 / 300 = 0.201666…
    first, second = results.bids
    assert first.value == (Fraction(17, 80), D("0.212500"))
    assert second.value == (Fraction(121, 600), D("0.201667"))
    assert (first.price, first.evaluated_fen, first.total) == (None, None, D("0.212500"))
    assert results.candidates == (1, 2)


DISCOUNT = Item("small", "小微企业价格扣除", "", ItemKind.DISCOUNT, D(20), D(1), objective=True)


def test_a_small_enterprises_price_is_discounted_before_the_formula() -> None:
    plan = replace(PLAN, items=(*PLAN.items, DISCOUNT))
    this = case(plan, [400 * WAN, 380 * WAN])
    marks = {1: [(30, 30, 10)] * 5, 2: [(30, 30, 0)] * 5}
    results = compile_results(this, passing(this) + technical(this, marks))
    first, second = results.bids
    # 400 less 10 % is 360, the lowest; 360 / 380 × 40 = 37.894…
    assert (first.discounted, second.discounted) == (360 * WAN, 380 * WAN)
    assert results.base_fen == 360 * WAN
    assert points(results) == ["40.00", "37.89"]
    assert first.technical.rounded == D("60.00")
    assert first.price_fen == 400 * WAN


def test_fixed_items_and_items_that_take_points_off() -> None:
    fixed = Item("site", "现场踏勘", "", ItemKind.FIXED, D(5), D(5), objective=True)
    off = Item("faults", "扣分", "", ItemKind.DEDUCTION, D(25), D("0.5"), objective=False)
    plan = replace(PLAN, items=(PLAN.items[0], fixed, off))
    assert faults(plan) == ()
    this = case(plan, [100, 100])
    marks: dict[int, list[tuple[object, ...]]] = {1: [(20, 5, "2.5")] * 5, 2: [(20, 0, 25)] * 5}
    results = compile_results(this, passing(this) + technical(this, marks))
    # 20 + 5 + (25 − 2.5); 20 + 0 + 0
    assert [bid.technical.rounded for bid in results.bids] == [D("47.50"), D("20.00")]


def test_discounts_never_come_to_the_whole_price() -> None:
    most = replace(DISCOUNT, maximum=D(60))
    other = replace(most, key="other", maximum=D(40))
    plan = replace(PLAN, items=(*PLAN.items, most, other))
    assert [fault.code for fault in faults(plan)] == ["EVA-1106"]
    assert faults(replace(plan, items=(*PLAN.items, most, replace(other, maximum=D(39))))) == ()


def test_a_benchmark_of_nothing_is_refused() -> None:
    plan = against(Mean((), Few.MEAN, D("0.3")))
    with pytest.raises(Refused, match="EVA-1305"):
        of(plan, [0.000001, 0.000001])


def test_a_benchmark_without_what_it_needs_is_refused() -> None:
    plan = against(ABC, draws=[DELTA, ONE_BID, K])
    drawn = {"delta": "0.1", "b": digest(2).hex(), "k": "0.97"}
    with pytest.raises(Refused, match="EVA-1305"):
        of(plan, [800, 820], drawn=drawn)  # no ceiling
    for missing in drawn:
        rest = {name: value for name, value in drawn.items() if name != missing}
        with pytest.raises(Refused, match="EVA-1305"):
            of(plan, [800, 820], ceiling=1000, drawn=rest)


def _wrong(base: Base, **other: object) -> str:
    made = Pricing(base, Among.OPENED, ONE, ONE, D(0))
    pricing = replace(made, **other)  # type: ignore[arg-type]
    found = faults(replace(PLAN, pricing=pricing, draws=(DELTA, ONE_BID, K)))
    return found[0].code if found else ""


@pytest.mark.parametrize(
    ("base", "code"),
    [
        (Mean((), Few.MEAN, "k"), ""),
        (Mean((), Few.MEAN, "nothing"), "EVA-1113"),
        (Mean((), Few.MEAN, "b"), "EVA-1113"),  # a bid is no factor
        (Mean((), Few.MEAN, D(0)), "EVA-1113"),
        (Weighted((), Few.MEAN, ONE, ONE, D("1.1")), "EVA-1113"),
        (replace(ABC, a=D("0.6")), "EVA-1114"),
        (replace(ABC, bid="k"), "EVA-1114"),
        (Mean((), Few.SECOND_LOWEST, ONE), "EVA-1115"),
        (Mean((Cut(5, high=3, low=2),), Few.MEAN, ONE), "EVA-1115"),
        (Mean((Cut(5, share=D("0.5")),), Few.MEAN, ONE), "EVA-1115"),
        (Mean((Cut(5, high=1, share=D("0.1")),), Few.MEAN, ONE), "EVA-1115"),
        (Mean((Cut(5, high=1), Cut(5, low=1)), Few.MEAN, ONE), "EVA-1115"),
        (Mean((Cut(4, share=D("0.4")),), Few.MEAN, ONE), "EVA-1115"),  # 1.6 → 2 at each end of 4
        (Mean((Cut(5, share=D("0.4")),), Few.MEAN, ONE), ""),  # 2 of 5, 2 of 6, 3 of 7 …
        (Narrowed(D(1), ONE), "EVA-1115"),
    ],
)
def test_a_senseless_formula_is_no_plan(base: Base, code: str) -> None:
    assert _wrong(base) == code


def test_points_must_fall_and_the_synthesis_is_fixed_at_the_opening() -> None:
    mean = Mean((), Few.MEAN, ONE)
    assert _wrong(mean, above=D(0)) == "EVA-1116"
    assert _wrong(mean, least=D(40)) == "EVA-1116"
    assert _wrong(ABC, among=Among.ADMITTED) == "EVA-1114"
    lowest = replace(PLAN, method=Method.VALUE_FOR_MONEY, price_weight=Decimal(0))
    with_pricing = replace(lowest, pricing=Pricing(mean, Among.OPENED, ONE, ONE, D(0)))
    assert "EVA-1117" in [fault.code for fault in faults(with_pricing)]
