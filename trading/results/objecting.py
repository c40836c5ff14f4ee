"""异议 to the result: raised in time by a bidder of the lot; the lot waits for its answer.

条例 54: raised within publicity, answered within three days, nothing goes on before the answer.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.blobs import BlobStore
from kernel.ids import new_id
from kernel.permissions import Account, Actor
from kernel.pure.errors import Refused
from trading.results import queries, rules
from trading.results.models import Objection, ObjectionAnswer
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

FILE_MOST = 8 << 20
PDF_BEGINS = b"%PDF-"


@dataclass(frozen=True, slots=True)
class Attachment:
    """A PDF handed in with an act."""

    name: str
    content: bytes


def check_pdf(given: Attachment, *, most: int) -> None:
    """A PDF of a size we keep. Raises Refused RES-1008 too large, RES-1009 no PDF."""
    if len(given.content) > most:
        raise Refused("RES-1008", most=f"{most >> 20} MiB")
    if not given.content.startswith(PDF_BEGINS) or not 1 <= len(given.name) <= 120:
        raise Refused("RES-1009")


def raise_objection(
    session: Session,
    blobs: BlobStore,
    lot_id: UUID,
    text: str,
    attachment: Attachment | None,
    *,
    actor: Account,
    now: datetime,
) -> UUID:
    """A bidder of the lot objects to the result; the lot waits until it is answered.

    Raises:
        Refused: RES-1306 not a bidder of this lot; RES-1301 before, RES-1302 after publicity;
            RES-1303 the text; RES-1008, 1009 the attachment.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    bidder = queries.bidder_of(session, lot_id, actor.organisation_id)
    if bidder is None:
        raise Refused("RES-1306")
    rules.check_objection(queries.standing(session, lot), now, text)
    if attachment is not None:
        check_pdf(attachment, most=FILE_MOST)
    row = _objection(session, lot, text.strip(), bidder.ref, bidder.organisation, now)
    if attachment is not None:
        row.file_name = attachment.name
        row.file_key = blobs.put((attachment.content,))
        row.file_sha256 = sha256(attachment.content).digest()
        row.file_size = len(attachment.content)
    row.leaf_id = _log(session, "objection", lot, row.number, _digested(row))
    session.add(row)
    session.flush()
    if lot.stage is LotStage.CANDIDATES_PUBLISHED:
        reason = f"{bidder.organisation}对评标结果提出异议，答复前暂停"
        move(session, lot, LotStage.OBJECTION_SUSPENDED, actor=actor, now=now, reason=reason)
    return row.id


def answer_objection(
    session: Session, lot_id: UUID, objection_id: UUID, text: str, *, actor: Actor, now: datetime
) -> None:
    """Agency or tenderee answers; with the last answer the lot goes on.

    Raises:
        Refused: TEN-1004 neither; RES-1304 no such objection; RES-1305 answered; RES-1303.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id, lot.project.tenderee_id})
    found = queries.objection(session, lot_id, objection_id)
    rules.check_open_answer(answered=found.answer is not None, text=text)
    kept = text.strip()
    session.add(
        ObjectionAnswer(
            objection_id=objection_id,
            text=kept,
            by=actor.organisation_name if isinstance(actor, Account) else "平台",
            leaf_id=_log(session, "objection_answer", lot, found.row.number, kept.encode()),
            answered_at=now,
        )
    )
    session.flush()
    waiting = queries.standing(session, lot).open_objections
    if lot.stage is LotStage.OBJECTION_SUSPENDED and not waiting:
        back = lot.held_from or LotStage.CANDIDATES_PUBLISHED
        move(session, lot, back, actor=actor, now=now, reason="异议已全部答复")


def attachment_key(session: Session, lot_id: UUID, objection_id: UUID) -> tuple[str, str, int]:
    """Blob key, name and size of an objection's PDF. Raises Refused RES-1304."""
    row = queries.objection(session, lot_id, objection_id).row
    if row.file_key is None or row.file_name is None:
        raise Refused("RES-1304")
    return row.file_key, row.file_name, row.file_size or 0


def _objection(
    session: Session, lot: Lot, text: str, ref: UUID, organisation: str, now: datetime
) -> Objection:
    return Objection(
        id=new_id(),
        lot_id=lot.id,
        number=len(queries.objections(session, lot.id)) + 1,
        bidder_ref=ref,
        organisation=organisation,
        text=text,
        raised_at=now,
    )


def _digested(row: Objection) -> bytes:
    return row.text.encode() + (bytes(row.file_sha256) if row.file_sha256 else b"")


def _log(session: Session, kind: str, lot: Lot, number: int, content: bytes) -> UUID:
    digest = sha256(content).hexdigest()
    return log.append(session, kind, {"lot": str(lot.id), "number": number, "digest": digest})
