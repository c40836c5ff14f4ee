"""A lot's life told step by step: what happened, by which clause, and what comes next."""

from datetime import datetime, timedelta
from typing import Any

from kernel.format import local
from kernel.i18n import say
from trading.portal import asks
from trading.tenders import life
from trading.tenders.models import Lot, StageChange
from trading.tenders.rules import BEFORE_DEADLINE, BEFORE_NOTICE, HOLDS, LotStage

S = LotStage


def timeline(
    lot: Lot,
    stage: LotStage,
    changes: tuple[StageChange, ...],
    now: datetime,
    due: asks.Due = asks.NOTHING_DUE,
) -> list[dict[str, Any]]:
    """The steps for `ui.timeline`, newest first; what comes next stands on top."""
    items: list[dict[str, Any]] = []
    if coming := _coming(lot, stage, now, asks.period_end(lot, stage, changes, due)):
        items.append({"at": coming[0], "title": coming[1], "state": "next"})
    shown = [c for c in changes if c.to_stage not in BEFORE_NOTICE]
    for index, change in enumerate(shown):
        text, cite = _told(change)
        items.append(
            {
                "at": change.at,
                "title": _title(change),
                "text": change.reason or text,
                "cite": cite,
                "state": "now" if index == 0 and stage is change.to_stage else "done",
            }
        )
    return items


def _coming(
    lot: Lot, stage: LotStage, now: datetime, end: datetime | None
) -> tuple[datetime | str, str] | None:
    if stage in BEFORE_DEADLINE:
        return lot.deadline, say("投标截止，同一时间在线公开开标")
    word = {
        S.OPENED: say("移交评标，随机抽取评标委员会"),
        S.EVALUATING: say("评标委员会签署评标报告"),
        S.RE_EVALUATION: say("评标委员会重新签署评标报告"),
        S.REPORT_SIGNED: say("公示中标候选人"),
        S.CANDIDATES_PUBLISHED: say("公示期满且无异议，招标人定标"),
        S.OBJECTION_SUSPENDED: say("招标人答复异议后继续"),
        S.SUSPENDED: say("恢复，另行公告"),
        S.AWARDED: say("发出中标通知书和结果通知书"),
        S.NOTICE_ISSUED: say("签订合同"),
        S.CONTRACT_SIGNED: say("退还保证金及利息"),
        S.DEPOSITS_SETTLED: say("归档"),
    }.get(stage)
    if word is None:
        return None
    if end is None or end <= now:
        return say("随后"), word
    if stage is S.CANDIDATES_PUBLISHED:
        return say("%(day)s 起", day=f"{local(end):%m-%d}"), word
    return say("%(day)s 前", day=f"{local(end - timedelta(minutes=1)):%m-%d}"), word


def _title(change: StageChange) -> str:
    stage = change.to_stage
    if change.from_stage in HOLDS and stage not in HOLDS | life.ENDED_BY_WORD:
        return say("恢复：%(stage)s", stage=life.stage_word(stage))
    return {
        S.NOTICE_PUBLISHED: say("发布招标公告"),
        S.DOCUMENTS_ON_OFFER: say("开始发售招标文件"),
        S.SUBMISSION_CLOSED: say("投标截止"),
        S.OPENING: say("开标"),
        S.OPENED: say("开标结束"),
        S.FAILED_TOO_FEW: say("不足三家，未开标"),
        S.EVALUATING: say("移交评标"),
        S.REPORT_SIGNED: say("签署评标报告"),
        S.CANDIDATES_PUBLISHED: say("公示中标候选人"),
        S.OBJECTION_SUSPENDED: say("收到异议，暂停"),
        S.AWARDED: say("确定中标人"),
        S.NOTICE_ISSUED: say("发出中标通知书和结果通知书"),
        S.CONTRACT_SIGNED: say("签订合同"),
        S.DEPOSITS_SETTLED: say("退还保证金"),
        S.ARCHIVED: say("归档"),
        S.TERMINATED: say("终止招标"),
    }.get(stage) or life.stage_word(stage)


def _told(change: StageChange) -> tuple[str, str]:
    """What a step means and its clause. No step names a member of the committee."""
    stage = change.to_stage
    if change.from_stage in HOLDS:
        return "", ""
    if stage is S.NOTICE_PUBLISHED:
        return say("由%(by)s签名发布，登记进公开日志。", by=change.by), say("招标投标法第 16 条")
    if stage is S.OBJECTION_SUSPENDED:
        late = change.from_stage is S.CANDIDATES_PUBLISHED
        clause = say("招标投标法实施条例第 54 条") if late else say("招标投标法实施条例第 22 条")
        return say("作出答复前，暂停招标投标活动。"), clause
    return {
        S.DOCUMENTS_ON_OFFER: (say("免费下载，不登记下载人。"), ""),
        S.SUBMISSION_CLOSED: (
            say("截止检查点已签发，此后任何人都不能投标或修改。"),
            say("招标投标法第 36 条"),
        ),
        S.FAILED_TOO_FEW: (
            say("收到的投标不足三家，原封退回，没有人看过内容。"),
            say("招标投标法第 28 条"),
        ),
        S.EVALUATING: (
            say("评标委员会由随机抽取产生，名单在中标结果确定前保密。"),
            say("招标投标法第 37 条"),
        ),
        S.REPORT_SIGNED: (
            say("评标委员会成员共同签署，指纹登记进公开日志。"),
            say("招标投标法实施条例第 53 条"),
        ),
        S.CANDIDATES_PUBLISHED: (
            say("公示期内，投标人和利害关系人可以提出异议。"),
            say("招标投标法实施条例第 54 条"),
        ),
        S.AWARDED: (say("招标人根据评标报告和候选人确定。"), say("招标投标法实施条例第 55 条")),
        S.NOTICE_ISSUED: (
            say("中标结果同时通知所有未中标的投标人。"),
            say("招标投标法第 45 条"),
        ),
        S.CONTRACT_SIGNED: (say("合同要点已登记。"), say("招标投标法第 46 条")),
        S.DEPOSITS_SETTLED: (
            say("连同银行同期存款利息，全部退还。"),
            say("招标投标法实施条例第 57 条"),
        ),
        S.ARCHIVED: (say("全过程的记录和证据已归档，可下载数据包核验。"), ""),
        S.TERMINATED: ("", say("招标投标法实施条例第 31 条")),
    }.get(stage, ("", ""))
