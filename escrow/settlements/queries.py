"""Reads of settlements: what is payable now, what was ordered, the whole as approvers see it."""

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.deposits import queries as deposits
from escrow.forfeits import standing as forfeits
from escrow.interest.rules import reckon
from escrow.interest.terms import terms_of
from escrow.ledger.models import Bank
from escrow.refunds import queries as refunds
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundReason, RefundState
from escrow.settlements.models import (
    Settlement,
    SettlementApproval,
    SettlementBatch,
    SettlementLineRow,
    SettlementPayment,
)
from escrow.settlements.rules import (
    Batch,
    Due,
    line_state,
    settlement_state,
    value_day,
)
from escrow.settlements.seen import Approval, Attempt, Line, Whole
from escrow.settlements.working import interest_from_json


def by_lot(session: Session, lot_ref: UUID, *, lock: bool = False) -> Settlement | None:
    """The settlement of a lot."""
    query = select(Settlement).where(Settlement.lot_ref == lot_ref)
    return session.scalars(query.with_for_update() if lock else query).first()


def of_centre(session: Session, centre_ref: UUID) -> tuple[Settlement, ...]:
    """A centre's settlements: those under way by their end, then the settled, latest first."""
    return tuple(
        session.scalars(
            select(Settlement)
            .where(Settlement.centre_ref == centre_ref)
            .order_by(Settlement.settled_at.desc().nulls_first(), Settlement.due_at, Settlement.id)
        )
    )


def lines_of(session: Session, settlement_id: UUID) -> tuple[SettlementLineRow, ...]:
    """The bidders of a settlement, in one order."""
    return tuple(
        session.scalars(
            select(SettlementLineRow)
            .where(SettlementLineRow.settlement_id == settlement_id)
            .order_by(SettlementLineRow.bidder_ref)
        )
    )


def payment_of(session: Session, refund_id: UUID) -> SettlementPayment | None:
    """The settlement's payment that a refund order is, if it is one."""
    return session.scalars(
        select(SettlementPayment).where(SettlementPayment.refund_id == refund_id)
    ).first()


def approvals_of(
    session: Session, settlement_id: UUID, digest: bytes
) -> tuple[SettlementApproval, ...]:
    """Who approved exactly that digest, in order."""
    return tuple(
        session.scalars(
            select(SettlementApproval)
            .where(
                SettlementApproval.settlement_id == settlement_id,
                SettlementApproval.digest == digest,
            )
            .order_by(SettlementApproval.at, SettlementApproval.id)
        )
    )


def batches_of(session: Session, settlement_id: UUID) -> tuple[SettlementBatch, ...]:
    """What was ordered so far, in order."""
    return tuple(
        session.scalars(
            select(SettlementBatch)
            .where(SettlementBatch.settlement_id == settlement_id)
            .order_by(SettlementBatch.round)
        )
    )


def whole(session: Session, settlement: Settlement, *, now: datetime) -> Whole:
    """Everything of a settlement, its interest reckoned to the day of `now`."""
    day = value_day(now)
    lines = tuple(_line(session, settlement, row, day) for row in lines_of(session, settlement.id))
    ordered = batches_of(session, settlement.id)
    batch = Batch(
        settlement_id=settlement.id,
        lot_ref=settlement.lot_ref,
        round=len(ordered) + 1,
        value_day=day,
        dues=tuple(due for line in lines for due in line.dues),
    )
    last = ordered[-1].digest if ordered else b""
    digest = batch.digest if batch.dues else last
    approvals = approvals_of(session, settlement.id, digest)
    return Whole(
        settlement=settlement,
        lines=lines,
        batch=batch,
        approvals=_told(approvals),
        approvers=tuple(one.person_id for one in approvals),
        ordered=tuple(
            (one, _told(approvals_of(session, settlement.id, one.digest))) for one in ordered
        ),
        state=settlement_state((line.state for line in lines), approvals=len(approvals)),
    )


def _told(rows: tuple[SettlementApproval, ...]) -> tuple[Approval, ...]:
    return tuple(Approval(one.person_name, one.at) for one in rows)


def _line(session: Session, settlement: Settlement, row: SettlementLineRow, day: date) -> Line:
    verdict = deposits.latest_verdict(
        session, lot_ref=settlement.lot_ref, bidder_ref=row.bidder_ref
    )
    name = (verdict.payer_name if verdict else None) or ""
    account = (verdict.payer_account if verdict else None) or ""
    attempts = _attempts(session, row.id)
    sub = session.get(SubAccount, row.sub_account_id) if row.sub_account_id else None
    bank = session.get_one(Bank, sub.bank_id) if sub else None
    dues: tuple[Due, ...] = ()
    kept = forfeits.kept(session, lot_ref=settlement.lot_ref, bidder_ref=row.bidder_ref)
    if sub is not None and bank is not None and kept is None:
        dues = tuple(_dues(session, row, sub, bank, (name, account), attempts, day))
    last = {one.refund.credit_id: one.refund.state for one in attempts}
    states: dict[UUID, RefundState | None] = {**last}
    states.update({due.credit_id: due.again for due in dues})
    return Line(
        bidder_ref=row.bidder_ref,
        reason=row.reason,
        name=name,
        account=account,
        bank=bank.name if bank else "",
        number=sub.number if sub else None,
        dues=dues,
        attempts=attempts,
        state=kept or line_state(states.values()),
    )


def _dues(
    session: Session,
    row: SettlementLineRow,
    sub: SubAccount,
    bank: Bank,
    to: tuple[str, str],
    attempts: tuple[Attempt, ...],
    day: date,
) -> Iterable[Due]:
    """Each credit of the sub-account that is still here, or whose last payment did not arrive."""
    last = {one.refund.credit_id: one.refund for one in attempts}
    booked = bookings.credits_of(session, sub.id)
    returned = refunds.returned_fen(session, (credit.id for credit in booked))
    for credit in booked:
        before = last.get(credit.id)
        came_back = before is not None and before.state is RefundState.RETURNED
        if before is not None and came_back:
            left = before.amount_fen + before.interest_fen
        else:
            left = credit.amount_fen - returned.get(credit.id, 0)
            left -= bookings.reversed_fen(session, credit)
        # Without a payer there is nobody to pay: such money waits for a person.
        if left <= 0 or credit.payer_for_worker is None:
            continue
        start = day if came_back else value_day(credit.booked_at)
        yield Due(
            bidder_ref=row.bidder_ref,
            credit_id=credit.id,
            bank_ref=credit.bank_ref,
            bank=bank.code,
            number=None if came_back else sub.number,
            to_name=to[0],
            to_account=to[1],
            reason=RefundReason(row.reason.value),
            principal_fen=left,
            interest=reckon(left, start=start, end=day, terms=terms_of(bank.code)),
            again=before.state if before else None,
        )


def _attempts(session: Session, line_id: UUID) -> tuple[Attempt, ...]:
    rows = session.execute(
        select(SettlementPayment, SettlementBatch.round, Refund, func.max(BankEntry.booked_at))
        .join(SettlementBatch, SettlementBatch.id == SettlementPayment.batch_id)
        .join(Refund, Refund.id == SettlementPayment.refund_id)
        .outerjoin(
            BankEntry,
            (BankEntry.bank_id == Refund.bank_id)
            & (BankEntry.end_to_end == Refund.key)
            & (BankEntry.kind == "refund_settled"),
        )
        .where(SettlementPayment.line_id == line_id)
        .group_by(SettlementPayment.id, SettlementBatch.round, Refund.id)
        .order_by(SettlementBatch.round, SettlementPayment.id)
    )
    return tuple(
        Attempt(
            refund=refund,
            round=number,
            interest=interest_from_json(payment.working),
            to_name=payment.to_name,
            to_account=payment.to_account,
            booked_at=booked_at,
        )
        for payment, number, refund, booked_at in rows
    )
