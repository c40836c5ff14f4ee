"""HTTP of a report: what the members sign, their signatures, the sealed PDF."""

from typing import Any
from uuid import UUID

from flask import Response, make_response

from evaluation.reports import actions, papers, queries
from evaluation.reports.access import Right
from evaluation.reports.rules import Answer
from kernel.house import Call
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.web import Feature, body

feature = Feature("reports", __name__)
DESK = "/evaluations/<uuid:room_id>/report"
MAX_TEXT = 8000


@feature.get(DESK, permission=Right.READ)
def report(call: Call, room_id: UUID) -> dict[str, Any]:
    """The frozen facts, their hash, and who has answered."""
    return queries.desk(call.session, room_id, call.actor)


@feature.get(f"{DESK}/draft", permission=Right.READ)
def report_draft(call: Call, room_id: UUID) -> Response:
    """The report to be signed, as PDF."""
    pdf = papers.draft_pdf(call.house, call.session, room_id, call.actor)
    return _pdf(pdf, f"evaluation-report-draft-{room_id}.pdf")


@feature.post(f"{DESK}/signatures", permission=Right.SIGN)
def report_signature(call: Call, room_id: UUID) -> dict[str, Any]:
    """A member's agreement or dissent."""
    fields = Fields(body(), code="EVA-3011")
    answer = Answer(fields.choice("answer", Answer.AGREE.value, Answer.DISSENT.value))
    opinion = fields.optional("opinion", lambda name: fields.text(name, cap=MAX_TEXT))
    signature = fields.hex("signature", 64)
    fields.done()
    actions.sign(call.session, room_id, answer, opinion, signature, actor=call.actor, now=call.now)
    return queries.desk(call.session, room_id, call.actor)


@feature.post(f"{DESK}/refusals", permission=Right.RECORD_REFUSAL)
def report_refusal(call: Call, room_id: UUID) -> dict[str, Any]:
    """Record that a member refuses to sign without a written reason."""
    fields = Fields(body(), code="EVA-3011")
    seat = fields.integer("seat", 1, 99)
    reason = fields.optional("reason", lambda name: fields.text(name, cap=MAX_TEXT))
    fields.done()
    if reason is None:
        raise Refused("EVA-3010", most=actions.MAX_REASON)
    actions.record_refusal(call.session, room_id, seat, reason, actor=call.actor, now=call.now)
    return queries.desk(call.session, room_id, call.actor)


@feature.get("/lots/<uuid:lot_id>/evaluation-report", permission=Right.DOWNLOAD)
def evaluation_report(call: Call, lot_id: UUID) -> Response:
    """The sealed report: whole for those whose report it is, else its public form."""
    pdf = papers.pdf(call.house, call.session, lot_id, call.actor)
    return _pdf(pdf, f"evaluation-report-{lot_id}.pdf")


def _pdf(pdf: bytes, name: str) -> Response:
    answer = make_response(pdf)
    answer.headers["Content-Type"] = "application/pdf"
    answer.headers["Content-Disposition"] = f'inline; filename="{name}"'
    answer.headers["Cache-Control"] = "private, no-store"
    return answer
