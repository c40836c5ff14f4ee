"""What the lot page shows: where the lot is, what is asked now, until when, and every proof."""

from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel import log
from kernel.house import Call
from kernel.i18n import say
from trading.openings import queries as openings
from trading.openings.causes import BidState
from trading.openings.queries import BidResult
from trading.portal import asks, queries, story
from trading.results import lot_section
from trading.tenders import life, plans, rule_book
from trading.tenders import queries as tenders
from trading.tenders.models import Document, Notice
from trading.tenders.rules import BEFORE_DEADLINE, ENDED, LotStage, TrusteeSeat

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
_DECIDED = _LISTED - {S.OPENED, S.EVALUATING, S.RE_EVALUATION, S.REPORT_SIGNED}


def lot_page(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Everything the template needs. Raises Refused TEN-1001 for a draft."""
    session, now = call.session, call.now
    lot = queries.public_lot(session, lot_id)
    changes = tuple(tenders.timeline(session, lot_id))
    notices = tenders.notices(session, lot_id)
    stage = life.shown_stage(lot, now)
    reached = life.on_line(lot, stage, changes)
    record = openings.record_of(session, lot_id)
    due = lot_section.due(session, lot_id, now)
    panel = tenders.panel_of(session, lot)
    return {
        "lot": lot,
        "stage": stage.value,
        "stage_word": life.stage_word(stage),
        "kind_word": life.kind_word(lot.kind),
        "regime_word": life.regime_word(lot.project.regime),
        "chip": life.chip(lot, now),
        "rail": life.rail(lot, now, changes),
        "ask": asks.ask(lot, stage, changes, now, due=due, has_record=record is not None),
        "outcome": lot_section.outcome(call, lot_id),
        "is_open": reached in BEFORE_DEADLINE,
        "is_listed": reached in _LISTED,
        "is_running": reached in (S.SUBMISSION_CLOSED, S.OPENING) and stage not in ENDED,
        "is_ended": stage in ENDED - {S.ARCHIVED, S.FAILED_TOO_FEW},
        "is_decided": reached in _DECIDED,
        "failed_too_few": stage is S.FAILED_TOO_FEW,
        "documents": _documents(session, lot_id),
        "notices": [_notice(session, notice) for notice in reversed(notices)],
        "timeline": story.timeline(lot, stage, changes, now, due),
        "seats": _worded(tenders.seats(session, lot_id)),
        "panel_seats": _worded(panel.members if panel else ()),
        "results": [_result(result) for result in openings.results(session, lot_id)],
        "record": record,
        "validity": lot.validity_days,
        "plan": plans.shown(lot.evaluation_plan),
        "rules": rule_book.rule_set(lot.rule_set),
    }


def _worded(seats: tuple[TrusteeSeat, ...]) -> list[dict[str, Any]]:
    return [{"word": life.trustee_word(seat.role), "seat": seat} for seat in seats]


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
