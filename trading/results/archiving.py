"""归档: every document of the lot by its hash in one list, logged; the reading keys are erased."""

from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from evaluation import public as evaluation
from kernel import log
from kernel.permissions import Account, Actor
from kernel.pure import jcs
from kernel.pure.errors import Refused
from trading.openings import queries as openings
from trading.results import queries, rules
from trading.results.models import LotArchive
from trading.tenders import queries as lots
from trading.tenders.actions import move, require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage, zulu

PHRASE = "归档"
FORMAT = "sunbid archive/1"


def archive_lot(session: Session, lot_id: UUID, *, actor: Actor, now: datetime) -> None:
    """Close the lot for good.

    Raises:
        Refused: TEN-1004 not its agency; RES-1004 another stage; RES-1801 a PDF is being written.
    """
    lots.lock_lot(session, lot_id)
    lot = lots.lot_row(session, lot_id)
    require_party(actor, {lot.project.agency_id})
    rules.check_stage(lot.stage, LotStage.DEPOSITS_SETTLED)
    told = manifest(session, lot, now)
    raw = jcs.canonical(told)
    digest = sha256(raw).digest()
    leaf = log.append(session, "archive", {"lot": str(lot_id), "digest": digest.hex()})
    session.add(
        LotArchive(
            lot_id=lot_id,
            manifest=raw,
            digest=digest,
            by=actor.organisation_name if isinstance(actor, Account) else "平台",
            leaf_id=leaf,
            archived_at=now,
        )
    )
    session.flush()
    evaluation.close_reading(session, lot_id, now=now)
    move(session, lot, LotStage.ARCHIVED, actor=actor, now=now)


def manifest(session: Session, lot: Lot, now: datetime) -> dict[str, Any]:
    """Every document of the lot: what it is, its SHA-256, and its moment."""
    return {
        "format": FORMAT,
        "lot": str(lot.id),
        "number": lot.number,
        "name": lot.name,
        "archived_at": zulu(now),
        "documents": [*_tender(session, lot), *_opening(session, lot), *_result(session, lot)],
    }


def _tender(session: Session, lot: Lot) -> list[dict[str, Any]]:
    found = []
    for notice in lots.notices(session, lot.id):
        found.append(_entry("notice", notice.title, notice.digest, notice.published_at))
        pdf = lots.notice_pdf(session, lot.id, notice.version)
        if pdf is None:
            raise Refused("RES-1801")
        found.append(_entry("notice_pdf", notice.title, pdf[1].sha256, pdf[1].made_at))
    for row in lots.documents(session, lot.id):
        if not row.withdrawn:
            found.append(_entry("document", row.name, row.sha256, row.added_at))
    return found


def _opening(session: Session, lot: Lot) -> list[dict[str, Any]]:
    record = openings.record_of(session, lot.id)
    if record is None:
        raise Refused("RES-1801")
    return [
        _entry("opening_facts", "开标记录", record.facts_hash, record.issued_at),
        _entry("opening_record", "开标记录", record.pdf_hash, record.issued_at),
    ]


def _result(session: Session, lot: Lot) -> list[dict[str, Any]]:
    found = []
    report = queries.report_of(session, lot.id)
    if report is not None:
        found.append(_entry("report_facts", "评标报告", report.facts_hash, report.signed_at))
        found.append(_entry("report", "评标报告", report.pdf_hash, report.signed_at))
    for each in queries.notices(session, lot.id):
        if each.pdf is None:
            raise Refused("RES-1801")
        row = each.row
        found.append(_entry(row.kind.value, row.title, row.digest, row.published_at))
        found.append(_entry(f"{row.kind.value}_pdf", row.title, each.pdf.sha256, each.pdf.made_at))
    for objection in queries.objections(session, lot.id):
        found += _objection(objection)
    for gone in queries.renunciations(session, lot.id):
        found.append(_entry("renunciation", gone.organisation, gone.sha256, gone.recorded_at))
    award, contract = queries.award_of(session, lot.id), queries.contract_of(session, lot.id)
    if award is not None:
        found.append(_entry("decision", "定标", award.digest, award.decided_at))
    if contract is not None:
        found.append(_entry("contract", contract.number, contract.sha256, contract.recorded_at))
    return found


def _objection(each: queries.ObjectionView) -> list[dict[str, Any]]:
    row = each.row
    found = [_entry("objection", row.organisation, _hash(row.text), row.raised_at)]
    if row.file_sha256 is not None:
        found.append(_entry("objection_file", row.file_name or "", row.file_sha256, row.raised_at))
    if each.answer is not None:
        told = each.answer
        found.append(_entry("answer", told.by, _hash(told.text), told.answered_at))
    return found


def _hash(text: str) -> bytes:
    return sha256(text.encode()).digest()


def _entry(kind: str, name: str, digest: bytes, at: datetime) -> dict[str, Any]:
    return {"kind": kind, "name": name, "sha256": bytes(digest).hex(), "at": zulu(at)}
