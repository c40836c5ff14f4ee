"""Forfeits against PostgreSQL: held, approved by two, paid to the beneficiary, booked once."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from escrow import public
from escrow.banks.booking import book
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.forfeits import actions, queries
from escrow.forfeits.models import Forfeit
from escrow.ledger.models import Bank
from escrow.ledger.queries import available, disagreements
from escrow.ledger.rules import FORFEIT_PAYABLE, REFUND_CLEARING, AccountKind, AccountName
from escrow.public import (
    Against,
    Beneficiary,
    ForfeitReason,
    ForfeitState,
    Ground,
    LineState,
    ReleaseReason,
    SettlementState,
)
from escrow.refunds import actions as refunds
from escrow.refunds.models import Refund
from escrow.refunds.rules import Answer, RefundReason, RefundState
from kernel.db import Database
from kernel.ids import new_id
from kernel.permissions import Account
from tests.escrow.deposits.test_actions import KEY
from tests.escrow.settlements.test_actions import (
    CENTRE,
    FEN,
    FIRST,
    NOW,
    SECOND,
    TITLE,
    Centre,
    person,
    refused,
)

PAPER = bytes(range(32))
TENDEREE = Beneficiary("平阳县公路建设指挥部", "33010499", "云澜银行")
GROUND = Ground(ForfeitReason.GAVE_UP, "条例第 74 条", "中标人书面放弃中标。", PAPER)


class Office(Centre):
    """The three bidders of a lot; the first, who won and paid, gives up."""

    def accuse(self, bidder: int = 0, *, ground: Ground = GROUND) -> UUID:
        with self.database.writing() as session:
            return public.propose_forfeit(
                session,
                against=Against(self.lot, self.bidders[bidder], CENTRE, TITLE, "甲公司"),
                ground=ground,
                beneficiary=TENDEREE,
                by="平阳县公路建设指挥部",
                now=NOW,
            )

    def shown(self, forfeit: UUID) -> queries.Whole:
        with self.database.reading() as session:
            return queries.whole(session, session.get_one(Forfeit, forfeit))

    def uphold(self, forfeit: UUID, by: Account, *, digest: bytes | None = None) -> ForfeitState:
        wanted = self.shown(forfeit).order.digest if digest is None else digest
        with self.database.writing() as session:
            return actions.approve(session, forfeit, digest=wanted, by=by, now=NOW).state

    def dismiss(self, forfeit: UUID, why: str = "声明系伪造。", by: Account = FIRST) -> None:
        with self.database.writing() as session:
            actions.end(session, forfeit, why=why, by=by, now=NOW)

    def word(self, forfeit: UUID, answer: Answer) -> None:
        """The bank's word on the last order."""
        with self.database.writing() as session:
            refund = session.get_one(Refund, self.shown(forfeit).payments[-1].refund.id)
            refund.state = RefundState.SENT
            refunds.record_answer(session, refund, answer, now=NOW)

    def pay_out(self, forfeit: UUID) -> None:
        """The bank books the last order."""
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id, with_for_update=True)
            refund = session.get_one(Refund, self.shown(forfeit).payments[-1].refund.id)
            refund.state = RefundState.ACCEPTED
            session.flush()
            party = Party(refund.to_name or "", refund.to_account or "")
            entry = BookedEntry(
                new_id().hex,
                Sign.DEBIT,
                refund.amount_fen,
                NOW,
                self.numbers[0],
                party,
                end_to_end=refund.key,
            )
            book(session, bank, entry, sealing_key=KEY, now=NOW)

    def stands(self, name: AccountName) -> int:
        with self.database.reading() as session:
            assert disagreements(session) == []
            return available(session, self.bank_id, name)

    def deposit(self, index: int = 0) -> AccountName:
        return AccountName(AccountKind.DEPOSIT, self.numbers[index])


SECOND_HOLD = """INSERT INTO hold (id, sub_account_id, purpose, placed_at)
SELECT gen_random_uuid(), sub_account_id, 'refund', placed_at FROM hold"""
ONE_PERSON = """INSERT INTO forfeit_order
(id, forfeit_id, round, digest, first_person, second_person, approved_at)
SELECT gen_random_uuid(), forfeit_id, 9, digest, first_person, first_person, approved_at
FROM forfeit_order"""


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def test_what_two_people_uphold_is_paid_to_the_beneficiary_and_booked(office: Office) -> None:
    forfeit = office.accuse()
    refused("ESC-1607", office.accuse)
    assert office.uphold(forfeit, FIRST) is ForfeitState.HALF_APPROVED
    assert office.refunds() == []
    refused("ESC-1606", office.uphold, forfeit, FIRST)
    assert office.uphold(forfeit, SECOND) is ForfeitState.PAYING
    refused("ESC-1604", office.uphold, forfeit, person("第三人"))
    refused("ESC-1609", office.dismiss, forfeit)
    [payment] = office.shown(forfeit).payments
    assert (payment.refund.to_name, payment.refund.to_account) == (TENDEREE.name, TENDEREE.account)
    assert (payment.refund.reason, payment.refund.interest_fen) == (RefundReason.FORFEITED, 0)
    assert (office.stands(office.deposit()), office.stands(FORFEIT_PAYABLE)) == (0, FEN)
    assert office.stands(REFUND_CLEARING) == 0
    office.pay_out(forfeit)
    assert office.shown(forfeit).state is ForfeitState.PAID
    assert office.stands(FORFEIT_PAYABLE) == 0
    with office.database.reading() as session:
        told = public.forfeit(session, lot_ref=office.lot, bidder_ref=office.bidders[0])
    assert told is not None
    assert (told.state, told.amount_fen) == (ForfeitState.PAID, FEN)


def test_a_forfeit_keeps_the_deposit_from_every_door_back(office: Office) -> None:
    forfeit = office.accuse()
    with office.database.writing() as session, pytest.raises(Exception, match="ESC-1304"):
        public.release_judged(
            session,
            lot_ref=office.lot,
            bidder_ref=office.bidders[0],
            reason=ReleaseReason.CONTRACT_SIGNED,
            now=NOW,
        )
    office.propose()
    assert office.line(0).state is LineState.HELD
    assert office.view().amount_fen == FEN
    office.approve(FIRST)
    office.approve(SECOND)
    office.settle(bidder=1)
    assert (office.told(), office.view().state) == ([], SettlementState.PAYING)
    office.uphold(forfeit, FIRST)
    office.uphold(forfeit, SECOND)
    office.pay_out(forfeit)
    assert office.line(0).state is LineState.FORFEITED
    assert office.told() == [str(office.lot)]


def test_what_is_not_upheld_goes_back_with_the_others(office: Office) -> None:
    forfeit = office.accuse()
    office.propose()
    refused("ESC-1601", office.dismiss, forfeit, " ")
    refused("ESC-1608", office.dismiss, forfeit, by=person("外人", centre=uuid4()))
    office.dismiss(forfeit)
    assert office.shown(forfeit).state is ForfeitState.ENDED
    assert office.line(0).state is LineState.PROPOSED
    office.approve(FIRST)
    office.approve(SECOND)
    refused("ESC-1305", office.accuse)
    again = sorted(reason for reason, _ in office.refunds())
    assert again == [RefundReason.CONTRACT_SIGNED, RefundReason.NOT_SELECTED]


def test_after_a_refused_refund_it_may_be_forfeited(office: Office) -> None:
    office.propose()
    office.approve(FIRST)
    office.approve(SECOND)
    refused("ESC-1305", office.accuse)
    office.answer(Answer.REJECTED, bidder=0)
    forfeit = office.accuse()
    assert office.line(0).state is LineState.HELD
    assert office.uphold(forfeit, FIRST) is ForfeitState.HALF_APPROVED


def test_a_refused_payment_waits_for_two_people_again(office: Office) -> None:
    forfeit = office.accuse()
    shown = office.shown(forfeit).order.digest
    office.uphold(forfeit, FIRST)
    office.uphold(forfeit, SECOND)
    office.word(forfeit, Answer.REJECTED)
    found = office.shown(forfeit)
    assert (found.state, found.order.round) == (ForfeitState.ATTENTION, 2)
    assert (office.stands(office.deposit()), office.stands(FORFEIT_PAYABLE)) == (FEN, 0)
    refused("ESC-1605", office.uphold, forfeit, FIRST, digest=shown)
    office.uphold(forfeit, FIRST)
    office.uphold(forfeit, SECOND)
    office.pay_out(forfeit)
    assert office.shown(forfeit).state is ForfeitState.PAID
    assert office.shown(forfeit).amount_fen == FEN


def test_only_what_was_judged_and_by_the_centre(office: Office) -> None:
    with office.database.writing() as session:
        nobody = Against(office.lot, uuid4(), CENTRE, TITLE, "乙公司")
        with pytest.raises(Exception, match="ESC-1603"):
            public.propose_forfeit(
                session, against=nobody, ground=GROUND, beneficiary=TENDEREE, by="x", now=NOW
            )
    forfeit = office.accuse()
    refused("ESC-1608", office.uphold, forfeit, person("外人", centre=uuid4()))
    office.pay(office.numbers[0], 10)
    assert office.shown(forfeit).order.total_fen == FEN + 10_00


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE forfeit SET wording = 'x'",
        "UPDATE forfeit_approval SET person_name = 'x'",
        "UPDATE forfeit_order SET second_person = first_person",
        "DELETE FROM forfeit",
        "DELETE FROM hold",
        "UPDATE hold SET purpose = 'refund'",
        SECOND_HOLD,
        ONE_PERSON,
    ],
)
def test_the_database_itself_keeps_to_it(office: Office, statement: str) -> None:
    forfeit = office.accuse()
    office.uphold(forfeit, FIRST)
    office.uphold(forfeit, SECOND)
    with pytest.raises(DBAPIError), office.database.writing() as session:
        session.execute(text(statement))


def test_the_beneficiary_is_named_by_forfeits_alone(office: Office) -> None:
    forfeit = office.accuse()
    office.uphold(forfeit, FIRST)
    office.uphold(forfeit, SECOND)
    with pytest.raises(DBAPIError), office.database.writing() as session:
        session.execute(text("UPDATE refund SET reason = 'not_selected'"))
    with office.database.reading() as session:
        [row] = session.scalars(select(Refund))
    assert row.ordered_at - NOW == timedelta(0)
