"""余额调节表: the bank's balance and ours at the end of a day, and what lies between the two.

An item lies between them when by the end of that day one side had told of it and the other had not,
or differently. What a later day brings does not change an earlier day's sheet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import case, exists, func, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import Session, aliased

from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import Sign
from escrow.ledger.models import Account, Entry, JournalRow
from escrow.ledger.rules import CASH, Side
from escrow.reconciliation.models import ReconBreak, ReconMatch, StatementLine, StatementRow
from escrow.reconciliation.queries import OUTGOING
from escrow.reconciliation.rules import BreakCode


@dataclass(frozen=True, slots=True)
class Item:
    """Something between the two balances; `signed_fen` is above zero into the account."""

    code: BreakCode
    day: date
    reference: str
    number: str | None
    signed_fen: int
    words: str
    people: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Balances:
    """Both balances at the end of a day, in fen, and what each side alone tells of."""

    bank_fen: int
    ledger_fen: int
    lines: tuple[Item, ...]
    bookings: tuple[Item, ...]

    @property
    def bank_adjusted_fen(self) -> int:
        """The bank's balance as if it had told of everything that we have booked."""
        return self.bank_fen + sum(one.signed_fen for one in self.bookings)

    @property
    def ledger_adjusted_fen(self) -> int:
        """Our balance as if we had booked everything that the bank has told of."""
        return self.ledger_fen + sum(one.signed_fen for one in self.lines)

    @property
    def residual_fen(self) -> int:
        """What nothing explains."""
        return self.bank_adjusted_fen - self.ledger_adjusted_fen


def balances(session: Session, row: StatementRow) -> Balances:
    """Both balances at the end of a statement's day and everything between them."""
    return Balances(
        bank_fen=row.closing_fen or 0,
        ledger_fen=_cash(session, row.bank_id, row.day),
        lines=tuple(_lines(session, row.bank_id, row.day)),
        bookings=tuple(_bookings(session, row.bank_id, row.day)),
    )


def _cash(session: Session, bank_id: UUID, day: date) -> int:
    amount = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=-Entry.amount_fen)
    found = session.scalar(
        select(func.sum(amount))
        .join(Account, Account.id == Entry.account_id)
        .join(JournalRow, JournalRow.id == Entry.journal_id)
        .where(Account.bank_id == bank_id, Account.code == CASH.code, JournalRow.ledger_day <= day)
    )
    return int(found or 0)


def _lines(session: Session, bank_id: UUID, day: date) -> Iterator[Item]:
    """Lines of broken days up to `day` that are no entry which we had booked by then."""
    entry = aliased(BankEntry)
    booked = (
        exists()
        .where(ReconMatch.line_id == StatementLine.id, entry.id == ReconMatch.entry_id)
        .where(JournalRow.id == entry.journal_id, JournalRow.ledger_day <= day)
    )
    rows = session.execute(
        select(ReconBreak, StatementLine)
        .join(StatementLine, StatementLine.id == ReconBreak.line_id)
        .where(ReconBreak.bank_id == bank_id, ReconBreak.day <= day, ~booked)
        .order_by(StatementLine.id, ReconBreak.found_at.desc(), ReconBreak.id)
        .ext(distinct_on(StatementLine.id))
    ).all()
    for one, line in sorted(rows, key=lambda row: (row[0].day, row[1].position)):
        into = line.sign is Sign.CREDIT
        fen = line.amount_fen if into else -line.amount_fen
        yield _item(one, line.bank_ref, line.number, fen)


def _bookings(session: Session, bank_id: UUID, day: date) -> Iterator[Item]:
    """Entries that we had booked by `day` and no statement up to then had told of."""
    told = (
        exists()
        .where(ReconMatch.entry_id == BankEntry.id, StatementLine.id == ReconMatch.line_id)
        .where(StatementRow.id == StatementLine.statement_id, StatementRow.day <= day)
    )
    rows = session.execute(
        select(ReconBreak, BankEntry, SubAccount.number)
        .join(BankEntry, BankEntry.id == ReconBreak.entry_id)
        .join(JournalRow, JournalRow.id == BankEntry.journal_id)
        .outerjoin(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .where(
            ReconBreak.bank_id == bank_id,
            ReconBreak.day <= day,
            JournalRow.ledger_day <= day,
            ~told,
        )
        .order_by(BankEntry.id, ReconBreak.found_at.desc(), ReconBreak.id)
        .ext(distinct_on(BankEntry.id))
    ).all()
    for one, booked, number in sorted(rows, key=lambda row: (row[0].day, row[1].bank_ref)):
        fen = -booked.amount_fen if booked.kind in OUTGOING else booked.amount_fen
        yield _item(one, booked.bank_ref, number, fen)


def _item(one: ReconBreak, reference: str, number: str | None, signed_fen: int) -> Item:
    people = tuple(name for name in (one.maker_name, one.checker_name) if name)
    return Item(one.code, one.day, reference, number, signed_fen, one.words or "", people)
