"""The desk of agency and tenderee after the opening: the one act, the legal days, the money."""

from hashlib import sha256
from typing import Any
from uuid import UUID

from evaluation import public as evaluation
from kernel.house import Call
from kernel.i18n import say
from kernel.permissions import Account, Role
from kernel.pure import jcs
from trading.results import awards, handover, queries, settling, timing, told
from trading.results.rules import Cause, end_words
from trading.tenders import life, rule_book
from trading.tenders import queries as lots
from trading.tenders.actions import require_party
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

S = LotStage
AFTER_OPENING = (S.OPENED, S.EVALUATING, S.RE_EVALUATION)


def page(call: Call, account: Account, lot_id: UUID) -> dict[str, Any]:
    """Everything the template needs. Raises Refused TEN-1001, TEN-1004."""
    session, now = call.session, call.now
    lot = lots.lot_row(session, lot_id)
    require_party(account, {lot.project.agency_id, lot.project.tenderee_id})
    book = rule_book.rule_set(lot.rule_set)
    found = timing.limits_of(session, lot)
    report = queries.report_of(session, lot_id)
    standing = queries.standing(session, lot)
    listed = queries.bidders(session, lot_id)
    objections = told.objections(queries.objections(session, lot_id), found, now)
    return {
        "lot": lot,
        "chip": life.chip(lot, now),
        "rail": life.rail(lot, now, tuple(lots.timeline(session, lot_id))),
        "stage": lot.stage.value,
        "is_agency": account.role is Role.AGENCY,
        "listed": listed,
        "effective": handover.effective(session, lot_id),
        "room": room(call, lot),
        "report": report,
        "proposed": report.candidates(book.value("candidates")) if report else (),
        "shown": told.candidates(session, lot_id),
        "publicity": standing.publicity,
        "runs": bool(standing.publicity and standing.publicity.runs(now)),
        "open_objections": standing.open_objections,
        "objections": objections,
        "limits": told.limits(found, now),
        "award": queries.award_of(session, lot_id),
        "renunciations": told.renunciations(session, lot_id),
        "forfeit_word": told.forfeit_word,
        "gone": {each.rank for each in queries.renunciations(session, lot_id)},
        "causes": [(cause.value, told.cause_word(cause)) for cause in Cause],
        "is_bound": awards.is_bound(book),
        "contract": queries.contract_of(session, lot_id),
        "contract_limit": found.get("contract"),
        "contract_until": end_words(found["contract"].due) if "contract" in found else "",
        "settlement": told.settlement(settling.view(session, lot_id, now), listed),
        "archive": queries.archive_of(session, lot_id),
        "notices": told.notices(session, queries.notices(session, lot_id)),
        "days": {
            name: book.value(name)
            for name in ("publicity_days", "contract_days", "refund_days", "report_days")
        },
        "steps": steps(lot),
        "revision": revision(call, account, lot_id),
    }


def room(call: Call, lot: Lot) -> Any:
    """Where the evaluation is, while there is one."""
    return evaluation.room_of(call.session, lot.id) if lot.stage in AFTER_OPENING else None


def revision(call: Call, account: Account, lot_id: UUID) -> str:
    """A short digest of all that the page shows and that may change without its reader."""
    session = call.session
    lot = lots.lot_row(session, lot_id)
    require_party(account, {lot.project.agency_id, lot.project.tenderee_id})
    standing = queries.standing(session, lot)
    view = settling.view(session, lot_id, call.now)
    now_in = room(call, lot)
    facts = {
        "stage": lot.stage.value,
        "room": [now_in.stage, now_in.checked_in] if now_in else None,
        "runs": bool(standing.publicity and standing.publicity.runs(call.now)),
        "objections": [
            [each.row.number, each.answer is None] for each in queries.objections(session, lot_id)
        ],
        "pdfs": sum(each.pdf is not None for each in queries.notices(session, lot_id)),
        "forfeits": [
            each["forfeit"].state.value if each["forfeit"] else None
            for each in told.renunciations(session, lot_id)
        ],
        "money": [view.state.value, len(view.approvals), *(x.state.value for x in view.lines)]
        if view
        else None,
    }
    return sha256(jcs.canonical(facts)).hexdigest()[:16]


def steps(lot: Lot) -> list[dict[str, str]]:
    """The way from the opening to the archive, for the side of the desk."""
    named = (
        ({S.OPENED}, say("移交评标"), say("招标代理")),
        ({S.EVALUATING, S.RE_EVALUATION}, say("评标"), say("评标委员会")),
        ({S.REPORT_SIGNED}, say("公示候选人"), say("招标代理签名")),
        ({S.CANDIDATES_PUBLISHED, S.OBJECTION_SUSPENDED}, say("定标"), say("招标人签名")),
        ({S.AWARDED}, say("发出通知书"), say("中标人和其他投标人")),
        ({S.NOTICE_ISSUED}, say("登记合同"), say("招标人或代理")),
        ({S.CONTRACT_SIGNED}, say("退还保证金"), say("中心两人核准")),
        ({S.DEPOSITS_SETTLED}, say("归档"), say("招标代理")),
    )
    stage = lot.held_from or lot.stage
    at = next((i for i, (stages, _, _) in enumerate(named) if stage in stages), None)
    if stage is S.ARCHIVED:
        at = len(named)
    return [
        {"name": name, "note": note, "state": _step_state(index, at)}
        for index, (_, name, note) in enumerate(named)
    ]


def _step_state(index: int, at: int | None) -> str:
    if at is None or index > at:
        return "next"
    return "done" if index < at else "now"
