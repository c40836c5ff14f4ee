"""A lot's life as pages draw it: the one line of stations, its chip, its words.

The stations are the same on every page; the sun stands at the deadline.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from kernel.format import local, short
from kernel.i18n import say
from kernel.pure.rule_sets import Regime
from trading.tenders.models import Lot, StageChange
from trading.tenders.rules import (
    BEFORE_DEADLINE,
    BEFORE_NOTICE,
    LotKind,
    LotStage,
    TrusteeRole,
)

S = LotStage
STATIONS: tuple[frozenset[LotStage], ...] = (
    frozenset({S.NOTICE_PUBLISHED}),
    frozenset({S.DOCUMENTS_ON_OFFER, S.CLARIFYING}),
    frozenset({S.SUBMISSION_CLOSED, S.FAILED_TOO_FEW}),
    frozenset({S.OPENING, S.OPENED}),
    frozenset({S.EVALUATING, S.RE_EVALUATION, S.REPORT_SIGNED}),
    frozenset({S.CANDIDATES_PUBLISHED}),
    frozenset({S.AWARDED, S.NOTICE_ISSUED}),
    frozenset({S.CONTRACT_SIGNED, S.DEPOSITS_SETTLED}),
    frozenset({S.ARCHIVED}),
)
DEADLINE, OPENING = 2, 3
ENDED_BY_WORD = frozenset({S.TERMINATED, S.FAILED, S.VOID})
_FINISHED = frozenset({S.OPENED, S.REPORT_SIGNED, S.DEPOSITS_SETTLED, S.ARCHIVED})
_REFUSED = ENDED_BY_WORD | {S.FAILED_TOO_FEW}


@dataclass(frozen=True, slots=True)
class Chip:
    """State, word and icon of a chip."""

    state: str
    word: str
    icon: str


def station_names() -> tuple[str, ...]:
    """The stations' words, in order."""
    return (
        say("公告"),
        say("获取文件"),
        say("投标截止"),
        say("开标"),
        say("评标"),
        say("候选人公示"),
        say("定标"),
        say("合同"),
        say("归档"),
    )


def stage_word(stage: LotStage) -> str:
    """A stage in one word."""
    return {
        S.DRAFT: say("草稿"),
        S.APPROVED: say("已确认，待发布"),
        S.NOTICE_PUBLISHED: say("已公告"),
        S.DOCUMENTS_ON_OFFER: say("获取文件"),
        S.CLARIFYING: say("答疑澄清"),
        S.OBJECTION_SUSPENDED: say("异议处理，暂停"),
        S.SUBMISSION_CLOSED: say("投标截止"),
        S.FAILED_TOO_FEW: say("不足三家，未开标"),
        S.OPENING: say("正在开标"),
        S.OPENED: say("已开标"),
        S.EVALUATING: say("评标"),
        S.REPORT_SIGNED: say("评标报告已签"),
        S.CANDIDATES_PUBLISHED: say("候选人公示"),
        S.RE_EVALUATION: say("重新评标"),
        S.AWARDED: say("已定标"),
        S.NOTICE_ISSUED: say("中标通知已发"),
        S.CONTRACT_SIGNED: say("合同已签"),
        S.DEPOSITS_SETTLED: say("保证金已退"),
        S.ARCHIVED: say("已归档"),
        S.SUSPENDED: say("暂停"),
        S.TERMINATED: say("终止"),
        S.FAILED: say("流标"),
        S.VOID: say("废标"),
    }[stage]


def regime_word(regime: Regime) -> str:
    """A category as the portal's filter names it."""
    return {
        Regime.TENDERING: say("工程建设"),
        Regime.GOVERNMENT_PROCUREMENT: say("政府采购"),
        Regime.PROPERTY_RIGHTS: say("国有产权"),
        Regime.LAND: say("土地挂牌"),
        Regime.ENVIRONMENTAL: say("环境权益"),
    }[regime]


def kind_word(kind: LotKind) -> str:
    """What is bought, in one word."""
    return {
        LotKind.WORKS: say("施工"),
        LotKind.GOODS: say("货物"),
        LotKind.SURVEY_DESIGN: say("勘察设计"),
        LotKind.SERVICES: say("服务"),
    }[kind]


def trustee_word(role: TrusteeRole) -> str:
    """Whose trustee it is."""
    return {
        TrusteeRole.TENDEREE: say("招标人"),
        TrusteeRole.AGENCY: say("招标代理"),
        TrusteeRole.CENTRE: say("交易中心"),
        TrusteeRole.SUPERVISOR: say("监督部门"),
        TrusteeRole.NOTARY: say("公证"),
        TrusteeRole.ASSOCIATION: say("行业协会"),
    }[role]


def shown_stage(lot: Lot, now: datetime) -> LotStage:
    """The stage by row and clock: past its deadline a lot is closed, whatever a job has done."""
    if lot.stage in BEFORE_DEADLINE and now >= lot.deadline:
        return S.SUBMISSION_CLOSED
    if lot.stage is S.NOTICE_PUBLISHED and lot.documents_from <= now:
        return S.DOCUMENTS_ON_OFFER
    return lot.stage


def chip(lot: Lot, now: datetime) -> Chip:
    """The lot's state as a chip: running, due today, held, over."""
    stage = shown_stage(lot, now)
    word = stage_word(stage)
    if stage in BEFORE_DEADLINE and local(lot.deadline).date() == local(now).date():
        return Chip("need", say("今日截止"), "clock")
    if stage in _REFUSED:
        return Chip("refused", word, "x-c")
    if stage in (S.SUSPENDED, S.OBJECTION_SUSPENDED):
        return Chip("neutral", word, "pause")
    if stage in BEFORE_NOTICE | {S.CLARIFYING}:
        return Chip("neutral", word, "msg" if stage is S.CLARIFYING else "pen")
    if stage in BEFORE_DEADLINE:
        return Chip("progress", word, "file")
    if stage in (S.ARCHIVED, S.CONTRACT_SIGNED, S.DEPOSITS_SETTLED, S.NOTICE_ISSUED, S.OPENED):
        return Chip("done", word, "check-c")
    return Chip("progress", word, "run")


def rail(lot: Lot, now: datetime, changes: tuple[StageChange, ...] = ()) -> list[dict[str, Any]]:
    """The line of stations; `changes` (newest first) tell where an ended lot left it."""
    stage = shown_stage(lot, now)
    at = _station(on_line(lot, stage, changes))
    notes = _notes(lot, changes)
    return [
        {
            "name": name,
            "state": _state(index, at, stage),
            "note": notes.get(index, ""),
            "dawn": index == DEADLINE,
        }
        for index, name in enumerate(station_names())
    ]


def on_line(lot: Lot, stage: LotStage, changes: tuple[StageChange, ...]) -> LotStage:
    """The stage on the line: where a held lot waits, or an ended one stopped."""
    if lot.held_from is not None:
        return lot.held_from
    if _station(stage) is not None:
        return stage
    left = (c.from_stage for c in changes if c.from_stage and _station(c.from_stage) is not None)
    return next(left, stage)


def _station(stage: LotStage) -> int | None:
    return next((i for i, stages in enumerate(STATIONS) if stage in stages), None)


def _state(index: int, at: int | None, stage: LotStage) -> str:
    if at is None or index > at:
        return "next"
    if index < at:
        return "done"
    if stage in _REFUSED:
        return "refused"
    if stage in _FINISHED:
        return "done"
    return "progress"


def _notes(lot: Lot, changes: tuple[StageChange, ...]) -> dict[int, str]:
    reached: dict[int, datetime] = {}
    for change in changes:
        station = _station(change.to_stage)
        if station is not None:
            reached[station] = change.at
    notes = {index: f"{local(at):%m-%d}" for index, at in reached.items()}
    notes[1] = say(
        "%(start)s 至 %(end)s",
        start=f"{local(lot.documents_from):%m-%d}",
        end=f"{local(lot.documents_until):%m-%d}",
    )
    notes[DEADLINE] = short(lot.deadline)
    return notes
