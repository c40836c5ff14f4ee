"""What the rest of the platform may ask of escrow. Commands come down here; facts go up as events.

Before a list nothing asked here is stored together with a lot or a holder (see docs/security.md).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.banks import actions as bank_actions
from escrow.banks.gateways import our_line_key
from escrow.bookings import queries as bookings
from escrow.deposits import actions, queries
from escrow.deposits.queries import DEPOSIT_MOVED, HeldDeposit
from escrow.deposits.rules import (
    DepositTerms,
    Finality,
    Outcome,
    Payer,
    PaymentFact,
    Standing,
    Verdict,
)
from escrow.disclosure.asking import PORT as LOTS_PORT
from escrow.disclosure.rules import Block, BlockKind, LotName
from escrow.forfeits.actions import Against
from escrow.forfeits.rules import Beneficiary, ForfeitReason, ForfeitState, Ground
from escrow.guarantees import actions as guarantee_actions
from escrow.guarantees.actions import Secured
from escrow.guarantees.rules import Asked, Named
from escrow.ledger.queries import KindBalance, trial_balance
from escrow.refunds.rules import ReleaseReason
from escrow.securities import (
    ForfeitView,
    IssuerChoice,
    forfeit,
    guarantee_again,
    issuer_choices,
    judge_guarantee,
    propose_forfeit,
    register_issuer,
    relay_to_issuer,
)
from escrow.settlements import actions as settlement_actions
from escrow.settlements import queries as settlement_queries
from escrow.settlements.rules import LineState, SettlementLine, SettlementState
from escrow.settlements.seen import Approval
from kernel.secrets import Keys

__all__ = [
    "DEPOSIT_MOVED",
    "LOTS_PORT",
    "Against",
    "Approval",
    "Asked",
    "BankChoice",
    "Beneficiary",
    "Block",
    "BlockKind",
    "DepositTerms",
    "Finality",
    "ForfeitReason",
    "ForfeitState",
    "ForfeitView",
    "Ground",
    "HeldDeposit",
    "IssuerChoice",
    "KindBalance",
    "LineState",
    "LotName",
    "Named",
    "Outcome",
    "Payer",
    "PaymentFact",
    "ReleaseReason",
    "Secured",
    "SettledLine",
    "SettlementLine",
    "SettlementState",
    "SettlementView",
    "Standing",
    "SubAccount",
    "Verdict",
    "bank_choices",
    "claim_sub_account",
    "forfeit",
    "guarantee_again",
    "held_deposit",
    "issuer_choices",
    "judge",
    "judge_guarantee",
    "line_key",
    "propose_forfeit",
    "propose_settlement",
    "register_bank",
    "register_issuer",
    "relay_to_issuer",
    "release",
    "release_judged",
    "return_wrong_payer",
    "settlement",
    "status",
    "trial_balance",
    "verdicts",
    "wait_key",
]


@dataclass(frozen=True, slots=True)
class SubAccount:
    """A sub-account just claimed; the token is told once and kept by its holder alone."""

    number: str
    bank_name: str
    master_name: str
    token: str


@dataclass(frozen=True, slots=True)
class BankChoice:
    """A bank that a bidder may choose."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class SettledLine:
    """One bidder of a settlement; `paid_at` once the bank has booked all of it."""

    bidder_ref: UUID
    reason: ReleaseReason
    amount_fen: int
    interest_fen: int
    state: LineState
    paid_at: datetime | None


@dataclass(frozen=True, slots=True)
class SettlementView:
    """A lot's settlement; `approvals` are those of the batch that is open or was ordered last."""

    id: UUID
    lot_ref: UUID
    title: str
    state: SettlementState
    lines: tuple[SettledLine, ...]
    approvals: tuple[Approval, ...]
    amount_fen: int
    interest_fen: int
    proposed_at: datetime
    due_at: datetime
    settled_at: datetime | None


def bank_choices(session: Session) -> tuple[BankChoice, ...]:
    """The banks, by code."""
    return tuple(BankChoice(bank.code, bank.name) for bank in bookings.banks(session))


def claim_sub_account(session: Session, *, bank: str, now: datetime) -> SubAccount:
    """A random number of that bank for a new token; the row names no lot and no holder.

    Refuses ESC-1101 when the pool is empty for the moment, ESC-1102 for an unknown bank.
    """
    return SubAccount(*actions.claim(session, bank=bank, now=now))


def status(session: Session, *, token: str, lot: DepositTerms, payer: Payer) -> Verdict:
    """What the deposit would be judged now, for whoever shows the token; nothing is stored.

    Refuses ESC-1201 when no sub-account belongs to the token.
    """
    return actions.status(session, token=token, terms=lot, payer=payer)


def held_deposit(session: Session, *, token: str, lot: DepositTerms, payer: Payer) -> HeldDeposit:
    """The same, payment by payment with payers and refunds, for its owner's page alone."""
    return queries.held(session, token, terms=lot, payer=payer)


def wait_key(session: Session, *, token: str) -> str:
    """By which DEPOSIT_MOVED tells of the token's sub-account. Refuses ESC-1201."""
    return queries.wait_key(session, token)


def return_wrong_payer(session: Session, *, token: str, payer: Payer, now: datetime) -> int:
    """Order back what did not come from the filed basic account; returns fen. Refuses ESC-1201."""
    return actions.return_wrong_payer(session, token=token, payer=payer, now=now)


def judge(
    session: Session,
    *,
    number: str,
    token: str,
    terms: DepositTerms,
    payer: Payer,
    bidder_ref: UUID,
    lot_ref: UUID,
    now: datetime,
) -> Verdict:
    """The official verdict after the lock, kept by version; ask again until it is final.

    A wrong number or token is the verdict UNKNOWN_SUB, another bidder's is DUPLICATE.
    """
    return actions.judge(
        session,
        number=number,
        token=token,
        terms=terms,
        payer=payer,
        bidder_ref=bidder_ref,
        lot_ref=lot_ref,
        now=now,
    )


def verdicts(session: Session, *, lot_ref: UUID) -> dict[UUID, Verdict]:
    """The newest verdict of every bidder of a lot, by bidder reference."""
    return queries.latest_verdicts(session, lot_ref)


def release(session: Session, *, token: str, reason: ReleaseReason, now: datetime) -> int:
    """Order a deposit back for whoever holds its token (withdrawn, lot failed); returns fen.

    Refuses ESC-1201, ESC-1302 (judged already) and ESC-1303 (a cause of officials only).
    """
    return actions.release(session, token=token, reason=reason, now=now)


def release_judged(
    session: Session, *, lot_ref: UUID, bidder_ref: UUID, reason: ReleaseReason, now: datetime
) -> int:
    """Officials give back what secures a bidder in a lot: money (returns fen) or a guarantee."""
    guarantee_actions.release(
        session, lot_ref=lot_ref, bidder_ref=bidder_ref, why=reason.value, now=now
    )
    return actions.release_judged(
        session, lot_ref=lot_ref, bidder_ref=bidder_ref, reason=reason, now=now
    )


def line_key(keys: Keys) -> bytes:
    """The platform's SM2 public key (64 bytes), for banks that check who asks them."""
    return our_line_key(keys).public


def register_bank(session: Session, *, enrolment: Mapping[str, Any], now: datetime) -> UUID:
    """Enter a bank as it enrols (code, names, address, master account, adapter, signing key)."""
    return bank_actions.register_bank(session, enrolment=enrolment, now=now)


def propose_settlement(
    session: Session,
    *,
    lot_ref: UUID,
    centre_ref: UUID,
    lines: Iterable[SettlementLine],
    title: str,
    now: datetime,
    due_at: datetime,
) -> UUID:
    """Put before the centre's approvers that these deposits go back with interest (条例57).

    `centre_ref` is their organisation, `title` what they read of the lot, `due_at` when the days
    to pay end by the lot's rule set. The same lines again give the same answer; refuses ESC-1401
    and ESC-1402.
    """
    return settlement_actions.propose(
        session,
        lot_ref=lot_ref,
        centre_ref=centre_ref,
        lines=lines,
        title=title,
        now=now,
        due_at=due_at,
    )


def settlement(session: Session, *, lot_ref: UUID, now: datetime) -> SettlementView | None:
    """How far a lot's settlement is; interest not approved yet is reckoned to the day of `now`."""
    found = settlement_queries.by_lot(session, lot_ref)
    if found is None:
        return None
    whole = settlement_queries.whole(session, found, now=now)
    return SettlementView(
        id=found.id,
        lot_ref=found.lot_ref,
        title=found.title,
        state=whole.state,
        lines=tuple(
            SettledLine(
                line.bidder_ref,
                line.reason,
                line.amount_fen,
                line.interest_fen,
                line.state,
                line.paid_at,
            )
            for line in whole.lines
        ),
        approvals=whole.approvals,
        amount_fen=whole.amount_fen,
        interest_fen=whole.interest_fen,
        proposed_at=found.proposed_at,
        due_at=found.due_at,
        settled_at=found.settled_at,
    )
