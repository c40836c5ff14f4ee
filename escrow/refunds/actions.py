"""Ordering refunds and recording what the bank makes of them."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.queries import credits_of, reversed_fen
from escrow.events import DepositRefunded, DepositReleased, PaymentUnanswered
from escrow.ledger import actions as ledger
from escrow.ledger import rules as posting
from escrow.refunds import holds
from escrow.refunds.models import Refund
from escrow.refunds.queries import refused_once, returned_fen
from escrow.refunds.rules import (
    TRANSITIONS,
    Answer,
    HoldPurpose,
    RefundReason,
    RefundState,
    after_answer,
)
from kernel import outbox
from kernel.ids import new_id


def order(
    session: Session,
    credit: BankEntry,
    *,
    reason: RefundReason,
    now: datetime,
    at_most_fen: int | None = None,
) -> int:
    """Order what is left of `credit` back to its payer; returns the fen ordered, 0 if none.

    The caller holds the sub-account's row lock, so two orders never see the same money.
    """
    left = left_of(session, credit)
    amount = left if at_most_fen is None else min(left, at_most_fen)
    if amount <= 0 or refused_once(session, credit.id):
        return 0
    refund_id = new_id()
    refund = Refund(
        id=refund_id,
        # 35 characters is the longest identifier of ISO 20022.
        key=f"R{refund_id.hex}",
        bank_id=credit.bank_id,
        credit_id=credit.id,
        amount_fen=amount,
        reason=reason,
        ordered_at=now,
    )
    _order(session, refund)
    return amount


def left_of(session: Session, credit: BankEntry) -> int:
    """What of a credit neither was ordered back nor taken back by the bank, in fen."""
    ordered = returned_fen(session, (credit.id,)).get(credit.id, 0)
    return credit.amount_fen - ordered - reversed_fen(session, credit)


def order_approved(session: Session, refunds: Sequence[Refund]) -> None:
    """Order payments that two people approved, exactly as approved, also after a refusal.

    The caller holds the sub-accounts' row locks; keys are unique, so each is ordered once for ever.
    """
    numbers = {refund.key: held_number(session, refund) for refund in refunds}
    for refund in refunds:
        number = numbers[refund.key]
        if refund.interest_fen and number is not None:
            ledger.open_accounts(session, refund.bank_id, (posting.interest_payable(number),))
    session.add_all(refunds)
    session.flush()
    ledger.post_many(session, [_ordered(one, numbers[one.key]) for one in refunds])
    for refund in refunds:
        _tell_released(session, refund, numbers[refund.key])


def _order(session: Session, refund: Refund) -> None:
    session.add(refund)
    session.flush()
    number = held_number(session, refund)
    ledger.post(session, _ordered(refund, number))
    _tell_released(session, refund, number)


def _ordered(refund: Refund, number: str | None) -> posting.Journal:
    if refund.reason is RefundReason.FORFEITED:
        legs = posting.forfeit_ordered(number, refund.amount_fen)
        return _journal(refund, posting.JournalKind.FORFEIT_ORDERED, legs, refund.ordered_at)
    legs = posting.refund_ordered(number, refund.amount_fen, interest_fen=refund.interest_fen)
    return _journal(refund, posting.JournalKind.REFUND_ORDERED, legs, refund.ordered_at)


def _tell_released(session: Session, refund: Refund, number: str | None) -> None:
    if number is not None and refund.reason is not RefundReason.FORFEITED:
        released = DepositReleased(
            new_id(), number, refund.amount_fen, refund.reason.value, refund.ordered_at
        )
        outbox.record(session, released)


def record_answer(session: Session, refund: Refund, answer: Answer, *, now: datetime) -> None:
    """Write down the bank's word on a sent order; a refusal puts the money back."""
    refund.bank_word = answer.value
    state = after_answer(refund.state, answer)
    if state is refund.state:
        return
    refund.state = state
    if state is RefundState.REJECTED:
        ledger.post(session, _failed(refund, held_number(session, refund), now))
        _lift_if_all_stayed(session, refund, now)


def _lift_if_all_stayed(session: Session, refund: Refund, now: datetime) -> None:
    """Once nothing of a sub-account is on its way back, it may be forfeited again."""
    sub_id = session.get_one(BankEntry, refund.credit_id).sub_account_id
    if sub_id is None or refund.reason is RefundReason.FORFEITED:
        return
    session.flush()
    booked = (credit.id for credit in credits_of(session, sub_id))
    if not any(returned_fen(session, booked).values()):
        holds.lift(session, sub_id, HoldPurpose.REFUND, now=now)


def _failed(refund: Refund, number: str | None, now: datetime) -> posting.Journal:
    if refund.reason is RefundReason.FORFEITED:
        legs = posting.forfeit_failed(number, refund.amount_fen)
        return _journal(refund, posting.JournalKind.FORFEIT_FAILED, legs, now)
    legs = posting.refund_failed(number, refund.amount_fen, interest_fen=refund.interest_fen)
    return _journal(refund, posting.JournalKind.REFUND_FAILED, legs, now)


def call_person(session: Session, refund: Refund, *, bank: str, now: datetime) -> None:
    """Call a person to an order that its bank has not answered for long (wall times)."""
    assert refund.first_sent_at is not None
    refund.called_at = now
    outbox.record(session, PaymentUnanswered(new_id(), bank, refund.key, refund.first_sent_at))


def may_settle(refund: Refund, amount_fen: int) -> bool:
    """Whether a debit the bank booked under the order's key is that order, once."""
    return (
        refund.state in (RefundState.SENT, RefundState.UNKNOWN, RefundState.ACCEPTED)
        and amount_fen == refund.amount_fen + refund.interest_fen
    )


def settle(session: Session, refund: Refund, *, booked_at: datetime) -> None:
    """The bank booked the refund: tell whoever listens. The debit is posted with its entry."""
    _step(refund, RefundState.SETTLED)
    credit = session.get_one(BankEntry, refund.credit_id)
    number = number_of(session, credit.sub_account_id)
    if number is not None and refund.reason is not RefundReason.FORFEITED:
        outbox.record(
            session,
            DepositRefunded(
                new_id(),
                number,
                refund.amount_fen,
                refund.interest_fen,
                refund.reason.value,
                booked_at,
            ),
        )


def settling_postings(session: Session, refund: Refund) -> tuple[posting.Posting, ...]:
    """What the bank's debit for the order posts."""
    if refund.reason is RefundReason.FORFEITED:
        return posting.forfeit_settled(refund.amount_fen)
    number = held_number(session, refund)
    return posting.refund_settled(
        refund.amount_fen, number=number, interest_fen=refund.interest_fen
    )


def take_back(refund: Refund) -> None:
    """A settled refund came back to us; a person decides what becomes of the money."""
    if RefundState.RETURNED in TRANSITIONS[refund.state]:
        _step(refund, RefundState.RETURNED)


def held_number(session: Session, refund: Refund) -> str | None:
    """The sub-account the order's money stands on, None for suspense."""
    if refund.from_suspense:
        return None
    return number_of(session, session.get_one(BankEntry, refund.credit_id).sub_account_id)


def number_of(session: Session, sub_account_id: UUID | None) -> str | None:
    """The sub-account's number, None for money in suspense."""
    if sub_account_id is None:
        return None
    return session.get_one(SubAccount, sub_account_id).number


def _step(refund: Refund, to: RefundState) -> None:
    if to not in TRANSITIONS[refund.state]:
        raise ValueError(f"refund cannot go from {refund.state} to {to}")
    refund.state = to


def _journal(
    refund: Refund,
    kind: posting.JournalKind,
    legs: tuple[posting.Posting, ...],
    now: datetime,
) -> posting.Journal:
    return posting.Journal(
        key=f"refund/{refund.key}/{kind.value}",
        kind=kind,
        bank_id=refund.bank_id,
        occurred_at=now,
        postings=legs,
    )
