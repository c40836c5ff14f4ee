"""The inbox and the bell by role; contacts that only their owner sees."""

from datetime import timedelta

from flask import Flask

from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.permissions import Role
from tests.trading.reminders.test_actions import entries
from tests.trading.tenders.test_views import desk
from tests.trading.tenders.world import LOT_NAME
from tests.trading.venues.conftest import Venue
from trading.reminders.actions import Note, remind
from trading.reminders.rules import Kind
from trading.tenders.queries import lot_row


def test_a_bell_an_inbox_and_the_way_on(
    app: Flask, database: Database, house: House, venue: Venue
) -> None:
    me = venue.account(Role.SUPERVISOR)
    supervisor = desk(app, database, venue.world, Role.SUPERVISOR)
    assert "还没有提醒" in supervisor.get("/inbox").get_data(as_text=True)
    with database.writing() as session:
        now = legal_now(session)
        note = Note(Kind.LATE_CLOSE, "late", lot_row(session, venue.lot))
        remind(session, (), [me.person_id], note, now=now)
        remind(session, (), [me.person_id], note, now=now + timedelta(minutes=1))
    page = supervisor.get("/inbox").get_data(as_text=True)
    assert LOT_NAME in page
    assert "1 条未读" in page
    assert "条未读" in supervisor.get("/supervision").get_data(as_text=True)
    [entry] = entries(database, me.person_id)
    agency = desk(app, database, venue.world, Role.AGENCY)
    assert agency.post(f"/inbox/{entry.id}").status_code == 404
    assert supervisor.post(f"/inbox/{entry.id}").location == f"/lots/{venue.lot}/hall"
    assert "没有未读" in supervisor.get("/inbox").get_data(as_text=True)
    assert supervisor.post("/inbox/read").status_code == 303


def test_the_public_has_neither(app: Flask) -> None:
    assert app.test_client().get("/inbox").status_code == 401
    assert "/inbox" not in app.test_client().get("/").get_data(as_text=True)


def test_contacts_are_kept_checked_and_shown_to_their_owner_only(
    app: Flask, database: Database, venue: Venue
) -> None:
    agency = desk(app, database, venue.world, Role.AGENCY)
    good = {"email": "fang.jing@example.cn", "phone": "138 0000 0001"}
    assert agency.post("/account/contacts", good).status_code == 303
    page = agency.get("/account").get_data(as_text=True)
    assert "fang.jing@example.cn" in page
    assert "13800000001" in page
    assert agency.post("/account/contacts", {"email": "a b@c", "phone": ""}).status_code == 400
    assert agency.post("/account/contacts", {"email": "", "phone": "x"}).status_code == 400
    centre = desk(app, database, venue.world, Role.CENTRE)
    assert "fang.jing" not in centre.get("/account").get_data(as_text=True)
    assert agency.post("/account/contacts", {}).status_code == 303
    assert "fang.jing" not in agency.get("/account").get_data(as_text=True)
