"""The parameter draw as rules: straight through without draws, in order with them, never twice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.pure.errors import Refused
from kernel.pure.parameters import BidRange, Inputs, Parameter
from tests.trading.openings.test_rules import HOST, SYSTEM, P, S, T, after, kinds, refused, waiting
from trading.openings import commands as c
from trading.openings.causes import BidState
from trading.openings.rules import decide
from trading.openings.states import Bid, Kind, Opening, evolve

D = Decimal
K = Parameter("k", "下浮系数 K", tuple(D(n) / 1000 for n in range(950, 981, 5)))
DELTA = Parameter("delta", "Δ", (D("0.04"), D("0.05"), D("0.06")))
B = Parameter(
    "b", "B 值所在的投标", (), BidRange("delta", D("0.7"), D("0.3"), D("0.25"), D("0.95"))
)
PRICES = (700_000, 800_000, 850_000)
NAMED = {bytes([n]) * 32: price for n, price in enumerate(PRICES)}
INPUTS = Inputs("lot", bytes(32), {each: each for each in NAMED}, NAMED, 1_000_000)


def verifying(*draws: Parameter) -> Opening:
    bids = tuple(Bid(seat, BidState.OPENED) for seat in (1, 2, 3))
    return replace(waiting(), stage=S.VERIFICATION, until=None, bids=bids, draws=draws)


def drawing(*draws: Parameter) -> Opening:
    verified = after(verifying(*draws), (c.Verify(SYSTEM, (1, 2, 3), ()), T))
    return replace(verified, inputs=INPUTS)


def test_a_hall_without_draws_goes_straight_on_to_the_read_out() -> None:
    facts = decide(verifying(), c.Verify(SYSTEM, (1, 2, 3), ()), T)
    assert [f.kind for f in facts] == [Kind.VERIFIED, Kind.STAGE_CHANGED, Kind.STAGE_CHANGED]
    assert evolve(verifying(), facts).stage is S.READ_OUT


def test_with_draws_it_announces_them_and_waits_for_the_host() -> None:
    opening = drawing(K, DELTA, B)
    assert opening.stage is S.PARAMETER_DRAW
    assert kinds(verifying(K), c.Verify(SYSTEM, (1, 2, 3), ()), T)[-1] is Kind.PARAMETERS_ANNOUNCED
    assert decide(opening, c.Tick(SYSTEM), T) == ()
    assert refused(opening, c.ReadOut(HOST), T) == "OPN-1002"


def test_one_each_and_all_at_once_come_to_the_same() -> None:
    opening = drawing(K, DELTA, B)
    single = after(opening, *[(c.Draw(HOST, name), T) for name in ("k", "delta", "b")])
    whole = after(opening, (c.Draw(HOST), T))
    assert single == whole
    assert whole.stage is S.READ_OUT
    assert [each.name for each in whole.drawn] == ["k", "delta", "b"]
    assert kinds(opening, c.Draw(HOST), T) == [
        *[Kind.PARAMETER_DRAWN] * 3,
        Kind.DRAWS_DONE,
        Kind.STAGE_CHANGED,
    ]


def test_out_of_order_unknown_wrong_role_and_wrong_stage_are_refused() -> None:
    opening = drawing(K, DELTA, B)
    assert refused(opening, c.Draw(HOST, "b"), T) == "OPN-1552"
    assert refused(opening, c.Draw(HOST, "q1"), T) == "OPN-1551"
    for party in (P.BIDDER, P.SUPERVISOR, P.TRUSTEE, P.SYSTEM):
        assert refused(opening, c.Draw(party, "k"), T) == "OPN-1001"
    assert refused(verifying(K), c.Draw(HOST, "k"), T) == "OPN-1002"
    paused = after(opening, (c.Pause(HOST, "核对"), T))
    assert refused(paused, c.Draw(HOST), T) == "OPN-1003"


def test_a_repeated_act_says_nothing_while_it_is_drawn_and_afterwards() -> None:
    once = after(drawing(K, DELTA), (c.Draw(HOST, "k"), T))
    assert decide(once, c.Draw(HOST, "k"), T) == ()
    done = after(once, (c.Draw(HOST), T))
    assert decide(done, c.Draw(HOST), T) == ()


def test_a_host_who_vanishes_holds_up_no_draw() -> None:
    opening = after(drawing(K, DELTA, B), (c.Draw(HOST, "k"), T))
    late = T + timedelta(minutes=15)
    alone = after(opening, (c.Tick(SYSTEM), late))
    assert alone.stage is S.READ_OUT
    assert alone.drawn == after(opening, (c.Draw(HOST), T)).drawn


def test_without_its_inputs_nothing_is_drawn_by_chance() -> None:
    with pytest.raises(ValueError, match="parts"):
        decide(replace(drawing(K), inputs=None), c.Draw(HOST), T)


@given(st.lists(st.sampled_from([None, "k", "delta", "b", "x"]), max_size=8))
@settings(max_examples=40)
def test_whatever_is_asked_in_whatever_order_the_values_are_the_same(names: list[str]) -> None:
    opening = drawing(K, DELTA, B)
    whole = after(opening, (c.Draw(HOST), T)).drawn
    for name in names:
        try:
            opening = after(opening, (c.Draw(HOST, name), T))
        except Refused as caught:
            assert caught.code in {"OPN-1551", "OPN-1552"}
        assert opening.drawn == whole[: len(opening.drawn)]
        assert (opening.stage is S.READ_OUT) == (len(opening.drawn) == 3)
