"""A demonstration of a few lots and nothing else, its time standing before their deadline.

Fault tests and benches use it: the cast is the demonstration's, each lot a copy of its main one.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.calendar import published_holidays
from kernel.clock import clock_timestamp, found, legal_now
from kernel.house import House
from kernel.ids import new_id
from trading import worker
from trading.demo import actions, lots, people
from trading.demo.cast import MAIN, Cast, cast
from trading.demo.timetable import moments, present


def publish(
    house: House,
    names: Sequence[str],
    ahead: timedelta,
    told: Cast | None = None,
    draws: tuple[Mapping[str, Any], ...] = (),
    *,
    together: bool = False,
) -> dict[str, UUID]:
    """Found the installation with a cast and a lot per name; time stands `ahead` of T.

    `draws` is what the lots' documents let be drawn: nothing, unless the caller presides over it.
    Lots of one project are opened `together`.
    """
    holidays, main = published_holidays(), cast().lot(MAIN)
    with house.database.writing() as session:
        wall = clock_timestamp(session)
        when = moments(main, present(wall, holidays), holidays)
        start = when.published - timedelta(hours=1)
        found(session, demo=True, offset=start - wall, id=new_id())
    with house.database.writing() as session:
        people.introduce(session, house, told or cast(), now=legal_now(session))
    _go(house, when.published)
    made: dict[str, UUID] = {}
    for name in names:
        with house.database.writing() as session:
            lot = replace(main, key=name, name=f"{name}标段", draws=draws)
            beside = next(iter(made.values()), None) if together else None
            now = legal_now(session)
            made[name] = lots.publish(session, house, lot, when, now=now, beside=beside)
    for moment in (when.documents_from + timedelta(minutes=1), when.deadline - ahead):
        _go(house, moment)
    return made


def _go(house: House, to: datetime) -> None:
    with house.database.writing() as session:
        actions.advance(session, to=to, now=legal_now(session))
    worker.drain(house)
    worker.sequence(house)
