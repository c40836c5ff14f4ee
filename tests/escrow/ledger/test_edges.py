"""Which side counts how, told once without the table that uses it."""

from escrow.ledger.rules import CASH, SUSPENSE, Posting, Side, signed_total


def test_debits_count_up_and_credits_down() -> None:
    assert signed_total((Posting(CASH, Side.DEBIT, 5),)) == 5
    assert signed_total((Posting(CASH, Side.DEBIT, 5), Posting(SUSPENSE, Side.CREDIT, 7))) == -2
