"""Legal dates and amounts: each illegal one refused with its clause and the earliest legal date."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import published_holidays
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI, Holidays
from kernel.pure.rule_sets import Regime
from trading.tenders import rule_book
from trading.tenders.legal_calendar import (
    Finding,
    Terms,
    check,
    earliest_deadline,
    require,
    serves,
)
from trading.tenders.rules import LotKind

RULES = rule_book.current(Regime.TENDERING)
HOLIDAYS = published_holidays()
NOW = datetime(2026, 10, 30, 9, 0, tzinfo=SHANGHAI)


def at(day: date, hour: int = 9, minute: int = 30) -> datetime:
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=SHANGHAI)


def terms(**changes: object) -> Terms:
    deadline = at(date(2026, 11, 24))
    values: dict[str, object] = {
        "kind": LotKind.WORKS,
        "documents_from": NOW,
        "documents_until": at(date(2026, 11, 10), 17, 0),
        "deadline": deadline,
        "opening_at": changes.get("deadline", deadline),
        "estimate_fen": 7_368_000_000,
        "deposit_fen": 80_000_000,
    }
    return Terms(**{**values, **changes})  # type: ignore[arg-type]


def found(proposed: Terms, *, now: datetime = NOW, holidays: Holidays = HOLIDAYS) -> list[Finding]:
    return check(proposed, now=now, rules=RULES, holidays=holidays)


def refused(proposed: Terms, code: str) -> Finding:
    return next(finding for finding in found(proposed) if finding.code == code)


def test_legal_terms_pass() -> None:
    require(terms(), now=NOW, rules=RULES, holidays=HOLIDAYS)
    assert {finding.code for finding in found(terms())} == {None}


def test_fifteen_days_are_too_few_and_the_nineteenth_is_named() -> None:
    finding = refused(terms(deadline=at(date(2026, 11, 14))), "TEN-1403")
    assert finding.facts["days"] == 15
    assert finding.facts["earliest"] == date(2026, 11, 19)
    assert finding.clause == "招标投标法第 24 条"


def test_the_twentieth_day_itself_is_legal() -> None:
    require(terms(deadline=at(date(2026, 11, 19))), now=NOW, rules=RULES, holidays=HOLIDAYS)
    refused(terms(deadline=at(date(2026, 11, 18))), "TEN-1403")


def test_a_period_that_ends_in_a_holiday_ends_after_it() -> None:
    issued = at(date(2026, 9, 11), 0, 0)
    proposed = terms(
        documents_from=issued,
        documents_until=at(date(2026, 9, 21)),
        deadline=at(date(2026, 10, 7)),
    )
    finding = next(
        f
        for f in check(proposed, now=issued, rules=RULES, holidays=HOLIDAYS)
        if f.code == "TEN-1403"
    )
    # 20 days after 11 September is 1 October; the National Day holiday lasts until the 7th.
    assert finding.facts["earliest"] == date(2026, 10, 8)


def test_documents_are_offered_five_days() -> None:
    finding = refused(terms(documents_until=at(date(2026, 11, 3))), "TEN-1402")
    assert finding.facts["earliest"] == date(2026, 11, 4)
    assert "条例第 16 条" in finding.clause


def test_documents_are_not_offered_yesterday() -> None:
    late = NOW + timedelta(days=1)
    codes = {f.code for f in check(terms(), now=late, rules=RULES, holidays=HOLIDAYS)}
    assert codes == {None, "TEN-1401"}


def test_opening_is_at_the_deadline() -> None:
    apart = replace(terms(), opening_at=at(date(2026, 11, 24), 10, 0))
    assert refused(apart, "TEN-1404").clause == "招标投标法第 34 条"


@pytest.mark.parametrize(
    ("day", "served"),
    [
        (date(2026, 11, 21), True),  # Saturday in the winter season
        (date(2026, 11, 22), False),  # Sunday
        (date(2026, 10, 31), False),  # Saturday out of season
        (date(2026, 7, 4), True),  # Saturday in the summer season
        (date(2026, 10, 1), False),  # National Day
        (date(2026, 10, 10), True),  # a make-up Saturday is a working day
    ],
)
def test_the_service_calendar(day: date, *, served: bool) -> None:
    assert serves(day, HOLIDAYS) is served


def test_a_sunday_is_refused_unless_it_is_an_emergency() -> None:
    sunday = terms(deadline=at(date(2026, 11, 22)))
    assert refused(sunday, "TEN-1405").facts["earliest"] == date(2026, 11, 23)
    require(
        replace(sunday, emergency_reason="防汛抢险"),
        now=NOW,
        rules=RULES,
        holidays=HOLIDAYS,
    )


def test_an_emergency_shortens_no_legal_period() -> None:
    early = replace(terms(deadline=at(date(2026, 11, 14))), emergency_reason="防汛抢险")
    refused(early, "TEN-1403")


@pytest.mark.parametrize(("hour", "minute"), [(8, 29), (17, 31), (0, 0)])
def test_nobody_opens_at_night(hour: int, minute: int) -> None:
    refused(terms(deadline=at(date(2026, 11, 24), hour, minute)), "TEN-1406")


def test_an_unpublished_year_is_said_to_be_one() -> None:
    december = datetime(2099, 12, 20, 9, 0, tzinfo=SHANGHAI)
    proposed = terms(
        documents_from=december,
        documents_until=december + timedelta(days=10),
        deadline=december + timedelta(days=25),
    )
    findings = check(proposed, now=december, rules=RULES, holidays=HOLIDAYS)
    assert {f.code for f in findings} == {None}
    assert {f.facts.get("unpublished") for f in findings} >= {2099}


@pytest.mark.parametrize(
    ("kind", "deposit", "code"),
    [
        (LotKind.WORKS, 80_000_001, "TEN-1502"),
        (LotKind.GOODS, 80_000_001, "TEN-1502"),
        (LotKind.SURVEY_DESIGN, 10_000_001, "TEN-1502"),
        (LotKind.SERVICES, 147_360_001, "TEN-1501"),
    ],
)
def test_deposits_have_a_share_and_a_cap(kind: LotKind, deposit: int, code: str) -> None:
    require(terms(kind=kind, deposit_fen=deposit - 1), now=NOW, rules=RULES, holidays=HOLIDAYS)
    with pytest.raises(Refused, match=code):
        require(terms(kind=kind, deposit_fen=deposit), now=NOW, rules=RULES, holidays=HOLIDAYS)


@given(issued=st.dates(date(2020, 1, 1), date(2026, 11, 20)))
def test_the_earliest_deadline_is_legal_and_the_day_before_is_not(issued: date) -> None:
    start = at(issued, 9, 0)
    earliest = earliest_deadline(start, rules=RULES, holidays=HOLIDAYS)
    assert (earliest - issued).days >= 20
    proposed = terms(
        documents_from=start,
        documents_until=at(earliest, 9, 0),
        deadline=at(earliest),
    )
    require(proposed, now=start, rules=RULES, holidays=HOLIDAYS)
    before = earliest - timedelta(days=1)
    early = terms(documents_from=start, documents_until=at(earliest, 9, 0), deadline=at(before))
    codes = {f.code for f in check(early, now=start, rules=RULES, holidays=HOLIDAYS)}
    assert codes & {"TEN-1403", "TEN-1405"}


@given(
    issued=st.dates(date(2026, 1, 1), date(2026, 11, 1)),
    days=st.integers(0, 60),
    hour=st.integers(0, 23),
    deposit=st.integers(0, 200_000_000),
)
def test_every_refusal_names_its_clause(issued: date, days: int, hour: int, deposit: int) -> None:
    start = at(issued, 0, 0)
    deadline = at(issued + timedelta(days=days), hour)
    proposed = terms(
        documents_from=start,
        documents_until=start + timedelta(days=6),
        deadline=deadline,
        deposit_fen=deposit,
    )
    for finding in check(proposed, now=start, rules=RULES, holidays=HOLIDAYS):
        assert finding.clause
        if finding.code is not None:
            assert finding.facts["clause"] == finding.clause
            assert "earliest" in finding.facts or "most" in finding.facts
