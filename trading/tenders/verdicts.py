"""The words beside each date and amount while a draft is filled in: fact, clause, earliest date."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from kernel.i18n import say
from kernel.web import explain
from trading.tenders.legal_calendar import Finding


@dataclass(frozen=True, slots=True)
class Verdict:
    """One check as people read it; `earliest` fills the field on request (local wall time)."""

    field: str
    ok: bool
    text: str
    cite: str
    code: str | None
    next: str


def told(findings: Iterable[Finding]) -> list[Verdict]:
    """Findings in words, in the reader's language where they hold."""
    return [_told(finding) for finding in findings]


def as_json(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """The form in which the page's script receives them."""
    return [asdict(verdict) for verdict in verdicts]


def _told(finding: Finding) -> Verdict:
    if finding.code is not None:
        words = explain(finding.code, **finding.facts)
        return Verdict(finding.name, False, words.what, finding.clause, finding.code, words.next)
    return Verdict(finding.name, True, _holds(finding), finding.clause, None, "")


def _holds(finding: Finding) -> str:
    facts = dict(finding.facts)
    text = {
        "documents_from_ahead": lambda: say("在公告发布之后"),
        "document_days": lambda: say("发售 %(days)s 日，不少于 %(least)s 日", **_pick(facts)),
        "bid_days": lambda: say("自发出文件起 %(days)s 日，不少于 %(least)s 日", **_pick(facts)),
        "opening_at_deadline": lambda: say("开标与投标截止同一时间"),
        "service_calendar": lambda: (
            say("应急场次，原因随公告公布") if facts.get("emergency") else say("在开标服务时间内")
        ),
        "deposit_share_percent": lambda: say(
            "不超过估算价的 %(percent)s%%，最多 %(most)s",
            percent=facts["percent"],
            most=facts["most"],
        ),
        "deposit_cap": lambda: say("不超过上限 %(most)s", most=facts["most"]),
    }[finding.rule]()
    if facts.get("unpublished"):
        note = say("%(year)s 年放假安排尚未公布，未计入节假日顺延", year=facts["unpublished"])
        return f"{text}；{note}"
    return text


def _pick(facts: dict[str, Any]) -> dict[str, Any]:
    return {"days": facts["days"], "least": facts["least"]}
