"""The calendar and money checks of a tender, each with its clause and the earliest legal date.

招标投标法 24, 34; 条例 16, 26; the centre's service calendar. Pure: holidays are passed in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from types import MappingProxyType
from typing import Any

from kernel.pure.errors import Refused
from kernel.pure.legal_days import (
    SHANGHAI,
    Holidays,
    add_natural,
    is_working,
    local_date,
)
from kernel.pure.money import format_yuan
from kernel.pure.rule_sets import RuleSet
from trading.tenders.rules import LotKind

SATURDAY = 5
_SATURDAY_SEASONS = (((7, 1), (9, 1)), ((11, 15), (12, 31)), ((1, 1), (1, 10)))
_DAYS_SEARCHED = 400


@dataclass(frozen=True, slots=True)
class Terms:
    """What a draft proposes; times aware, money in fen."""

    kind: LotKind
    documents_from: datetime
    documents_until: datetime
    deadline: datetime
    opening_at: datetime
    estimate_fen: int
    deposit_fen: int
    emergency_reason: str | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """One check of the field `name`: `code` is None when it holds, else a catalogued refusal."""

    name: str
    rule: str
    clause: str
    code: str | None
    facts: MappingProxyType[str, Any]

    def refusal(self) -> Refused | None:
        """The refusal this finding stands for, if any."""
        return Refused(self.code, **self.facts) if self.code else None


def check(terms: Terms, *, now: datetime, rules: RuleSet, holidays: Holidays) -> list[Finding]:
    """Every check of the draft, in the order of its fields; nothing is raised."""
    return [
        *_documents(terms, now=now, rules=rules, holidays=holidays),
        *_deadline(terms, rules=rules, holidays=holidays),
        *_service(terms, rules=rules, holidays=holidays),
        *_money(terms, rules=rules),
    ]


def require(terms: Terms, *, now: datetime, rules: RuleSet, holidays: Holidays) -> None:
    """Let a draft pass to publication.

    Raises:
        Refused: the first check that does not hold (TEN-14xx dates, TEN-15xx money).
    """
    for finding in check(terms, now=now, rules=rules, holidays=holidays):
        refusal = finding.refusal()
        if refusal is not None:
            raise refusal


def serves(day: date, holidays: Holidays) -> bool:
    """Whether the centre opens bids on `day`: working days, and Saturdays in the two seasons.

    Raises Refused DAY-0001 when the year's holidays are not published yet.
    """
    if is_working(day, holidays):
        return True
    in_season = any(first <= (day.month, day.day) <= last for first, last in _SATURDAY_SEASONS)
    return day.weekday() == SATURDAY and in_season and not holidays.is_statutory(day)


def earliest_deadline(issued: datetime, *, rules: RuleSet, holidays: Holidays) -> date:
    """The first day a deadline may fall on: the legal period, then the next day of service."""
    day, _ = _period_end(local_date(issued), rules.value("bid_days"), holidays)
    return _served_or(day, holidays)


def _period_end(start: date, days: int, holidays: Holidays) -> tuple[date, dict[str, Any]]:
    """The last day of a period; a year not published yet is named and not rolled over."""
    try:
        return add_natural(start, days, holidays), {}
    except Refused as unknown:
        return start + timedelta(days=days), {"unpublished": unknown.facts.get("year")}


def ends(start: datetime, days: int, holidays: Holidays) -> datetime:
    """The moment a period of natural days after `start` is over: midnight after its last day."""
    last, _ = _period_end(local_date(start), days, holidays)
    return datetime.combine(last + timedelta(days=1), time(0, 0), SHANGHAI)


def _next_service(day: date, holidays: Holidays) -> date:
    for ahead in range(_DAYS_SEARCHED):
        if serves(day + timedelta(days=ahead), holidays):
            return day + timedelta(days=ahead)
    raise ValueError("no day of service within a year")


def _documents(
    terms: Terms, *, now: datetime, rules: RuleSet, holidays: Holidays
) -> Iterator[Finding]:
    rule = rules.rule("document_days")
    issued = local_date(terms.documents_from)
    until = local_date(terms.documents_until)
    earliest, note = _period_end(issued, rule.value, holidays)
    yield _finding(
        "documents_from",
        "documents_from_ahead",
        rule.source,
        # Periods count whole days, so any hour of the day of publication will do.
        None if issued >= local_date(now) else "TEN-1401",
        at=terms.documents_from,
        earliest=local_date(now),
    )
    yield _finding(
        "documents_until",
        "document_days",
        rule.source,
        None if until >= earliest else "TEN-1402",
        days=(until - issued).days,
        least=rule.value,
        earliest=earliest,
        **note,
    )


def _deadline(terms: Terms, *, rules: RuleSet, holidays: Holidays) -> Iterator[Finding]:
    rule = rules.rule("bid_days")
    issued, due = local_date(terms.documents_from), local_date(terms.deadline)
    legal, note = _period_end(issued, rule.value, holidays)
    yield _finding(
        "deadline",
        "bid_days",
        rule.source,
        None if due >= legal else "TEN-1403",
        days=(due - issued).days,
        least=rule.value,
        earliest=_served_or(legal, holidays),
        **note,
    )
    same = rules.rule("opening_at_deadline")
    yield _finding(
        "opening_at",
        "opening_at_deadline",
        same.source,
        None if terms.opening_at == terms.deadline else "TEN-1404",
        deadline=terms.deadline,
        earliest=terms.deadline,
    )


def _service(terms: Terms, *, rules: RuleSet, holidays: Holidays) -> Iterator[Finding]:
    """Day and hour of the opening; an emergency session with its reason may leave both."""
    hours = rules.rule("service_from_minute")
    local = terms.deadline.astimezone(SHANGHAI)
    code: str | None = None
    facts: dict[str, Any] = {"at": terms.deadline}
    try:
        if not serves(local.date(), holidays):
            code = "TEN-1405"
            facts["earliest"] = _served_or(local.date(), holidays)
    except Refused as unpublished:
        # An unpublished year is said to be one; a notice may still name a day in it.
        facts["unpublished"] = unpublished.facts.get("year")
    first, last = rules.value("service_from_minute"), rules.value("service_until_minute")
    minute = local.hour * 60 + local.minute
    if code is None and not first <= minute <= last:
        code = "TEN-1406"
        facts |= {"first": _clock(first), "last": _clock(last)}
        facts["earliest"] = _next_opening(local, first=first)
    if (terms.emergency_reason or "").strip():
        code = None
        facts["emergency"] = terms.emergency_reason
    yield _finding("deadline", "service_calendar", hours.source, code, **facts)


def _money(terms: Terms, *, rules: RuleSet) -> Iterator[Finding]:
    share = rules.rule("deposit_share_percent")
    most = terms.estimate_fen * share.value // 100
    yield _finding(
        "deposit",
        "deposit_share_percent",
        share.source,
        None if terms.deposit_fen <= most else "TEN-1501",
        most=format_yuan(most),
        percent=share.value,
    )
    if terms.kind is not LotKind.SERVICES:
        cap = rules.rule(f"deposit_cap_{terms.kind.value}_fen")
        yield _finding(
            "deposit",
            "deposit_cap",
            cap.source,
            None if terms.deposit_fen <= cap.value else "TEN-1502",
            most=format_yuan(cap.value),
        )


def _finding(name: str, rule: str, source: str, code: str | None, /, **facts: Any) -> Finding:
    return Finding(name, rule, source, code, MappingProxyType({**facts, "clause": source}))


def _served_or(day: date, holidays: Holidays) -> date:
    """The next day of service, or `day` itself where the year is not published."""
    try:
        return _next_service(day, holidays)
    except Refused:
        return day


def _next_opening(local: datetime, *, first: int) -> datetime:
    day = local.date() + timedelta(days=1 if local.hour * 60 + local.minute > first else 0)
    return datetime.combine(day, time(first // 60, first % 60), SHANGHAI)


def _clock(minute: int) -> str:
    return f"{minute // 60:02d}:{minute % 60:02d}"
