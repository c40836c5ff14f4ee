"""Both methods against numbers computed by hand, with every intermediate."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

import pytest

from evaluation.plans.rules import Tie
from evaluation.scoring.cases import Entry
from evaluation.scoring.rules import compile_results, qualify, sheets_of
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.errors import Refused
from tests.evaluation.scoring.cases import LOT, LOWEST, PLAN, D, case, digest, passing, technical

PRICES = (400_000_000, 430_000_000, 450_000_000)
MARKS = {
    1: [(25, 25), (26, 26), (24, 24), ("24.5", 25), (26, 25)],  # 50 52 48 49.5 51 = 250.5
    2: [(28, 27), ("27.5", 27), (28, 28), (26, 27), ("28.5", 27)],  # 55 54.5 56 53 55.5 = 274
    3: [(29, 29), (28, 29), (30, 29), ("27.5", 29), (10, 25)],  # 58 57 59 56.5 35 = 265.5
}


def test_comprehensive_scoring_by_hand() -> None:
    """方案与人员 60 分，价格 40 分: base 4,000,000.00."""
    this = case(PLAN, PRICES)
    results = compile_results(this, passing(this) + technical(this, MARKS))
    first, second, third = results.bids

    assert results.base_fen == 400_000_000
    assert [member.total for member in first.members] == [D(50), D(52), D(48), D("49.5"), D(51)]
    assert first.technical.total == D("250.5")
    assert first.technical.exact == Fraction(501, 10)
    assert first.technical.rounded == D("50.10")
    assert first.price == (Fraction(40), D("40.00"))
    assert first.total == D("90.10")

    assert second.technical.exact == Fraction(274, 5)  # 54.80
    assert second.price == (Fraction(1600, 43), D("37.21"))  # 400/430 × 40 = 37.2093…
    assert second.total == D("92.01")

    assert third.technical.rounded == D("53.10")  # 265.5 / 5
    assert third.price == (Fraction(320, 9), D("35.56"))  # 400/450 × 40 = 35.5555…
    assert third.total == D("88.66")

    assert [(s.rank, s.number, s.decided_by) for s in results.standings] == [
        (1, 2, "result"),
        (2, 1, "result"),
        (3, 3, "result"),
    ]
    assert results.candidates == (2, 1, 3)
    assert results.draws == ()


def test_flags_tell_who_is_far_off_and_what_should_be_the_same() -> None:
    this = case(PLAN, PRICES)
    third = compile_results(this, passing(this) + technical(this, MARKS)).bid(3)
    far, differs = third.flags
    # |35 − 53.1| / 53.1 = 18.1 / 53.1
    assert (far.kind, far.seat, far.away) == ("abnormal", 5, Fraction(181, 531))
    assert (differs.kind, differs.key) == ("differs", "team")


def test_thirty_percent_exactly_is_not_flagged() -> None:
    this = case(PLAN, (100, 100))
    # mean 20; 26 and 14 are 30 % off, 26.5 and 13.5 more
    edge = [(20, 0), (26, 0), (14, 0), (20, 0), (20, 0)]
    over = [(20, 0), ("26.5", 0), ("13.5", 0), (20, 0), (20, 0)]
    results = compile_results(this, passing(this) + technical(this, {1: edge, 2: over}))
    assert results.bid(1).flags == ()
    assert [(f.seat, f.away) for f in results.bid(2).flags] == [
        (2, Fraction(65, 200)),
        (3, Fraction(65, 200)),
    ]


def test_trimmed_mean_by_hand() -> None:
    this = case(replace(PLAN, trim=True), PRICES)
    results = compile_results(this, passing(this) + technical(this, MARKS))
    third = results.bid(3).technical
    assert (third.dropped, third.counted) == ((3, 5), (1, 2, 4))  # without 59 and 35
    assert third.total == D("171.5")  # 58 + 57 + 56.5
    assert third.exact == Fraction(343, 6)
    assert third.rounded == D("57.17")
    assert results.bid(3).total == D("92.73")  # 57.17 + 35.56
    second = results.bid(2).technical
    assert second.exact == Fraction(55)  # 55 + 54.5 + 55.5 over 3
    assert [s.number for s in results.standings] == [3, 2, 1]  # 92.73, 92.21, 90.17


def test_equal_totals_lose_one_each_when_trimmed() -> None:
    this = case(replace(PLAN, trim=True), (100, 100))
    same = [(20, 20)] * 5
    found = compile_results(this, passing(this) + technical(this, {1: same, 2: same})).bid(1)
    assert (found.technical.dropped, found.technical.rounded) == ((1, 2), D("40.00"))


@pytest.mark.parametrize(
    ("rounding", "points"), [(0, "38"), (1, "37.5"), (2, "37.50"), (3, "37.500")]
)
def test_half_a_point_goes_up_at_the_stated_place(rounding: int, points: str) -> None:
    this = case(replace(PLAN, rounding=rounding), (375, 400))
    same = [(20, 20)] * 5
    results = compile_results(this, passing(this) + technical(this, {1: same, 2: same}))
    found = results.bid(2).price
    assert found == (Fraction(75, 2), Decimal(points))


def test_lowest_evaluated_price_by_hand() -> None:
    this = case(LOWEST, (400_000_000, 430_000_000, 420_000_000))
    marks = {
        1: [(20_000_000, 5_000_000)] * 5,  # + 250,000.00
        2: [(0, 0)] * 5,
        3: [(1_000_000, 0)] * 4 + [(1_000_000, 103)],  # sum 5,000,103; mean 1,000,020.6
    }
    results = compile_results(this, passing(this) + technical(this, marks))
    assert [bid.evaluated_fen for bid in results.bids] == [425_000_000, 430_000_000, 421_000_021]
    assert results.bid(3).technical.exact == Fraction(5_000_103, 5)
    assert results.bid(3).technical.rounded == D(1_000_021)
    assert [s.number for s in results.standings] == [3, 1, 2]
    assert results.bid(1).price is None


def test_lowest_evaluated_price_without_deviations() -> None:
    this = case(replace(LOWEST, items=()), (300, 200, 250))
    results = compile_results(this, passing(this))
    assert [bid.evaluated_fen for bid in results.bids] == [300, 200, 250]
    assert [s.number for s in results.standings] == [2, 3, 1]


def test_a_majority_rejects_with_its_reason() -> None:
    this = case(PLAN, PRICES)
    three = {(1, 1): "quality", (1, 3): "quality", (1, 5): "quality", (2, 2): "licence"}
    results = compile_results(
        this, passing(this, three) + technical(this, {2: MARKS[2], 3: MARKS[3]})
    )
    rejected, kept, _ = results.verdicts
    assert not rejected.admitted
    assert rejected.reason == "资质不符合（3 比 2）：证书过期"
    assert kept.admitted
    assert results.base_fen == 430_000_000  # the rejected one's price is no base
    assert [s.number for s in results.standings] == [2, 3]


def test_two_of_five_do_not_reject() -> None:
    this = case(PLAN, PRICES)
    split = {(1, 1): "quality", (1, 2): "quality", (1, 3): "licence", (1, 4): "licence"}
    assert all(verdict.admitted for verdict in qualify(this, passing(this, split)))


def test_above_the_ceiling_is_rejected_whatever_the_members_say() -> None:
    this = case(PLAN, PRICES, ceiling_fen=430_000_000)
    verdicts = qualify(this, passing(this))
    assert [verdict.admitted for verdict in verdicts] == [True, True, False]
    assert verdicts[2].reason == "投标报价高于最高投标限价"
    assert verdicts[2].over_ceiling_fen == 20_000_000


def test_too_few_left_are_not_ranked() -> None:
    this = case(PLAN, PRICES, ceiling_fen=420_000_000)
    with pytest.raises(Refused) as refused:
        compile_results(this, passing(this) + technical(this, {1: MARKS[1]}))
    assert (refused.value.code, refused.value.facts) == ("EVA-1301", {"left": 1, "floor": 2})


def test_a_bid_without_sheets_is_not_ranked() -> None:
    this = case(PLAN, PRICES)
    with pytest.raises(Refused, match="EVA-1302"):
        compile_results(this, passing(this) + technical(this, {1: MARKS[1], 2: MARKS[2]}))


def test_equal_scores_go_by_price_then_technical() -> None:
    # 80 % of the base price: 40 against 32; technical makes up exactly.
    this = case(PLAN, (100, 125, 100))
    marks = {1: [(20, 20)] * 5, 2: [(24, 24)] * 5, 3: [(20, 20)] * 5}
    results = compile_results(this, passing(this) + technical(this, marks))
    assert {bid.total for bid in results.bids} == {D("80.00")}
    assert results.standings[2].number == 2
    assert results.standings[2].decided_by == "price"
    by_technical = replace(this, plan=replace(PLAN, ties=(Tie.TECHNICAL, Tie.DRAW)))
    first = compile_results(by_technical, passing(this) + technical(this, marks)).standings[0]
    assert first.number == 2


def test_what_nothing_tells_apart_is_drawn_and_anyone_can_draw_again() -> None:
    this = case(PLAN, (100, 100, 100))
    marks = {number: [(20, 20)] * 5 for number in (1, 2, 3)}
    results = compile_results(this, passing(this) + technical(this, marks))
    (draw,) = results.draws
    parts = {digest(number): digest(f"part {number}") for number in (1, 2, 3)}
    seed = lot_seed(lot=LOT, name="ranking from 1", close_root=digest("root"), draw_parts=parts)
    assert draw.seed == seed
    assert draw.order == Draw(seed).shuffle(tuple(sorted(parts)))
    assert [s.commitment for s in results.standings] == list(draw.order)
    assert [s.decided_by for s in results.standings] == ["result", "draw", "draw"]


def test_who_may_choose_not_to_decrypt_cannot_choose_what_is_drawn() -> None:
    """The listed bid 4 is opened and turned away for its price, or never decrypted: same draw."""
    marks = {number: [(20, 20)] * 5 for number in (1, 2, 3)}
    this = case(PLAN, (100, 100, 100))
    kept_shut = replace(this, unopened={digest(4): digest("part 4")})
    opened = (*this.bids, Entry(4, digest(4), 100, digest("part 4")))
    (shut,) = compile_results(kept_shut, passing(this) + technical(this, marks)).draws
    (without,) = compile_results(this, passing(this) + technical(this, marks)).draws
    parts = {bid.commitment: bid.draw_part for bid in opened if bid.draw_part}
    seed = lot_seed(lot=LOT, name="ranking from 1", close_root=digest("root"), draw_parts=parts)
    assert shut.seed == seed != without.seed


def test_four_bids_give_three_candidates() -> None:
    this = case(PLAN, (100, 110, 120, 130))
    marks = {number: [(20, 20)] * 5 for number in (1, 2, 3, 4)}
    results = compile_results(this, passing(this) + technical(this, marks))
    assert results.candidates == (1, 2, 3)
    assert len(results.standings) == 4


def test_a_recomputation_takes_each_place_once() -> None:
    with pytest.raises(Refused, match="EVA-1211"):
        sheets_of(case(PLAN, PRICES), [b"{}"])
