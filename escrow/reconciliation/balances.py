"""The bank's balance and ours at the end of a day, and what breaks explain of the difference."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escrow.bookings.models import BankEntry
from escrow.bookings.rules import Sign
from escrow.ledger.models import Account, Entry, JournalRow
from escrow.ledger.rules import CASH, Side
from escrow.reconciliation.models import BreakState, ReconBreak, StatementLine, StatementRow
from escrow.reconciliation.queries import OUTGOING


@dataclass(frozen=True, slots=True)
class Balances:
    """What the bank says and what we hold at the end of a day, in fen, and both sides' breaks."""

    bank_fen: int
    ledger_fen: int
    lines_fen: int
    bookings_fen: int

    @property
    def residual_fen(self) -> int:
        """What no break explains."""
        return self.bank_fen - self.lines_fen - (self.ledger_fen - self.bookings_fen)


def balances(session: Session, row: StatementRow) -> Balances:
    """Both balances at the end of a day, and what its and earlier breaks hold on either side."""
    lines, bookings = _broken(session, row.bank_id, row.day)
    held = _cash(session, row.bank_id, row.day)
    return Balances(row.closing_fen or 0, held, lines, bookings)


def _cash(session: Session, bank_id: UUID, day: date) -> int:
    amount = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=-Entry.amount_fen)
    found = session.scalar(
        select(func.sum(amount))
        .join(Account, Account.id == Entry.account_id)
        .join(JournalRow, JournalRow.id == Entry.journal_id)
        .where(Account.bank_id == bank_id, Account.code == CASH.code, JournalRow.ledger_day <= day)
    )
    return int(found or 0)


def _broken(session: Session, bank_id: UUID, day: date) -> tuple[int, int]:
    """Signed sums of the lines and of the entries in every break that still stands."""
    line = case(
        (StatementLine.sign == Sign.CREDIT, StatementLine.amount_fen),
        else_=-StatementLine.amount_fen,
    )
    entry = case((BankEntry.kind.in_(OUTGOING), -BankEntry.amount_fen), else_=BankEntry.amount_fen)
    found = session.execute(
        select(func.coalesce(func.sum(line), 0), func.coalesce(func.sum(entry), 0))
        .select_from(ReconBreak)
        .outerjoin(StatementLine, StatementLine.id == ReconBreak.line_id)
        .outerjoin(BankEntry, BankEntry.id == ReconBreak.entry_id)
        .where(
            ReconBreak.bank_id == bank_id,
            ReconBreak.day <= day,
            ReconBreak.state != BreakState.HEALED,
        )
    ).one()
    return int(found[0]), int(found[1])
