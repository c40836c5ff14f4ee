"""The report laid out: frozen facts and answers in, a record for the PDF out. No database.

条例 53: signed by all; a dissent and its reasons are appended in the member's own words.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from evaluation.plans.rules import Method, read_plan
from evaluation.reports import outcome, sections
from evaluation.reports.naming import Names
from evaluation.reports.rules import Answer
from evaluation.reports.score_tables import annexes
from evaluation.reports.telling import moment
from kernel.pdf.record import Paragraph, Record, Section, Signature

NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Signed:
    """One member's answer; `tail` is the end of the certificate's serial number."""

    seat: int
    answer: Answer
    opinion: str | None
    at: datetime
    tail: str
    recorded_by: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Setting:
    """What the sheet of paper says besides the facts: `log_number` is the facts' place in the log,
    `at` the legal time of this form."""

    centre: str
    check_url: str
    digest: bytes
    log_number: int | None
    at: datetime
    demo: bool


def record(
    told: Mapping[str, Any],
    hidden: Mapping[str, Any] | None,
    answers: Sequence[Signed] | None,
    setting: Setting,
) -> Record:
    """The whole report; without `hidden` its public form, without `answers` the unsigned draft."""
    plan = read_plan(told["plan"])
    names = Names.of(hidden, points=plan.method is not Method.LOWEST_EVALUATED)
    body = (
        ("推荐的中标候选人", sections.candidates(told, names)),
        ("评标委员会", sections.committee(told, names)),
        ("经过", sections.course(told)),
        ("资格审查", outcome.qualification(told, plan)),
        ("评分与排序", outcome.scores(told, plan, names)),
        ("异常与并列", outcome.flags(told, plan, names)),
        ("核验", outcome.checks(told)),
    )
    numbered = tuple(
        Section(f"{NUMERALS[place]}、{title}", blocks) for place, (title, blocks) in enumerate(body)
    )
    given = answers or ()
    return Record(
        title="评标报告",
        subtitle=told["lot"]["title"] + ("（公示版）" if hidden is None else ""),
        centre=setting.centre,
        number=told["lot"]["number"],
        at=setting.at,
        facts=sections.head(told, plan, names),
        sections=(*numbered, *annexes(told, plan, names), *_dissents(given, names), _end(given)),
        signatures=tuple(_signature(each, names) for each in given)
        or tuple(_line(member, names) for member in told["committee"]),
        check_url=setting.check_url,
        record_hash=setting.digest,
        log_number=setting.log_number,
        foot_note=_foot(answers),
        demo=setting.demo,
        sealed=answers is not None,
    )


def _dissents(answers: Sequence[Signed], names: Names) -> tuple[Section, ...]:
    return tuple(
        Section(
            f"不同意见　{names.member(each.seat)}",
            (
                Paragraph(each.opinion or ""),
                Paragraph(f"以上由本人书面提出并签名，{moment(each.at.isoformat())}。"),
            ),
            new_page=True,
        )
        for each in sorted(answers, key=lambda a: a.seat)
        if each.answer is Answer.DISSENT
    )


def _end(answers: Sequence[Signed]) -> Section:
    """What everybody signs, on the page of the signatures."""
    lines = ["评标委员会成员对本报告载明的同一内容指纹签名。"]
    lines += [
        f"{each.seat:02d} 席拒绝签字且未书面说明不同意见和理由，由{each.recorded_by}于 "
        f"{moment(each.at.isoformat())} 记录（{each.reason}），视为同意评标结论。"
        for each in sorted(answers, key=lambda a: a.seat)
        if each.answer is Answer.DEEMED
    ]
    return Section("确认", (Paragraph("\n".join(lines)),), new_page=True)


def _signature(each: Signed, names: Names) -> Signature:
    words = {
        Answer.AGREE: "同意",
        Answer.DISSENT: "有不同意见，见附页",
        Answer.DEEMED: "未签字，视为同意",
    }
    capacity = f"{each.seat:02d} 席，{words[each.answer]}"
    return Signature(names.plain(each.seat), capacity, each.at, each.tail)


def _line(member: Mapping[str, Any], names: Names) -> Signature:
    return Signature(names.plain(member["seat"]), f"{member['seat']:02d} 席，待签署")


def _foot(answers: Sequence[Signed] | None) -> str:
    if answers is None:
        return "待签署稿，仅供评标委员会成员核对"
    return "扫码或把本文件拖到验证页，断网也能核验。"
