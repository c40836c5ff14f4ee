"""What each movement of deposit money posts. Pure; amounts are integer fen above zero.

The ledger records what happened to money; whether a deposit qualifies is judged elsewhere.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Self
from uuid import UUID

from kernel.pure.money import MAX_FEN


class AccountKind(StrEnum):
    """Accounts kept per bank; assets stand on the debit side, liabilities on the credit side."""

    CASH = "cash"
    DEPOSIT = "deposit"
    SUSPENSE = "suspense"
    REFUND_CLEARING = "refund_clearing"
    BANK_CLAIM = "bank_claim"
    INTEREST_RECEIVABLE = "interest_receivable"
    INTEREST_PAYABLE = "interest_payable"
    FORFEIT_PAYABLE = "forfeit_payable"

    @property
    def is_asset(self) -> bool:
        """Whether the natural balance is debits less credits."""
        return self in (
            AccountKind.CASH,
            AccountKind.BANK_CLAIM,
            AccountKind.INTEREST_RECEIVABLE,
        )

    @property
    def is_numbered(self) -> bool:
        """Whether there is one for each sub-account."""
        return self in (AccountKind.DEPOSIT, AccountKind.INTEREST_PAYABLE)


class JournalKind(StrEnum):
    """Why money moved."""

    CREDIT = "credit"
    REVERSAL = "reversal"
    REFUND_ORDERED = "refund_ordered"
    REFUND_FAILED = "refund_failed"
    REFUND_SETTLED = "refund_settled"
    REFUND_RETURNED = "refund_returned"
    UNEXPLAINED_DEBIT = "unexplained_debit"
    INTEREST_RECEIVED = "interest_received"
    FORFEIT_ORDERED = "forfeit_ordered"
    FORFEIT_FAILED = "forfeit_failed"


class Side(StrEnum):
    """Debit or credit."""

    DEBIT = "debit"
    CREDIT = "credit"


@dataclass(frozen=True, slots=True)
class AccountName:
    """An account within one bank; deposits and their interest name a sub-account number."""

    kind: AccountKind
    number: str | None = None

    def __post_init__(self) -> None:
        if self.kind.is_numbered != (self.number is not None):
            raise ValueError("a sub-account number belongs to deposits and their interest only")

    @property
    def code(self) -> str:
        """The account's name in the chart: "cash", "deposit/6230001"."""
        return self.kind.value if self.number is None else f"{self.kind.value}/{self.number}"

    @classmethod
    def deposit_or_suspense(cls, number: str | None) -> Self:
        """Where money for `number` stands; without a known sub-account, in suspense."""
        if number is None:
            return cls(AccountKind.SUSPENSE)
        return cls(AccountKind.DEPOSIT, number)


@dataclass(frozen=True, slots=True)
class Posting:
    """One leg of a journal."""

    account: AccountName
    side: Side
    amount_fen: int

    def __post_init__(self) -> None:
        if not 0 < self.amount_fen <= MAX_FEN:
            raise ValueError("a posting moves a positive amount")


@dataclass(frozen=True, slots=True)
class Journal:
    """Legs that belong together; `key` is for ever, `occurred_at` is the bank's or our order time.

    Raises ValueError when the legs do not sum to zero.
    """

    key: str
    kind: JournalKind
    bank_id: UUID
    occurred_at: datetime
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len(self.postings) < 2 or signed_total(self.postings) != 0:
            raise ValueError(f"journal {self.kind} does not balance")
        if self.occurred_at.tzinfo is None:
            raise ValueError("a journal needs an aware time")


CASH = AccountName(AccountKind.CASH)
SUSPENSE = AccountName(AccountKind.SUSPENSE)
REFUND_CLEARING = AccountName(AccountKind.REFUND_CLEARING)
BANK_CLAIM = AccountName(AccountKind.BANK_CLAIM)
INTEREST_RECEIVABLE = AccountName(AccountKind.INTEREST_RECEIVABLE)
FORFEIT_PAYABLE = AccountName(AccountKind.FORFEIT_PAYABLE)
FIXED = (CASH, SUSPENSE, REFUND_CLEARING, BANK_CLAIM, INTEREST_RECEIVABLE, FORFEIT_PAYABLE)


def signed_total(postings: tuple[Posting, ...]) -> int:
    """Debits less credits, in fen."""
    return sum(p.amount_fen if p.side is Side.DEBIT else -p.amount_fen for p in postings)


def move(*, debit: AccountName, credit: AccountName, amount_fen: int) -> tuple[Posting, ...]:
    """The two legs of a simple movement."""
    return (
        Posting(debit, Side.DEBIT, amount_fen),
        Posting(credit, Side.CREDIT, amount_fen),
    )


def credit(number: str | None, amount_fen: int, *, claimed_fen: int = 0) -> tuple[Posting, ...]:
    """Money arrived: for a sub-account, or into suspense when the number is unknown.

    `claimed_fen` is what a reversal that overtook this credit has claimed from the bank: so much
    of it settles that claim.
    """
    held = AccountName.deposit_or_suspense(number)
    settled = min(claimed_fen, amount_fen)
    legs = [Posting(CASH, Side.DEBIT, amount_fen)]
    if settled:
        legs.append(Posting(BANK_CLAIM, Side.CREDIT, settled))
    if amount_fen > settled:
        legs.append(Posting(held, Side.CREDIT, amount_fen - settled))
    return tuple(legs)


def reversal(number: str | None, amount_fen: int, *, available_fen: int) -> tuple[Posting, ...]:
    """The bank took a credit back.

    What has left the deposit meanwhile is a claim on the bank: the ledger never refuses what the
    bank has done, and a deposit never turns negative.
    """
    covered = min(amount_fen, max(available_fen, 0))
    held = AccountName.deposit_or_suspense(number)
    legs: list[Posting] = []
    if covered:
        legs.append(Posting(held, Side.DEBIT, covered))
    if amount_fen > covered:
        legs.append(Posting(BANK_CLAIM, Side.DEBIT, amount_fen - covered))
    legs.append(Posting(CASH, Side.CREDIT, amount_fen))
    return tuple(legs)


def interest_payable(number: str) -> AccountName:
    """What is owed to the payer on top of a deposit."""
    return AccountName(AccountKind.INTEREST_PAYABLE, number)


def refund_ordered(
    number: str | None, amount_fen: int, *, interest_fen: int = 0
) -> tuple[Posting, ...]:
    """We owe the payer now, no longer the deposit; the money has not left the bank.

    Interest is owed to the payer and claimed from the bank at the same moment.
    """
    held = AccountName.deposit_or_suspense(number)
    legs = move(debit=held, credit=REFUND_CLEARING, amount_fen=amount_fen)
    if not interest_fen:
        return legs
    owed = _owed(number)
    return legs + move(debit=INTEREST_RECEIVABLE, credit=owed, amount_fen=interest_fen)


def refund_failed(
    number: str | None, amount_fen: int, *, interest_fen: int = 0
) -> tuple[Posting, ...]:
    """The bank refused the order: the money stands where it stood, no interest is owed yet."""
    held = AccountName.deposit_or_suspense(number)
    legs = move(debit=REFUND_CLEARING, credit=held, amount_fen=amount_fen)
    if not interest_fen:
        return legs
    owed = _owed(number)
    return legs + move(debit=owed, credit=INTEREST_RECEIVABLE, amount_fen=interest_fen)


def refund_settled(
    amount_fen: int, *, number: str | None = None, interest_fen: int = 0
) -> tuple[Posting, ...]:
    """The bank booked the refund: `amount_fen` of principal and the interest in one debit."""
    if not interest_fen:
        return move(debit=REFUND_CLEARING, credit=CASH, amount_fen=amount_fen)
    return (
        Posting(REFUND_CLEARING, Side.DEBIT, amount_fen),
        Posting(_owed(number), Side.DEBIT, interest_fen),
        Posting(CASH, Side.CREDIT, amount_fen + interest_fen),
    )


def interest_received(amount_fen: int) -> tuple[Posting, ...]:
    """The bank credited interest: what was claimed from it has come."""
    return move(debit=CASH, credit=INTEREST_RECEIVABLE, amount_fen=amount_fen)


def _owed(number: str | None) -> AccountName:
    if number is None:
        raise ValueError("money in suspense earns no interest for anybody")
    return interest_payable(number)


def forfeit_ordered(number: str | None, amount_fen: int) -> tuple[Posting, ...]:
    """The deposit is owed to its beneficiary now; the money has not left the bank (条例35, 74)."""
    held = AccountName.deposit_or_suspense(number)
    return move(debit=held, credit=FORFEIT_PAYABLE, amount_fen=amount_fen)


def forfeit_failed(number: str | None, amount_fen: int) -> tuple[Posting, ...]:
    """The bank refused to pay the beneficiary: the money stands where it stood."""
    held = AccountName.deposit_or_suspense(number)
    return move(debit=FORFEIT_PAYABLE, credit=held, amount_fen=amount_fen)


def forfeit_settled(amount_fen: int) -> tuple[Posting, ...]:
    """The bank booked the payment to the beneficiary."""
    return move(debit=FORFEIT_PAYABLE, credit=CASH, amount_fen=amount_fen)


def refund_returned(amount_fen: int) -> tuple[Posting, ...]:
    """A refund came back (account closed): it waits in suspense for a person."""
    return move(debit=CASH, credit=SUSPENSE, amount_fen=amount_fen)


def unexplained_debit(amount_fen: int) -> tuple[Posting, ...]:
    """The bank paid out what nobody ordered, or twice: a claim on the bank."""
    return move(debit=BANK_CLAIM, credit=CASH, amount_fen=amount_fen)
