"""放弃中标: a winner does not take the contract; the next candidate may win, the security is kept.

招标投标法实施条例 55: gave up, force majeure, no performance bond, or a violation. 74:
the first and the third cost the deposit, which two people of the centre decide.
"""

from datetime import datetime
from hashlib import sha256
from types import MappingProxyType
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from escrow import public as escrow
from escrow.public import Against, Beneficiary, ForfeitReason, Ground
from kernel import log
from kernel.blobs import BlobStore
from kernel.identity import queries as identities
from kernel.permissions import Account, Actor
from kernel.pure.errors import Refused
from trading.results import queries, rules
from trading.results.models import Award, Renunciation
from trading.results.objecting import Attachment, check_pdf
from trading.results.rules import Cause
from trading.tenders import queries as lots
from trading.tenders import rule_book
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

PHRASE: Final = "登记放弃中标"
FILE_MOST: Final = 8 << 20
FORFEITS: Final = MappingProxyType(
    {Cause.GAVE_UP: ForfeitReason.GAVE_UP, Cause.NO_BOND: ForfeitReason.NO_BOND}
)
NOTHING_TO_KEEP: Final = frozenset({"ESC-1305", "ESC-1603", "ESC-1703"})
"""Nothing secured that bid, or it is on its way back already."""


def record_renunciation(
    session: Session,
    blobs: BlobStore,
    lot_id: UUID,
    cause: Cause,
    text: str,
    paper: Attachment,
    *,
    actor: Actor,
    now: datetime,
) -> None:
    """Record it, once for an award; the lot waits for its tenderee to decide again.

    Raises:
        Refused: TEN-1004 not its tenderee; RES-1004 another stage; RES-1303 no words; RES-1008,
            RES-1009 the document; ESC-1602 the tenderee has filed no account.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.tenderee_id})
    rules.check_stage(lot.stage, LotStage.AWARDED, LotStage.NOTICE_ISSUED)
    award = queries.award_of(session, lot_id)
    if award is None:
        raise Refused("RES-1001")
    rules.check_text(text)
    check_pdf(paper, most=FILE_MOST)
    digest = sha256(paper.content).digest()
    by = actor.organisation_name if isinstance(actor, Account) else "平台"
    told = {"lot": str(lot_id), "award": bytes(award.digest).hex(), "cause": cause.value}
    row = Renunciation(
        lot_id=lot_id,
        version=award.version,
        seat=award.seat,
        rank=award.rank,
        organisation=award.organisation,
        cause=cause,
        text=text.strip(),
        file_name=paper.name,
        sha256=digest,
        blob_key=blobs.put((paper.content,)),
        size=len(paper.content),
        forfeit_ref=_forfeit(session, lot, award, cause, text, digest, by, now),
        by=by,
        leaf_id=log.append(session, "renunciation", {**told, "digest": digest.hex()}),
        recorded_at=now,
    )
    session.add(row)
    session.flush()
    reason = f"{award.organisation}不再中标，由招标人依次确定其他候选人"
    move(session, lot, LotStage.CANDIDATES_PUBLISHED, actor=actor, now=now, reason=reason)


def _forfeit(
    session: Session,
    lot: Lot,
    award: Award,
    cause: Cause,
    text: str,
    document: bytes,
    by: str,
    now: datetime,
) -> UUID | None:
    """Propose that the security is kept, where the law says so and there is one."""
    if cause not in FORFEITS:
        return None
    reason = FORFEITS[cause]
    rule = rule_book.rule_set(lot.rule_set).rule(f"forfeit_{reason.value}")
    filed = identities.organisation(session, lot.project.tenderee_id).account
    try:
        return escrow.propose_forfeit(
            session,
            against=Against(lot.id, award.bidder_ref, lot.centre_id, lot.name, award.organisation),
            ground=Ground(reason, rule.source, text.strip(), document),
            beneficiary=Beneficiary(
                filed.name if filed else "",
                filed.number if filed else "",
                filed.bank if filed else "",
            ),
            by=by,
            now=now,
        )
    except Refused as refused:
        if refused.code in NOTHING_TO_KEEP:
            return None
        raise
