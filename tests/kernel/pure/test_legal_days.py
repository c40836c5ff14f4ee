"""Legal days: 起始日不计入, ends roll over days of rest, 调休, and years nobody published."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import published_holidays, read_holidays
from kernel.pure import legal_days
from kernel.pure.errors import Refused

HOLIDAYS = published_holidays()
DAYS_2025 = st.dates(date(2025, 1, 1), date(2025, 12, 31))


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-05-06", 20, "2026-05-26"),
        ("2026-09-11", 20, "2026-10-08"),  # 10 月 1 日起放假，顺延至节后首日
        ("2026-02-04", 10, "2026-02-14"),  # 周六，但为春节调休上班
        ("2026-06-10", 10, "2026-06-22"),  # 6 月 20 日在端午假期内
        ("2026-05-25", 5, "2026-06-01"),  # 5 月 30 日为周六，顺延至周一
        ("2026-05-08", 1, "2026-05-09"),  # 劳动节调休的周六
    ],
)
def test_periods_of_natural_days(start: str, days: int, end: str) -> None:
    found = legal_days.add_natural(date.fromisoformat(start), days, HOLIDAYS)
    assert found == date.fromisoformat(end)


@pytest.mark.parametrize(
    ("start", "days", "end"),
    [
        ("2026-09-28", 3, "2026-10-08"),
        ("2026-09-30", 1, "2026-10-08"),
        ("2026-05-08", 1, "2026-05-09"),
        ("2026-05-04", 30, "2026-06-15"),
    ],
)
def test_periods_of_working_days(start: str, days: int, end: str) -> None:
    found = legal_days.add_working(date.fromisoformat(start), days, HOLIDAYS)
    assert found == date.fromisoformat(end)


def test_an_unpublished_year_is_reported() -> None:
    last = max(HOLIDAYS.years)
    with pytest.raises(Refused, match="DAY-0001") as refused:
        legal_days.add_natural(date(last, 12, 20), 20, HOLIDAYS)
    assert refused.value.facts == {"year": last + 1}
    with pytest.raises(Refused, match="DAY-0001"):
        legal_days.add_working(date(last, 12, 30), 5, HOLIDAYS)
    with pytest.raises(Refused, match="DAY-0001"):
        HOLIDAYS.is_statutory(date(last + 1, 1, 1))


def test_the_table_adds_and_replaces_whole_years() -> None:
    held = read_holidays("[[year]]\nyear = 2031\nsource = 'x'\noff = [2031-01-01]\nworking = []\n")
    assert legal_days.add_natural(date(2030, 12, 31) + timedelta(1), 0, held) == date(2031, 1, 2)
    assert held.is_working(date(2031, 1, 2))
    again = held.with_year(2031, [], [date(2031, 1, 4)])
    assert again.is_working(date(2031, 1, 1))
    assert again.is_working(date(2031, 1, 4))
    with pytest.raises(Refused, match="DAY-0002"):
        read_holidays("[[year]]\nyear = 2031\noff = [2030-01-01]\nworking = []\n")


@given(DAYS_2025, st.integers(0, 300))
def test_natural_periods_end_on_a_working_day_not_too_early(start: date, days: int) -> None:
    end = legal_days.add_natural(start, days, HOLIDAYS)
    plain = start + timedelta(days=days)
    assert end >= plain
    assert legal_days.is_working(end, HOLIDAYS)
    between = (end - plain).days
    assert not any(HOLIDAYS.is_working(plain + timedelta(days=n)) for n in range(between))


@given(DAYS_2025, st.integers(1, 200))
def test_working_periods_hold_so_many_working_days(start: date, days: int) -> None:
    end = legal_days.add_working(start, days, HOLIDAYS)
    assert legal_days.working_between(start, end, HOLIDAYS) == days
    assert legal_days.working_between(start, end - timedelta(days=1), HOLIDAYS) == days - 1


def test_dates_are_those_of_shanghai() -> None:
    assert legal_days.local_date(datetime(2026, 5, 1, 16, 0, tzinfo=UTC)) == date(2026, 5, 2)
    assert legal_days.local_date(datetime(2026, 5, 1, 15, 59, tzinfo=UTC)) == date(2026, 5, 1)
    with pytest.raises(ValueError, match="time zone"):
        legal_days.local_date(datetime(2026, 5, 1))  # noqa: DTZ001
    with pytest.raises(ValueError, match="negative"):
        legal_days.natural_before(date(2026, 5, 1), -1)
    assert legal_days.natural_before(date(2026, 5, 20), 15) == date(2026, 5, 5)
