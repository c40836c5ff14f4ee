"""When the lots of the demonstration live, counted from its present. Pure arithmetic on dates."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from kernel.pure.errors import Refused
from kernel.pure.legal_days import Holidays
from trading.demo.cast import Cast, Lot
from trading.tenders.legal_calendar import serves

SHANGHAI = ZoneInfo("Asia/Shanghai")
OPENING = time(9, 30)
PUBLISHING = time(9, 0)
LAST_HOUR = time(8, 0)
SALE = timedelta(days=8)
# From the eve of the main lot's opening to the last day its law counts: the contract's 30 days
# after publicity and award, a week of holidays allowed for.
REACH = timedelta(days=55)


@dataclass(frozen=True, slots=True)
class Moments:
    """When one lot is published, its documents are offered, and bids close."""

    published: datetime
    documents_from: datetime
    documents_until: datetime
    deadline: datetime


def present(wall: datetime, holidays: Holidays) -> datetime:
    """The demonstration's present: now, or when the main lot's life would reach into a year whose
    holidays are not published yet, the 1st of November of the last year that has them."""
    if (wall + REACH).astimezone(SHANGHAI).year in holidays.years:
        return wall
    return datetime.combine(date(max(holidays.years), 11, 1), OPENING, SHANGHAI)


def moments(lot: Lot, now: datetime, holidays: Holidays) -> Moments:
    """The times of one lot; its deadline falls on a day of service, a past one on an earlier."""
    today = now.astimezone(SHANGHAI)
    first = today.date() + timedelta(days=lot.deadline_days)
    if lot.deadline_days == 1 and today.time() < LAST_HOUR:
        first = today.date()
    published = datetime.combine(
        today.date() - timedelta(days=lot.published_days_ago), PUBLISHING, SHANGHAI
    )
    offered = published + timedelta(days=lot.documents_in_days, minutes=10)
    # A period that would end on a holiday ends after it (民法典 203).
    sold = _service_day((offered + SALE).date(), holidays, by=1)
    return Moments(
        published=published,
        documents_from=offered,
        documents_until=datetime.combine(sold, offered.time(), SHANGHAI),
        deadline=datetime.combine(
            _service_day(first, holidays, by=-1 if lot.deadline_days < 0 else 1),
            OPENING.replace(hour=lot.hour),
            SHANGHAI,
        ),
    )


def beginning(cast: Cast, now: datetime, holidays: Holidays) -> datetime:
    """A day before the first publication: where the seeded history starts."""
    first = min(moments(lot, now, holidays).published for lot in cast.lots)
    return first - timedelta(days=1)


def _service_day(day: date, holidays: Holidays, *, by: int) -> date:
    while not serves(day, holidays):
        day += timedelta(days=by)
        if day.year not in holidays.years:
            raise Refused("DAY-0001", year=day.year)
    return day
