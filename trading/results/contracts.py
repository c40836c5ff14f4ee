"""The contract as recorded: the award's amount, in time, its PDF kept by hash.

招标投标法 46: within thirty days of the award notice, in nothing of substance other than the bid.
"""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.permissions import Account, Actor
from kernel.pure.errors import Refused
from trading.results import queries, rules, timing
from trading.results.models import Contract
from trading.results.objecting import Attachment, check_pdf
from trading.results.rules import ContractTerms
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.rules import LotStage

FILE_MOST = 32 << 20


def record_contract(
    session: Session,
    blobs: BlobStore,
    lot_id: UUID,
    terms: ContractTerms,
    paper: Attachment,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Record the signed contract, once; a late one with its reason, shown as a breach.

    Raises:
        Refused: TEN-1004 neither agency nor tenderee; RES-1004 another stage; RES-1601 the
            amount; RES-1602 the day; RES-1603 late without reason; RES-1604; RES-1008, 1009.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id, lot.project.tenderee_id})
    rules.check_stage(lot.stage, LotStage.NOTICE_ISSUED)
    award = queries.award_of(session, lot_id)
    limit = timing.contract_due(session, lot)
    if award is None or limit is None:
        raise Refused("RES-1001")
    rules.check_contract(
        terms, award_fen=award.price_fen, noticed=limit.began, due=limit.due, now=now
    )
    check_pdf(paper, most=FILE_MOST)
    digest = sha256(paper.content).digest()
    leaf = log.append(
        session,
        "contract",
        {"lot": str(lot_id), "signed_on": terms.signed_on.isoformat(), "digest": digest.hex()},
    )
    session.add(
        Contract(
            lot_id=lot_id,
            number=terms.number.strip(),
            amount_fen=terms.amount_fen,
            signed_on=terms.signed_on,
            late_reason=terms.late_reason.strip() or None,
            sha256=digest,
            blob_key=blobs.put((paper.content,)),
            size=len(paper.content),
            by=actor.organisation_name if isinstance(actor, Account) else "平台",
            leaf_id=leaf,
            recorded_at=now,
        )
    )
    session.flush()
    move(session, lot, LotStage.CONTRACT_SIGNED, actor=actor, now=now)
