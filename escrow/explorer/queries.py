"""Reads of the ledger for people: accounts, their entries, a journal, the bank's words for it.

Numbered accounts are shown once a list has opened their sub-account; accounts that sum over all
are shown for the days whose sums may be shown.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from escrow.banks.models import Inbox
from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.disclosure.queries import is_listed, listed
from escrow.disclosure.rules import Horizon
from escrow.explorer.models import Look
from escrow.ledger.models import Account, Bank, Entry, JournalRow
from escrow.ledger.queries import KindBalance, trial_balance
from escrow.refunds import queries as refunds

PAGE: Final = 50
STATEMENT_MOST: Final = 5000
_MOST_NUMBERED: Final = 500


@dataclass(frozen=True, slots=True)
class Shelf:
    """A bank's accounts: sums by kind (None while sealed), and those that lists have opened."""

    bank: Bank
    sums: tuple[KindBalance, ...] | None
    numbered: tuple[Account, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of an account with its journal."""

    entry: Entry
    journal: JournalRow


@dataclass(frozen=True, slots=True)
class AccountPage:
    """An account's entries, newest first; `older` is the version to go on from.

    `hides` says that later entries are sealed; then the account's own counters are as well.
    """

    bank: Bank
    account: Account
    number: str | None
    lines: tuple[Line, ...]
    older: int | None
    hides: bool


@dataclass(frozen=True, slots=True)
class Leg:
    """A leg of a journal; its account's balance is None while such sums are sealed."""

    entry: Entry
    account: Account
    balance_fen: int | None


@dataclass(frozen=True, slots=True)
class JournalPage:
    """A journal, its legs, what the bank booked for it, the message it came in, who looked."""

    bank: Bank
    journal: JournalRow
    legs: tuple[Leg, ...]
    booking: BankEntry | None
    number: str | None
    message: Inbox | None
    looks: tuple[Look, ...]


def natural_fen(account: Account) -> int:
    """The balance on the account's own side."""
    debit = account.dr_posted - account.cr_posted
    return debit if account.kind.is_asset else -debit


def shelves(session: Session, horizon: Horizon) -> tuple[Shelf, ...]:
    """Every bank by its code."""
    sums = trial_balance(session) if horizon.sealed_from is None else None
    numbers = dict[UUID, list[Account]]()
    codes = select("deposit/" + SubAccount.number).where(SubAccount.id.in_(listed()))
    for one in session.scalars(
        select(Account).where(Account.code.in_(codes)).order_by(Account.code).limit(_MOST_NUMBERED)
    ):
        numbers.setdefault(one.bank_id, []).append(one)
    return tuple(
        Shelf(
            bank=bank,
            sums=None if sums is None else tuple(one for one in sums if one.bank == bank.code),
            numbered=tuple(numbers.get(bank.id, ())),
        )
        for bank in bookings.banks(session)
    )


def account_page(
    session: Session,
    bank_code: str,
    code: str,
    horizon: Horizon,
    *,
    before: int | None,
    most: int = PAGE,
) -> AccountPage | None:
    """Entries of an account below version `before`; None when there is none to be shown."""
    bank = bookings.bank_by_code(session, bank_code)
    if bank is None:
        return None
    account = session.scalars(
        select(Account).where(Account.bank_id == bank.id, Account.code == code)
    ).first()
    if account is None:
        return None
    number = code.partition("/")[2] or None
    hides = False
    query = _lines(account.id, before)
    if number is not None:
        sub = bookings.by_number(session, number)
        if sub is None or not is_listed(session, sub.id):
            return None
    elif horizon.sealed_from is not None:
        hides = True
        query = query.where(JournalRow.ledger_day < horizon.sealed_from)
    rows = [Line(entry, row) for entry, row in session.execute(query.limit(most + 1))]
    older = rows[most - 1].entry.account_version if len(rows) > most else None
    return AccountPage(bank, account, number, tuple(rows[:most]), older, hides)


def journal_page(session: Session, journal_id: UUID, horizon: Horizon) -> JournalPage | None:
    """A journal down to the message it came in; None when it may not be shown."""
    journal = session.get(JournalRow, journal_id)
    if journal is None:
        return None
    booking = session.scalars(select(BankEntry).where(BankEntry.journal_id == journal_id)).first()
    rows = session.execute(
        select(Entry, Account)
        .join(Account, Account.id == Entry.account_id)
        .where(Entry.journal_id == journal_id)
        .order_by(Entry.leg)
    ).all()
    sums = horizon.shows(journal.ledger_day)
    subs = _subs(session, (account for _, account in rows), booking)
    if not sums and not (subs and all(is_listed(session, one.id) for one in subs)):
        return None
    message = session.get(Inbox, booking.message_id) if booking and booking.message_id else None
    looks = select(Look).where(Look.message_id == (message.id if message else None))
    return JournalPage(
        bank=session.get_one(Bank, journal.bank_id),
        journal=journal,
        legs=tuple(
            Leg(entry, account, entry.balance_after if sums or account.kind.is_numbered else None)
            for entry, account in rows
        ),
        booking=booking,
        number=next((one.number for one in subs), None),
        message=message,
        looks=tuple(session.scalars(looks.order_by(Look.asked_at))),
    )


def _lines(account_id: UUID, before: int | None) -> Select[Entry, JournalRow]:
    query = (
        select(Entry, JournalRow)
        .join(JournalRow, JournalRow.id == Entry.journal_id)
        .where(Entry.account_id == account_id)
        .order_by(Entry.account_version.desc())
    )
    return query if before is None else query.where(Entry.account_version < before)


def _subs(
    session: Session, accounts: Iterable[Account], booking: BankEntry | None
) -> list[SubAccount]:
    """The sub-accounts a journal is about: by its accounts, its booking, the refund it settles."""
    numbers = {one.code.partition("/")[2] for one in accounts if one.kind.is_numbered}
    found = {one.id: one for n in numbers if (one := bookings.by_number(session, n)) is not None}
    ids = {booking.sub_account_id} if booking else set()
    refund = refunds.by_key(session, booking.end_to_end) if booking and booking.end_to_end else None
    credit = session.get(BankEntry, refund.credit_id) if refund else None
    ids |= {credit.sub_account_id} if credit else set()
    for sub_id in ids - {None}:
        found[sub_id] = session.get_one(SubAccount, sub_id)  # type: ignore[index]
    return list(found.values())
