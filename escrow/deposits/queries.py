"""Reads of deposits: payments as their holder sees them, stored verdicts, overdue money."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import exists, select
from sqlalchemy.orm import Session

from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry, SubAccount
from escrow.bookings.rules import SubAccountState
from escrow.bookings.seals import open_party, token_bytes, token_hash, token_key
from escrow.deposits.models import DepositVerdict, Feed
from escrow.deposits.rules import (
    DepositTerms,
    Payer,
    Payment,
    PaymentFact,
    Verdict,
    fact_of,
    judge,
    verdict_from_json,
)
from escrow.ledger.models import Account, Bank
from escrow.ledger.rules import AccountKind, AccountName
from escrow.refunds import queries as refunds
from escrow.refunds.models import Refund
from escrow.refunds.rules import OPEN, RefundState
from kernel.pure.errors import Refused

DEPOSIT_MOVED: Final = "deposit"
"""The channel on which triggers tell the hash of a token whose sub-account has moved."""


@dataclass(frozen=True, slots=True)
class ShownPayment:
    """One credit as its holder sees it; `refunds` are the states of what goes back."""

    amount_fen: int
    booked_at: datetime
    payer: Payer | None
    refunds: tuple[tuple[int, RefundState], ...]


@dataclass(frozen=True, slots=True)
class HeldPayment:
    """One credit as its holder's page tells of it: how it counts, who paid it, what went back."""

    fact: PaymentFact
    bank_ref: str
    payer: Payer | None
    refunds: tuple[Refund, ...]

    def as_json(self) -> dict[str, Any]:
        """For the owner's page."""
        return {
            "amount_fen": self.fact.amount_fen,
            "booked_at": self.fact.booked_at.isoformat(),
            "standing": self.fact.standing.value,
            "remaining_fen": self.fact.remaining_fen,
            "bank_ref": self.bank_ref,
            "payer": {"name": self.payer.name, "account": self.payer.account}
            if self.payer
            else None,
            "refunds": [
                {"amount_fen": one.amount_fen, "state": one.state.value} for one in self.refunds
            ],
        }


@dataclass(frozen=True, slots=True)
class HeldDeposit:
    """What a token's sub-account holds for a lot: the verdict of this moment, and each payment."""

    verdict: Verdict
    payments: tuple[HeldPayment, ...]

    def as_json(self) -> dict[str, Any]:
        """The verdict with its payments told in full."""
        return {**self.verdict.as_json(), "payments": [one.as_json() for one in self.payments]}


@dataclass(frozen=True, slots=True)
class ShownAccount:
    """A sub-account as whoever shows its token sees it."""

    number: str
    bank_name: str
    complete_until: datetime | None
    judged: bool
    left_fen: int
    payments: tuple[ShownPayment, ...]


def shown_to_holder(session: Session, token: str) -> ShownAccount:
    """Everything on the token's sub-account. Refuses ESC-1201."""
    raw = token_bytes(token)
    sub = bookings.by_token(session, token)
    if sub is None or raw is None:
        raise Refused("ESC-1201")
    found = payments(session, sub, token_key(raw))
    orders = refunds.of_credits(session, (credit.id for credit, _ in found))
    return ShownAccount(
        number=sub.number,
        bank_name=session.get_one(Bank, sub.bank_id).name,
        complete_until=complete_until(session, sub.bank_id),
        judged=judged(session, sub.id),
        left_fen=sum(payment.remaining_fen for _, payment in found),
        payments=tuple(
            ShownPayment(
                payment.amount_fen,
                payment.booked_at,
                payment.payer,
                tuple((o.amount_fen, o.state) for o in orders if o.credit_id == credit.id),
            )
            for credit, payment in found
        ),
    )


def held(session: Session, token: str, *, terms: DepositTerms, payer: Payer) -> HeldDeposit:
    """What the deposit would be judged now, payment by payment; nothing is stored.

    Refuses ESC-1201.
    """
    raw, sub = token_bytes(token), bookings.by_token(session, token)
    if sub is None or raw is None:
        raise Refused("ESC-1201")
    found = sorted(
        payments(session, sub, token_key(raw)), key=lambda one: (one[1].booked_at, one[0].bank_ref)
    )
    orders = refunds.of_credits(session, (credit.id for credit, _ in found))
    verdict = judge(
        tuple(payment for _, payment in found),
        terms=terms,
        payer=payer,
        complete_until=complete_until(session, sub.bank_id),
    )
    return HeldDeposit(
        verdict,
        tuple(
            HeldPayment(
                fact_of(payment, terms=terms, payer=payer),
                credit.bank_ref,
                payment.payer,
                tuple(order for order in orders if order.credit_id == credit.id),
            )
            for credit, payment in found
        ),
    )


def wait_key(session: Session, token: str) -> str:
    """By which the database tells that something moved on the token's sub-account.

    Refuses ESC-1201.
    """
    raw = token_bytes(token)
    if raw is None or bookings.by_token(session, token) is None:
        raise Refused("ESC-1201")
    return token_hash(raw).hex()


def complete_until(session: Session, bank_id: UUID) -> datetime | None:
    """Up to when the bank's feed is known to be complete."""
    return session.scalar(select(Feed.complete_until).where(Feed.bank_id == bank_id))


def payments(
    session: Session, sub: SubAccount, key: ec.EllipticCurvePrivateKey
) -> tuple[tuple[BankEntry, Payment], ...]:
    """Each credit of the sub-account with its payer opened by the token's `key`."""
    booked = bookings.credits_of(session, sub.id)
    returned = refunds.returned_fen(session, (c.id for c in booked))
    return tuple(
        (
            credit,
            Payment(
                amount_fen=credit.amount_fen,
                booked_at=credit.booked_at,
                payer=_payer(credit, key),
                returned_fen=returned.get(credit.id, 0),
                reversed_fen=bookings.reversed_fen(session, credit),
            ),
        )
        for credit in booked
    )


def latest_verdict(session: Session, *, lot_ref: UUID, bidder_ref: UUID) -> DepositVerdict | None:
    """The newest version of a bidder's verdict."""
    return session.scalars(
        select(DepositVerdict)
        .where(DepositVerdict.lot_ref == lot_ref, DepositVerdict.bidder_ref == bidder_ref)
        .order_by(DepositVerdict.version.desc())
        .limit(1)
    ).first()


def latest_verdicts(session: Session, lot_ref: UUID) -> dict[UUID, Verdict]:
    """The newest verdict of every bidder of a lot."""
    rows = session.scalars(
        select(DepositVerdict)
        .where(DepositVerdict.lot_ref == lot_ref)
        .order_by(DepositVerdict.version)
    )
    return {row.bidder_ref: verdict_from_json(row.verdict) for row in rows}


def judged(session: Session, sub_account_id: UUID) -> bool:
    """Whether a sub-account has been judged officially."""
    return bool(
        session.scalar(select(exists().where(DepositVerdict.sub_account_id == sub_account_id)))
    )


def judged_for_another(
    session: Session, sub_account_id: UUID, *, lot_ref: UUID, bidder_ref: UUID
) -> bool:
    """Whether another bidder, or the same one in another lot, was judged by this sub-account."""
    other = exists().where(
        DepositVerdict.sub_account_id == sub_account_id,
        (DepositVerdict.lot_ref != lot_ref) | (DepositVerdict.bidder_ref != bidder_ref),
    )
    return bool(session.scalar(select(other)))


def overdue(session: Session, today: date, *, most: int = 100) -> tuple[SubAccount, ...]:
    """Claimed, never judged, and past the month of return; locked."""
    return tuple(
        session.scalars(
            select(SubAccount)
            .where(
                SubAccount.state == SubAccountState.CLAIMED,
                SubAccount.return_by <= today,
                ~exists().where(DepositVerdict.sub_account_id == SubAccount.id),
            )
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )


def closable(
    session: Session, bank_id: UUID, today: date, *, most: int = 20
) -> tuple[SubAccount, ...]:
    """Of one bank: past the month of return, nothing on them and nothing on its way."""
    of_it = (
        AccountName(kind, "").code + SubAccount.number for kind in AccountKind if kind.is_numbered
    )
    holds_money = exists().where(
        Account.bank_id == bank_id,
        Account.code.in_(tuple(of_it)),
        Account.cr_posted != Account.dr_posted,
    )
    on_its_way = exists().where(
        Refund.credit_id == BankEntry.id,
        BankEntry.sub_account_id == SubAccount.id,
        Refund.state.in_(OPEN),
    )
    return tuple(
        session.scalars(
            select(SubAccount)
            .where(
                SubAccount.bank_id == bank_id,
                SubAccount.state.in_((SubAccountState.CLAIMED, SubAccountState.RELEASED)),
                SubAccount.return_by <= today,
                ~holds_money,
                ~on_its_way,
            )
            .order_by(SubAccount.return_by, SubAccount.id)
            .limit(most)
        )
    )


def _payer(credit: BankEntry, key: ec.EllipticCurvePrivateKey) -> Payer | None:
    if credit.payer_for_owner is None:
        return None
    party = open_party(key, credit.payer_for_owner, bank_ref=credit.bank_ref)
    return Payer(party.name, party.account)
