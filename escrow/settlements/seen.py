"""A settlement as people see it: lines, attempts, approvals; and the same as JSON."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from escrow.interest.rules import Interest
from escrow.refunds.models import Refund
from escrow.refunds.rules import ReleaseReason
from escrow.settlements.models import Settlement, SettlementBatch
from escrow.settlements.rules import Batch, Due, LineState, SettlementState


@dataclass(frozen=True, slots=True)
class Approval:
    """Who said yes, and when."""

    name: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Attempt:
    """One payment as ordered: what of it, how its interest came about, what the bank made of it."""

    refund: Refund
    round: int
    interest: Interest
    to_name: str
    to_account: str
    booked_at: datetime | None

    @property
    def total_fen(self) -> int:
        """Principal and interest."""
        return self.refund.amount_fen + self.refund.interest_fen


@dataclass(frozen=True, slots=True)
class Line:
    """One bidder: payments that wait for approval, and every attempt so far, oldest first."""

    bidder_ref: UUID
    reason: ReleaseReason
    name: str
    account: str
    bank: str
    number: str | None
    dues: tuple[Due, ...]
    attempts: tuple[Attempt, ...]
    state: LineState

    @property
    def standing(self) -> tuple[Attempt, ...]:
        """The last attempt of each credit that is not to be paid again."""
        open_credits = {due.credit_id for due in self.dues}
        last = {one.refund.credit_id: one for one in self.attempts}
        return tuple(one for credit, one in last.items() if credit not in open_credits)

    @property
    def amount_fen(self) -> int:
        """Principal, paid, under way and waiting."""
        return sum(due.principal_fen for due in self.dues) + sum(
            one.refund.amount_fen for one in self.standing
        )

    @property
    def interest_fen(self) -> int:
        """Interest, paid, under way and waiting."""
        return sum(due.interest.fen for due in self.dues) + sum(
            one.refund.interest_fen for one in self.standing
        )

    @property
    def paid_at(self) -> datetime | None:
        """When the bank booked the last of it; None until all is booked."""
        booked = [one.booked_at for one in self.standing if one.booked_at]
        return max(booked) if self.state is LineState.PAID and booked else None


@dataclass(frozen=True, slots=True)
class Whole:
    """A settlement as approvers see it; `batch` is open now, `ordered` what left before."""

    settlement: Settlement
    lines: tuple[Line, ...]
    batch: Batch
    approvals: tuple[Approval, ...]
    approvers: tuple[UUID, ...]
    ordered: tuple[tuple[SettlementBatch, tuple[Approval, ...]], ...]
    state: SettlementState

    @property
    def amount_fen(self) -> int:
        """Principal of every line."""
        return sum(line.amount_fen for line in self.lines)

    @property
    def interest_fen(self) -> int:
        """Interest of every line."""
        return sum(line.interest_fen for line in self.lines)


def as_json(found: Whole, *, person_id: UUID) -> dict[str, Any]:
    """For the page that follows a settlement, and for whoever approves without a page."""
    batch = found.batch
    return {
        "id": str(found.settlement.id),
        "lot_ref": str(found.settlement.lot_ref),
        "state": found.state.value,
        "round": batch.round,
        "digest": batch.digest.hex() if batch.dues else None,
        "payments": len(batch.dues),
        "total_fen": batch.total_fen,
        "approvals": [{"name": one.name, "at": one.at.isoformat()} for one in found.approvals],
        "mine": person_id in found.approvers,
        "lines": [
            {
                "bidder_ref": str(line.bidder_ref),
                "state": line.state.value,
                "amount_fen": line.amount_fen,
                "interest_fen": line.interest_fen,
            }
            for line in found.lines
        ],
    }
