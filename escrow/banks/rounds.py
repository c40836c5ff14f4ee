"""The worker's edge to the banks: poll, read the inbox, send refunds, keep the pool filled.

Banks are spoken to between transactions, never inside one: an order is marked as sent before the
bank hears of it, so that a crash leaves a question to ask and never a payment to repeat.
"""

import logging
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.banks import actions, inbox, queries
from escrow.banks.gateway import (
    BankGateway,
    BankUnreachableError,
    RefundBatch,
    RefundOrder,
    Report,
    UnreadableError,
)
from escrow.banks.reaching import reach
from escrow.banks.rules import POOL_BATCH, POOL_TARGET, InboxState, ask_from, link_state
from escrow.banks.terms import terms
from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry
from escrow.bookings.rules import Party
from escrow.bookings.seals import open_party, worker_key
from escrow.deposits import actions as deposits
from escrow.deposits import queries as deposit_queries
from escrow.ledger.models import Bank
from escrow.refunds import actions as refunds
from escrow.refunds import queries as refund_queries
from escrow.refunds.models import Refund
from escrow.refunds.rules import (
    ASK_AFTER,
    Answer,
    RefundReason,
    RefundState,
    may_send,
    needs_person,
)
from kernel.clock import clock_timestamp, legal_now
from kernel.house import House

MOST_READ: Final = 32
LOG = logging.getLogger("sunbid.banks")


def publish_key(house: House) -> None:
    """Let the listeners know to which key they seal."""
    with house.database.writing() as session:
        actions.publish_sealing_key(session, worker_key(house.keys), now=legal_now(session))


def bank_ids(house: House) -> tuple[UUID, ...]:
    """Every bank."""
    with house.database.reading() as session:
        return tuple(bank.id for bank in bookings.banks(session))


def waiting_refunds(house: House) -> tuple[UUID, ...]:
    """Orders that wait for a step."""
    with house.database.reading() as session:
        return refund_queries.waiting(session)


def fill_bank(house: House, bank_id: UUID) -> None:
    """Fill one bank's pool to its target, as far as the bank gives numbers."""
    with house.database.reading() as session:
        bank = session.get_one(Bank, bank_id)
        gateway = reach(session, bank, house.keys)
        short = POOL_TARGET - bookings.pool_size(session, bank_id)
    while short > 0:
        try:
            numbers = gateway.open_sub_accounts(min(short, POOL_BATCH))
        except BankUnreachableError:
            return
        with house.database.writing() as session:
            opened = deposits.open_sub_accounts(session, bank, numbers)
        if not opened:
            return
        short -= opened


def poll_bank(house: House, bank_id: UUID) -> None:
    """One question to one bank; what it answers is kept before it is believed."""
    with house.database.reading() as session:
        gateway = reach(session, session.get_one(Bank, bank_id), house.keys)
        known = deposit_queries.complete_until(session, bank_id)
        since = ask_from(known, now=legal_now(session))
    failure: BankUnreachableError | UnreadableError | None = None
    report: Report | None = None
    try:
        report = gateway.query_entries(since)
    except (BankUnreachableError, UnreadableError) as error:
        failure = error
    with house.database.writing() as session:
        bank = session.get_one(Bank, bank_id)
        now = legal_now(session)
        if report is not None:
            inbox.keep_report(session, bank, report)
        if isinstance(failure, UnreadableError):
            inbox.keep_unreadable(session, bank, failure, about="entries", now=now)
        state = link_state(
            # What answers and cannot be read is behind, not down.
            answered=not isinstance(failure, BankUnreachableError),
            complete_until=report.complete_until if report else None,
            now=now,
        )
        wall = clock_timestamp(session)
        cause = None if failure is None else str(failure)
        actions.note_link(session, bank, state=state, cause=cause, wall=wall)


def read_waiting(house: House) -> bool:
    """Read the oldest messages, some of one bank in one transaction; False when none waits."""
    with house.database.writing() as session:
        messages = queries.next_waiting(session, most=MOST_READ)
        if not messages:
            return False
        bank = session.get_one(Bank, messages[0].bank_id)
        gateway = reach(session, bank, house.keys)
        key, now = worker_key(house.keys), legal_now(session)
        inbox.read_messages(session, messages, bank, gateway, key=key, now=now)
        aside = [one.cause for one in messages if one.state is not InboxState.DONE]
    for cause in aside:
        LOG.error("a bank's message was set aside: %s", cause)
    return True


def advance_refund(house: House, refund_id: UUID) -> None:
    """One step of one order: send it, or ask about it, or leave it in peace for a moment."""
    with house.database.writing() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        wall = clock_timestamp(session)
        bank = session.get_one(Bank, refund.bank_id)
        _call_if_silent(session, refund, bank, wall)
        step = _next_step(refund, wall)
        if step is None:
            return
        gateway = reach(session, bank, house.keys)
        batch = _batch(session, house, refund) if step == "send" else None
        key = refund.key
        if batch is not None:
            refund.state = (
                RefundState.SENT if refund.state is RefundState.ORDERED else RefundState.UNKNOWN
            )
            refund.sent_at = wall
            refund.first_sent_at = refund.first_sent_at or wall
            refund.attempts += 1
            refund.bank_word = None
        refund.asked_at = wall
    answer = gateway.submit_refund(batch, key) if batch is not None else _ask(gateway, key)
    with house.database.writing() as session:
        refund = session.get_one(Refund, refund_id, with_for_update=True)
        refunds.record_answer(session, refund, answer, now=legal_now(session))


def _call_if_silent(session: Session, refund: Refund, bank: Bank, wall: datetime) -> None:
    called, first = refund.called_at is not None, refund.first_sent_at
    after = terms().call_after
    if needs_person(refund.state, first_sent=first, called=called, now=wall, after=after):
        refunds.call_person(session, refund, bank=bank.code, now=wall)


def _next_step(refund: Refund, wall: datetime) -> str | None:
    word = Answer(refund.bank_word) if refund.bank_word else None
    if may_send(refund.state, answer=word, first_sent=refund.sent_at, now=wall):
        return "send"
    asked = refund.asked_at
    waits = refund.state in (RefundState.SENT, RefundState.UNKNOWN)
    return "ask" if waits and (asked is None or wall - asked >= ASK_AFTER) else None


def _ask(gateway: BankGateway, key: str) -> Answer:
    try:
        return gateway.query_refund(key)
    except BankUnreachableError:
        return Answer.UNKNOWN


def _batch(session: Session, house: House, refund: Refund) -> RefundBatch:
    """The order with its payer opened: the only place where the worker needs to know him."""
    credit = session.get_one(BankEntry, refund.credit_id)
    master = queries.master_of(session, refund.bank_id)
    return RefundBatch(
        debtor_name=master.name,
        debtor_account=master.number,
        # As ordered: the same order is the same bytes whenever it is sent, and its interest too.
        requested_at=refund.ordered_at,
        orders=(
            RefundOrder(
                key=refund.key,
                amount_fen=refund.amount_fen + refund.interest_fen,
                number=refunds.held_number(session, refund),
                to=_receiver(house, refund, credit),
                remittance=f"{_purpose(refund)} {credit.bank_ref}",
                credit_ref=credit.bank_ref,
                interest_fen=refund.interest_fen,
            ),
        ),
    )


def _receiver(house: House, refund: Refund, credit: BankEntry) -> Party:
    """The beneficiary whom two people approved, else the payer."""
    if refund.to_name is not None and refund.to_account is not None:
        return Party(refund.to_name, refund.to_account)
    assert credit.payer_for_worker is not None
    return open_party(worker_key(house.keys), credit.payer_for_worker, bank_ref=credit.bank_ref)


def _purpose(refund: Refund) -> str:
    return "不予退还的保证金" if refund.reason is RefundReason.FORFEITED else "退还保证金"


def compare_one(house: House) -> bool:
    """Compare one repeated message with the first under its id; False when none waits."""
    with house.database.writing() as session:
        repeat = queries.next_repeat(session)
        if repeat is None:
            return False
        if not inbox.compare_repeat(session, repeat, house.keys, key=worker_key(house.keys)):
            LOG.error("a bank sent two messages under one id")
        return True
