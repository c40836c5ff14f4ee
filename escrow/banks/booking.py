"""Booking what a bank booked: post it once, then act on what it means.

The ledger takes every entry; what does not belong here is ordered back at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import BookedEntry, EntryKind, Party, SubAccountState, kind_of
from escrow.bookings.seals import seal_party
from escrow.events import DepositCredited
from escrow.forfeits import actions as forfeits
from escrow.ledger import actions as ledger
from escrow.ledger import queries as balances
from escrow.ledger import rules as posting
from escrow.ledger.models import Bank
from escrow.refunds import actions as refunds
from escrow.refunds import queries as refund_queries
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundReason
from escrow.settlements import actions as settlements
from kernel import outbox
from kernel.ids import new_id


class ContradictionError(ValueError):
    """The bank told two different things under one reference."""


@dataclass(frozen=True, slots=True)
class Booked:
    """How many entries of a message were new, and how many contradict what was booked before."""

    new: int
    contradicting: int


def book(
    session: Session,
    bank: Bank,
    entry: BookedEntry,
    *,
    sealing_key: bytes,
    now: datetime,
    message_id: UUID | None = None,
) -> bool:
    """Book one entry; False when it is here already. Raises ContradictionError.

    `message_id` is the kept message that tells of it. The caller holds the lock on `bank`, so that
    a push and a report never book side by side.
    """
    existing = bookings.by_reference(session, bank.id, entry.bank_ref)
    if existing is not None:
        _check_same(existing, entry)
        return False
    refund = _refund_named(session, entry)
    settles = refund is not None and refunds.may_settle(refund, entry.amount_fen)
    kind = kind_of(entry, refund_open=settles)
    original = (
        bookings.by_reference(session, bank.id, entry.reverses)
        if kind is EntryKind.REVERSAL and entry.reverses is not None
        else None
    )
    sub = _sub_account(session, bank, entry, kind, original)
    row = _record(session, bank, entry, kind, sub, refund, sealing_key, message_id)
    match kind:
        case EntryKind.CREDIT:
            _credited(session, bank, row, sub, entry.party, now)
        case EntryKind.REFUND_SETTLED if refund is not None:
            refunds.settle(session, refund, booked_at=entry.booked_at)
            settlements.note_booked(session, refund, booked_at=entry.booked_at)
            forfeits.note_booked(session, refund, booked_at=entry.booked_at)
        case EntryKind.REFUND_RETURNED if refund is not None:
            refunds.take_back(refund)
    return True


def book_all(
    session: Session,
    bank: Bank,
    entries: Sequence[BookedEntry],
    *,
    sealing_key: bytes,
    now: datetime,
) -> Booked:
    """Book the entries of one message; one that contradicts keeps none of the others out."""
    hold(session, bank, entries)
    return book_held(session, bank, entries, sealing_key=sealing_key, now=now)


def hold(session: Session, bank: Bank, entries: Sequence[BookedEntry]) -> None:
    """Lock everything the entries touch, in the order of all who move deposits.

    Settlements, refunds, sub-accounts, and only then the ledger's accounts, by posting.
    """
    keys = {entry.end_to_end for entry in entries if entry.end_to_end is not None}
    settlements.hold(session, keys)
    forfeits.hold(session, keys)
    refund_queries.hold(session, keys)
    numbers = {entry.number for entry in entries if entry.number is not None}
    originals = {entry.reverses for entry in entries if entry.reverses is not None}
    bookings.hold(session, bank.id, numbers=numbers, originals=originals)


def book_held(
    session: Session,
    bank: Bank,
    entries: Sequence[BookedEntry],
    *,
    sealing_key: bytes,
    now: datetime,
    message_id: UUID | None = None,
) -> Booked:
    """Book entries whose surroundings the caller holds."""
    new = contradicting = 0
    for one in entries:
        try:
            new += book(session, bank, one, sealing_key=sealing_key, now=now, message_id=message_id)
        except ContradictionError:
            # Told before anything of this entry was written.
            contradicting += 1
    return Booked(new, contradicting)


def _check_same(existing: BankEntry, entry: BookedEntry) -> None:
    if (existing.amount_fen, existing.booked_at, existing.reverses) != (
        entry.amount_fen,
        entry.booked_at,
        entry.reverses,
    ):
        raise ContradictionError("one reference, two bookings")


def _refund_named(session: Session, entry: BookedEntry) -> Refund | None:
    if entry.end_to_end is None:
        return None
    return refund_queries.by_key(session, entry.end_to_end, lock=True)


def _sub_account(
    session: Session,
    bank: Bank,
    entry: BookedEntry,
    kind: EntryKind,
    original: BankEntry | None,
) -> SubAccount | None:
    """The sub-account concerned, locked; a reversal follows its original."""
    if kind is EntryKind.REVERSAL:
        if original is None or original.sub_account_id is None:
            return None
        return session.get_one(SubAccount, original.sub_account_id, with_for_update=True)
    if kind not in (EntryKind.CREDIT, EntryKind.INTEREST_RECEIVED) or entry.number is None:
        return None
    found = bookings.by_number(session, entry.number, lock=True)
    if found is None or found.bank_id != bank.id:
        return None
    # Money for an account that is closed belongs to nobody here: it stands in suspense.
    return None if found.state is SubAccountState.CLOSED else found


def _record(
    session: Session,
    bank: Bank,
    entry: BookedEntry,
    kind: EntryKind,
    sub: SubAccount | None,
    refund: Refund | None,
    sealing_key: bytes,
    message_id: UUID | None,
) -> BankEntry:
    posted = ledger.post(
        session,
        posting.Journal(
            key=f"bank/{bank.code}/{entry.bank_ref}",
            kind=posting.JournalKind(kind.value),
            bank_id=bank.id,
            occurred_at=entry.booked_at,
            postings=_postings(session, bank, entry, kind, sub, refund),
        ),
    )
    party, owner = entry.party, sub.token_key if sub is not None else None
    ref = entry.bank_ref
    row = BankEntry(
        bank_id=bank.id,
        bank_ref=ref,
        sub_account_id=sub.id if sub is not None else None,
        kind=kind,
        amount_fen=entry.amount_fen,
        booked_at=entry.booked_at,
        end_to_end=entry.end_to_end,
        reverses=entry.reverses,
        payer_for_worker=seal_party(sealing_key, party, bank_ref=ref) if party else None,
        payer_for_owner=seal_party(owner, party, bank_ref=ref) if party and owner else None,
        journal_id=posted.journal_id,
        message_id=message_id,
    )
    session.add(row)
    session.flush()
    return row


def _postings(
    session: Session,
    bank: Bank,
    entry: BookedEntry,
    kind: EntryKind,
    sub: SubAccount | None,
    refund: Refund | None,
) -> tuple[posting.Posting, ...]:
    number = sub.number if sub is not None else None
    amount = entry.amount_fen
    match kind:
        case EntryKind.CREDIT:
            claimed = _reversed_before(session, bank, entry.bank_ref)
            return posting.credit(number, amount, claimed_fen=claimed)
        case EntryKind.REVERSAL:
            available = _left_to_reverse(session, bank, entry, number)
            return posting.reversal(number, amount, available_fen=available)
        case EntryKind.REFUND_SETTLED:
            assert refund is not None
            return refunds.settling_postings(session, refund)
        case EntryKind.REFUND_RETURNED:
            return posting.refund_returned(amount)
        case EntryKind.UNEXPLAINED_DEBIT:
            return posting.unexplained_debit(amount)
        case EntryKind.INTEREST_RECEIVED:
            return posting.interest_received(amount)


def _left_to_reverse(session: Session, bank: Bank, entry: BookedEntry, number: str | None) -> int:
    """What is still here of the credit that is taken back; nothing before that credit is known.

    Whatever else stands on the account came by another credit and is not the bank's to take.
    """
    original = bookings.by_reference(session, bank.id, entry.reverses or "")
    if original is None:
        return 0
    held = posting.AccountName.deposit_or_suspense(number)
    return min(balances.available(session, bank.id, held), refunds.left_of(session, original))


def _reversed_before(session: Session, bank: Bank, bank_ref: str) -> int:
    """What a reversal that overtook this credit has already claimed from the bank."""
    found = session.scalar(
        select(func.sum(BankEntry.amount_fen)).where(
            BankEntry.bank_id == bank.id,
            BankEntry.reverses == bank_ref,
            BankEntry.kind == EntryKind.REVERSAL,
        )
    )
    return int(found or 0)


def _credited(
    session: Session,
    bank: Bank,
    row: BankEntry,
    sub: SubAccount | None,
    party: Party | None,
    now: datetime,
) -> None:
    if sub is not None:
        outbox.record(
            session,
            DepositCredited(new_id(), bank.code, sub.number, row.amount_fen, row.booked_at),
        )
    reason = _unwelcome(sub, party)
    if reason is not None and party is not None:
        refunds.order(session, row, reason=reason, now=now)


def _unwelcome(sub: SubAccount | None, party: Party | None) -> RefundReason | None:
    """Why money goes back without anybody's asking."""
    if sub is None:
        return RefundReason.UNKNOWN_SUB
    if sub.state is SubAccountState.POOL:
        return RefundReason.UNCLAIMED
    if sub.state is SubAccountState.RELEASED:
        return RefundReason.AFTER_RELEASE
    if party is not None and party.personal:
        return RefundReason.PERSONAL_PAYER
    return None
