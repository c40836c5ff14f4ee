"""What each movement posts: balanced, positive, and never more than the deposit holds."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.ledger import rules
from escrow.ledger.rules import AccountKind, AccountName, Journal, JournalKind, Posting, Side
from kernel.pure.money import MAX_FEN

amounts = st.integers(1, MAX_FEN)
numbers = st.none() | st.text("0123456789", min_size=1, max_size=20)


def legs(postings: tuple[Posting, ...]) -> list[tuple[str, str, int]]:
    return [(p.account.code, p.side.value, p.amount_fen) for p in postings]


@given(numbers, amounts, st.integers(0, MAX_FEN))
def test_every_movement_sums_to_zero(number: str | None, amount: int, other: int) -> None:
    for postings in (
        rules.credit(number, amount, claimed_fen=other),
        rules.reversal(number, amount, available_fen=other),
        rules.refund_ordered(number, amount),
        rules.refund_failed(number, amount),
        rules.refund_settled(amount),
        rules.refund_returned(amount),
        rules.unexplained_debit(amount),
    ):
        assert rules.signed_total(postings) == 0
        assert all(p.amount_fen > 0 for p in postings)


def test_a_credit_stands_in_its_deposit() -> None:
    assert legs(rules.credit("62", 500)) == [
        ("cash", "debit", 500),
        ("deposit/62", "credit", 500),
    ]


def test_a_credit_without_a_known_number_waits_in_suspense() -> None:
    assert legs(rules.credit(None, 500)) == [
        ("cash", "debit", 500),
        ("suspense", "credit", 500),
    ]


def test_a_credit_settles_the_claim_of_a_reversal_that_overtook_it() -> None:
    assert legs(rules.credit("62", 500, claimed_fen=200)) == [
        ("cash", "debit", 500),
        ("bank_claim", "credit", 200),
        ("deposit/62", "credit", 300),
    ]


@pytest.mark.parametrize(
    ("available", "expected"),
    [
        (500, [("deposit/62", "debit", 500), ("cash", "credit", 500)]),
        (
            200,
            [
                ("deposit/62", "debit", 200),
                ("bank_claim", "debit", 300),
                ("cash", "credit", 500),
            ],
        ),
        (0, [("bank_claim", "debit", 500), ("cash", "credit", 500)]),
        (-7, [("bank_claim", "debit", 500), ("cash", "credit", 500)]),
    ],
)
def test_a_reversal_takes_what_is_there_and_claims_the_rest(
    available: int, expected: list[tuple[str, str, int]]
) -> None:
    assert legs(rules.reversal("62", 500, available_fen=available)) == expected


def test_refund_goes_through_clearing_and_back_when_refused() -> None:
    assert legs(rules.refund_ordered("62", 5)) == [
        ("deposit/62", "debit", 5),
        ("refund_clearing", "credit", 5),
    ]
    assert legs(rules.refund_failed("62", 5)) == [
        ("refund_clearing", "debit", 5),
        ("deposit/62", "credit", 5),
    ]
    assert legs(rules.refund_settled(5)) == [
        ("refund_clearing", "debit", 5),
        ("cash", "credit", 5),
    ]
    assert legs(rules.refund_returned(5)) == [("cash", "debit", 5), ("suspense", "credit", 5)]
    assert legs(rules.unexplained_debit(5)) == [
        ("bank_claim", "debit", 5),
        ("cash", "credit", 5),
    ]


@given(st.text("0123456789", min_size=1), st.integers(1, 10**15), st.integers(0, 10**15))
def test_a_refund_with_interest_leaves_nothing_behind(
    number: str, amount: int, interest: int
) -> None:
    """Ordered, interest received, settled: only cash has moved, by the principal."""
    ordered = rules.refund_ordered(number, amount, interest_fen=interest)
    failed = rules.refund_failed(number, amount, interest_fen=interest)
    settled = rules.refund_settled(amount, number=number, interest_fen=interest)
    received = rules.interest_received(interest) if interest else ()
    for postings in (ordered, failed, settled):
        assert rules.signed_total(postings) == 0
    assert set(left(ordered + failed).values()) == {0}
    moved = {code: fen for code, fen in left(ordered + received + settled).items() if fen}
    assert moved == {f"deposit/{number}": amount, "cash": -amount}


def left(postings: tuple[Posting, ...]) -> dict[str, int]:
    """Debits less credits by account."""
    sums: dict[str, int] = {}
    for code, side, fen in legs(postings):
        sums[code] = sums.get(code, 0) + (fen if side == "debit" else -fen)
    return sums


def test_interest_is_claimed_from_the_bank_and_owed_to_the_payer() -> None:
    assert legs(rules.refund_ordered("62", 5, interest_fen=2)) == [
        ("deposit/62", "debit", 5),
        ("refund_clearing", "credit", 5),
        ("interest_receivable", "debit", 2),
        ("interest_payable/62", "credit", 2),
    ]
    assert legs(rules.refund_settled(5, number="62", interest_fen=2)) == [
        ("refund_clearing", "debit", 5),
        ("interest_payable/62", "debit", 2),
        ("cash", "credit", 7),
    ]
    assert legs(rules.interest_received(2)) == [
        ("cash", "debit", 2),
        ("interest_receivable", "credit", 2),
    ]
    with pytest.raises(ValueError, match="suspense"):
        rules.refund_ordered(None, 5, interest_fen=2)


@pytest.mark.parametrize("amount", [0, -1, MAX_FEN + 1])
def test_a_posting_moves_a_positive_amount(amount: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        Posting(rules.CASH, Side.DEBIT, amount)


def test_a_journal_balances_and_knows_its_time() -> None:
    now = datetime(2026, 11, 22, tzinfo=UTC)
    good = rules.refund_settled(5)
    with pytest.raises(ValueError, match="balance"):
        Journal("k", JournalKind.CREDIT, uuid4(), now, good[:1])
    with pytest.raises(ValueError, match="balance"):
        Journal("k", JournalKind.CREDIT, uuid4(), now, (good[0], good[0]))
    with pytest.raises(ValueError, match="aware"):
        Journal("k", JournalKind.CREDIT, uuid4(), now.replace(tzinfo=None), good)


def test_only_deposits_and_their_interest_have_numbers() -> None:
    with pytest.raises(ValueError, match="sub-account"):
        AccountName(AccountKind.DEPOSIT)
    with pytest.raises(ValueError, match="sub-account"):
        AccountName(AccountKind.INTEREST_PAYABLE)
    with pytest.raises(ValueError, match="sub-account"):
        AccountName(AccountKind.CASH, "62")
    assert [kind for kind in AccountKind if kind.is_asset] == [
        AccountKind.CASH,
        AccountKind.BANK_CLAIM,
        AccountKind.INTEREST_RECEIVABLE,
    ]
