"""What a settlement pays, what two people approve of it, and how far it is (条例57). Pure.

An approval holds for one digest: of every payment, its receiver, its interest and the day to which
the interest counts. Whatever changes makes another digest, and both approve anew.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from escrow.interest.rules import Interest
from escrow.refunds.rules import RefundReason, RefundState, ReleaseReason
from kernel.pure import jcs
from kernel.pure.errors import Refused

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
FORMAT: Final = "sunbid settlement/1"
APPROVALS: Final = 2


class SettlementState(StrEnum):
    """How far a lot's settlement is."""

    PROPOSED = "proposed"
    HALF_APPROVED = "half_approved"
    PAYING = "paying"
    ATTENTION = "attention"
    SETTLED = "settled"


class LineState(StrEnum):
    """How far one bidder's payments are; NOTHING when there is nothing to give back.

    HELD: a forfeiture is proposed and not decided; FORFEITED: it is, the money goes elsewhere.
    """

    NOTHING = "nothing"
    PROPOSED = "proposed"
    PAYING = "paying"
    PAID = "paid"
    REFUSED = "refused"
    RETURNED = "returned"
    HELD = "held"
    FORFEITED = "forfeited"


@dataclass(frozen=True, slots=True)
class SettlementLine:
    """Whose deposit goes back, and why."""

    bidder_ref: UUID
    reason: ReleaseReason


@dataclass(frozen=True, slots=True)
class Due:
    """One payment that waits for two approvals: a credit, as much of it as is still here.

    `again` says what became of the attempt before; money that came back stands in suspense.
    """

    bidder_ref: UUID
    credit_id: UUID
    bank_ref: str
    bank: str
    number: str | None
    to_name: str
    to_account: str
    reason: RefundReason
    principal_fen: int
    interest: Interest
    again: RefundState | None = None

    @property
    def total_fen(self) -> int:
        """Principal and interest."""
        return self.principal_fen + self.interest.fen

    def as_json(self) -> dict[str, Any]:
        """What the digest covers of it."""
        return {
            "bidder": str(self.bidder_ref),
            "credit": self.bank_ref,
            "bank": self.bank,
            "from": self.number,
            "to_name": self.to_name,
            "to_account": self.to_account,
            "reason": self.reason.value,
            "principal_fen": self.principal_fen,
            "interest_fen": self.interest.fen,
            "interest_from": self.interest.start.isoformat(),
            "again": self.again.value if self.again else None,
        }


@dataclass(frozen=True, slots=True)
class Batch:
    """Everything of a settlement that is payable on `value_day`; `round` counts from 1."""

    settlement_id: UUID
    lot_ref: UUID
    round: int
    value_day: date
    dues: tuple[Due, ...]

    @property
    def principal_fen(self) -> int:
        """Principal of every payment."""
        return sum(due.principal_fen for due in self.dues)

    @property
    def interest_fen(self) -> int:
        """Interest of every payment."""
        return sum(due.interest.fen for due in self.dues)

    @property
    def total_fen(self) -> int:
        """What leaves the bank."""
        return self.principal_fen + self.interest_fen

    @property
    def digest(self) -> bytes:
        """SHA-256 over the canonical form; two people approve exactly this."""
        dues = sorted((due.as_json() for due in self.dues), key=lambda due: str(due["credit"]))
        return sha256(
            jcs.canonical(
                {
                    "format": FORMAT,
                    "settlement": str(self.settlement_id),
                    "lot": str(self.lot_ref),
                    "round": self.round,
                    "value_day": self.value_day.isoformat(),
                    "payments": dues,
                }
            )
        ).digest()


def check_lines(lines: Iterable[SettlementLine]) -> tuple[SettlementLine, ...]:
    """The lines in one order. Refuses ESC-1402: none at all, or one bidder twice."""
    ordered = tuple(sorted(lines, key=lambda line: line.bidder_ref))
    if not ordered or len({line.bidder_ref for line in ordered}) != len(ordered):
        raise Refused("ESC-1402")
    return ordered


def check_approver(batch: Batch, *, shown: bytes, person: UUID, before: Iterable[UUID]) -> None:
    """Refuse ESC-1404 (nothing to pay), ESC-1405 (stale digest), ESC-1406 (the same person)."""
    if not batch.dues:
        raise Refused("ESC-1404")
    if shown != batch.digest:
        raise Refused("ESC-1405")
    if person in before:
        raise Refused("ESC-1406")


def order_key(digest: bytes, credit_id: UUID) -> str:
    """The key of a payment for ever: one batch and one credit make one order, however often."""
    return f"S{sha256(digest + credit_id.bytes).hexdigest()[:34]}"


def value_day(now: datetime) -> date:
    """The day in Beijing to which interest counts when `now` is the second approval."""
    return now.astimezone(SHANGHAI).date()


_LINE: Final = {
    RefundState.SETTLED: LineState.PAID,
    RefundState.REJECTED: LineState.REFUSED,
    RefundState.RETURNED: LineState.RETURNED,
}
DONE: Final = frozenset({LineState.PAID, LineState.NOTHING, LineState.FORFEITED})
_WORST: Final = (LineState.RETURNED, LineState.REFUSED, LineState.PROPOSED, LineState.PAYING)


def line_state(payments: Iterable[RefundState | None]) -> LineState:
    """The state of one bidder's line: the one that most needs somebody; None is not ordered."""
    found = {
        LineState.PROPOSED if one is None else _LINE.get(one, LineState.PAYING) for one in payments
    }
    if not found:
        return LineState.NOTHING
    return next((state for state in _WORST if state in found), LineState.PAID)


def settlement_state(lines: Iterable[LineState], *, approvals: int) -> SettlementState:
    """The state of the whole; `approvals` counts those of the batch that is open now."""
    found = set(lines)
    if found & {LineState.REFUSED, LineState.RETURNED}:
        return SettlementState.ATTENTION
    if LineState.PROPOSED in found:
        return SettlementState.HALF_APPROVED if approvals else SettlementState.PROPOSED
    under_way = found & {LineState.PAYING, LineState.HELD}
    return SettlementState.PAYING if under_way else SettlementState.SETTLED
