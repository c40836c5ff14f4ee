"""Proposing a lot's settlement, approving it, ordering what was approved, closing it (条例57)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.bookings.models import SubAccount
from escrow.bookings.rules import SubAccountState
from escrow.deposits import queries as deposits
from escrow.events import DepositsSettled
from escrow.forfeits import standing as forfeits
from escrow.guarantees import actions as guarantees
from escrow.refunds import actions as refunds
from escrow.refunds import holds
from escrow.refunds.models import Refund
from escrow.refunds.rules import HoldPurpose
from escrow.settlements import queries
from escrow.settlements.models import (
    Settlement,
    SettlementApproval,
    SettlementBatch,
    SettlementLineRow,
    SettlementPayment,
)
from escrow.settlements.rules import (
    APPROVALS,
    DONE,
    Due,
    SettlementLine,
    check_approver,
    check_lines,
    order_key,
)
from escrow.settlements.seen import Whole
from escrow.settlements.working import interest_as_json
from kernel import outbox
from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure.errors import Refused


def propose(
    session: Session,
    *,
    lot_ref: UUID,
    centre_ref: UUID,
    lines: Iterable[SettlementLine],
    title: str,
    now: datetime,
    due_at: datetime,
) -> UUID:
    """Put a lot's settlement before the approvers; the same lines again give the same answer.

    Refuses ESC-1401 (other lines than before), ESC-1402. With nothing to pay it settles at once.
    """
    wanted = check_lines(lines)
    known = queries.by_lot(session, lot_ref, lock=True)
    if known is not None:
        rows = queries.lines_of(session, known.id)
        if tuple(SettlementLine(row.bidder_ref, row.reason) for row in rows) != wanted:
            raise Refused("ESC-1401")
        return known.id
    settlement = Settlement(
        id=new_id(),
        lot_ref=lot_ref,
        centre_ref=centre_ref,
        title=title,
        proposed_at=now,
        due_at=due_at,
    )
    session.add(settlement)
    session.flush()
    for line in wanted:
        verdict = deposits.latest_verdict(session, lot_ref=lot_ref, bidder_ref=line.bidder_ref)
        session.add(
            SettlementLineRow(
                settlement_id=settlement.id,
                bidder_ref=line.bidder_ref,
                reason=line.reason,
                sub_account_id=verdict.sub_account_id if verdict else None,
            )
        )
        _give_back_guarantee(session, lot_ref, line, now)
    session.flush()
    _close_if_done(session, settlement, at=now)
    return settlement.id


def approve(
    session: Session, settlement_id: UUID, *, digest: bytes, by: Account, now: datetime
) -> Whole:
    """One person's yes to exactly `digest`; the second one orders the payments.

    Refuses ESC-1403 (none of his centre), ESC-1404, ESC-1405 (stale), ESC-1406 (same person).
    """
    settlement = session.get(Settlement, settlement_id, with_for_update=True)
    if settlement is None or settlement.centre_ref != by.organisation_id:
        raise Refused("ESC-1403")
    _lock_sub_accounts(session, settlement.id)
    found = queries.whole(session, settlement, now=now)
    check_approver(found.batch, shown=digest, person=by.person_id, before=found.approvers)
    session.add(
        SettlementApproval(
            settlement_id=settlement.id,
            digest=digest,
            person_id=by.person_id,
            person_name=by.person_name,
            at=now,
        )
    )
    session.flush()
    people = (*found.approvers, by.person_id)
    if len(people) == APPROVALS:
        _order(session, found, people=people, now=now)
    return queries.whole(session, settlement, now=now)


def hold(session: Session, keys: Iterable[str]) -> None:
    """Lock the settlements to which orders of these keys belong, before anything is booked."""
    concerned = (
        select(SettlementBatch.settlement_id)
        .join(SettlementPayment, SettlementPayment.batch_id == SettlementBatch.id)
        .join(Refund, Refund.id == SettlementPayment.refund_id)
        .where(Refund.key.in_(tuple(keys)))
    )
    session.execute(
        select(Settlement.id)
        .where(Settlement.id.in_(concerned))
        .order_by(Settlement.id)
        .with_for_update()
    ).all()


def note_booked(session: Session, refund: Refund, *, booked_at: datetime) -> None:
    """A bank booked an order; the last one of a settlement settles the lot."""
    payment = queries.payment_of(session, refund.id)
    if payment is None:
        return
    batch = session.get_one(SettlementBatch, payment.batch_id)
    settlement = session.get_one(Settlement, batch.settlement_id, with_for_update=True)
    session.flush()
    _close_if_done(session, settlement, at=booked_at)


def note_decided(session: Session, lot_ref: UUID, *, at: datetime) -> None:
    """A forfeiture was paid or not upheld: a settlement that only waited for it is settled."""
    settlement = queries.by_lot(session, lot_ref, lock=True)
    if settlement is not None:
        _close_if_done(session, settlement, at=at)


def _give_back_guarantee(
    session: Session, lot_ref: UUID, line: SettlementLine, now: datetime
) -> None:
    """No money moves: a guarantee goes back at once, unless a forfeiture is proposed."""
    bidder = line.bidder_ref
    if forfeits.of_bidder(session, lot_ref=lot_ref, bidder_ref=bidder) is None:
        why = line.reason.value
        guarantees.release(session, lot_ref=lot_ref, bidder_ref=bidder, why=why, now=now)


def _close_if_done(session: Session, settlement: Settlement, *, at: datetime) -> None:
    if settlement.settled_at is not None:
        return
    found = queries.whole(session, settlement, now=at)
    if any(line.state not in DONE for line in found.lines):
        return
    settlement.settled_at = at
    session.flush()
    outbox.record(session, DepositsSettled(new_id(), settlement.lot_ref, at))


def _lock_sub_accounts(session: Session, settlement_id: UUID) -> None:
    """In one order for all, so that no reversal or holder's request moves the money meanwhile."""
    session.execute(
        select(SubAccount.id)
        .join(SettlementLineRow, SettlementLineRow.sub_account_id == SubAccount.id)
        .where(SettlementLineRow.settlement_id == settlement_id)
        .order_by(SubAccount.id)
        .with_for_update(of=SubAccount)
    ).all()


def _order(session: Session, found: Whole, *, people: tuple[UUID, ...], now: datetime) -> None:
    """Order every payment of the batch; what two people approved is all that leaves."""
    digest = found.batch.digest
    batch = SettlementBatch(
        id=new_id(),
        settlement_id=found.settlement.id,
        round=found.batch.round,
        digest=digest,
        value_day=found.batch.value_day,
        first_person=people[0],
        second_person=people[1],
        approved_at=now,
    )
    session.add(batch)
    session.flush()
    rows = {row.bidder_ref: row for row in queries.lines_of(session, found.settlement.id)}
    orders = [_order_of(session, batch, rows[due.bidder_ref], due) for due in found.batch.dues]
    refunds.order_approved(session, orders)
    session.add_all(
        SettlementPayment(
            batch_id=batch.id,
            line_id=rows[due.bidder_ref].id,
            credit_id=due.credit_id,
            refund_id=order.id,
            to_name=due.to_name,
            to_account=due.to_account,
            working=interest_as_json(due.interest),
        )
        for due, order in zip(found.batch.dues, orders, strict=True)
    )
    session.flush()


def _order_of(session: Session, batch: SettlementBatch, row: SettlementLineRow, due: Due) -> Refund:
    """The order of one payment; its sub-account takes no more deposits from here on."""
    assert row.sub_account_id is not None
    sub = session.get_one(SubAccount, row.sub_account_id)
    holds.place(session, sub.id, HoldPurpose.REFUND, now=batch.approved_at)
    sub.state = SubAccountState.RELEASED
    return Refund(
        id=new_id(),
        key=order_key(batch.digest, due.credit_id),
        bank_id=sub.bank_id,
        credit_id=due.credit_id,
        amount_fen=due.principal_fen,
        interest_fen=due.interest.fen,
        from_suspense=due.number is None,
        reason=due.reason,
        ordered_at=batch.approved_at,
    )
