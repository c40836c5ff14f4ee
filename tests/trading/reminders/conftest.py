"""The centre of the rooms' tests, with people who can be reached."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from kernel.db import Database
from kernel.house import House
from kernel.identity import actions as identity
from kernel.permissions import Role
from kernel.settings import Settings
from tests.trading.reminders.post import PostOffice
from tests.trading.venues.conftest import Venue, blobs, database, founded, settings, venue

__all__ = ["blobs", "database", "founded", "settings", "venue"]


@pytest.fixture
def office() -> Iterator[PostOffice]:
    """An SMTP server of the test's own."""
    office = PostOffice()
    yield office
    office.close()


@pytest.fixture
def house(settings: Settings, database: Database, venue: Venue, office: PostOffice) -> House:
    """A house that sends mail and spools texts; agency and supervisor have left an address."""
    with database.writing() as session:
        for role, email, phone in (
            (Role.AGENCY, "fang@example.cn", "13800000001"),
            (Role.SUPERVISOR, "liang@example.cn", ""),
        ):
            person = venue.account(role).person_id
            identity.keep_contacts(session, person_id=person, email=email, phone=phone)
    told = replace(settings, smtp_url=office.url, mail_from="sunbid@example.cn", sms_url="spool")
    return House.open(told, pool_size=4)
