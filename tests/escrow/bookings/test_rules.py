"""What a bank's line is: every kind by its marks, and lines that are none."""

from datetime import UTC, datetime
from typing import Any

import pytest

from escrow.bookings.rules import BookedEntry, EntryKind, Party, Sign, SubAccountState, kind_of
from kernel.pure.money import MAX_FEN

AT = datetime(2026, 11, 22, tzinfo=UTC)
IN, OUT = Sign.CREDIT, Sign.DEBIT


def entry(sign: Sign = IN, **marks: Any) -> BookedEntry:
    return BookedEntry(
        **{
            "bank_ref": "A",
            "amount_fen": 1,
            "booked_at": AT,
            "number": None,
            "party": None,
            "sign": sign,
            **marks,
        }
    )


@pytest.mark.parametrize(
    ("told", "refund_open", "kind"),
    [
        (entry(), False, EntryKind.CREDIT),
        (entry(), True, EntryKind.CREDIT),
        (entry(returned=True), True, EntryKind.REFUND_RETURNED),
        (entry(interest=True), False, EntryKind.INTEREST_RECEIVED),
        (entry(OUT), True, EntryKind.REFUND_SETTLED),
        (entry(OUT), False, EntryKind.UNEXPLAINED_DEBIT),
        (entry(OUT, reverses="B"), True, EntryKind.REVERSAL),
        (entry(OUT, reverses="B"), False, EntryKind.REVERSAL),
        (entry(reverses="B"), False, EntryKind.CREDIT),
    ],
)
def test_kinds(told: BookedEntry, refund_open: bool, kind: EntryKind) -> None:
    assert kind_of(told, refund_open=refund_open) is kind


@pytest.mark.parametrize(
    "marks",
    [
        {"bank_ref": ""},
        {"amount_fen": 0},
        {"amount_fen": -1},
        {"amount_fen": MAX_FEN + 1},
        {"booked_at": AT.replace(tzinfo=None)},
    ],
)
def test_what_is_no_line(marks: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="a booking"):
        entry(**marks)


def test_a_line_may_be_as_large_as_money_gets() -> None:
    assert entry(amount_fen=MAX_FEN).amount_fen == MAX_FEN


def test_nobody_is_a_person_unless_the_bank_says_so() -> None:
    assert not Party("甲公司", "33").personal
    assert (entry().returned, entry().interest, entry().end_to_end) == (False, False, None)


def test_words_that_are_stored_and_sent() -> None:
    assert [sign.value for sign in Sign] == ["CRDT", "DBIT"]
    assert [state.value for state in SubAccountState][:3] == ["pool", "claimed", "released"]
