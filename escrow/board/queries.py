"""Reads for the bank board. Sums over all payments are read for days that may be shown only."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from escrow.banks.models import BankLink
from escrow.banks.rules import LinkState
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import EntryKind
from escrow.deposits.models import DepositVerdict, Feed
from escrow.disclosure.queries import listed
from escrow.disclosure.rules import SHANGHAI, Horizon
from escrow.ledger.models import Account, Bank, Entry, JournalRow
from escrow.ledger.rules import CASH, AccountKind, Side
from escrow.reconciliation.models import ReconBreak
from escrow.reconciliation.queries import UNDECIDED
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState

STUCK = (RefundState.REJECTED, RefundState.RETURNED)


@dataclass(frozen=True, slots=True)
class Link:
    """What may always be told of a bank: the link, and how far the feed is complete."""

    bank_id: UUID
    code: str
    name: str
    state: LinkState
    complete_until: datetime | None
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sum:
    """A number of payments and their total in fen."""

    count: int = 0
    fen: int = 0


@dataclass(frozen=True, slots=True)
class Arrival:
    """A credit on a listed lot's sub-account."""

    lot_ref: UUID
    bank_id: UUID
    number: str
    amount_fen: int
    booked_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """A refund of a listed lot that needs a person: no answer for too long, refused, returned."""

    bank: str
    number: str | None
    key: str
    amount_fen: int
    state: RefundState
    sent_at: datetime | None


def links(session: Session) -> tuple[Link, ...]:
    """Every bank's link; `complete_until` is cut to the minute."""
    rows = session.execute(
        select(Bank, BankLink.state, Feed.complete_until, BankLink.checked_at)
        .outerjoin(BankLink, BankLink.bank_id == Bank.id)
        .outerjoin(Feed, Feed.bank_id == Bank.id)
        .order_by(Bank.code)
    )
    return tuple(
        Link(
            bank.id,
            bank.code,
            bank.name,
            state or LinkState.DOWN,
            _to_the_minute(until),
            checked,
        )
        for bank, state, until, checked in rows
    )


def held(session: Session) -> Mapping[UUID, int]:
    """What stands on listed sub-accounts, by bank, in fen."""
    rows = session.execute(
        select(SubAccount.bank_id, func.sum(Account.cr_posted - Account.dr_posted))
        .join(
            Account,
            (Account.bank_id == SubAccount.bank_id)
            & (Account.code == func.concat(AccountKind.DEPOSIT.value, "/", SubAccount.number)),
        )
        .where(SubAccount.id.in_(listed()))
        .group_by(SubAccount.bank_id)
    )
    return {bank: int(fen) for bank, fen in rows}


def arrivals(session: Session, *, since: datetime) -> tuple[Arrival, ...]:
    """Credits on sub-accounts that lists named since that moment, oldest first."""
    judged = (
        select(DepositVerdict.sub_account_id, DepositVerdict.lot_ref)
        .where(DepositVerdict.decided_at >= since, DepositVerdict.sub_account_id.is_not(None))
        .distinct()
        .subquery()
    )
    rows = session.execute(
        select(
            judged.c.lot_ref,
            BankEntry.bank_id,
            SubAccount.number,
            BankEntry.amount_fen,
            BankEntry.booked_at,
        )
        .join(SubAccount, SubAccount.id == judged.c.sub_account_id)
        .join(BankEntry, BankEntry.sub_account_id == SubAccount.id)
        .where(BankEntry.kind == EntryKind.CREDIT)
        .order_by(BankEntry.booked_at, BankEntry.bank_ref)
    )
    return tuple(Arrival(*row) for row in rows)


def waiting(session: Session, *, asked_before: datetime) -> tuple[Waiting, ...]:
    """Listed lots' refunds that need a person; `asked_before` is wall time."""
    unanswered = (Refund.state == RefundState.UNKNOWN) & (Refund.sent_at < asked_before)
    rows = session.execute(
        select(Bank.name, SubAccount.number, Refund)
        .join(Bank, Bank.id == Refund.bank_id)
        .join(BankEntry, BankEntry.id == Refund.credit_id)
        .join(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .where(SubAccount.id.in_(listed()), unanswered | Refund.state.in_(STUCK))
        .order_by(Refund.ordered_at, Refund.id)
    )
    return tuple(
        Waiting(bank, number, one.key, one.amount_fen + one.interest_fen, one.state, one.sent_at)
        for bank, number, one in rows
    )


def unknown(session: Session, horizon: Horizon) -> Mapping[UUID, Sum]:
    """Credits for no sub-account, by bank, on the days that may be shown."""
    day = func.date(func.timezone(SHANGHAI.key, BankEntry.booked_at))
    query = select(
        BankEntry.bank_id, func.count(BankEntry.id), func.sum(BankEntry.amount_fen)
    ).where(BankEntry.kind == EntryKind.CREDIT, BankEntry.sub_account_id.is_(None))
    if horizon.sealed_from is not None:
        query = query.where(day < horizon.sealed_from)
    rows = session.execute(query.group_by(BankEntry.bank_id))
    return {bank: Sum(int(count), int(fen)) for bank, count, fen in rows}


def broken(session: Session) -> Mapping[UUID, int]:
    """Breaks that wait for people, by bank (decision 0010)."""
    rows = session.execute(
        select(ReconBreak.bank_id, func.count(ReconBreak.id))
        .where(ReconBreak.state.in_(UNDECIDED))
        .group_by(ReconBreak.bank_id)
    )
    return {bank: int(count) for bank, count in rows}


def day_ends(session: Session, days: Sequence[date]) -> Mapping[UUID, list[int]]:
    """Each bank's cash by our ledger at the end of each of these days, in fen."""
    amount = case((Entry.side == Side.DEBIT, Entry.amount_fen), else_=-Entry.amount_fen)
    before = func.greatest(JournalRow.ledger_day, days[0])
    rows = session.execute(
        select(Account.bank_id, before, func.sum(amount))
        .join(Entry, Entry.account_id == Account.id)
        .join(JournalRow, JournalRow.id == Entry.journal_id)
        .where(Account.code == CASH.code, JournalRow.ledger_day <= days[-1])
        .group_by(Account.bank_id, before)
    )
    moved: dict[UUID, dict[date, int]] = {}
    for bank, day, fen in rows:
        moved.setdefault(bank, {})[day] = int(fen)
    return {bank: list(_running(found, days)) for bank, found in moved.items()}


def _to_the_minute(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(second=0, microsecond=0)


def _running(moved: Mapping[date, int], days: Sequence[date]) -> Iterable[int]:
    total = 0
    for day in days:
        total += moved.get(day, 0)
        yield total
