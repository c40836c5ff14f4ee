"""The published holidays of the State Council: the chinesecalendar package plus our own table.

The package knows a year once a release carries it; `holidays.toml` may add or replace whole years.
"""

from __future__ import annotations

import tomllib
from datetime import date
from functools import cache
from pathlib import Path

import chinese_calendar.constants as published

from kernel.pure.errors import Refused
from kernel.pure.legal_days import Holidays

OVERRIDES = Path(__file__).with_name("holidays.toml")


@cache
def published_holidays() -> Holidays:
    """All years known to this installation, read once."""
    return read_holidays(OVERRIDES.read_text(encoding="utf-8"))


def read_holidays(overrides: str) -> Holidays:
    """The package's years, then those of the TOML text. Refuses DAY-0002 for a wrong table."""
    off, working = frozenset(published.holidays), frozenset(published.workdays)
    holidays = Holidays(frozenset(day.year for day in off), off, working)
    for year in tomllib.loads(overrides).get("year", []):
        number = int(year["year"])
        holidays = holidays.with_year(number, _days(year, "off"), _days(year, "working"))
    return holidays


def _days(year: dict[str, object], name: str) -> frozenset[date]:
    listed = year.get(name)
    if not isinstance(listed, list) or any(
        type(day) is not date or day.year != year["year"] for day in listed
    ):
        raise Refused("DAY-0002", year=year["year"], field=name)
    return frozenset(listed)
