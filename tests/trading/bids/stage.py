"""A whole installation with the demonstration's people and one lot that takes bids."""

from datetime import timedelta

from kernel import clock
from kernel.house import House
from kernel.ids import new_id
from kernel.settings import Settings
from trading.demo.bank import connect
from trading.demo.cast import cast
from trading.demo.people import introduce

from .world import PublishedLot, publish

BIDDERS = ("bidder-1", "bidder-2", "bidder-3")


def set_stage(
    settings: Settings, *, deposit_fen: int = 0, closes_in: timedelta = timedelta(hours=2)
) -> PublishedLot:
    """Found the installation, introduce everyone, put one lot on offer."""
    house = House.open(settings, pool_size=2)
    with house.database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    with house.database.writing() as session:
        now = clock.legal_now(session)
        introduce(session, house, cast(), now=now)
        lot = publish(session, now=now, closes_in=closes_in, deposit_fen=deposit_fen)
    if deposit_fen:
        connect(house)
    house.database.dispose()
    return lot
