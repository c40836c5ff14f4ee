"""Booking bank events against PostgreSQL: once each, in any order, nothing refused."""

import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import permutations
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select, text

from escrow.banks.actions import register_bank
from escrow.banks.booking import Booked, ContradictionError, book, book_all
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.queries import by_number
from escrow.bookings.rules import BookedEntry, EntryKind, Party, Sign, SubAccountState
from escrow.bookings.seals import public_bytes
from escrow.deposits.actions import claim, open_sub_accounts, release_locked
from escrow.ledger.models import Account, Bank
from escrow.ledger.queries import disagreements
from escrow.refunds.actions import record_answer
from escrow.refunds.models import Refund
from escrow.refunds.rules import Answer, RefundReason, RefundState
from kernel.db import Database
from kernel.ids import new_id

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
KEY = public_bytes(ec.generate_private_key(ec.SECP256R1()))
OWNER = Party("甲公司", "33")


class Till:
    """A bank with one claimed sub-account, and what it books."""

    def __init__(self, database: Database) -> None:
        self.database = database
        code = new_id().hex
        enrolment = {
            "code": code,
            "name": "银行",
            "adapter": "iso20022",
            "base_url": "http://x",
            "master_number": "1",
            "master_name": "专户",
            "key_id": "k",
            "public_key": "00" * 32,
        }
        with database.writing() as session:
            self.bank_id = register_bank(session, enrolment=enrolment, now=NOW)
            bank = session.get_one(Bank, self.bank_id)
            open_sub_accounts(session, bank, [new_id().hex])
            self.number = claim(session, bank=code, now=NOW).number

    def book(self, entry: BookedEntry) -> bool:
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id, with_for_update=True)
            return book(session, bank, entry, sealing_key=KEY, now=NOW)

    def credit(
        self,
        ref: str,
        fen: int,
        *,
        number: str | None = "own",
        party: Party | None = OWNER,
        end_to_end: str | None = None,
        returned: bool = False,
    ) -> BookedEntry:
        return BookedEntry(
            ref,
            Sign.CREDIT,
            fen,
            NOW,
            self.number if number == "own" else number,
            party,
            end_to_end=end_to_end,
            returned=returned,
        )

    def debit(
        self, ref: str, fen: int, *, end_to_end: str | None = None, reverses: str | None = None
    ) -> BookedEntry:
        return BookedEntry(
            ref, Sign.DEBIT, fen, NOW, None, OWNER, end_to_end=end_to_end, reverses=reverses
        )

    def balances(self) -> dict[str, int]:
        """Natural balances by kind of account; sound and zero-sum besides."""
        with self.database.reading() as session:
            assert disagreements(session) == []
            rows = session.scalars(select(Account).where(Account.bank_id == self.bank_id)).all()
            assert sum(row.dr_posted - row.cr_posted for row in rows) == 0
            return {
                row.kind.value: (row.cr_posted - row.dr_posted) * (-1 if row.kind.is_asset else 1)
                for row in rows
                if row.dr_posted != row.cr_posted
            }

    def refund(self, reason: RefundReason | None = None) -> Refund:
        with self.database.reading() as session:
            query = select(Refund).where(Refund.bank_id == self.bank_id)
            found = session.scalars(query).one()
            assert reason in (None, found.reason)
            return found

    def sent(self, refund_id: UUID, answer: Answer = Answer.ACCEPTED) -> None:
        with self.database.writing() as session:
            refund = session.get_one(Refund, refund_id)
            refund.state = RefundState.SENT
            record_answer(session, refund, answer, now=NOW)

    def state(self, refund_id: UUID) -> RefundState:
        with self.database.reading() as session:
            return session.get_one(Refund, refund_id).state


@pytest.fixture
def till(shared_database: Database) -> Iterator[Till]:
    yield Till(shared_database)


def test_any_order_of_a_banks_day_gives_one_state(shared_database: Database) -> None:
    seen = set()
    for order in permutations(range(4)):
        till = Till(shared_database)
        day = [
            till.credit("A", 500),
            till.debit("B", 500, reverses="A"),
            till.credit("C", 300),
            till.debit("D", 70),
        ]
        for index in order:
            assert till.book(day[index])
        assert not till.book(day[order[0]])
        seen.add(tuple(sorted(till.balances().items())))
    assert seen == {(("bank_claim", 70), ("cash", 230), ("deposit", 300))}


def test_money_for_an_unknown_number_waits_in_suspense_and_returns(till: Till) -> None:
    till.book(till.credit("A", 500, number="nowhere"))
    assert till.balances() == {"cash": 500, "refund_clearing": 500}
    refund = till.refund(RefundReason.UNKNOWN_SUB)
    till.sent(refund.id)
    till.book(till.debit("B", 500, end_to_end=refund.key))
    assert till.balances() == {}
    assert till.state(refund.id) is RefundState.SETTLED


def test_money_without_a_payer_waits_for_a_person(till: Till) -> None:
    till.book(till.credit("A", 500, number=None, party=None))
    assert till.balances() == {"cash": 500, "suspense": 500}


def test_a_persons_money_is_ordered_back_at_once(till: Till) -> None:
    till.book(till.credit("A", 500, party=Party("梁砚舟", "62", personal=True)))
    assert till.balances() == {"cash": 500, "refund_clearing": 500}
    assert till.refund().reason is RefundReason.PERSONAL_PAYER


def test_a_refused_refund_puts_the_money_back_and_waits(till: Till) -> None:
    till.book(till.credit("A", 500, party=Party("梁砚舟", "62", personal=True)))
    till.sent(till.refund().id, Answer.REJECTED)
    assert till.balances() == {"cash": 500, "deposit": 500}


def test_a_refund_paid_twice_is_a_claim_on_the_bank(till: Till) -> None:
    till.book(till.credit("A", 500, number="nowhere"))
    refund = till.refund()
    till.sent(refund.id)
    till.book(till.debit("B", 500, end_to_end=refund.key))
    till.book(till.debit("C", 500, end_to_end=refund.key))
    assert till.balances() == {"cash": -500, "bank_claim": 500}


def test_a_refund_of_another_amount_is_not_that_refund(till: Till) -> None:
    till.book(till.credit("A", 500, number="nowhere"))
    refund = till.refund()
    till.sent(refund.id)
    till.book(till.debit("B", 499, end_to_end=refund.key))
    assert till.balances() == {"cash": 1, "refund_clearing": 500, "bank_claim": 499}
    assert till.state(refund.id) is RefundState.ACCEPTED


def test_a_refund_that_came_back_waits_in_suspense(till: Till) -> None:
    till.book(till.credit("A", 500, number="nowhere"))
    refund = till.refund()
    till.sent(refund.id)
    till.book(till.debit("B", 500, end_to_end=refund.key))
    till.book(till.credit("C", 500, number=None, end_to_end=refund.key, returned=True))
    assert till.balances() == {"cash": 500, "suspense": 500}
    assert till.state(refund.id) is RefundState.RETURNED


def test_a_reversal_after_the_refund_is_a_claim(till: Till) -> None:
    till.book(till.credit("A", 500, party=Party("梁砚舟", "62", personal=True)))
    till.book(till.debit("B", 500, reverses="A"))
    assert till.balances() == {"refund_clearing": 500, "bank_claim": 500}


@pytest.mark.parametrize("number", ["own", "nowhere"])
def test_a_reversal_takes_of_its_own_credit_alone(till: Till, number: str) -> None:
    """What came by another credit stays whole, and can still go back."""
    till.book(till.credit("A", 500, number=number, party=Party("梁砚舟", "62", personal=True)))
    till.sent(till.refund().id)
    till.book(till.credit("B", 700, number=number, party=None))
    till.book(till.debit("C", 500, reverses="A"))
    held = "suspense" if number == "nowhere" else "deposit"
    assert till.balances() == {"cash": 700, "refund_clearing": 500, "bank_claim": 500, held: 700}


def test_one_reference_is_one_booking(till: Till) -> None:
    assert till.book(till.credit("A", 500))
    assert not till.book(till.credit("A", 500))
    with pytest.raises(ContradictionError):
        till.book(till.credit("A", 501))
    assert till.balances() == {"cash": 500, "deposit": 500}


def test_a_contradiction_keeps_nothing_else_of_its_message_out(till: Till) -> None:
    till.book(till.credit("A", 500))
    told = [till.credit("B", 70), till.credit("A", 501), till.credit("A", 500), till.credit("C", 1)]
    with till.database.writing() as session:
        bank = session.get_one(Bank, till.bank_id, with_for_update=True)
        found = book_all(session, bank, told, sealing_key=KEY, now=NOW)
    assert found == Booked(new=2, contradicting=1)
    assert till.balances() == {"cash": 571, "deposit": 571}


def test_another_banks_sub_account_is_none_of_ours(till: Till, shared_database: Database) -> None:
    other = Till(shared_database)
    till.book(till.credit("A", 500, number=other.number))
    assert till.refund().reason is RefundReason.UNKNOWN_SUB


def test_no_row_holds_a_payer_or_a_later_time(till: Till, shared_database: Database) -> None:
    till.book(till.credit("A", 500))
    with shared_database.reading() as session:
        row = session.scalars(select(BankEntry).where(BankEntry.bank_id == till.bank_id)).one()
        assert row.kind is EntryKind.CREDIT
        assert row.booked_at == NOW
        for sealed in (row.payer_for_worker, row.payer_for_owner):
            assert sealed is not None
            assert OWNER.name.encode() not in sealed
        sub = session.scalars(select(SubAccount).where(SubAccount.number == till.number)).one()
        assert sub.return_by is not None
        assert sub.return_by.day == 1
        assert sub.return_by > (NOW + timedelta(days=180)).date()


def test_two_who_move_one_deposit_wait_in_one_order(till: Till) -> None:
    """A message of several lines holds no account while it waits for a sub-account."""
    till.book(till.credit("A", 500, number="nowhere"))
    till.book(till.credit("B", 700))
    with till.database.reading() as session:
        stranger = session.scalars(select(Refund).where(Refund.bank_id == till.bank_id)).one()
    till.sent(stranger.id)
    lines = (till.debit("C", 500, end_to_end=stranger.key), till.credit("D", 900))

    def read() -> None:
        with till.database.writing() as session:
            bank = session.get_one(Bank, till.bank_id, with_for_update={"key_share": True})
            book_all(session, bank, lines, sealing_key=KEY, now=NOW)

    reader = threading.Thread(target=read, daemon=True)
    with till.database.writing() as session:
        sub = by_number(session, till.number, lock=True)
        assert sub is not None
        reader.start()
        until_somebody_waits(till.database)
        # Posts to the clearing account, as the first line of the message does.
        release_locked(session, sub, reason=RefundReason.WITHDRAWN, now=NOW)
    reader.join(timeout=30)
    assert not reader.is_alive()
    assert till.state(stranger.id) is RefundState.SETTLED
    # What came after the release is on its way back too.
    assert till.balances() == {"cash": 1600, "refund_clearing": 1600}


def until_somebody_waits(database: Database) -> None:
    """Until a transaction of this database waits for another's lock."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        with database.reading() as session:
            waits = text(
                "SELECT count(*) FROM pg_stat_activity"
                " WHERE datname = current_database() AND wait_event_type = 'Lock'"
            )
            if session.scalar(waits):
                return
        time.sleep(0.02)
    raise AssertionError("nobody waits")


def test_money_for_a_closed_sub_account_stands_in_suspense_and_goes_back(till: Till) -> None:
    with till.database.writing() as session:
        sub = session.scalars(select(SubAccount).where(SubAccount.number == till.number)).one()
        sub.state = SubAccountState.CLOSED
    till.book(till.credit("A", 500))
    assert till.refund(RefundReason.UNKNOWN_SUB).amount_fen == 500
    assert till.balances() == {"cash": 500, "refund_clearing": 500}
