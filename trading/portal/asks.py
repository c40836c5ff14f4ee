"""What a lot asks of its reader at each stage, and until when: one thing, or nothing and why.

招标投标法 45–47, 条例 22, 44, 54, 57; every number is the lot's own rule set's.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy.orm import Session

from kernel.calendar import published_holidays
from kernel.format import day, day_time
from kernel.i18n import say
from trading.portal import queries
from trading.results import lot_section
from trading.tenders import legal_calendar, rule_book
from trading.tenders import queries as tenders
from trading.tenders.models import Lot, StageChange
from trading.tenders.rules import BEFORE_DEADLINE, LotStage

S = LotStage
Changes = tuple[StageChange, ...]
Ask = dict[str, Any]
Due = Mapping[str, datetime]
NOTHING_DUE: Due = MappingProxyType({})
_BEFORE_RESULT = frozenset({S.OPENED, S.EVALUATING, S.RE_EVALUATION, S.REPORT_SIGNED})
_WITH_RESULT = frozenset({S.AWARDED, S.NOTICE_ISSUED, S.CONTRACT_SIGNED, S.DEPOSITS_SETTLED})
# A stage's legal period, counted from the day the lot entered it.
_PERIODS = {
    S.REPORT_SIGNED: "candidate_start_days",
    S.CANDIDATES_PUBLISHED: "publicity_days",
    S.OBJECTION_SUSPENDED: "objection_answer_days",
    S.NOTICE_ISSUED: "contract_days",
    S.CONTRACT_SIGNED: "refund_days",
}
# The same periods as results keep them, once they have begun.
_KEPT = {
    S.CANDIDATES_PUBLISHED: "publicity_ends",
    S.OBJECTION_SUSPENDED: "answer_due",
    S.NOTICE_ISSUED: "contract_due",
    S.CONTRACT_SIGNED: "refund_due",
}


def ask(
    lot: Lot,
    stage: LotStage,
    changes: Changes,
    now: datetime,
    *,
    due: Due = NOTHING_DUE,
    has_record: bool,
) -> Ask:
    """The one thing asked now: note, and where they exist act, href, icon, label, until, at.

    `due` are the limits that results keep for the lot; without them the rule set's days count.
    """
    if stage in BEFORE_DEADLINE:
        return _bid(lot)
    if stage in (S.SUBMISSION_CLOSED, S.OPENING):
        return {
            "href": f"/lots/{lot.id}/hall",
            "act": say("进入开标大厅"),
            "icon": "eye",
            "note": say("任何人都可以观看"),
        }
    found = _after_opening(lot, stage, has_record=has_record) | {"note": _note(lot, stage, changes)}
    until = period_end(lot, stage, changes, due)
    if until is None or until <= now:
        return found
    return found | {"label": _label(stage), "until": until, "at": _last_day(until)}


def period_end(
    lot: Lot, stage: LotStage, changes: Changes, due: Due = NOTHING_DUE
) -> datetime | None:
    """When the stage's legal period is over; None when the law sets none or it has not begun."""
    if kept := due.get(_KEPT.get(stage, "")):
        return kept
    rule = _PERIODS.get(stage)
    began = entered(stage, changes)
    if rule is None or began is None:
        return None
    days = rule_book.rule_set(lot.rule_set).value(rule)
    return legal_calendar.ends(began, days, published_holidays())


def entered(stage: LotStage, changes: Changes) -> datetime | None:
    """When the lot last came to `stage`; coming back from a hold does not count."""
    for change in changes:
        if change.to_stage is stage and change.from_stage not in (
            S.SUSPENDED,
            S.OBJECTION_SUSPENDED,
        ):
            return change.at
    return next((change.at for change in changes if change.to_stage is stage), None)


def reason(stage: LotStage, changes: Changes) -> str:
    """Why the lot came to `stage`, in the words of who moved it."""
    return next((c.reason or "" for c in changes if c.to_stage is stage), "")


def _bid(lot: Lot) -> Ask:
    return {
        "label": say("距投标截止"),
        "until": lot.deadline,
        "at": day_time(lot.deadline),
        "href": f"/lots/{lot.id}/bid",
        "act": say("参加投标"),
        "icon": "seal",
        "note": say("在你的浏览器里封装，平台只收到密文"),
        # Behind the #: the lot is the browser's affair.
        "rehearse": f"/my/rehearsal#{lot.id}",
    }


def _after_opening(lot: Lot, stage: LotStage, *, has_record: bool) -> Ask:
    results = f"/lots/{lot.id}/results"
    if stage is S.CANDIDATES_PUBLISHED:
        return {"href": results, "act": say("查看候选人，提出异议"), "icon": "flag"}
    if stage in _WITH_RESULT:
        return {"href": results, "act": say("查看中标结果"), "icon": "eye"}
    if stage is S.ARCHIVED and has_record:
        return {"href": f"/lots/{lot.id}/bundle.zip", "act": say("下载数据包"), "icon": "down"}
    if stage is S.OBJECTION_SUSPENDED and lot.held_from is S.CANDIDATES_PUBLISHED:
        return {"href": results, "act": say("查看公示和异议"), "icon": "eye"}
    if stage in _BEFORE_RESULT and has_record:
        return {"href": f"/lots/{lot.id}/record", "act": say("下载开标记录"), "icon": "down"}
    return {}


def _label(stage: LotStage) -> str:
    return {
        S.REPORT_SIGNED: say("距开始公示的期限"),
        S.CANDIDATES_PUBLISHED: say("候选人公示还有"),
        S.OBJECTION_SUSPENDED: say("距答复异议的期限"),
        S.NOTICE_ISSUED: say("距签订合同的期限"),
        S.CONTRACT_SIGNED: say("距退还保证金的期限"),
    }[stage]


def _last_day(until: datetime) -> str:
    """Periods of days end at midnight, which belongs to their last day."""
    return say("%(day)s 24:00 止", day=day(until - timedelta(minutes=1)))


def _note(lot: Lot, stage: LotStage, changes: Changes) -> str:
    if stage in (S.TERMINATED, S.FAILED, S.VOID):
        why = reason(stage, changes)
        return say("%(why)s。标段到此结束", why=why.rstrip("。")) if why else say("标段到此结束")
    if stage is S.SUSPENDED:
        why = reason(stage, changes).rstrip("。")
        return say("%(why)s。恢复后另行公告", why=why) if why else say("恢复后另行公告")
    if stage is S.OBJECTION_SUSPENDED:
        held = lot.held_from is S.CANDIDATES_PUBLISHED
        return say("答复之前暂停定标") if held else say("答复之前暂停招标活动")
    return {
        S.FAILED_TOO_FEW: say("投标原封退回，招标人依法重新招标"),
        S.OPENED: say("PDF，可在线验证；随后移交评标"),
        S.EVALUATING: say("评标不公开进行，报告签署后公示候选人"),
        S.RE_EVALUATION: say("评标委员会重新评审，报告签署后再次公示"),
        S.REPORT_SIGNED: say("评标报告已签署，等待公示候选人"),
        S.CANDIDATES_PUBLISHED: say("投标人和利害关系人可以提出异议"),
        S.AWARDED: say("随后发出中标通知书和结果通知书"),
        S.NOTICE_ISSUED: say("招标人与中标人按招标文件订立合同"),
        S.CONTRACT_SIGNED: say("保证金连同利息退还给全部投标人"),
        S.DEPOSITS_SETTLED: say("保证金已全部退还，随后归档"),
        S.ARCHIVED: say("含全部证据，离线也能验证"),
    }.get(stage, "")


def publicity_ends(session: Session, now: datetime) -> list[tuple[Lot, datetime]]:
    """The lots on publicity with the last minute of each."""
    found = []
    for lot in queries.lots_in(session, S.CANDIDATES_PUBLISHED):
        changes = tuple(tenders.timeline(session, lot.id))
        due = lot_section.due(session, lot.id, now)
        end = period_end(lot, S.CANDIDATES_PUBLISHED, changes, due)
        if end is not None:
            found.append((lot, end - timedelta(minutes=1)))
    return found
