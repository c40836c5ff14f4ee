"""The demonstration's calendar is lawful on whatever day it is started."""

from datetime import UTC, date, datetime, timedelta

import pytest

from kernel.calendar import published_holidays
from kernel.pure.rule_sets import Regime
from trading.demo.cast import Lot, cast
from trading.demo.timetable import REACH, SHANGHAI, Moments, moments, present
from trading.tenders import legal_calendar, rule_book
from trading.tenders.legal_calendar import Terms

HOLIDAYS = published_holidays()
LAST = max(HOLIDAYS.years)
DAYS = [date(LAST, 1, 1) + timedelta(days=n) for n in range(0, 365, 3)]


def terms(lot: Lot, when: Moments) -> Terms:
    """What the calendar judges."""
    return Terms(
        documents_from=when.documents_from,
        documents_until=when.documents_until,
        deadline=when.deadline,
        opening_at=when.deadline,
        kind=lot.kind,
        estimate_fen=lot.estimate_fen,
        deposit_fen=lot.deposit_fen,
    )


@pytest.mark.parametrize("lot", cast().lots, ids=lambda lot: lot.key)
def test_no_lot_breaks_a_period(lot: Lot) -> None:
    rules = rule_book.current(Regime.TENDERING)
    for day in DAYS:
        now = present(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), HOLIDAYS)
        when = moments(lot, now, HOLIDAYS)
        legal_calendar.require(terms(lot, when), now=when.published, rules=rules, holidays=HOLIDAYS)


def test_past_openings_are_past_and_in_order() -> None:
    told = cast()
    for day in DAYS:
        now = present(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), HOLIDAYS)
        held = [moments(lot, now, HOLIDAYS).deadline for lot in told.lots if lot.played]
        assert held == sorted(set(held))
        assert held[-1] < now


def test_the_whole_life_fits_before_the_last_published_year_ends() -> None:
    for day in DAYS:
        now = present(datetime(day.year, day.month, day.day, 4, tzinfo=UTC), HOLIDAYS)
        assert (now + REACH).astimezone(SHANGHAI).year in HOLIDAYS.years
