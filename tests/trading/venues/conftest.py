"""A centre with three rooms and a published lot, lent to each test as a copy."""

from dataclasses import dataclass
from uuid import UUID

import pytest

from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.identity import authority as authorities
from kernel.permissions import Account, Role
from kernel.settings import Settings
from tests import stages
from tests.stages import Staged
from tests.trading.tenders.conftest import blobs, database, settings
from tests.trading.tenders.world import World, found_world, published_lot
from trading.venues import actions

__all__ = ["blobs", "database", "settings"]

ROOMS = (("第一开标室", 60), ("第二开标室", 30), ("第三开标室", 12))


@dataclass(frozen=True, slots=True)
class Venue:
    """Parties, rooms and a lot on offer."""

    world: World
    rooms: tuple[UUID, ...]
    lot: UUID

    def account(self, role: Role) -> Account:
        return self.world.account(role)


def found(house: House) -> Venue:
    """Everything once, for all tests of rooms and reminders."""
    with house.database.writing() as session:
        now = legal_now(session)
        authority = authorities.of(house, session, now)
        world = found_world(session, authority, now=now)
        rooms = tuple(
            actions.add_room(
                session,
                centre_id=world.organisation(Role.CENTRE),
                name=name,
                place="三楼",
                capacity=seats,
                equipment=("投影", "录音录像"),
                now=now,
            )
            for name, seats in ROOMS
        )
        lot = published_lot(session, house.blobs, authority, world, now=now)
    return Venue(world, rooms, lot)


founded = stages.reached(found)
"""The centre, its rooms and the lot."""


@pytest.fixture
def house(settings: Settings, database: Database) -> House:
    """The copy's house."""
    return House.open(settings, pool_size=4)


@pytest.fixture
def venue(founded: Staged[Venue]) -> Venue:
    """Parties, rooms and a lot on offer."""
    return founded.acting
