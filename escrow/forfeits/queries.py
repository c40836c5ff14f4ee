"""Reads of forfeits: what is to be taken now, what was ordered, the whole as approvers see it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import SubAccount
from escrow.forfeits.models import Forfeit, ForfeitApproval, ForfeitOrder, ForfeitPayment
from escrow.forfeits.rules import (
    Beneficiary,
    ForfeitState,
    Ground,
    Means,
    Order,
    Taking,
    state_of,
)
from escrow.guarantees.models import Guarantee, Issuer
from escrow.guarantees.rules import GuaranteeState
from escrow.ledger.models import Bank
from escrow.refunds import queries as refunds
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from escrow.settlements.seen import Approval


@dataclass(frozen=True, slots=True)
class Paid:
    """One ordered payment, and how far the bank is."""

    refund: Refund
    round: int


@dataclass(frozen=True, slots=True)
class Whole:
    """A forfeit as approvers see it; `order` is open now, `payments` left before."""

    forfeit: Forfeit
    means: Means
    holder: str
    order: Order
    approvals: tuple[Approval, ...]
    approvers: tuple[UUID, ...]
    ordered: tuple[tuple[ForfeitOrder, tuple[Approval, ...]], ...]
    payments: tuple[Paid, ...]
    guarantee: Guarantee | None
    state: ForfeitState

    @property
    def amount_fen(self) -> int:
        """What the beneficiary receives or received."""
        if self.guarantee is not None:
            return self.guarantee.amount_fen or 0
        again = {one.credit_id for one in self.order.takings}
        last = {one.refund.credit_id: one.refund.amount_fen for one in self.payments}
        kept = sum(fen for credit, fen in last.items() if credit not in again)
        return kept + self.order.total_fen


def listed(session: Session, centre_ref: UUID | None) -> tuple[Forfeit, ...]:
    """Forfeits of a centre's lots, of every centre's for None; newest first."""
    query = select(Forfeit)
    if centre_ref is not None:
        query = query.where(Forfeit.centre_ref == centre_ref)
    return tuple(session.scalars(query.order_by(Forfeit.proposed_at.desc(), Forfeit.id)))


def payment_of(session: Session, refund_id: UUID) -> ForfeitOrder | None:
    """The order a refund was made by, if a forfeit made it."""
    return session.scalars(
        select(ForfeitOrder)
        .join(ForfeitPayment, ForfeitPayment.order_id == ForfeitOrder.id)
        .where(ForfeitPayment.refund_id == refund_id)
    ).first()


def by_guarantee(session: Session, guarantee_id: UUID) -> Forfeit | None:
    """The forfeit that claims a guarantee."""
    return session.scalars(
        select(Forfeit).where(Forfeit.guarantee_id == guarantee_id, Forfeit.ended_at.is_(None))
    ).first()


def of_orders(session: Session, keys: Iterable[str]) -> tuple[Forfeit, ...]:
    """The forfeits to which orders of these keys belong, in one order for all."""
    return tuple(
        session.scalars(
            select(Forfeit)
            .join(ForfeitOrder, ForfeitOrder.forfeit_id == Forfeit.id)
            .join(ForfeitPayment, ForfeitPayment.order_id == ForfeitOrder.id)
            .join(Refund, Refund.id == ForfeitPayment.refund_id)
            .where(Refund.key.in_(tuple(keys)))
            .distinct()
            .order_by(Forfeit.id)
        )
    )


def whole(session: Session, forfeit: Forfeit) -> Whole:
    """Everything of a forfeit, what is to be taken reckoned as it stands now."""
    ordered = tuple(
        session.scalars(
            select(ForfeitOrder)
            .where(ForfeitOrder.forfeit_id == forfeit.id)
            .order_by(ForfeitOrder.round)
        )
    )
    payments = _payments(session, forfeit.id)
    guarantee = session.get(Guarantee, forfeit.guarantee_id) if forfeit.guarantee_id else None
    takings = () if forfeit.ended_at else tuple(_takings(session, forfeit, guarantee, payments))
    order = Order(
        forfeit_id=forfeit.id,
        lot_ref=forfeit.lot_ref,
        bidder_ref=forfeit.bidder_ref,
        round=len(ordered) + 1,
        ground=Ground(forfeit.reason, forfeit.clause, forfeit.wording, bytes(forfeit.document)),
        beneficiary=Beneficiary(forfeit.to_name, forfeit.to_account, forfeit.to_bank),
        takings=takings,
    )
    approvals = _approvals(session, forfeit.id, order.digest) if takings else ()
    return Whole(
        forfeit=forfeit,
        means=Means.GUARANTEE if guarantee else Means.DEPOSIT,
        holder=_holder(session, forfeit, guarantee),
        order=order,
        approvals=_told(approvals),
        approvers=tuple(one.person_id for one in approvals),
        ordered=tuple((one, _told(_approvals(session, forfeit.id, one.digest))) for one in ordered),
        payments=payments,
        guarantee=guarantee,
        state=state_of(
            _states(guarantee, takings, payments),
            approvals=len(approvals),
            ended=forfeit.ended_at is not None,
        ),
    )


def as_json(found: Whole, *, person_id: UUID) -> dict[str, Any]:
    """For the page that follows a forfeit, and for whoever approves without a page."""
    return {
        "id": str(found.forfeit.id),
        "lot_ref": str(found.forfeit.lot_ref),
        "bidder_ref": str(found.forfeit.bidder_ref),
        "state": found.state.value,
        "digest": found.order.digest.hex() if found.order.takings else None,
        "total_fen": found.amount_fen,
        "approvals": [{"name": one.name, "at": one.at.isoformat()} for one in found.approvals],
        "mine": person_id in found.approvers,
    }


def _takings(
    session: Session, forfeit: Forfeit, guarantee: Guarantee | None, payments: tuple[Paid, ...]
) -> Iterable[Taking]:
    if guarantee is not None:
        if guarantee.state is GuaranteeState.VERIFIED:
            issuer = session.get_one(Issuer, guarantee.issuer_id)
            number, fen = guarantee.number or "", guarantee.amount_fen or 0
            yield Taking(Means.GUARANTEE, number, issuer.code, None, fen)
        return
    sub = session.get_one(SubAccount, forfeit.sub_account_id)
    bank = session.get_one(Bank, sub.bank_id)
    last = {one.refund.credit_id: one.refund for one in payments}
    booked = bookings.credits_of(session, sub.id)
    returned = refunds.returned_fen(session, (credit.id for credit in booked))
    for credit in booked:
        before = last.get(credit.id)
        came_back = before is not None and before.state is RefundState.RETURNED
        left = credit.amount_fen - returned.get(credit.id, 0)
        left -= bookings.reversed_fen(session, credit)
        if before is not None and came_back:
            left = before.amount_fen
        if left > 0:
            yield Taking(
                Means.DEPOSIT,
                credit.bank_ref,
                bank.code,
                None if came_back else sub.number,
                left,
                credit_id=credit.id,
                again=before.state if before else None,
            )


def _states(
    guarantee: Guarantee | None, takings: tuple[Taking, ...], payments: tuple[Paid, ...]
) -> tuple[RefundState | None, ...]:
    """Each sum's standing: what waits as it waits, everything else by its last payment."""
    if guarantee is not None:
        told = {
            GuaranteeState.CLAIMED: RefundState.ACCEPTED,
            GuaranteeState.PAID_OUT: RefundState.SETTLED,
        }
        return (told.get(guarantee.state),)
    states: dict[UUID | None, RefundState | None] = {
        one.refund.credit_id: one.refund.state for one in payments
    }
    states.update({one.credit_id: one.again for one in takings})
    return tuple(states.values())


def _payments(session: Session, forfeit_id: UUID) -> tuple[Paid, ...]:
    rows = session.execute(
        select(Refund, ForfeitOrder.round)
        .join(ForfeitPayment, ForfeitPayment.refund_id == Refund.id)
        .join(ForfeitOrder, ForfeitOrder.id == ForfeitPayment.order_id)
        .where(ForfeitOrder.forfeit_id == forfeit_id)
        .order_by(ForfeitOrder.round, Refund.key)
    )
    return tuple(Paid(refund, number) for refund, number in rows)


def _approvals(session: Session, forfeit_id: UUID, digest: bytes) -> tuple[ForfeitApproval, ...]:
    return tuple(
        session.scalars(
            select(ForfeitApproval)
            .where(ForfeitApproval.forfeit_id == forfeit_id, ForfeitApproval.digest == digest)
            .order_by(ForfeitApproval.at, ForfeitApproval.id)
        )
    )


def _holder(session: Session, forfeit: Forfeit, guarantee: Guarantee | None) -> str:
    """Where the money is, in words: bank and sub-account, or issuer and number."""
    if guarantee is not None:
        issuer = session.get(Issuer, guarantee.issuer_id) if guarantee.issuer_id else None
        return f"{issuer.name if issuer else '—'} {guarantee.number}"
    sub = session.get_one(SubAccount, forfeit.sub_account_id)
    return f"{session.get_one(Bank, sub.bank_id).name} {sub.number}"


def _told(rows: tuple[ForfeitApproval, ...]) -> tuple[Approval, ...]:
    return tuple(Approval(one.person_name, one.at) for one in rows)
