"""What the lot page shows: where the lot is, what is asked now, until when, and every proof."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.house import Call
from kernel.i18n import say
from trading.openings import queries as openings
from trading.openings.queries import BidResult
from trading.openings.states import BidState
from trading.portal import queries
from trading.tenders import life, rule_book
from trading.tenders import queries as tenders
from trading.tenders.models import Document, Lot, Notice, StageChange
from trading.tenders.rules import BEFORE_DEADLINE, BEFORE_NOTICE, LotStage

S = LotStage
_LISTED = frozenset(
    {
        S.OPENED,
        S.EVALUATING,
        S.REPORT_SIGNED,
        S.CANDIDATES_PUBLISHED,
        S.RE_EVALUATION,
        S.AWARDED,
        S.NOTICE_ISSUED,
        S.CONTRACT_SIGNED,
        S.DEPOSITS_SETTLED,
        S.ARCHIVED,
    }
)


def lot_page(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Everything the template needs. Raises Refused TEN-1001 for a draft."""
    session, now = call.session, call.now
    lot = queries.public_lot(session, lot_id)
    changes = tuple(tenders.timeline(session, lot_id))
    notices = tenders.notices(session, lot_id)
    stage = life.shown_stage(lot, now)
    record = openings.record_of(session, lot_id)
    return {
        "lot": lot,
        "stage": stage.value,
        "stage_word": life.stage_word(stage),
        "kind_word": life.kind_word(lot.kind),
        "regime_word": life.regime_word(lot.project.regime),
        "chip": life.chip(lot, now),
        "rail": life.rail(lot, now, changes),
        "ask": _ask(lot, stage, has_record=record is not None),
        "is_open": stage in BEFORE_DEADLINE,
        "is_listed": stage in _LISTED,
        "is_running": stage in (S.SUBMISSION_CLOSED, S.OPENING),
        "failed_too_few": stage is S.FAILED_TOO_FEW,
        "documents": _documents(session, lot_id),
        "notices": [_notice(session, notice) for notice in reversed(notices)],
        "timeline": _timeline(lot, stage, changes),
        "seats": [
            {"word": life.trustee_word(seat.role), "seat": seat}
            for seat in tenders.seats(session, lot_id)
        ],
        "results": [_result(result) for result in openings.results(session, lot_id)],
        "record": record,
        "validity": lot.validity_days,
        "rules": rule_book.rule_set(lot.rule_set),
    }


def _ask(lot: Lot, stage: LotStage, *, has_record: bool) -> dict[str, Any] | None:
    """The one thing asked of a reader now, and until when."""
    if stage in BEFORE_DEADLINE:
        return {
            "label": say("距投标截止"),
            "until": lot.deadline,
            "href": f"/lots/{lot.id}/bid",
            "act": say("参加投标"),
            "icon": "seal",
            "note": say("在你的浏览器里封装，平台只收到密文"),
        }
    if stage in (S.SUBMISSION_CLOSED, S.OPENING):
        return {
            "href": f"/lots/{lot.id}/hall",
            "act": say("进入开标大厅"),
            "icon": "eye",
            "note": say("任何人都可以观看"),
        }
    if stage in _LISTED and has_record:
        return {
            "href": f"/lots/{lot.id}/record",
            "act": say("下载开标记录"),
            "icon": "down",
            "note": say("PDF，可在线验证"),
        }
    return None


def _documents(session: Session, lot_id: UUID) -> list[dict[str, Any]]:
    in_force = {row.id for row in tenders.documents_in_force(session, lot_id)}
    rows = [row for row in tenders.documents(session, lot_id) if not row.withdrawn]
    rows.sort(key=lambda row: (row.id not in in_force, row.name, -row.version))
    return [{"row": row, "current": row.id in in_force, "kind": document_kind(row)} for row in rows]


def document_kind(row: Document) -> str:
    """PDF, XML, ZIP …: the ending of the file's name, at most four letters."""
    ending = row.name.rpartition(".")[2].upper()
    return ending if ending.isalnum() and len(ending) <= 4 else "FILE"


def _result(result: BidResult) -> dict[str, Any]:
    """A bid of a closed opening: read out, or why not."""
    word = {
        BidState.REVOKED: say("撤销，投标人原因"),
        BidState.WITHDRAWN: say("撤回，非投标人原因"),
        BidState.UNSIGNED: say("拒收，没有有效签名"),
    }.get(result.state, "")
    return {"row": result, "offer": result.offer, "word": word}


def _notice(session: Session, notice: Notice) -> dict[str, Any]:
    entry = log.entry(session, notice.leaf_id)
    pdf = tenders.notice_pdf(session, notice.lot_id, notice.version)
    return {
        "row": notice,
        "index": entry.index if entry else None,
        "pdf": pdf[1] if pdf else None,
    }


def _timeline(lot: Lot, stage: LotStage, changes: tuple[StageChange, ...]) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    coming = _coming(lot, stage)
    if coming:
        items.append({"at": coming[0], "title": coming[1], "state": "next"})
    shown = [c for c in changes if c.to_stage not in BEFORE_NOTICE]
    for index, change in enumerate(shown):
        text, cite = _told(lot, change)
        items.append(
            {
                "at": change.at,
                "title": _title(change.to_stage),
                "text": change.reason or text,
                "cite": cite,
                "state": "now" if index == 0 and stage is change.to_stage else "done",
            }
        )
    return items


def _coming(lot: Lot, stage: LotStage) -> tuple[datetime | str, str] | None:
    if stage in BEFORE_DEADLINE:
        return lot.deadline, say("投标截止，同一时间在线公开开标")
    if stage is S.OPENED:
        return say("随后"), say("组建评标委员会，评标")
    return None


def _title(stage: LotStage) -> str:
    return {
        S.NOTICE_PUBLISHED: say("发布招标公告"),
        S.DOCUMENTS_ON_OFFER: say("开始发售招标文件"),
        S.SUBMISSION_CLOSED: say("投标截止"),
        S.OPENING: say("开标"),
        S.OPENED: say("开标结束"),
        S.FAILED_TOO_FEW: say("不足三家，未开标"),
    }.get(stage) or life.stage_word(stage)


def _told(lot: Lot, change: StageChange) -> tuple[str, str]:
    stage = change.to_stage
    if stage is S.NOTICE_PUBLISHED:
        return say("由%(by)s签名发布，登记进公开日志。", by=change.by), say("招标投标法第 16 条")
    if stage is S.DOCUMENTS_ON_OFFER:
        return say("免费下载，不登记下载人。"), ""
    if stage is S.SUBMISSION_CLOSED:
        return say("截止检查点已签发，此后任何人都不能投标或修改。"), say("招标投标法第 36 条")
    if stage is S.FAILED_TOO_FEW:
        return say("收到的投标不足三家，原封退回，没有人看过内容。"), say("招标投标法第 28 条")
    return "", ""
