"""Guarantees and forfeits as the rest of the platform may ask of them; `public` hands this out.

Before a list nothing asked here is stored together with a lot or a holder (see docs/security.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from escrow.deposits.actions import keep_verdict
from escrow.deposits.rules import Verdict
from escrow.forfeits import actions as forfeits
from escrow.forfeits import queries as forfeit_queries
from escrow.forfeits import standing
from escrow.forfeits.actions import Against
from escrow.forfeits.rules import Beneficiary, ForfeitReason, ForfeitState, Ground
from escrow.guarantees import actions as guarantees
from escrow.guarantees import queries as guarantee_queries
from escrow.guarantees.actions import Secured
from escrow.guarantees.rules import Asked
from escrow.settlements.seen import Approval
from kernel.identity.authority import Authority
from kernel.secrets import Keys


@dataclass(frozen=True, slots=True)
class IssuerChoice:
    """An issuer of guarantees; bidders seal their questions to `sealing_key` (P-256, raw)."""

    code: str
    name: str
    sealing_key: bytes


@dataclass(frozen=True, slots=True)
class ForfeitView:
    """How far the forfeiture of one bidder's security is."""

    id: UUID
    reason: ForfeitReason
    state: ForfeitState
    amount_fen: int
    approvals: tuple[Approval, ...]


def judge_guarantee(
    session: Session,
    authority: Authority,
    document: Mapping[str, Any],
    *,
    asked: Asked,
    secured: Secured,
    now: datetime,
) -> Verdict:
    """The official verdict on a guarantee that an opened bid brought; ask again until it is final.

    Its document, certificate and signature are judged once; final once its issuer has answered.
    """
    verdict = guarantees.judge(session, authority, document, asked=asked, secured=secured, now=now)
    keep_verdict(session, verdict, lot_ref=secured.lot_ref, bidder_ref=secured.bidder_ref, now=now)
    return verdict


def guarantee_again(
    session: Session, *, lot_ref: UUID, bidder_ref: UUID, now: datetime
) -> Verdict | None:
    """The verdict on a guarantee that was judged before; None for whoever brought none."""
    row = guarantee_queries.of_bidder(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if row is None:
        return None
    verdict = guarantees.verdict_of(row)
    keep_verdict(session, verdict, lot_ref=lot_ref, bidder_ref=bidder_ref, now=now)
    return verdict


def issuer_choices(session: Session) -> tuple[IssuerChoice, ...]:
    """The issuers of guarantees, by code."""
    return tuple(
        IssuerChoice(one.code, one.name, bytes(one.sealing_key))
        for one in guarantee_queries.issuers(session)
    )


def relay_to_issuer(session: Session, keys: Keys, *, code: str, sealed: bytes) -> bytes:
    """Pass a bidder's sealed question on; neither it nor its answer is kept or can be read here.

    Refuses ESC-1701 (no such issuer), ESC-1704 (not of its size), ESC-1705 (no answer).
    """
    return guarantee_queries.relay(session, keys, code=code, sealed=sealed)


def register_issuer(session: Session, *, enrolment: Mapping[str, Any]) -> UUID:
    """Enter an issuer as it enrols (code, name, credit code, adapter, address, sealing key)."""
    return guarantees.register_issuer(session, enrolment)


def propose_forfeit(
    session: Session,
    *,
    against: Against,
    ground: Ground,
    beneficiary: Beneficiary,
    by: str,
    now: datetime,
) -> UUID:
    """Put before the centre's approvers that a security does not go back (条例35, 74).

    Refuses ESC-1305, ESC-1601 to ESC-1603, ESC-1607, ESC-1703.
    """
    return forfeits.propose(session, against, ground, beneficiary, by=by, now=now)


def forfeit(session: Session, *, lot_ref: UUID, bidder_ref: UUID) -> ForfeitView | None:
    """What stands against a bidder's security."""
    row = standing.of_bidder(session, lot_ref=lot_ref, bidder_ref=bidder_ref)
    if row is None:
        return None
    found = forfeit_queries.whole(session, row)
    return ForfeitView(row.id, row.reason, found.state, found.amount_fen, found.approvals)
