"""Reads of issuers and of guarantees after the list."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from escrow.guarantees.http_issuer import HttpIssuer
from escrow.guarantees.issuer import SEALED_ASK, GuaranteeIssuer, IssuerUnreachableError
from escrow.guarantees.models import Guarantee, GuaranteeStep, Issuer
from escrow.guarantees.rules import GuaranteeState
from kernel.pure.errors import Refused
from kernel.secrets import Keys

ADAPTERS: Final[Mapping[str, type[HttpIssuer]]] = {"json-http": HttpIssuer}


@dataclass(frozen=True, slots=True)
class Seen:
    """A guarantee as officials see it, its life oldest first."""

    row: Guarantee
    issuer: str | None
    steps: tuple[GuaranteeStep, ...]


def issuers(session: Session) -> tuple[Issuer, ...]:
    """Every issuer, by code."""
    return tuple(session.scalars(select(Issuer).order_by(Issuer.code)))


def issuer_by_code(session: Session, code: str) -> Issuer:
    """The issuer of that code. Refuses ESC-1701."""
    found = session.scalars(select(Issuer).where(Issuer.code == code)).first()
    if found is None:
        raise Refused("ESC-1701")
    return found


def issuer_by_credit_code(session: Session, credit_code: str) -> Issuer | None:
    """The issuer on the list that a certificate names."""
    return session.scalars(select(Issuer).where(Issuer.credit_code == credit_code)).first()


def reach(issuer: Issuer, keys: Keys) -> GuaranteeIssuer:
    """An issuer behind its adapter."""
    return ADAPTERS[issuer.adapter](issuer.base_url, keys)


def relay(session: Session, keys: Keys, *, code: str, sealed: bytes) -> bytes:
    """A sealed question to an issuer and its answer. Refuses ESC-1701, ESC-1704, ESC-1705."""
    issuer = issuer_by_code(session, code)
    if len(sealed) != SEALED_ASK:
        raise Refused("ESC-1704", size=SEALED_ASK)
    try:
        return reach(issuer, keys).relay(sealed)
    except IssuerUnreachableError:
        raise Refused("ESC-1705", issuer=issuer.name) from None


def of_bidder(
    session: Session, *, lot_ref: UUID, bidder_ref: UUID, lock: bool = False
) -> Guarantee | None:
    """What a bidder's opened bid brought in a lot."""
    query = select(Guarantee).where(
        Guarantee.lot_ref == lot_ref, Guarantee.bidder_ref == bidder_ref
    )
    return session.scalars(query.with_for_update() if lock else query).first()


def is_used(session: Session, issuer_id: UUID, number: str) -> bool:
    """Whether a standing guarantee of that number is here already."""
    found = session.scalar(
        select(Guarantee.id).where(
            Guarantee.issuer_id == issuer_id,
            Guarantee.number == number,
            Guarantee.state != GuaranteeState.REFUSED,
        )
    )
    return found is not None


def listed(session: Session, centre_ref: UUID | None) -> tuple[Seen, ...]:
    """Guarantees of a centre's lots, of every centre's for None; newest first."""
    query = select(Guarantee, Issuer.name).outerjoin(Issuer, Issuer.id == Guarantee.issuer_id)
    if centre_ref is not None:
        query = query.where(Guarantee.centre_ref == centre_ref)
    rows = session.execute(query.order_by(Guarantee.judged_at.desc(), Guarantee.bidder_name))
    return tuple(Seen(row, name, ()) for row, name in rows)


def seen(session: Session, guarantee_id: UUID) -> Seen:
    """One guarantee with its life. Refuses ESC-1702."""
    row = session.get(Guarantee, guarantee_id)
    if row is None:
        raise Refused("ESC-1702")
    issuer = session.get(Issuer, row.issuer_id) if row.issuer_id else None
    return Seen(row, issuer.name if issuer else None, steps_of(session, row.id))


def steps_of(session: Session, guarantee_id: UUID) -> tuple[GuaranteeStep, ...]:
    """A guarantee's life, oldest first."""
    return tuple(
        session.scalars(
            select(GuaranteeStep)
            .where(GuaranteeStep.guarantee_id == guarantee_id)
            .order_by(GuaranteeStep.no)
        )
    )


def waiting(session: Session, *, most: int = 50) -> tuple[UUID, ...]:
    """Guarantees about which their issuer has to be asked or told, longest untouched first."""
    state = GuaranteeState
    return tuple(
        session.scalars(
            select(Guarantee.id)
            .where(
                or_(
                    Guarantee.state.in_((state.RECEIVED, state.CLAIMED)),
                    (Guarantee.state == state.RELEASED) & Guarantee.released_at_issuer.is_(None),
                )
            )
            .order_by(Guarantee.asked_at.nulls_first(), Guarantee.id)
            .limit(most)
        )
    )


def run_out(session: Session, today: date, *, most: int = 100) -> tuple[Guarantee, ...]:
    """Verified guarantees whose last day is over; locked."""
    return tuple(
        session.scalars(
            select(Guarantee)
            .where(
                Guarantee.state == GuaranteeState.VERIFIED,
                Guarantee.valid_until < today,
            )
            .limit(most)
            .with_for_update(skip_locked=True)
        )
    )
