"""Proposing and approving against PostgreSQL: once per lot, two people, one digest, one order."""

from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from escrow import public
from escrow.banks.booking import book
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.ledger.models import Bank
from escrow.ledger.queries import available, disagreements
from escrow.ledger.rules import INTEREST_RECEIVABLE, AccountKind, AccountName, interest_payable
from escrow.public import (
    LineState,
    ReleaseReason,
    SettlementLine,
    SettlementState,
    SettlementView,
)
from escrow.refunds import actions as refunds
from escrow.refunds.models import Refund
from escrow.refunds.rules import Answer, RefundState
from escrow.settlements import actions, queries
from escrow.settlements.models import SettlementApproval, SettlementBatch
from escrow.settlements.seen import Whole
from kernel.db import Database
from kernel.ids import new_id
from kernel.outbox import OutboxEvent
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from tests.escrow.deposits.test_actions import KEY, OWNER, TERMS, Desk, T

BOOKED = T - timedelta(days=1)
NOW = T + timedelta(days=60)
# 80,000 × 0.05 % × 61 / 360 = 6.777… → 6.778 → 6.78
INTEREST = 6_78
FEN = TERMS.amount_fen
DAYS_TO_PAY = timedelta(days=5)
TITLE = "示范区道路勘察设计 1 标段"
SETTLED = "escrow.events.DepositsSettled"
WON, LOST = ReleaseReason.CONTRACT_SIGNED, ReleaseReason.NOT_SELECTED


CENTRE = uuid4()


def person(name: str, *, centre: UUID = CENTRE) -> Account:
    return Account(uuid4(), centre, Role.CENTRE, name, "交易中心", uuid4(), "csrf")


FIRST, SECOND, THIRD = person("蒋闻"), person("祝遥"), person("梁砚舟")


class Centre(Desk):
    """A lot whose three bidders were judged: two paid, the third did not."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self.bidders = [uuid4() for _ in range(3)]
        self.numbers: list[str] = []
        for index, bidder in enumerate(self.bidders):
            claimed = self.claim()
            self.numbers.append(claimed.number)
            if index < 2:
                self.pay(claimed.number, 80_000)
            self.complete(T)
            self.judge(claimed, bidder)

    def lines(self) -> list[SettlementLine]:
        reasons = (WON, LOST, LOST)
        return [SettlementLine(b, r) for b, r in zip(self.bidders, reasons, strict=True)]

    def propose(self, lines: list[SettlementLine] | None = None, *, now: datetime = NOW) -> UUID:
        with self.database.writing() as session:
            return public.propose_settlement(
                session,
                lot_ref=self.lot,
                centre_ref=CENTRE,
                lines=self.lines() if lines is None else lines,
                title=TITLE,
                now=now,
                due_at=now + DAYS_TO_PAY,
            )

    def whole(self, session: Session, at: datetime = NOW) -> Whole:
        found = queries.by_lot(session, self.lot)
        assert found is not None
        return queries.whole(session, found, now=at)

    def digest(self, at: datetime = NOW) -> bytes:
        with self.database.reading() as session:
            return self.whole(session, at).batch.digest

    def approve(
        self, by: Account, *, digest: bytes | None = None, at: datetime = NOW
    ) -> SettlementState:
        shown = self.digest(at) if digest is None else digest
        with self.database.writing() as session:
            found = queries.by_lot(session, self.lot)
            assert found is not None
            return actions.approve(session, found.id, digest=shown, by=by, now=at).state

    def view(self, at: datetime = NOW) -> SettlementView:
        with self.database.reading() as session:
            found = public.settlement(session, lot_ref=self.lot, now=at)
        assert found is not None
        return found

    def answer(self, answer: Answer, *, bidder: int) -> None:
        """The bank's word on the last order of a bidder."""
        with self.database.writing() as session:
            refund = self.last(session, bidder)
            refund.state = RefundState.SENT
            refunds.record_answer(session, refund, answer, now=NOW)

    def settle(self, *, bidder: int, at: datetime = NOW) -> None:
        """The bank books interest and the last order of a bidder."""
        with self.database.writing() as session:
            bank = session.get_one(Bank, self.bank_id, with_for_update=True)
            refund = self.last(session, bidder)
            refund.state = RefundState.ACCEPTED
            session.flush()
            number = self.numbers[bidder]
            lines = [(Sign.DEBIT, refund.amount_fen + refund.interest_fen, False)]
            if refund.interest_fen:
                lines.insert(0, (Sign.CREDIT, refund.interest_fen, True))
            for sign, fen, interest in lines:
                entry = BookedEntry(
                    new_id().hex,
                    sign,
                    fen,
                    at,
                    number,
                    Party(OWNER.name, OWNER.account),
                    end_to_end=refund.key,
                    interest=interest,
                )
                book(session, bank, entry, sealing_key=KEY, now=at)

    def last(self, session: Session, bidder: int) -> Refund:
        line = next(
            one for one in self.whole(session).lines if one.bidder_ref == self.bidders[bidder]
        )
        return line.attempts[-1].refund

    def line(self, bidder: int) -> public.SettledLine:
        lines = self.view().lines
        return next(one for one in lines if one.bidder_ref == self.bidders[bidder])

    def told(self) -> list[str]:
        with self.database.reading() as session:
            events = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == SETTLED))
            return [event.payload["lot_ref"] for event in events]


@pytest.fixture
def centre(database: Database) -> Centre:
    return Centre(database)


def refused(code: str, act: object, *args: object, **named: object) -> None:
    assert callable(act)
    with pytest.raises(Refused) as found:
        act(*args, **named)
    assert found.value.code == code


def test_one_settlement_per_lot(centre: Centre) -> None:
    first = centre.propose()
    assert centre.propose() == centre.propose(list(reversed(centre.lines()))) == first
    refused("ESC-1401", centre.propose, centre.lines()[:2])
    others = [SettlementLine(bidder, LOST) for bidder in centre.bidders]
    refused("ESC-1401", centre.propose, others)
    refused("ESC-1402", centre.propose, [])
    found = centre.view()
    assert found.state is SettlementState.PROPOSED
    assert (found.amount_fen, found.interest_fen) == (2 * FEN, 2 * INTEREST)
    assert found.due_at == NOW + DAYS_TO_PAY
    assert sorted(line.state for line in found.lines) == [
        LineState.NOTHING,
        LineState.PROPOSED,
        LineState.PROPOSED,
    ]
    with centre.database.reading() as session:
        assert public.settlement(session, lot_ref=uuid4(), now=NOW) is None


def test_nothing_leaves_before_two_different_people_said_yes(centre: Centre) -> None:
    centre.propose()
    assert centre.approve(FIRST) is SettlementState.HALF_APPROVED
    assert centre.refunds() == []
    refused("ESC-1406", centre.approve, FIRST)
    minute = NOW + timedelta(minutes=1)
    assert centre.approve(SECOND, at=minute) is SettlementState.PAYING
    assert [fen for _, fen in centre.refunds()] == [FEN, FEN]
    refused("ESC-1404", centre.approve, THIRD)
    found = centre.view()
    assert [one.name for one in found.approvals] == [FIRST.person_name, SECOND.person_name]
    with centre.database.reading() as session:
        assert disagreements(session) == []
        bank = centre.bank_id
        assert available(session, bank, INTEREST_RECEIVABLE) == -2 * INTEREST
        for number in centre.numbers[:2]:
            assert available(session, bank, interest_payable(number)) == INTEREST
            assert available(session, bank, AccountName(AccountKind.DEPOSIT, number)) == 0


def test_only_what_was_shown_can_be_approved(centre: Centre) -> None:
    centre.propose()
    shown = centre.digest()
    for stale in (b"", bytes(32), centre.digest(NOW + timedelta(days=1))):
        refused("ESC-1405", centre.approve, FIRST, digest=stale)
    centre.approve(FIRST, digest=shown)
    # Over midnight interest counts one day more: both approve anew.
    tomorrow = NOW + timedelta(days=1)
    refused("ESC-1405", centre.approve, SECOND, digest=shown, at=tomorrow)
    assert centre.view(tomorrow).state is SettlementState.PROPOSED
    assert centre.approve(SECOND, at=tomorrow) is SettlementState.HALF_APPROVED
    assert centre.approve(FIRST, at=tomorrow) is SettlementState.PAYING


def test_money_that_moved_meanwhile_makes_an_approval_stale(centre: Centre) -> None:
    centre.propose()
    shown = centre.digest()
    centre.approve(FIRST, digest=shown)
    centre.pay(centre.numbers[2], 10)
    refused("ESC-1405", centre.approve, SECOND, digest=shown)
    assert centre.view().amount_fen == 2 * FEN + 10_00


def test_a_settlement_nobody_knows_cannot_be_approved(centre: Centre) -> None:
    with centre.database.writing() as session, pytest.raises(Refused) as found:
        actions.approve(session, uuid4(), digest=bytes(32), by=FIRST, now=NOW)
    assert found.value.code == "ESC-1403"


def test_another_centre_cannot_approve(centre: Centre) -> None:
    centre.propose()
    refused("ESC-1403", centre.approve, person("外人", centre=uuid4()))
    assert centre.view().approvals == ()


def test_the_lot_is_settled_when_the_last_line_is_booked(centre: Centre) -> None:
    centre.propose()
    centre.approve(FIRST)
    centre.approve(SECOND)
    centre.settle(bidder=0)
    assert centre.told() == []
    assert centre.line(0).state is LineState.PAID
    assert centre.line(0).paid_at == NOW
    later = NOW + timedelta(hours=3)
    centre.settle(bidder=1, at=later)
    assert centre.told() == [str(centre.lot)]
    found = centre.view()
    assert (found.state, found.settled_at) == (SettlementState.SETTLED, later)
    with centre.database.reading() as session:
        assert available(session, centre.bank_id, INTEREST_RECEIVABLE) == 0
        assert disagreements(session) == []


def test_a_refused_line_is_paid_again_by_two_people_only(centre: Centre) -> None:
    centre.propose()
    centre.approve(FIRST)
    centre.approve(SECOND)
    centre.settle(bidder=0)
    centre.answer(Answer.REJECTED, bidder=1)
    assert centre.line(1).state is LineState.REFUSED
    assert centre.view().state is SettlementState.ATTENTION
    assert centre.told() == []
    with centre.database.reading() as session:
        deposit = AccountName(AccountKind.DEPOSIT, centre.numbers[1])
        assert available(session, centre.bank_id, deposit) == FEN
        assert available(session, centre.bank_id, interest_payable(centre.numbers[1])) == 0
        before = centre.last(session, 1).key
        assert centre.whole(session).batch.round == 2
    # Holder and officials' other door do not move it: only this settlement does.
    with centre.database.writing() as session:
        again = public.release_judged(
            session, lot_ref=centre.lot, bidder_ref=centre.bidders[1], reason=LOST, now=NOW
        )
    assert again == 0
    tomorrow = NOW + timedelta(days=1)
    centre.approve(SECOND, at=tomorrow)
    centre.approve(THIRD, at=tomorrow)
    with centre.database.reading() as session:
        refund = centre.last(session, 1)
        assert refund.key != before
        # 62 days now: 6.888… → 6.889 → 6.89
        assert (refund.amount_fen, refund.interest_fen) == (FEN, 6_89)
    centre.settle(bidder=1, at=tomorrow)
    assert centre.told() == [str(centre.lot)]


def test_nothing_to_pay_is_settled_at_once(centre: Centre) -> None:
    stranger = SettlementLine(uuid4(), LOST)
    centre.propose([SettlementLine(centre.bidders[2], LOST), stranger])
    found = centre.view()
    assert (found.state, found.settled_at) == (SettlementState.SETTLED, NOW)
    assert centre.told() == [str(centre.lot)]
    refused("ESC-1404", centre.approve, FIRST)


def test_a_deposit_that_went_back_already_is_not_paid_again(centre: Centre) -> None:
    with centre.database.writing() as session:
        public.release_judged(
            session,
            lot_ref=centre.lot,
            bidder_ref=centre.bidders[0],
            reason=ReleaseReason.BID_REJECTED,
            now=NOW,
        )
    centre.propose()
    assert centre.line(0).state is LineState.NOTHING
    assert centre.view().amount_fen == FEN


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE settlement_approval SET person_name = 'x'",
        "DELETE FROM settlement_approval",
        "UPDATE settlement_batch SET second_person = first_person",
        "UPDATE settlement_payment SET to_name = 'x'",
        "UPDATE settlement_line SET reason = 'withdrawn'",
        "DELETE FROM settlement",
        "UPDATE settlement SET title = 'x'",
        "TRUNCATE settlement_payment",
    ],
)
def test_what_was_approved_stays_written(centre: Centre, statement: str) -> None:
    centre.propose()
    centre.approve(FIRST)
    centre.approve(SECOND)
    with pytest.raises(DBAPIError), centre.database.writing() as session:
        session.execute(text(statement))


def test_a_settlement_is_settled_once(centre: Centre) -> None:
    centre.propose([SettlementLine(centre.bidders[2], LOST)])
    with pytest.raises(DBAPIError), centre.database.writing() as session:
        session.execute(text("UPDATE settlement SET settled_at = NULL"))


@pytest.mark.parametrize("second", ["same", "nobody", "other digest"])
def test_the_database_knows_no_batch_without_two_approvals(centre: Centre, second: str) -> None:
    """Even a statement past our own code cannot make one."""
    settlement = centre.propose()
    digest = centre.digest()
    centre.approve(FIRST, digest=digest)
    people = {"same": FIRST.person_id, "nobody": uuid4(), "other digest": SECOND.person_id}
    with pytest.raises(DBAPIError), centre.database.writing() as session:
        if second == "other digest":
            session.add(
                SettlementApproval(
                    settlement_id=settlement,
                    digest=bytes(32),
                    person_id=SECOND.person_id,
                    person_name="x",
                    at=NOW,
                )
            )
            session.flush()
        session.add(
            SettlementBatch(
                settlement_id=settlement,
                round=1,
                digest=digest,
                value_day=date(2027, 1, 23),
                first_person=FIRST.person_id,
                second_person=people[second],
                approved_at=NOW,
            )
        )
        session.flush()
