"""The refunds board: every settlement with its days left, what holds it, and refunds by themselves.

Overdue ones stand first. Refunds that no settlement ordered (a wrong payer's money, an excess) are
shown once their lot's list is published.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from escrow.bookings.models import BankEntry, SubAccount
from escrow.disclosure import asking
from escrow.disclosure.queries import listed
from escrow.disclosure.rules import Block, BlockKind
from escrow.ledger.models import Bank
from escrow.refunds.models import Hold, Refund
from escrow.refunds.rules import HoldPurpose, RefundState
from escrow.settlements import queries
from escrow.settlements.models import SettlementLineRow, SettlementPayment
from escrow.settlements.rules import SettlementState
from escrow.settlements.seen import Whole

SINGLE_SHOWN: Final = 100


class Filter(StrEnum):
    """What a reader of the board may want to see alone."""

    ALL = "all"
    OVERDUE = "overdue"
    APPROVE = "approve"
    PAYING = "paying"
    ATTENTION = "attention"
    SETTLED = "settled"


@dataclass(frozen=True, slots=True)
class Row:
    """A settlement on the board, and what holds it."""

    whole: Whole
    blocks: tuple[Block, ...]
    is_overdue: bool
    unanswered: int

    def fits(self, wanted: Filter) -> bool:
        """Whether it stands under that filter."""
        state = self.whole.state
        match wanted:
            case Filter.OVERDUE:
                return self.is_overdue
            case Filter.APPROVE:
                return state in (SettlementState.PROPOSED, SettlementState.HALF_APPROVED)
            case Filter.PAYING:
                return state is SettlementState.PAYING
            case Filter.ATTENTION:
                return state is SettlementState.ATTENTION or bool(self.unanswered)
            case Filter.SETTLED:
                return state is SettlementState.SETTLED
        return True


@dataclass(frozen=True, slots=True)
class Single:
    """A refund that no settlement ordered, of a listed sub-account."""

    bank: str
    number: str
    refund: Refund


def rows(session: Session, centre_ref: UUID, *, now: datetime) -> tuple[Row, ...]:
    """A centre's settlements: overdue, then by their end, then those that are settled."""
    found = [queries.whole(session, one, now=now) for one in queries.of_centre(session, centre_ref)]
    open_ones = [one.settlement for one in found if one.settlement.settled_at is None]
    blocks = asking.blocks(session, [one.lot_ref for one in open_ones])
    forfeits = _forfeits(session, [one.id for one in open_ones])
    made = [_row(one, blocks.get(one.settlement.lot_ref), forfeits, now) for one in found]
    return tuple(sorted(made, key=_order))


def _row(whole: Whole, block: Block | None, forfeits: set[UUID], now: datetime) -> Row:
    one = whole.settlement
    held = [block] if block else []
    if one.id in forfeits:
        held.append(Block(BlockKind.FORFEIT, None))
    unanswered = sum(
        attempt.refund.state is RefundState.UNKNOWN
        for line in whole.lines
        for attempt in line.attempts
    )
    return Row(whole, tuple(held), one.settled_at is None and one.due_at <= now, unanswered)


def _order(row: Row) -> tuple[bool, bool, float]:
    one = row.whole.settlement
    at = one.settled_at or one.due_at
    return (
        one.settled_at is not None,
        not row.is_overdue,
        -at.timestamp() if one.settled_at else at.timestamp(),
    )


def counts(found: Iterable[Row]) -> dict[str, int]:
    """How many stand under each filter."""
    known = tuple(found)
    return {one.value: sum(row.fits(one) for row in known) for one in Filter}


def shown(found: Sequence[Row], wanted: Filter, words: str) -> tuple[Row, ...]:
    """Those under a filter whose lot's title holds the words."""
    return tuple(
        row
        for row in found
        if row.fits(wanted) and words.casefold() in row.whole.settlement.title.casefold()
    )


def singles(session: Session) -> tuple[Single, ...]:
    """Refunds of listed sub-accounts that no settlement ordered, newest first."""
    settled = exists().where(SettlementPayment.refund_id == Refund.id)
    found = session.execute(
        select(Bank.name, SubAccount.number, Refund)
        .join(BankEntry, BankEntry.id == Refund.credit_id)
        .join(SubAccount, SubAccount.id == BankEntry.sub_account_id)
        .join(Bank, Bank.id == Refund.bank_id)
        .where(SubAccount.id.in_(listed()), ~settled)
        .order_by(Refund.ordered_at.desc(), Refund.id)
        .limit(SINGLE_SHOWN)
    )
    return tuple(Single(bank, number, refund) for bank, number, refund in found)


def _forfeits(session: Session, settlements: Sequence[UUID]) -> set[UUID]:
    """Settlements with a sub-account whose money is held for a forfeiture."""
    return set(
        session.scalars(
            select(SettlementLineRow.settlement_id)
            .join(Hold, Hold.sub_account_id == SettlementLineRow.sub_account_id)
            .where(
                SettlementLineRow.settlement_id.in_(settlements),
                Hold.purpose == HoldPurpose.FORFEIT,
                Hold.lifted_at.is_(None),
            )
        )
    )
