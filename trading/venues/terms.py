"""The centre's numbers for its rooms, read once, and what kind of session a day and hour make."""

import tomllib
from datetime import datetime, time, timedelta
from functools import cache
from pathlib import Path

from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI, Holidays
from kernel.pure.rule_sets import RuleSet
from trading.tenders.legal_calendar import serves
from trading.venues.rules import SessionKind, Terms

FILE = Path(__file__).with_name("terms.toml")
_WEEKEND = 5


@cache
def terms() -> Terms:
    """The numbers of terms.toml."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    return Terms(
        step=timedelta(minutes=told["step"]),
        before=timedelta(minutes=told["before"]),
        lengths=tuple(timedelta(minutes=each) for each in told["lengths"]),
        usual=timedelta(minutes=told["usual"]),
        longest=timedelta(minutes=told["longest"]),
        nearest=told["nearest"],
    )


def kind_of(at: datetime, rules: RuleSet, holidays: Holidays) -> SessionKind:
    """What an opening at `at` is to the centre: by day of service and hour of the day.

    A year whose holidays are not published counts by its weekdays, as a notice may.
    """
    local = at.astimezone(SHANGHAI)
    minute = local.hour * 60 + local.minute
    if not rules.value("service_from_minute") <= minute <= rules.value("service_until_minute"):
        return SessionKind.EMERGENCY
    try:
        if not serves(local.date(), holidays):
            return SessionKind.EMERGENCY
        return SessionKind.ORDINARY if holidays.is_working(local.date()) else SessionKind.SATURDAY
    except Refused:
        workday = local.weekday() < _WEEKEND
        return SessionKind.ORDINARY if workday else SessionKind.EMERGENCY


def opening_hours(at: datetime, rules: RuleSet) -> tuple[datetime, datetime]:
    """From when to when the centre's rooms are lent on the day of `at`; preparation before it."""
    day = at.astimezone(SHANGHAI).date()
    midnight = datetime.combine(day, time(), SHANGHAI)
    first = midnight + timedelta(minutes=rules.value("service_from_minute")) - terms().before
    return first, midnight + timedelta(minutes=rules.value("service_until_minute"))
