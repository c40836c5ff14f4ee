"""An order without its bank's answer: asked about under one key, never paid anew, then a person."""

from datetime import timedelta

import pytest
from sqlalchemy import select, update

from escrow.banks import rounds
from escrow.banks.booking import book
from escrow.banks.terms import terms
from escrow.bookings.rules import BookedEntry, Sign
from escrow.bookings.seals import public_bytes, worker_key
from escrow.ledger.models import Bank
from escrow.refunds import queries
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState, needs_person
from kernel.clock import clock_timestamp
from kernel.house import House
from kernel.outbox import OutboxEvent
from tests.escrow.banks.test_booking import NOW, OWNER, Till

LONG = terms().call_after


@pytest.fixture
def order(house: House) -> Refund:
    """Money for no account of ours, ordered back from a bank that nobody can reach."""
    till = Till(house.database)
    sealing_key = public_bytes(worker_key(house.keys))
    with house.database.writing() as session:
        session.get_one(Bank, till.bank_id).base_url = "http://127.0.0.1:1"
        bank = session.get_one(Bank, till.bank_id, with_for_update=True)
        stray = BookedEntry("S1", Sign.CREDIT, 5_00, NOW, "nobody's", OWNER)
        book(session, bank, stray, sealing_key=sealing_key, now=NOW)
    return till.refund()


def shown(house: House, order: Refund) -> Refund:
    with house.database.reading() as session:
        return session.get_one(Refund, order.id)


def ago(house: House, order: Refund, since: timedelta) -> None:
    """The bank has been silent for so long."""
    with house.database.writing() as session:
        wall = clock_timestamp(session)
        silent = update(Refund).where(Refund.id == order.id)
        session.execute(silent.values(first_sent_at=wall - since, asked_at=wall - since))


def calls(house: House) -> list[str]:
    with house.database.reading() as session:
        query = select(OutboxEvent).where(OutboxEvent.kind == "escrow.events.PaymentUnanswered")
        return [event.payload["key"] for event in session.scalars(query)]


def test_a_silent_bank_is_asked_and_asked_and_then_a_person(house: House, order: Refund) -> None:
    rounds.advance_refund(house, order.id)
    assert shown(house, order).state is RefundState.UNKNOWN
    for since in (timedelta(minutes=5), LONG - timedelta(minutes=1)):
        ago(house, order, since)
        rounds.advance_refund(house, order.id)
    assert calls(house) == []
    for _ in range(2):
        ago(house, order, LONG)
        rounds.advance_refund(house, order.id)
    kept = shown(house, order)
    assert calls(house) == [order.key]
    assert (kept.state, kept.attempts) == (RefundState.UNKNOWN, 1)
    assert kept.called_at is not None and kept.asked_at is not None
    with house.database.reading() as session:
        assert [one.key for one in queries.unanswered(session)] == [order.key]


@pytest.mark.parametrize("state", list(RefundState))
def test_only_silence_calls_and_only_once(state: RefundState) -> None:
    silent = state in (RefundState.SENT, RefundState.UNKNOWN)

    def called(since: timedelta, *, before: bool = False) -> bool:
        return needs_person(state, first_sent=NOW - since, called=before, now=NOW, after=LONG)

    assert called(LONG) is silent
    assert not called(LONG, before=True)
    assert not called(LONG - timedelta(microseconds=1))
    assert not needs_person(state, first_sent=None, called=False, now=NOW, after=LONG)
