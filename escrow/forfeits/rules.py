"""For what a security is not returned, what two people approve of it, how far it is. Pure.

招标投标法实施条例 35, 74. The causes are the law's, listed in the lot's rule set; a decision holds
for one digest: bidder, cause, document, beneficiary and every payment.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

from escrow.refunds.rules import RefundState
from kernel.pure import jcs
from kernel.pure.errors import Refused

FORMAT: Final = "sunbid forfeit/1"
APPROVALS: Final = 2
TEXT_MOST: Final = 1000
DIGEST_BYTES: Final = 32


class ForfeitReason(StrEnum):
    """What the law lists: after the deadline, and on the way to the contract."""

    REVOKED_LATE = "revoked_late"
    GAVE_UP = "gave_up"
    EXTRA_CONDITIONS = "extra_conditions"
    NO_BOND = "no_bond"


class Means(StrEnum):
    """By what the bid is secured."""

    DEPOSIT = "deposit"
    GUARANTEE = "guarantee"


class ForfeitState(StrEnum):
    """From the proposal to the money."""

    PROPOSED = "proposed"
    HALF_APPROVED = "half_approved"
    PAYING = "paying"
    ATTENTION = "attention"
    PAID = "paid"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Beneficiary:
    """Who receives the money: the tenderee's account."""

    name: str
    account: str
    bank: str


@dataclass(frozen=True, slots=True)
class Ground:
    """Why: the listed cause, the clause as the rule set names it, words, the document's SHA-256."""

    reason: ForfeitReason
    clause: str
    text: str
    document: bytes


@dataclass(frozen=True, slots=True)
class Taking:
    """One sum to be paid out: a credit of the sub-account, or the guarantee's whole amount."""

    means: Means
    source: str
    bank: str
    number: str | None
    amount_fen: int
    credit_id: UUID | None = None
    again: RefundState | None = None

    def as_json(self) -> dict[str, Any]:
        """What the digest covers of it."""
        return {
            "means": self.means.value,
            "source": self.source,
            "bank": self.bank,
            "from": self.number,
            "amount_fen": self.amount_fen,
            "again": self.again.value if self.again else None,
        }


@dataclass(frozen=True, slots=True)
class Order:
    """Everything of a forfeit that two people approve at once; `round` counts from 1."""

    forfeit_id: UUID
    lot_ref: UUID
    bidder_ref: UUID
    round: int
    ground: Ground
    beneficiary: Beneficiary
    takings: tuple[Taking, ...]

    @property
    def total_fen(self) -> int:
        """What the beneficiary receives."""
        return sum(one.amount_fen for one in self.takings)

    @property
    def digest(self) -> bytes:
        """SHA-256 over the canonical form; two people approve exactly this."""
        takings = sorted((one.as_json() for one in self.takings), key=lambda one: one["source"])
        told = {
            "format": FORMAT,
            "forfeit": str(self.forfeit_id),
            "lot": str(self.lot_ref),
            "bidder": str(self.bidder_ref),
            "round": self.round,
            "reason": self.ground.reason.value,
            "clause": self.ground.clause,
            "text": self.ground.text,
            "document": self.ground.document.hex(),
            "to_name": self.beneficiary.name,
            "to_account": self.beneficiary.account,
            "to_bank": self.beneficiary.bank,
            "takings": takings,
        }
        return sha256(jcs.canonical(told)).digest()


def check_proposal(ground: Ground, beneficiary: Beneficiary) -> None:
    """Refuse ESC-1601: no words, no document; ESC-1602: nobody to pay."""
    if not 0 < len(ground.text.strip()) <= TEXT_MOST or len(ground.document) != DIGEST_BYTES:
        raise Refused("ESC-1601", most=TEXT_MOST)
    if not (beneficiary.name.strip() and beneficiary.account.strip()):
        raise Refused("ESC-1602")


def check_approver(order: Order, *, shown: bytes, person: UUID, before: Iterable[UUID]) -> None:
    """Refuse ESC-1604 (nothing to pay), ESC-1605 (stale digest), ESC-1606 (the same person)."""
    if not order.takings:
        raise Refused("ESC-1604")
    if shown != order.digest:
        raise Refused("ESC-1605")
    if person in before:
        raise Refused("ESC-1606")


def order_key(digest: bytes, source: str) -> str:
    """The key of a payment or claim for ever: one approved digest and one source make one order."""
    return f"F{sha256(digest + source.encode()).hexdigest()[:34]}"


_PAYMENT: Final = {
    RefundState.SETTLED: ForfeitState.PAID,
    RefundState.REJECTED: ForfeitState.ATTENTION,
    RefundState.RETURNED: ForfeitState.ATTENTION,
}
_WORST: Final = (ForfeitState.ATTENTION, ForfeitState.PROPOSED, ForfeitState.PAYING)


def state_of(
    payments: Iterable[RefundState | None], *, approvals: int, ended: bool
) -> ForfeitState:
    """The state of the whole, by each sum's payment (None: not ordered) and the open approvals."""
    if ended:
        return ForfeitState.ENDED
    found = {
        ForfeitState.PROPOSED if one is None else _PAYMENT.get(one, ForfeitState.PAYING)
        for one in payments
    }
    worst = next((state for state in _WORST if state in found), None)
    if worst is None:
        return ForfeitState.PAID if found else ForfeitState.PROPOSED
    if worst is ForfeitState.PROPOSED and approvals:
        return ForfeitState.HALF_APPROVED
    return worst
