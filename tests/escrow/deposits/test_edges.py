"""Edges of the judgement: exact sums and moments, and the words under which a verdict is kept."""

from datetime import UTC, datetime, timedelta

import pytest

from escrow.deposits.rules import (
    DepositTerms,
    Finality,
    Outcome,
    Payer,
    Payment,
    Standing,
    folded_name,
    judge,
    standing,
    unmatched,
)

T = datetime(2026, 11, 24, tzinfo=UTC)
TERMS = DepositTerms(100, T)
OWNER = Payer("甲公司", "33")


def paid(fen: int, *, at: datetime = T, returned: int = 0, reversed_: int = 0) -> Payment:
    return Payment(fen, at, OWNER, returned, reversed_)


def test_nothing_has_gone_back_unless_it_is_said() -> None:
    assert Payment(100, T, OWNER).remaining_fen == 100


@pytest.mark.parametrize(
    ("payment", "found"),
    [
        (paid(100, reversed_=100), Standing.REVERSED),
        (paid(100, reversed_=101), Standing.REVERSED),
        (paid(100, returned=100), Standing.RETURNED),
        (paid(100, returned=1, reversed_=99), Standing.RETURNED),
        (paid(100), Standing.COUNTED),
        (paid(100, at=T + timedelta(microseconds=1)), Standing.LATE),
    ],
)
def test_standings(payment: Payment, found: Standing) -> None:
    assert standing(payment, terms=TERMS, payer=OWNER) is found


@pytest.mark.parametrize(("fen", "missing", "excess"), [(99, 1, 0), (100, 0, 0), (101, 0, 1)])
def test_what_is_missing_and_what_is_too_much(fen: int, missing: int, excess: int) -> None:
    found = judge((paid(fen),), terms=TERMS, payer=OWNER, complete_until=None)
    assert (found.missing_fen, found.excess_fen) == (missing, excess)


def test_without_a_match_nothing_was_received() -> None:
    found = unmatched(Outcome.DUPLICATE, terms=TERMS)
    assert (found.received_fen, found.missing_fen, found.excess_fen) == (0, 100, 0)


def test_brackets_fold_to_round_ones_and_nothing_else_does() -> None:
    assert folded_name("〔【[{<《〈「『甲〕】]}>》〉」』") == "(((((((((甲)))))))))"
    assert folded_name("甲~乙") == "甲~乙"


def test_the_words_of_a_stored_verdict() -> None:
    found = judge((paid(101),), terms=TERMS, payer=OWNER, complete_until=T)
    assert found.finality is Finality.FINAL
    assert found.as_json() == {
        "outcome": "over",
        "finality": "final",
        "qualifies": True,
        "required_fen": 100,
        "received_fen": 101,
        "missing_fen": 0,
        "excess_fen": 1,
        "to_return_fen": 0,
        "complete_until": "2026-11-24T00:00:00+00:00",
        "payments": [
            {
                "amount_fen": 101,
                "booked_at": "2026-11-24T00:00:00+00:00",
                "standing": "counted",
                "remaining_fen": 101,
            }
        ],
    }
    assert [one.value for one in Standing] == [
        "counted",
        "late",
        "not_basic_account",
        "name_mismatch",
        "reversed",
        "returned",
    ]
