"""Matching: what is planted is found, order never matters, every line stands in one place."""

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.bookings.rules import Sign
from escrow.reconciliation.rules import Break, BreakCode, Level, Line, Match, Outcome, reconcile
from tests.escrow.reconciliation.planting import DAY, plant, told

BASE = Line("L1", "R1", None, "6230001", Sign.CREDIT, 80_000_00, DAY)
OURS = replace(BASE, id="B1")


@given(st.integers(0, 2**32), st.integers(0, 60), st.integers(1, 12))
def test_the_breaks_found_are_the_breaks_planted(seed: int, count: int, every: int) -> None:
    planted = plant(seed, count=count, every=every)
    assert told(reconcile(planted.lines, planted.bookings).breaks) == planted.truth


lines = st.builds(
    Line,
    id=st.just(""),
    bank_ref=st.sampled_from([None, "R1", "R2", "R3"]),
    end_to_end=st.sampled_from([None, "E1", "E2"]),
    number=st.sampled_from([None, "62001", "62002"]),
    sign=st.sampled_from(Sign),
    amount_fen=st.sampled_from([1, 2]),
    day=st.integers(0, 5).map(lambda n: DAY + timedelta(days=n)),
)


def side(letter: str) -> st.SearchStrategy[list[Line]]:
    return st.lists(lines, max_size=9).map(
        lambda some: [replace(one, id=f"{letter}{n}") for n, one in enumerate(some)]
    )


@given(side("L"), side("B"), st.randoms(use_true_random=False))
def test_the_order_of_lines_never_matters(
    theirs: list[Line], ours: list[Line], chance: random.Random
) -> None:
    first = reconcile(theirs, ours)
    chance.shuffle(theirs)
    chance.shuffle(ours)
    second = reconcile(theirs, ours)
    assert told(first.breaks) == told(second.breaks)
    assert pairs(first) == pairs(second)
    assert set(first.suggestions) == set(second.suggestions)


@given(side("L"), side("B"))
def test_every_line_stands_in_exactly_one_place(theirs: list[Line], ours: list[Line]) -> None:
    found = reconcile(theirs, ours)
    both: list[Match | Break] = [*found.matches, *found.breaks]
    assert Counter(one.line.id for one in both if one.line) == Counter(one.id for one in theirs)
    assert Counter(o.booking.id for o in both if o.booking) == Counter(one.id for one in ours)
    for match in found.matches:
        assert match.line.signed_fen == match.booking.signed_fen


@given(side("L"), side("B"))
def test_what_is_not_explained_is_the_whole_difference(
    theirs: list[Line], ours: list[Line]
) -> None:
    """Statement less ledger is the sum of the breaks: nothing hides in a match."""
    found = reconcile(theirs, ours)
    broken = sum(
        (one.line.signed_fen if one.line else 0) - (one.booking.signed_fen if one.booking else 0)
        for one in found.breaks
    )
    assert broken == sum(o.signed_fen for o in theirs) - sum(o.signed_fen for o in ours)


@given(side("L"))
def test_a_side_matches_itself_as_far_as_it_can_be_told_apart(theirs: list[Line]) -> None:
    ours = [replace(one, id=f"B{one.id}") for one in theirs]
    found = reconcile(theirs, ours)
    telling = [one for one in theirs if one.bank_ref or one.end_to_end]
    assert len(found.matches) >= len(telling)


def pairs(found: Outcome) -> set[tuple[str, str, Level]]:
    return {(one.line.id, one.booking.id, one.level) for one in found.matches}


@pytest.mark.parametrize(
    ("line", "level"),
    [
        (BASE, Level.REFERENCE),
        (replace(BASE, number=None), Level.REFERENCE),
        (replace(BASE, bank_ref="S9"), Level.UNIQUE),
        (replace(BASE, bank_ref=None, day=DAY + timedelta(days=2)), Level.UNIQUE),
    ],
)
def test_levels(line: Line, level: Level) -> None:
    assert pairs(reconcile([line], [OURS])) == {("L1", "B1", level)}


def test_by_end_to_end_before_uniqueness() -> None:
    line = replace(BASE, bank_ref="S9", end_to_end="E1", day=DAY + timedelta(days=5))
    ours = replace(OURS, end_to_end="E1", number=None)
    assert pairs(reconcile([line], [ours])) == {("L1", "B1", Level.END_TO_END)}


def test_interest_and_refund_under_one_key_are_two() -> None:
    interest = replace(BASE, bank_ref="S1", end_to_end="E1", amount_fen=7)
    refund = replace(BASE, id="L2", bank_ref="S2", end_to_end="E1", sign=Sign.DEBIT)
    ours = [replace(refund, id="B2", bank_ref="R2"), replace(interest, id="B1", bank_ref="R1")]
    found = reconcile([interest, refund], ours)
    assert pairs(found) == {("L1", "B1", Level.END_TO_END), ("L2", "B2", Level.END_TO_END)}


@pytest.mark.parametrize(
    "line",
    [
        replace(BASE, bank_ref=None, day=DAY + timedelta(days=3)),
        replace(BASE, bank_ref=None, number=None),
        replace(BASE, bank_ref=None, number="6230002"),
    ],
)
def test_a_likeness_is_only_suggested(line: Line) -> None:
    found = reconcile([line], [OURS])
    assert told(found.breaks) == {
        (BreakCode.NOT_BOOKED, "L1", None),
        (BreakCode.NOT_ON_STATEMENT, None, "B1"),
    }
    assert [(s.line.id, [b.id for b in s.bookings]) for s in found.suggestions] == [("L1", ["B1"])]


def test_the_nearest_few_are_suggested_first() -> None:
    ours = [
        replace(OURS, id=f"B{n}", bank_ref=None, number=None, day=DAY + timedelta(days=n))
        for n in range(-6, 12)
    ]
    found = reconcile([replace(BASE, bank_ref=None)], ours)
    assert [one.id for one in found.suggestions[0].bookings] == ["B0", "B-1", "B1"]


def test_two_identical_lines_are_two_payments() -> None:
    twins = [replace(BASE, id=f"L{n}", bank_ref=f"R{n}") for n in range(2)]
    ours = [replace(one, id=f"B{n}") for n, one in enumerate(twins)]
    assert len(reconcile(twins, ours).matches) == 2
    assert told(reconcile(twins, ours[:1]).breaks) == {(BreakCode.NOT_BOOKED, "L1", None)}


def test_two_possible_bookings_are_no_match() -> None:
    line = replace(BASE, bank_ref=None)
    twins = [replace(OURS, id=f"B{n}", bank_ref=f"R{n}") for n in range(2)]
    found = reconcile([line], twins)
    assert not found.matches
    assert len(found.suggestions[0].bookings) == 2
    # Nor two lines for one booking, although the further line has but that one.
    far = replace(line, id="L2", day=DAY - timedelta(days=2))
    assert not reconcile([line, far], twins[:1]).matches


def test_a_surplus_under_a_known_reference_is_doubled() -> None:
    again = replace(BASE, id="L2")
    assert told(reconcile([BASE, again], [OURS]).breaks) == {(BreakCode.DOUBLED, "L2", None)}


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (replace(BASE, amount_fen=80_000_01), BreakCode.AMOUNT_DIFFERS),
        (replace(BASE, sign=Sign.DEBIT), BreakCode.AMOUNT_DIFFERS),
        (replace(BASE, number="6230002"), BreakCode.ACCOUNT_DIFFERS),
        (replace(BASE, day=DAY + timedelta(days=1)), BreakCode.DAY_DIFFERS),
    ],
)
def test_one_reference_told_differently(line: Line, code: BreakCode) -> None:
    assert told(reconcile([line], [OURS]).breaks) == {(code, "L1", "B1")}
