"""What the lot's own public page says of its result, and the legal moments that run for it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.house import Call
from trading.results import queries, timing, told
from trading.tenders import queries as lots


def outcome(call: Call, lot_id: UUID) -> dict[str, Any] | None:
    """Candidates, award and public papers, once candidates were published; None before."""
    session = call.session
    shown = told.candidates(session, lot_id)
    if shown is None:
        return None
    award = queries.award_of(session, lot_id)
    waiting = sum(each.answer is None for each in queries.objections(session, lot_id))
    papers = [view for view in queries.notices(session, lot_id) if view.row.seat is None]
    return {
        **shown,
        "runs": shown["publicity"].runs(call.now),
        "open_objections": waiting,
        "award": award,
        "notices": told.notices(session, tuple(papers)),
        "href": f"/lots/{lot_id}/results",
    }


def due(session: Session, lot_id: UUID, now: datetime) -> dict[str, datetime]:
    """Ends of what is running: publicity_ends, answer_due, contract_due, refund_due."""
    lot = lots.lot_row(session, lot_id)
    found = timing.limits_of(session, lot)
    names = {"contract": "contract_due", "refund": "refund_due"}
    running = {names[k]: v.due for k, v in found.items() if k in names and v.done is None}
    answers = [v.due for k, v in found.items() if k.startswith("answer:") and v.done is None]
    if answers:
        running["answer_due"] = min(answers)
    shown = queries.publicity_of(queries.candidates_notice(session, lot_id))
    if shown is not None and shown.runs(now):
        running["publicity_ends"] = shown.until
    return running
