"""Publicity around holidays, objections to the minute, choices of the award, contract terms."""

from datetime import date, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import published_holidays
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.rule_sets import Regime
from trading.results import limits, rules
from trading.results.limits import Kept, Limit
from trading.results.rules import (
    Cause,
    ContractTerms,
    PassedOver,
    Publicity,
    Ranked,
    Standing,
)
from trading.tenders import rule_book
from trading.tenders.rules import LotStage

HOLIDAYS = published_holidays()
BOOK = rule_book.current(Regime.TENDERING)
MOMENTS = st.timedeltas(timedelta(0), timedelta(days=353)).map(
    lambda passed: datetime(2026, 1, 1, tzinfo=SHANGHAI) + passed
)


def at(month: int, day: int, hour: int = 10, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=SHANGHAI)


def shown(began: datetime, days: int = 3) -> Publicity:
    return rules.publicity(began, days, least=3, holidays=HOLIDAYS)


@pytest.mark.parametrize(
    ("began", "until"),
    [
        # Ends on 1 October, a statutory holiday: on to the first day after it, 8 October.
        (at(9, 28), datetime(2026, 10, 9, tzinfo=SHANGHAI)),
        # The last day before the holiday still counts as it is.
        (at(9, 27), datetime(2026, 10, 1, tzinfo=SHANGHAI)),
        # Ends on a make-up Saturday, which is a working day (10 October).
        (at(10, 7), datetime(2026, 10, 11, tzinfo=SHANGHAI)),
        # Ends on an ordinary Saturday: on to Monday.
        (at(11, 18), datetime(2026, 11, 24, tzinfo=SHANGHAI)),
        # A minute before midnight is the same start day as a minute after the day began.
        (at(11, 23, 23, 59), datetime(2026, 11, 27, tzinfo=SHANGHAI)),
        (at(11, 23, 0, 0), datetime(2026, 11, 27, tzinfo=SHANGHAI)),
        # Labour Day: 30 April plus three is inside the holiday of 1 to 5 May.
        (at(4, 30), datetime(2026, 5, 7, tzinfo=SHANGHAI)),
        # Into a year that is not published: not rolled over.
        (at(12, 30), datetime(2027, 1, 3, tzinfo=SHANGHAI)),
    ],
)
def test_publicity_ends_at_the_midnight_after_its_last_legal_day(
    began: datetime, until: datetime
) -> None:
    assert shown(began).until == until


@given(began=MOMENTS, days=st.integers(3, 10))
def test_publicity_is_never_short_and_never_ends_on_a_day_of_rest(
    began: datetime, days: int
) -> None:
    found = shown(began, days)
    last = rules.last_day(found.until)
    assert (last - began.date()).days >= days
    assert last.year > 2026 or HOLIDAYS.is_working(last)
    assert found.until.astimezone(SHANGHAI).time().isoformat() == "00:00:00"
    longer = shown(began, days + 1)
    assert longer.until >= found.until


@given(began=MOMENTS, offset=st.timedeltas(timedelta(days=-2), timedelta(days=20)))
def test_an_objection_is_in_time_exactly_while_publicity_runs(
    began: datetime, offset: timedelta
) -> None:
    found = shown(began)
    standing = Standing(LotStage.CANDIDATES_PUBLISHED, None, found, 0)
    now = began + offset
    try:
        rules.check_objection(standing, now, "理由")
    except Refused as refused:
        assert refused.code == ("RES-1301" if now < began else "RES-1302")
        assert now < began or now >= found.until
    else:
        assert began <= now < found.until


def test_a_minute_before_and_a_minute_after_the_end() -> None:
    found = shown(at(9, 28))
    standing = Standing(LotStage.OBJECTION_SUSPENDED, LotStage.CANDIDATES_PUBLISHED, found, 1)
    rules.check_objection(standing, found.until - timedelta(minutes=1), "理由")
    with pytest.raises(Refused, match="RES-1302") as late:
        rules.check_objection(standing, found.until + timedelta(minutes=1), "理由")
    assert late.value.facts["until"] == "2026-10-08 24:00"
    with pytest.raises(Refused, match="RES-1302"):
        rules.check_objection(standing, found.until, "理由")


@pytest.mark.parametrize("text", ["", "  \n", "字" * 4001])
def test_an_objection_says_something_readable(text: str) -> None:
    found = shown(at(11, 23))
    standing = Standing(LotStage.CANDIDATES_PUBLISHED, None, found, 0)
    with pytest.raises(Refused, match="RES-1303"):
        rules.check_objection(standing, at(11, 24), text)


def test_too_few_days_are_refused() -> None:
    with pytest.raises(Refused, match="RES-1201"):
        shown(at(11, 23), 2)


@pytest.mark.parametrize(
    ("stage", "resumes", "waiting", "now", "code"),
    [
        (LotStage.CANDIDATES_PUBLISHED, None, 0, at(11, 26), "RES-1401"),
        (LotStage.CANDIDATES_PUBLISHED, None, 1, at(11, 30), "RES-1402"),
        (LotStage.OBJECTION_SUSPENDED, LotStage.CANDIDATES_PUBLISHED, 1, at(11, 30), "RES-1402"),
        (LotStage.SUSPENDED, LotStage.CANDIDATES_PUBLISHED, 0, at(11, 30), "RES-1004"),
        (LotStage.AWARDED, None, 0, at(11, 30), "RES-1004"),
        (LotStage.REPORT_SIGNED, None, 0, at(11, 30), "RES-1004"),
    ],
)
def test_no_award_before_its_time(
    stage: LotStage, resumes: LotStage | None, waiting: int, now: datetime, code: str
) -> None:
    standing = Standing(stage, resumes, shown(at(11, 23)), waiting)
    with pytest.raises(Refused, match=code):
        rules.check_award(standing, now)


def test_an_award_is_possible_from_the_very_end() -> None:
    found = shown(at(11, 23))
    rules.check_award(Standing(LotStage.CANDIDATES_PUBLISHED, None, found, 0), found.until)


def ranked(rank: int) -> Ranked:
    name = f"投标人{rank}"
    return Ranked(rank, rank, uuid4(), bytes([rank]) * 32, name, "91" + "0" * 16, rank * 100, "90")


CANDIDATES = tuple(ranked(rank) for rank in (1, 2, 3))


def passed(*ranks: int) -> tuple[PassedOver, ...]:
    return tuple(PassedOver(rank, Cause.GAVE_UP, "书面放弃") for rank in ranks)


@given(
    rank=st.integers(1, 4),
    named=st.lists(st.integers(1, 4), max_size=4),
    bound=st.booleans(),
)
def test_a_choice_stands_only_with_the_causes_the_law_asks(
    rank: int, named: list[int], bound: bool
) -> None:
    higher = set(range(1, rank))
    sound = rank <= 3 and len(set(named)) == len(named) and set(named) <= higher
    sound = sound and (not bound or set(named) == higher)
    try:
        winner = rules.choose(CANDIDATES, rank, passed(*named), bound=bound)
    except Refused as refused:
        assert not sound
        assert refused.code == ("RES-1403" if rank == 4 else "RES-1404")
    else:
        assert sound
        assert winner.rank == rank


def test_a_cause_without_words_is_none() -> None:
    with pytest.raises(Refused, match="RES-1303"):
        rules.choose(CANDIDATES, 2, (PassedOver(1, Cause.VIOLATION, " "),), bound=True)


def terms(**changes: object) -> ContractTerms:
    values: dict[str, object] = {
        "number": "HT-1",
        "amount_fen": 100,
        "signed_on": date(2026, 12, 1),
    }
    return ContractTerms(**{**values, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount_fen": 99}, "RES-1601"),
        ({"signed_on": date(2026, 11, 19)}, "RES-1602"),
        ({"signed_on": date(2027, 1, 2)}, "RES-1602"),
        ({"signed_on": date(2026, 12, 22)}, "RES-1603"),
        ({"number": "  "}, "RES-1604"),
        ({"number": "x" * 61}, "RES-1604"),
        ({"late_reason": "字" * 201}, "RES-1604"),
    ],
)
def test_a_contract_that_is_not_as_the_law_asks(changes: dict[str, object], code: str) -> None:
    noticed = at(11, 20)
    due = limits.timed(Limit.CONTRACT, noticed, None, rules=BOOK, holidays=HOLIDAYS).due
    assert rules.last_day(due) == date(2026, 12, 21)
    with pytest.raises(Refused, match=code):
        rules.check_contract(
            terms(**changes), award_fen=100, noticed=noticed, due=due, now=at(12, 25)
        )


def test_the_last_day_and_a_reasoned_delay_pass() -> None:
    noticed, now = at(11, 20), at(12, 25)
    due = limits.timed(Limit.CONTRACT, noticed, None, rules=BOOK, holidays=HOLIDAYS).due
    for good in (
        terms(signed_on=date(2026, 11, 20)),
        terms(signed_on=date(2026, 12, 21)),
        terms(signed_on=date(2026, 12, 22), late_reason="法定代表人变更"),
    ):
        rules.check_contract(good, award_fen=100, noticed=noticed, due=due, now=now)


@pytest.mark.parametrize(
    ("done", "now", "kept"),
    [
        (None, at(11, 26), Kept.RUNNING),
        (at(11, 26, 23, 59), at(12, 1), Kept.KEPT),
        (None, at(11, 27, 0, 0), Kept.OVERDUE),
        (at(11, 27, 0, 0), at(12, 1), Kept.LATE),
    ],
)
def test_a_limit_is_kept_to_its_midnight(done: datetime | None, now: datetime, kept: Kept) -> None:
    found = limits.timed(Limit.CANDIDATES, at(11, 23), done, rules=BOOK, holidays=HOLIDAYS)
    assert found.kept(now) is kept
    assert found.clause_short == "招标投标法实施条例第 54 条"


def test_an_unpublished_year_is_named() -> None:
    found = limits.timed(Limit.CONTRACT, at(12, 20), None, rules=BOOK, holidays=HOLIDAYS)
    assert found.unpublished == 2027


def test_an_act_is_confirmed_in_its_own_words() -> None:
    rules.check_confirmed("归档", "归档")
    for given_words in ("", None, "归 档", 1):
        with pytest.raises(Refused, match="RES-1003"):
            rules.check_confirmed(given_words, "归档")


@given(count=st.integers(0, 9), floor=st.integers(1, 5))
def test_the_floor_of_effective_bids_holds(count: int, floor: int) -> None:
    if count < floor:
        with pytest.raises(Refused, match="RES-1101"):
            rules.check_effective(count, floor)
    else:
        rules.check_effective(count, floor)
