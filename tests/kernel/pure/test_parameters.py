"""Parameters drawn in the hall: chosen from what was published, by everybody's parts, exactly."""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import replace
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.pure import parameters
from kernel.pure.parameters import BidRange, Inputs, Parameter

D = Decimal
K = Parameter("k", "下浮系数 K", tuple(D(n) / 1000 for n in range(950, 981, 5)))
AMONG = BidRange("delta", D("0.7"), D("0.3"), D("0.25"), D("0.95"))
B = Parameter("b", "B 值所在的投标", (), AMONG)
CEILING = 1_000_000
PARTS = st.dictionaries(
    st.binary(min_size=32, max_size=32),
    st.none() | st.binary(min_size=32, max_size=32),
    min_size=1,
    max_size=8,
)


def inputs(prices: list[int], ceiling: int | None = CEILING) -> Inputs:
    named = {bytes([n]) * 32: price for n, price in enumerate(prices)}
    return Inputs("lot", bytes(32), {each: each for each in named}, named, ceiling)


def chosen_among(prices: list[int], delta: str | None = "0.04") -> list[int]:
    """The seats that the bid is drawn among."""
    found = parameters.options_of(B, inputs(prices), {"delta": delta})
    return sorted(bytes.fromhex(each)[0] for each in found)


@given(PARTS, st.binary(min_size=32, max_size=32), st.randoms())
@settings(max_examples=40)
def test_the_value_is_a_published_one_and_no_order_of_the_inputs_moves_it(parts, root, rng) -> None:  # type: ignore[no-untyped-def]
    told = Inputs("lot", root, parts, dict.fromkeys(parts, 900_000), CEILING)
    mixed = list(parts.items())
    rng.shuffle(mixed)
    drawn = parameters.draw(K, told, {})
    assert drawn == parameters.draw(K, replace(told, parts=dict(mixed)), {})
    assert drawn.options == ("0.95", "0.955", "0.96", "0.965", "0.97", "0.975", "0.98")
    assert drawn.index is not None and drawn.value == drawn.options[drawn.index]
    bid = parameters.draw(B, told, {"delta": "0.05"})
    assert bid.value is not None and bytes.fromhex(bid.value) in parts


def test_every_input_moves_the_seed_and_names_are_apart() -> None:
    told = inputs([900_000, 910_000])
    one = parameters.draw(K, told, {}).seed
    other = parameters.draw(replace(K, name="q1"), told, {}).seed
    moved = parameters.draw(K, replace(told, close_root=b"\x01" * 32), {}).seed
    kept_back = parameters.draw(K, replace(told, parts={**told.parts, bytes(32): None}), {}).seed
    assert len({one, other, moved, kept_back}) == 4


def test_each_value_comes_about_equally_often() -> None:
    told = inputs([900_000])
    count = Counter(
        parameters.draw(K, replace(told, close_root=os.urandom(32)), {}).value for _ in range(2100)
    )
    assert len(count) == 7
    assert all(210 < each < 400 for each in count.values())


def test_one_bid_is_drawn_between_c_and_the_upper_bound() -> None:
    # A = 960,000; the bound is 912,000; the range begins at (mean × 0.7 + 300,000) × 0.75.
    assert chosen_among([700_000, 800_000, 850_000, 911_999, 912_000, 990_000]) == [1, 2, 3]
    # 400,000 is below the range, so C is 800,000.
    assert chosen_among([400_000, 800_000, 850_000, 900_000]) == [2, 3]


def test_a_bid_above_the_ceiling_is_no_valid_one() -> None:
    assert chosen_among([800_000, 850_000, 1_000_001]) == [1]
    assert chosen_among([1_000_001]) == []


def test_an_empty_range_falls_back_to_any_other_bid_than_c_and_then_to_any() -> None:
    assert chosen_among([920_000, 930_000, 940_000]) == [1, 2]
    assert chosen_among([920_000, 920_000]) == [0, 1]
    assert chosen_among([300_000, 300_000]) == [0, 1]
    nothing = parameters.draw(B, inputs([]), {"delta": "0.04"})
    assert (nothing.options, nothing.index, nothing.value) == ((), None, None)


def test_without_a_ceiling_or_its_delta_any_opened_bid_may_be_drawn() -> None:
    assert parameters.options_of(B, inputs([1, 2], ceiling=None), {"delta": "0.04"}) == tuple(
        (bytes([n]) * 32).hex() for n in (0, 1)
    )
    assert chosen_among([1, 2], delta=None) == [0, 1]


def test_the_bounds_are_exact() -> None:
    """Where binary numbers would be off by one: 0.95 × 0.9 × 1,000,000 is 855,000 exactly."""
    assert chosen_among([700_000, 854_999, 855_000], delta="0.1") == [1]
