"""The notice: its text fixed, signed by the agency's certificate, logged, then public.

招标投标法 16, 24; the digest names documents, trustees' keys, deadline and opening policy.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import jobs, log, outbox
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.ids import new_id
from kernel.permissions import Actor, System
from kernel.pure.errors import Refused
from kernel.pure.policy import Policy
from trading.tenders import queries, rule_book
from trading.tenders.actions import check_ready, move, require_party
from trading.tenders.events import NoticePublished
from trading.tenders.models import Lot, Notice
from trading.tenders.rules import (
    DocumentDigest,
    LotStage,
    OpeningMinutes,
    TrusteeSeat,
    build_policy,
    documents_digest,
    notice_message,
    zulu,
)

OFFER = "tenders.offer_documents"
PREPARE = "opening.prepare"


@dataclass(frozen=True, slots=True)
class NoticeToSign:
    """What the agency signs: ECDSA P-256/SHA-256 over `message`; `digest` is its SHA-256."""

    version: int
    body: dict[str, Any]
    message: bytes
    digest: bytes
    policy: Policy


@dataclass(frozen=True, slots=True)
class SignedNotice:
    """The agency's answer: raw r‖s signature and the DER chain, leaf first."""

    digest: bytes
    signature: bytes
    certificate_chain: tuple[bytes, ...]


def notice_to_sign(session: Session, lot_id: UUID) -> NoticeToSign:
    """The next notice of the lot as it would be published. Raises Refused TEN-1001."""
    return _notice(session, queries.lot_row(session, lot_id))


def publish_notice(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    signed: SignedNotice,
    *,
    actor: Actor,
    now: datetime,
) -> UUID:
    """Publish an approved lot: every check anew, signature verified, logged, due work planned.

    Raises:
        Refused: TEN-1004 not its agency; TEN-1101 not approved; TEN-12xx, 14xx, 15xx, 1601 a
            check fails; TEN-1701 the draft changed since it was shown; TEN-1702 another
            organisation's certificate; TEN-1703 the signature does not fit; IDN-13xx.
    """
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    if lot.stage is not LotStage.APPROVED:
        raise Refused("TEN-1104", stage=lot.stage.value)
    check_ready(session, lot, now=now)
    draft = _notice(session, lot)
    if draft.digest != signed.digest:
        raise Refused("TEN-1701")
    signer = _verify(session, authority, lot, draft, signed, now=now)
    notice = _record(session, lot, draft, signed, signer=signer, now=now)
    lot.notice_version, lot.policy_digest = draft.version, draft.policy.digest()
    move(session, lot, LotStage.NOTICE_PUBLISHED, actor=actor, now=now)
    _plan(session, lot, now=now)
    return notice.id


def offer_documents(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """Put the documents on offer once their time has come; later calls change nothing."""
    queries.lock_lot(session, lot_id)
    lot = queries.lot_row(session, lot_id)
    if lot.stage is LotStage.NOTICE_PUBLISHED and lot.documents_from <= now:
        move(session, lot, LotStage.DOCUMENTS_ON_OFFER, actor=System(OFFER), now=now)


def _verify(
    session: Session,
    authority: Authority,
    lot: Lot,
    draft: NoticeToSign,
    signed: SignedNotice,
    *,
    now: datetime,
) -> str:
    holder = identity.verify_certificate(session, authority, signed.certificate_chain, now)
    agency = identity.organisation(session, lot.project.agency_id)
    if holder.credit_code != agency.credit_code:
        raise Refused("TEN-1702", holder=holder.organisation_name)
    if not verify_p256(holder.public_key, draft.message, signed.signature):
        raise Refused("TEN-1703")
    return holder.organisation_name


def _record(
    session: Session,
    lot: Lot,
    draft: NoticeToSign,
    signed: SignedNotice,
    *,
    signer: str,
    now: datetime,
) -> Notice:
    policy = draft.policy.to_json()
    leaf = log.append(
        session,
        "notice",
        {
            "lot": str(lot.id),
            "number": lot.number,
            "version": draft.version,
            "deadline": draft.policy.deadline,
            "digest": draft.digest.hex(),
            "policy": policy,
            "policy_digest": draft.policy.digest().hex(),
            "signature": signed.signature.hex(),
            "certificate": signed.certificate_chain[0].hex(),
        },
    )
    notice = Notice(
        id=new_id(),
        lot_id=lot.id,
        version=draft.version,
        title=str(draft.body["title"]),
        deadline=lot.deadline,
        body=draft.body,
        policy=policy,
        policy_digest=draft.policy.digest(),
        digest=draft.digest,
        signature=signed.signature,
        certificate=signed.certificate_chain[0],
        signer=signer,
        leaf_id=leaf,
        published_at=now,
    )
    session.add(notice)
    session.flush()
    return notice


def _plan(session: Session, lot: Lot, *, now: datetime) -> None:
    """What follows from a publication: the documents' offer, the opening's preparation."""
    outbox.record(session, NoticePublished(new_id(), lot.id, lot.notice_version, lot.deadline))
    jobs.schedule(
        session,
        kind=PREPARE,
        key=f"{lot.id}:{lot.notice_version}",
        due_at=now,
        payload={
            "lot_id": str(lot.id),
            "version": lot.notice_version,
            "deadline": lot.deadline.isoformat(),
        },
    )
    if lot.documents_from <= now:
        move(session, lot, LotStage.DOCUMENTS_ON_OFFER, actor=System(OFFER), now=now)
        return
    jobs.schedule(
        session,
        kind=OFFER,
        key=str(lot.id),
        due_at=lot.documents_from,
        payload={"lot_id": str(lot.id)},
    )


def _notice(session: Session, lot: Lot) -> NoticeToSign:
    version = lot.notice_version + 1
    documents = tuple(
        DocumentDigest(row.name, bytes(row.sha256))
        for row in queries.documents_in_force(session, lot.id)
    )
    seats = queries.seats(session, lot.id)
    panel = queries.panel_of(session, lot)
    procedure = rule_book.open_tender(
        rule_book.rule_set(lot.rule_set),
        holder_lock=lot.holder_lock,
        minutes=OpeningMinutes(
            sign_in=lot.sign_in_minutes,
            decryption=lot.decryption_minutes,
            confirmation=lot.confirmation_minutes,
        ),
    )
    frozen = build_policy(
        tender_id=lot.project_id,
        lot_id=lot.id,
        version=version,
        deadline=lot.deadline,
        documents=documents,
        seats=seats,
        threshold=lot.threshold,
        procedure=procedure,
    )
    policy = replace(frozen, rescue=panel.policy() if panel else None)
    body: dict[str, Any] = {
        "format": "sunbid notice/1",
        "title": f"{lot.name}招标公告",
        "number": lot.number,
        "version": version,
        "project": lot.project.name,
        "tenderee": lot.project.tenderee_name,
        "agency": lot.project.agency_name,
        "supervisor": lot.project.supervisor_name,
        "region": lot.project.region_name,
        "sector": lot.project.sector,
        "funding": lot.project.funding,
        "method": procedure.method.value,
        "rule_set": procedure.rule_set,
        "scope": lot.scope,
        "qualification": lot.qualification,
        "evaluation": lot.evaluation,
        "evaluation_plan": lot.evaluation_plan,
        "contact": lot.contact,
        "estimate_fen": lot.estimate_fen,
        "ceiling_fen": lot.ceiling_fen,
        "deposit_fen": lot.deposit_fen,
        "validity_days": lot.validity_days,
        "documents_from": zulu(lot.documents_from),
        "documents_until": zulu(lot.documents_until),
        "deadline": policy.deadline,
        "emergency_reason": lot.emergency_reason,
        "documents": [{"name": each.name, "sha256": each.sha256.hex()} for each in documents],
        "documents_digest": documents_digest(documents).hex(),
        "trustees": _told(seats),
        "threshold": lot.threshold,
        "holder_lock": lot.holder_lock.value,
        "rescue": {"threshold": panel.threshold, "panel": _told(panel.members)} if panel else None,
        "minutes": {
            "sign_in": lot.sign_in_minutes,
            "decryption": lot.decryption_minutes,
            "confirmation": lot.confirmation_minutes,
        },
        "policy_digest": policy.digest().hex(),
    }
    message = notice_message(body)
    return NoticeToSign(version, body, message, sha256(message).digest(), policy)


def _told(seats: tuple[TrusteeSeat, ...]) -> list[dict[str, Any]]:
    return [
        {"index": s.index, "role": s.role.value, "name": s.name, "key": s.public_key.hex()}
        for s in seats
    ]
