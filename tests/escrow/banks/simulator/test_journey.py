"""Deposits against the simulated bank in its own process, by public interfaces on both sides."""

import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow import public
from escrow.banks import rounds
from escrow.banks.models import BankLink, Inbox, InboxRepeat
from escrow.banks.rules import InboxState, LinkState, Origin
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import SubAccountState
from escrow.deposits.rules import Standing
from escrow.ledger.queries import disagreements, trial_balance
from escrow.ledger.rules import AccountKind
from escrow.public import DepositTerms, Finality, Outcome, Payer, ReleaseReason, Verdict
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from kernel.clock import legal_now, shift
from kernel.outbox import OutboxEvent
from kernel.pure.errors import Refused
from tests.escrow.conftest import PAYERS, Town

FEN = 80_000_00
CLAIMED, CLOSED = SubAccountState.CLAIMED, SubAccountState.CLOSED
CREDITED = "escrow.events.DepositCredited"
OWNER = Payer(PAYERS[0]["name"], PAYERS[0]["account"])
FOLDED = Payer(PAYERS[1]["name"].replace("（", "(").replace("）", ")"), PAYERS[1]["account"])
THIRD = PAYERS[3]["account"]
PERSON = PAYERS[4]["account"]


def state_of(town: Town, token: str, payer: Payer = OWNER, *, hours: float = 1) -> Verdict:
    terms = DepositTerms(FEN, town.now() + timedelta(hours=hours))
    with town.database.reading() as session:
        return public.status(session, token=token, lot=terms, payer=payer)


def outcome_is(
    token: str, outcome: Outcome, payer: Payer = OWNER, *, received: int | None = None
) -> Callable[[Session], bool]:
    def holds(session: Session) -> bool:
        terms = DepositTerms(FEN, legal_now(session) + timedelta(hours=1))
        found = public.status(session, token=token, lot=terms, payer=payer)
        return found.outcome is outcome and received in (None, found.received_fen)

    return holds


def refunds_of(session: Session, number: str) -> list[Refund]:
    return list(
        session.scalars(
            select(Refund)
            .join(BankEntry, BankEntry.id == Refund.credit_id)
            .join(SubAccount, SubAccount.id == BankEntry.sub_account_id)
            .where(SubAccount.number == number)
        )
    )


def settled(number: str) -> Callable[[Session], bool]:
    def holds(session: Session) -> bool:
        return [one.state for one in refunds_of(session, number)] == [RefundState.SETTLED]

    return holds


def assert_books_agree(town: Town) -> None:
    """Ledger sound, zero-sum, and its cash is the bank's own balance."""
    with town.database.reading() as session:
        assert disagreements(session) == []
        lines = trial_balance(session)
        assert sum(line.debit_fen - line.credit_fen for line in lines) == 0
        cash = next(line for line in lines if line.kind is AccountKind.CASH)
    master = town.bank.master()
    assert cash.debit_fen - cash.credit_fen == town.bank.balance(master)


def test_paying_right_and_short_then_topping_up(town: Town) -> None:
    one, two = town.claim(), town.claim()
    assert one.number != two.number
    assert state_of(town, one.token).outcome is Outcome.SHORT
    town.bank.pay(OWNER.account, one.number, FEN)
    town.bank.pay(FOLDED.account, two.number, FEN - 1)
    town.until(outcome_is(one.token, Outcome.OK))
    town.until(outcome_is(two.token, Outcome.SHORT, FOLDED, received=FEN - 1))
    assert state_of(town, two.token, FOLDED).missing_fen == 1
    town.bank.pay(FOLDED.account, two.number, 1)
    town.until(outcome_is(two.token, Outcome.SPLIT, FOLDED))
    assert state_of(town, one.token).finality is Finality.PROVISIONAL
    assert_books_agree(town)
    with town.database.reading() as session:
        told = session.scalars(select(OutboxEvent).where(OutboxEvent.kind == CREDITED)).all()
    assert sorted(e.payload["amount_fen"] for e in told if e.payload["number"] == two.number) == [
        1,
        FEN - 1,
    ]


def test_a_third_partys_money_returns_to_its_book(town: Town) -> None:
    claimed, before = town.claim(), town.bank.balance(THIRD)
    town.bank.pay(THIRD, claimed.number, FEN)
    town.until(outcome_is(claimed.token, Outcome.NAME_MISMATCH))
    assert town.bank.balance(THIRD) == before - FEN
    with town.database.writing() as session:
        ordered = public.return_wrong_payer(
            session, token=claimed.token, payer=OWNER, now=legal_now(session)
        )
    assert ordered == FEN
    town.until(settled(claimed.number))
    assert town.bank.balance(THIRD) == before
    assert [line["sign"] for line in town.bank.book(THIRD)] == ["DBIT", "CRDT"]
    verdict = state_of(town, claimed.token)
    assert (verdict.outcome, verdict.to_return_fen) == (Outcome.NAME_MISMATCH, 0)
    town.bank.pay(OWNER.account, claimed.number, FEN)
    town.until(outcome_is(claimed.token, Outcome.OK))
    assert_books_agree(town)


def test_a_persons_money_returns_without_asking(town: Town) -> None:
    claimed, before = town.claim(), town.bank.balance(PERSON)
    town.bank.pay(PERSON, claimed.number, FEN)
    town.until(settled(claimed.number))
    assert town.bank.balance(PERSON) == before
    assert_books_agree(town)


def test_late_by_the_banks_booking_not_by_the_notice(town: Town) -> None:
    early, late = town.claim(), town.claim()
    deadline = town.now() + timedelta(hours=1)
    terms = DepositTerms(FEN, deadline)
    # Booked before the deadline, its notice held back until after it.
    town.bank.fault("drop_push")
    town.bank.pay(OWNER.account, early.number, FEN)
    with town.database.writing() as session:
        shift(session, timedelta(hours=2))
    _await_bank_clock(town)
    town.bank.pay(FOLDED.account, late.number, FEN)
    town.until(
        lambda session: (
            public.status(session, token=late.token, lot=terms, payer=FOLDED).outcome
            is Outcome.LATE
        )
    )
    with town.database.reading() as session:
        verdict = public.status(session, token=early.token, lot=terms, payer=OWNER)
    assert (verdict.outcome, verdict.finality) == (Outcome.OK, Finality.FINAL)
    assert_books_agree(town)


def _await_bank_clock(town: Town) -> None:
    """Until the bank has followed the demonstration's clock."""
    end = time.monotonic() + 30
    while datetime.fromisoformat(town.bank.ask("GET", "/clock")["legal"]) < (
        town.now() - timedelta(seconds=30)
    ):
        assert time.monotonic() < end
        time.sleep(0.05)


def test_duplicate_pushes_are_booked_once(town: Town) -> None:
    def pushed(session: Session) -> int:
        return len(session.scalars(select(Inbox.id).where(Inbox.origin == Origin.PUSH)).all())

    with town.database.reading() as session:
        before = pushed(session)
    claimed = town.claim()
    town.bank.fault("duplicate_push", times=2)
    town.bank.pay(OWNER.account, claimed.number, FEN - 5)
    town.bank.pay(OWNER.account, claimed.number, 5)
    town.until(outcome_is(claimed.token, Outcome.SPLIT))
    town.until(lambda session: pushed(session) == before + 2)
    time.sleep(1)
    town.until(lambda session: session.scalars(select(InboxRepeat.id)).all() == [])
    assert len(state_of(town, claimed.token).payments) == 2
    with town.database.reading() as session:
        assert set(session.scalars(select(Inbox.state))) == {InboxState.DONE}
    assert_books_agree(town)


def test_a_lost_refund_answer_is_asked_for_and_paid_once(town: Town) -> None:
    claimed, before = town.claim(), town.bank.balance(OWNER.account)
    town.bank.pay(OWNER.account, claimed.number, FEN)
    town.until(outcome_is(claimed.token, Outcome.OK))
    town.bank.fault("lose_refund_answer")
    town.bank.fault("drop_push")
    with town.database.writing() as session:
        ordered = public.release(
            session,
            token=claimed.token,
            reason=ReleaseReason.WITHDRAWN,
            now=legal_now(session),
        )
    assert ordered == FEN
    town.turn()
    with town.database.reading() as session:
        assert refunds_of(session, claimed.number)[0].state is RefundState.UNKNOWN
    town.until(settled(claimed.number))
    assert town.bank.balance(OWNER.account) == before
    assert [line["sign"] for line in town.bank.book(claimed.number)] == ["CRDT", "DBIT"]
    with town.database.reading() as session:
        refund = refunds_of(session, claimed.number)[0]
        assert (refund.attempts, refund.amount_fen, refund.interest_fen) == (1, FEN, 0)
    with town.database.writing() as session:
        again = public.release(
            session,
            token=claimed.token,
            reason=ReleaseReason.WITHDRAWN,
            now=legal_now(session),
        )
    assert again == 0
    assert_books_agree(town)


def test_a_bank_that_is_down_leaves_verdicts_provisional(town: Town) -> None:
    claimed = town.claim()
    terms = DepositTerms(FEN, town.now() + timedelta(minutes=30))
    town.bank.pay(OWNER.account, claimed.number, FEN)
    town.until(outcome_is(claimed.token, Outcome.OK))
    town.bank.fault("down", seconds=600)
    with town.database.writing() as session:
        shift(session, timedelta(hours=2))
    town.turn()
    lot, bidder = uuid4(), uuid4()

    def judge() -> Verdict:
        with town.database.writing() as session:
            return public.judge(
                session,
                number=claimed.number,
                token=claimed.token,
                terms=terms,
                payer=OWNER,
                bidder_ref=bidder,
                lot_ref=lot,
                now=legal_now(session),
            )

    first = judge()
    assert (first.outcome, first.finality) == (Outcome.OK, Finality.PROVISIONAL)
    with town.database.reading() as session:
        assert session.scalars(select(BankLink.state)).one() is LinkState.DOWN
    town.bank.ask("DELETE", "/api/faults")
    _await_bank_clock(town)
    town.until(lambda session: judge().finality is Finality.FINAL)
    with town.database.reading() as session:
        assert public.verdicts(session, lot_ref=lot)[bidder].outcome is Outcome.OK


def test_money_after_the_release_and_to_nobody_goes_back(town: Town) -> None:
    claimed = town.claim()
    before = [town.bank.balance(one.account) for one in (OWNER, FOLDED)]
    with town.database.writing() as session:
        public.release(
            session,
            token=claimed.token,
            reason=ReleaseReason.WITHDRAWN,
            now=legal_now(session),
        )
    with town.database.reading() as session:
        unclaimed = session.scalars(
            select(SubAccount.number).where(SubAccount.token_hash.is_(None)).limit(1)
        ).one()
    town.bank.pay(OWNER.account, claimed.number, FEN)
    town.bank.pay(FOLDED.account, unclaimed, FEN)
    town.until(settled(claimed.number))
    town.until(settled(unclaimed))
    assert [town.bank.balance(one.account) for one in (OWNER, FOLDED)] == before
    assert_books_agree(town)


def test_a_reversal_is_seen(town: Town) -> None:
    claimed = town.claim()
    paid = town.bank.pay(OWNER.account, claimed.number, FEN)
    town.until(outcome_is(claimed.token, Outcome.OK))
    town.bank.ask("POST", f"/api/payments/{paid['bank_ref']}/reverse")
    town.until(outcome_is(claimed.token, Outcome.REVERSED))
    assert state_of(town, claimed.token).payments[0].standing is Standing.REVERSED
    assert_books_agree(town)


def test_a_token_opens_its_own_account_only(town: Town) -> None:
    town.claim()
    stranger = "A" * 43
    try:
        state_of(town, stranger)
    except Refused as refused:
        assert refused.code == "ESC-1201"
    else:
        raise AssertionError("a stranger's token opened something")


def test_what_is_empty_past_its_month_is_closed_and_what_holds_money_is_not(town: Town) -> None:
    empty, full = town.claim(), town.claim()
    town.bank.pay(OWNER.account, full.number, FEN)
    town.until(outcome_is(full.token, Outcome.OK))
    with town.database.writing() as session:
        for one in (empty, full):
            sub = session.scalars(select(SubAccount).where(SubAccount.number == one.number)).one()
            sub.return_by = date(2020, 1, 1)
    town.turn()
    assert [state_named(town, one.number) for one in (empty, full)] == [CLOSED, CLAIMED]
    with pytest.raises(AssertionError, match="409"):
        town.bank.pay(OWNER.account, empty.number, FEN)
    with town.database.writing() as session:
        public.release(
            session, token=full.token, reason=ReleaseReason.WITHDRAWN, now=legal_now(session)
        )
    town.until(settled(full.number))
    town.turn()
    assert state_named(town, full.number) is CLOSED
    assert_books_agree(town)


def state_named(town: Town, number: str) -> SubAccountState:
    with town.database.reading() as session:
        query = select(SubAccount.state).where(SubAccount.number == number)
        return session.scalars(query).one()


def test_an_answer_nobody_can_read_is_kept_with_its_cause_and_the_bank_is_behind(
    town: Town,
) -> None:
    claimed = town.claim()
    town.bank.fault("damaged_answer", times=1000)
    town.bank.pay(OWNER.account, claimed.number, FEN)
    for _ in range(3):
        rounds.poll_bank(town.house, bank_of(town))
    with town.database.reading() as session:
        kept = session.scalars(select(Inbox).where(Inbox.event_id.like("unreadable/%"))).all()
        link = session.get_one(BankLink, bank_of(town))
    assert link.state is LinkState.BEHIND
    assert {(one.state, one.origin) for one in kept} == {(InboxState.QUARANTINED, Origin.POLL)}
    # One for a cause and hour, however often the bank errs; three polls may meet a new hour.
    assert 1 <= len(kept) <= 2
    assert all((one.cause or "").startswith("malformed: ") for one in kept)
    town.bank.ask("DELETE", "/api/faults")
    town.until(outcome_is(claimed.token, Outcome.OK))
    assert_books_agree(town)


def bank_of(town: Town) -> UUID:
    return rounds.bank_ids(town.house)[0]
