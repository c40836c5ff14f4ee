"""Judging a guarantee at the list; what becomes of it: released, claimed, run out (条例26)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.deposits.rules import Finality, Outcome, Verdict
from escrow.guarantees import queries, rules
from escrow.guarantees.issuer import Claim
from escrow.guarantees.models import Guarantee, GuaranteeStep, Issuer
from escrow.guarantees.rules import (
    TRANSITIONS,
    Asked,
    Document,
    GuaranteeState,
    Named,
    Signer,
    Word,
)
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identities
from kernel.identity.authority import Authority
from kernel.ids import new_id
from kernel.pure import jcs
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class Secured:
    """Whose bid in which lot a guarantee is to secure, in the caller's references and words."""

    lot_ref: UUID
    bidder_ref: UUID
    centre_ref: UUID
    title: str
    bidder_name: str


def register_issuer(session: Session, enrolment: Mapping[str, Any]) -> UUID:
    """Enter an issuer as it enrols; again, address, name and sealing key follow."""
    code = str(enrolment["code"])
    values = {
        "name": str(enrolment["name"]),
        "adapter": str(enrolment["adapter"]),
        "base_url": str(enrolment["base_url"]),
        "sealing_key": bytes.fromhex(enrolment["sealing_key"]),
    }
    credit_code = str(enrolment["credit_code"])
    put = insert(Issuer).values(id=new_id(), code=code, credit_code=credit_code, **values)
    return session.scalars(
        put.on_conflict_do_update(index_elements=["code"], set_=values).returning(Issuer.id)
    ).one()


def judge(
    session: Session,
    authority: Authority,
    value: Mapping[str, Any],
    *,
    asked: Asked,
    secured: Secured,
    now: datetime,
) -> Verdict:
    """Judge what an opened bid brought, once; later calls tell what its issuer has said by then."""
    row = queries.of_bidder(
        session, lot_ref=secured.lot_ref, bidder_ref=secured.bidder_ref, lock=True
    )
    if row is None:
        row = _received(session, authority, value, asked=asked, secured=secured, now=now)
    return verdict_of(row)


def verdict_of(row: Guarantee) -> Verdict:
    """What a guarantee is worth by what is known of it now."""
    if row.fault is not None:
        outcome, finality = row.fault, Finality.FINAL
    elif row.state in (GuaranteeState.RECEIVED, GuaranteeState.REFUSED):
        outcome, finality = rules.confirmed(row.word)
    else:
        outcome, finality = Outcome.GUARANTEED, Finality.FINAL
    return rules.verdict(
        outcome, finality, required_fen=row.required_fen, guaranteed_fen=row.amount_fen or 0
    )


def _received(
    session: Session,
    authority: Authority,
    value: Mapping[str, Any],
    *,
    asked: Asked,
    secured: Secured,
    now: datetime,
) -> Guarantee:
    try:
        document = rules.read(value)
    except ValueError:
        document = None
    issuer, fault = _examined(session, authority, value, document, asked)
    row = Guarantee(
        id=new_id(),
        lot_ref=secured.lot_ref,
        bidder_ref=secured.bidder_ref,
        centre_ref=secured.centre_ref,
        title=secured.title,
        bidder_name=secured.bidder_name,
        issuer_id=issuer.id if issuer else None,
        document=dict(value),
        digest=sha256(jcs.canonical(dict(value))).digest(),
        number=document.number if document else None,
        amount_fen=document.amount_fen if document else None,
        required_fen=asked.amount_fen,
        valid_until=document.valid_until if document else None,
        fault=fault,
        state=GuaranteeState.REFUSED if fault else GuaranteeState.RECEIVED,
        judged_at=now,
    )
    session.add(row)
    session.flush()
    _note(session, row, now, why=fault.value if fault else "")
    return row


def _examined(
    session: Session,
    authority: Authority,
    value: Mapping[str, Any],
    document: Document | None,
    asked: Asked,
) -> tuple[Issuer | None, Outcome | None]:
    """The issuer on our list, and the first thing wrong with the paper."""
    if document is None:
        return None, Outcome.GUARANTEE_UNREADABLE
    issuer, signer = _signer(session, authority, value, document)
    fault = rules.fault(document, asked, signer)
    if (
        fault is None
        and issuer is not None
        and queries.is_used(session, issuer.id, document.number)
    ):
        fault = Outcome.DUPLICATE
    return issuer, fault


def _signer(
    session: Session, authority: Authority, value: Mapping[str, Any], document: Document
) -> tuple[Issuer | None, Signer]:
    """Whose certificate it is: registered, in force when it was issued, its owner on the list."""
    try:
        chain = (document.certificate,)
        holder = identities.verify_certificate(session, authority, chain, document.issued_at)
    except Refused:
        return None, Signer(known=False, fits=False)
    issuer = queries.issuer_by_credit_code(session, holder.credit_code)
    fits = verify_p256(holder.public_key, rules.message(value), document.signature)
    named = Named(holder.organisation_name, holder.credit_code)
    return issuer, Signer(known=issuer is not None, fits=fits, holder=named)


def hear(session: Session, row: Guarantee, word: Word, *, now: datetime) -> None:
    """Write down what the issuer says; the caller has locked the row."""
    row.word = word
    if row.state is GuaranteeState.RECEIVED:
        sound = word is Word.ISSUED
        step(session, row, _S.VERIFIED if sound else _S.REFUSED, now=now, why=word.value)
    elif row.state is GuaranteeState.CLAIMED and word is Word.PAID_OUT:
        step(session, row, _S.PAID_OUT, now=now, why="")
    elif row.state is GuaranteeState.RELEASED and word is Word.RELEASED:
        row.released_at_issuer = now
    session.flush()


_S = GuaranteeState


def release(session: Session, *, lot_ref: UUID, bidder_ref: UUID, why: str, now: datetime) -> bool:
    """Give back what secures a bid; its issuer is told by the worker. False if nothing stands."""
    row = queries.of_bidder(session, lot_ref=lot_ref, bidder_ref=bidder_ref, lock=True)
    if row is None or _S.RELEASED not in TRANSITIONS[row.state]:
        return False
    step(session, row, _S.RELEASED, now=now, why=why)
    return True


def claim(session: Session, row: Guarantee, claim: Claim, *, key: str, now: datetime) -> None:
    """Demand the sum; the worker sends it under `key`. Refuses ESC-1703: it does not stand."""
    if _S.CLAIMED not in TRANSITIONS[row.state]:
        raise Refused("ESC-1703")
    row.claim, row.claim_key = claim.as_json(), key
    step(session, row, _S.CLAIMED, now=now, why=claim.reason)


def expire(session: Session, row: Guarantee, *, now: datetime) -> None:
    """Its last day is over, and nobody claimed it."""
    step(session, row, _S.EXPIRED, now=now, why="")


def step(session: Session, row: Guarantee, to: GuaranteeState, *, now: datetime, why: str) -> None:
    """One step of a life, written down. Raises ValueError for one that is not in the table."""
    if to not in TRANSITIONS[row.state]:
        raise ValueError(f"guarantee cannot go from {row.state} to {to}")
    row.state = to
    session.flush()
    _note(session, row, now, why=why)


def _note(session: Session, row: Guarantee, now: datetime, *, why: str) -> None:
    before = queries.steps_of(session, row.id)
    session.add(
        GuaranteeStep(guarantee_id=row.id, no=len(before) + 1, state=row.state, at=now, why=why)
    )
    session.flush()
