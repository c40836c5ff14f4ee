"""Sub-accounts that a published list has opened to officials."""

from uuid import UUID

from sqlalchemy import Select, exists, select
from sqlalchemy.orm import Session

from escrow.deposits.models import DepositVerdict


def listed() -> Select[UUID | None]:
    """Ids of the sub-accounts that were judged: the list that named them is published."""
    return select(DepositVerdict.sub_account_id).where(DepositVerdict.sub_account_id.is_not(None))


def is_listed(session: Session, sub_account_id: UUID | None) -> bool:
    """Whether a published list has opened this sub-account."""
    if sub_account_id is None:
        return False
    judged = exists().where(DepositVerdict.sub_account_id == sub_account_id)
    return bool(session.scalar(select(judged)))
