"""Reads of refund orders."""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState


def by_key(session: Session, key: str, *, lock: bool = False) -> Refund | None:
    """The order the bank knows by `key`."""
    query = select(Refund).where(Refund.key == key)
    return session.scalars(query.with_for_update() if lock else query).first()


def hold(session: Session, keys: Iterable[str]) -> None:
    """Lock the orders of these keys, in one order for all."""
    session.execute(
        select(Refund.id).where(Refund.key.in_(tuple(keys))).order_by(Refund.id).with_for_update()
    ).all()


def returned_fen(session: Session, credits: Iterable[UUID]) -> dict[UUID, int]:
    """Fen ordered back per credit, refused orders left out."""
    rows = session.execute(
        select(Refund.credit_id, func.sum(Refund.amount_fen))
        .where(Refund.credit_id.in_(tuple(credits)), Refund.state != RefundState.REJECTED)
        .group_by(Refund.credit_id)
    )
    return {credit_id: int(total) for credit_id, total in rows}


def of_credits(session: Session, credits: Iterable[UUID]) -> tuple[Refund, ...]:
    """Every order for these credits, oldest first."""
    return tuple(
        session.scalars(
            select(Refund)
            .where(Refund.credit_id.in_(tuple(credits)))
            .order_by(Refund.ordered_at, Refund.id)
        )
    )


def refused_once(session: Session, credit_id: UUID) -> bool:
    """Whether the bank has refused to pay this credit back: from then on a person decides."""
    return (
        session.scalar(
            select(Refund.id)
            .where(Refund.credit_id == credit_id, Refund.state == RefundState.REJECTED)
            .limit(1)
        )
        is not None
    )


def unanswered(session: Session) -> tuple[Refund, ...]:
    """Orders to which a person was called and which their bank has still not answered."""
    silent = (RefundState.SENT, RefundState.UNKNOWN)
    return tuple(
        session.scalars(
            select(Refund)
            .where(Refund.called_at.is_not(None), Refund.state.in_(silent))
            .order_by(Refund.first_sent_at, Refund.id)
        )
    )


def waiting(session: Session, *, most: int = 50) -> tuple[UUID, ...]:
    """Orders that wait to be sent or answered, oldest first."""
    return tuple(
        session.scalars(
            select(Refund.id)
            .where(Refund.state.in_((RefundState.ORDERED, RefundState.SENT, RefundState.UNKNOWN)))
            .order_by(Refund.ordered_at, Refund.id)
            .limit(most)
        )
    )
