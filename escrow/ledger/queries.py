"""Reads of the ledger: balances, the trial balance, and whether counters equal their entries."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import Session

from escrow.ledger.models import Account, Bank, Entry
from escrow.ledger.rules import AccountKind, AccountName, Side


@dataclass(frozen=True, slots=True)
class KindBalance:
    """All accounts of one kind at one bank, in fen."""

    bank: str
    kind: AccountKind
    debit_fen: int
    credit_fen: int


def available(session: Session, bank_id: UUID, name: AccountName) -> int:
    """What a liability account holds, pending debits taken off, in fen; 0 if it is not open."""
    found = session.scalar(
        select(Account.cr_posted - Account.dr_posted - Account.dr_pending).where(
            Account.bank_id == bank_id, Account.code == name.code
        )
    )
    return int(found or 0)


def trial_balance(session: Session) -> tuple[KindBalance, ...]:
    """Debits and credits per bank and kind; over each bank they are equal."""
    rows = session.execute(
        select(Bank.code, Account.kind, func.sum(Account.dr_posted), func.sum(Account.cr_posted))
        .join(Bank, Bank.id == Account.bank_id)
        .group_by(Bank.code, Account.kind)
        .order_by(Bank.code, Account.kind)
    )
    return tuple(KindBalance(bank, kind, int(dr), int(cr)) for bank, kind, dr, cr in rows)


def disagreements(session: Session) -> list[str]:
    """Codes of accounts whose counters or version differ from their entries; empty when sound."""
    debit = func.coalesce(func.sum(case((Entry.side == Side.DEBIT, Entry.amount_fen))), 0)
    credit = func.coalesce(func.sum(case((Entry.side == Side.CREDIT, Entry.amount_fen))), 0)
    count = func.count(Entry.leg)
    last = func.coalesce(func.max(Entry.account_version), 0)
    rows = session.scalars(
        select(Account.code)
        .outerjoin(Entry, Entry.account_id == Account.id)
        .group_by(Account.id)
        .having(
            or_(
                Account.dr_posted != debit,
                Account.cr_posted != credit,
                Account.version != count,
                Account.version != last,
            )
        )
        .order_by(Account.code)
    )
    return list(rows)
