"""A settlement with interest against the bank's own book: lost answer, refusal, return."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow import public
from escrow.ledger.queries import available, disagreements, trial_balance
from escrow.ledger.rules import SUSPENSE, AccountKind
from escrow.public import (
    DepositTerms,
    Finality,
    LineState,
    Payer,
    ReleaseReason,
    SettlementLine,
    SettlementState,
    SettlementView,
    SubAccount,
)
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from escrow.settlements import actions, queries
from escrow.settlements.models import Settlement
from escrow.settlements.rules import SHANGHAI
from kernel.clock import legal_now
from kernel.outbox import OutboxEvent
from kernel.permissions import Account, Role
from tests.escrow.conftest import PAYERS, Town

FEN = 800_000_00
TITLE = "示范区环线公路勘察设计 1 标段"
DAYS = 60
# 800,000 × 0.05 % × 60 / 360 = 66.666… → 66.667 → 66.67
INTEREST = 66_67
SETTLED = "escrow.events.DepositsSettled"
COMPANIES = [Payer(one["name"], one["account"]) for one in PAYERS[:3]]


CENTRE = uuid4()


def person(name: str, *, centre: UUID = CENTRE) -> Account:
    return Account(uuid4(), centre, Role.CENTRE, name, "交易中心", uuid4(), "csrf")


FIRST, SECOND = person("蒋闻"), person("祝遥")


@dataclass
class Lot:
    """Three bidders whose deposits came sixty days ago, the first of them the winner."""

    town: Town
    ref: UUID = field(default_factory=uuid4)
    bidders: dict[UUID, tuple[Payer, SubAccount]] = field(default_factory=dict)
    before: dict[str, int] = field(default_factory=dict)

    def pay_and_judge(self) -> None:
        booked_at = self.town.now() - timedelta(days=DAYS)
        for payer in COMPANIES:
            claimed = self.town.claim()
            self.bidders[uuid4()] = (payer, claimed)
            self.before[payer.account] = self.town.bank.balance(payer.account)
            self.town.bank.pay(payer.account, claimed.number, FEN, booked_at=booked_at)
        self.town.until(self.qualified)
        terms = DepositTerms(FEN, booked_at + timedelta(days=1))
        for bidder, (payer, claimed) in self.bidders.items():
            with self.town.database.writing() as session:
                verdict = public.judge(
                    session,
                    number=claimed.number,
                    token=claimed.token,
                    terms=terms,
                    payer=payer,
                    bidder_ref=bidder,
                    lot_ref=self.ref,
                    now=legal_now(session),
                )
            assert (verdict.qualifies, verdict.finality) == (True, Finality.FINAL)

    def qualified(self, session: Session) -> bool:
        terms = DepositTerms(FEN, legal_now(session))
        return all(
            public.status(session, token=claimed.token, lot=terms, payer=payer).qualifies
            for payer, claimed in self.bidders.values()
        )

    def propose(self) -> None:
        reasons = [ReleaseReason.CONTRACT_SIGNED] + 2 * [ReleaseReason.NOT_SELECTED]
        lines = [
            SettlementLine(bidder, reason)
            for bidder, reason in zip(self.bidders, reasons, strict=True)
        ]
        with self.town.database.writing() as session:
            public.propose_settlement(
                session,
                lot_ref=self.ref,
                centre_ref=CENTRE,
                lines=lines,
                title=TITLE,
                now=legal_now(session),
                due_at=legal_now(session) + timedelta(days=5),
            )

    def approve(self, *people: Account) -> None:
        for one in people:
            with self.town.database.writing() as session:
                now = legal_now(session)
                found = queries.by_lot(session, self.ref)
                assert found is not None
                digest = queries.whole(session, found, now=now).batch.digest
                actions.approve(session, found.id, digest=digest, by=one, now=now)

    def view(self) -> SettlementView:
        with self.town.database.reading() as session:
            found = public.settlement(session, lot_ref=self.ref, now=legal_now(session))
        assert found is not None
        return found

    def is_(self, state: SettlementState) -> None:
        def holds(session: Session) -> bool:
            found = public.settlement(session, lot_ref=self.ref, now=legal_now(session))
            return found is not None and found.state is state

        self.town.until(holds)

    def told(self) -> int:
        with self.town.database.reading() as session:
            events = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == SETTLED)).all()
        return sum(event.payload["lot_ref"] == str(self.ref) for event in events)

    def received(self) -> list[int]:
        """What each bidder has more than before he paid."""
        return [self.town.bank.balance(p.account) - self.before[p.account] for p in COMPANIES]


@pytest.fixture
def lot(town: Town) -> Lot:
    lot = Lot(town)
    lot.pay_and_judge()
    lot.propose()
    return lot


def assert_books_agree(town: Town) -> None:
    """Ledger sound and zero-sum; its cash is the bank's balance; no interest is left over."""
    with town.database.reading() as session:
        assert disagreements(session) == []
        lines = {line.kind: line.debit_fen - line.credit_fen for line in trial_balance(session)}
    assert sum(lines.values()) == 0
    assert lines[AccountKind.INTEREST_RECEIVABLE] == 0
    assert lines.get(AccountKind.INTEREST_PAYABLE, 0) == 0
    master = town.bank.master()
    assert lines[AccountKind.CASH] == town.bank.balance(master)


def refunds_of(session: Session, lot: Lot) -> list[Refund]:
    found = queries.by_lot(session, lot.ref)
    assert found is not None
    whole = queries.whole(session, found, now=legal_now(session))
    return [one.refund for line in whole.lines for one in line.attempts]


def test_everybody_gets_principal_and_interest(lot: Lot) -> None:
    first = lot.view()
    assert first.state is SettlementState.PROPOSED
    assert (first.amount_fen, first.interest_fen) == (3 * FEN, 3 * INTEREST)
    lot.approve(FIRST)
    assert lot.view().state is SettlementState.HALF_APPROVED
    assert lot.received() == [-FEN] * 3
    lot.approve(SECOND)
    assert lot.view().state is SettlementState.PAYING
    lot.is_(SettlementState.SETTLED)
    assert lot.received() == [INTEREST] * 3
    assert lot.told() == 1
    found = lot.view()
    assert found.settled_at is not None
    assert {line.state for line in found.lines} == {LineState.PAID}
    assert max(line.paid_at for line in found.lines if line.paid_at) == found.settled_at
    for _, claimed in lot.bidders.values():
        book = [(e["sign"], e["amount_fen"]) for e in lot.town.bank.book(claimed.number)]
        assert book == [("CRDT", FEN), ("CRDT", INTEREST), ("DBIT", FEN + INTEREST)]
        assert lot.town.bank.balance(claimed.number) == 0
    assert_books_agree(lot.town)


def test_a_lost_answer_is_asked_for_and_paid_once(lot: Lot) -> None:
    lot.town.bank.fault("lose_refund_answer", times=3)
    lot.town.bank.fault("drop_push", times=6)
    lot.approve(FIRST, SECOND)
    lot.town.turn()
    with lot.town.database.reading() as session:
        assert {one.state for one in refunds_of(session, lot)} <= {
            RefundState.UNKNOWN,
            RefundState.SETTLED,
        }
    lot.is_(SettlementState.SETTLED)
    assert lot.received() == [INTEREST] * 3
    with lot.town.database.reading() as session:
        assert [one.attempts for one in refunds_of(session, lot)] == [1, 1, 1]
    assert lot.told() == 1
    assert_books_agree(lot.town)


def test_a_refused_payment_waits_for_two_people(lot: Lot) -> None:
    lot.town.bank.fault("reject_refund")
    lot.approve(FIRST, SECOND)
    lot.is_(SettlementState.ATTENTION)
    lot.town.until(lambda _: sorted(lot.received()) == [-FEN, INTEREST, INTEREST])
    for _ in range(3):
        lot.town.turn()
    refused = [line for line in lot.view().lines if line.state is LineState.REFUSED]
    assert [(line.amount_fen, line.interest_fen) for line in refused] == [(FEN, INTEREST)]
    assert lot.told() == 0
    assert_books_agree(lot.town)
    lot.approve(SECOND)
    lot.town.turn()
    assert sorted(lot.received())[0] == -FEN
    lot.approve(FIRST)
    lot.is_(SettlementState.SETTLED)
    assert lot.received() == [INTEREST] * 3
    assert lot.told() == 1
    assert_books_agree(lot.town)


def test_a_payment_that_came_back_is_shown_and_paid_again_by_two_people(lot: Lot) -> None:
    lot.town.bank.fault("return_refund")
    lot.approve(FIRST, SECOND)
    lot.is_(SettlementState.ATTENTION)
    back = [line for line in lot.view().lines if line.state is LineState.RETURNED]
    assert [(line.amount_fen, line.interest_fen) for line in back] == [(FEN + INTEREST, 0)]
    with lot.town.database.reading() as session:
        bank = refunds_of(session, lot)[0].bank_id
        assert available(session, bank, SUSPENSE) == FEN + INTEREST
    lot.approve(FIRST, SECOND)
    lot.is_(SettlementState.SETTLED)
    assert lot.received() == [INTEREST] * 3
    assert_books_agree(lot.town)


def test_the_bank_holds_interest_against_its_own_book(lot: Lot) -> None:
    """Were ours wrong by a fen, the bank would refuse: nothing leaves on our word alone."""
    lot.approve(FIRST, SECOND)
    with lot.town.database.writing() as session:
        refunds_of(session, lot)[0].interest_fen -= 1
    lot.is_(SettlementState.ATTENTION)
    states = sorted(line.state for line in lot.view().lines)
    assert states.count(LineState.REFUSED) == 1


def test_interest_counts_to_the_day_of_the_second_approval(lot: Lot) -> None:
    def digest(at: datetime) -> bytes:
        with lot.town.database.reading() as session:
            found = session.scalars(select(Settlement).where(Settlement.lot_ref == lot.ref)).one()
            return queries.whole(session, found, now=at).batch.digest

    noon = lot.town.now().astimezone(SHANGHAI).replace(hour=12)
    assert digest(noon) == digest(noon + timedelta(hours=11))
    assert digest(noon) != digest(noon + timedelta(hours=12))
