"""Rooms, reminders and the wall in a real Chromium: every look without a violation."""

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from flask import Flask
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from kernel.clock import clock_timestamp, legal_now
from kernel.db import Database
from kernel.identity import actions as identity
from kernel.permissions import Role
from kernel.web import Edge
from tests import running
from tests.browser.looks import DESK, ROOT, Album
from tests.trading.venues.conftest import Venue
from tests.trading.venues.test_views import weeks_until
from trading.openings.actions import prepare
from trading.reminders.actions import Note, remind
from trading.reminders.rules import Kind
from trading.tenders.models import Lot
from trading.tenders.queries import lot_row
from trading.venues import actions, queries

pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def furnish(database: Database, venue: Venue) -> None:
    """A week with life in it: a loan, an upkeep, a reminder read and one that asks."""
    with database.writing() as session:
        now = legal_now(session)
        lot = session.get_one(Lot, venue.lot)
        actions.ask(
            session,
            venue.lot,
            venue.rooms[0],
            timedelta(hours=2),
            actor=venue.account(Role.AGENCY),
            reason="",
            now=now,
        )
        actions.close_room(
            session,
            venue.rooms[2],
            lot.deadline - timedelta(minutes=30),
            lot.deadline + timedelta(hours=2),
            actor=venue.account(Role.CENTRE),
            reason="空调检修",
            now=now,
        )
        people = [venue.account(role).person_id for role in (Role.CENTRE, Role.SUPERVISOR)]
        for kind in (Kind.DAY_BEFORE, Kind.LATE_CLOSE):
            remind(
                session, (), people, Note(kind, kind.value, lot_row(session, venue.lot)), now=now
            )


def test_every_page_is_fit_to_be_looked_at(
    app: Flask, address: str, database: Database, venue: Venue
) -> None:
    furnish(database, venue)
    shift = weeks_until(database, venue)
    album = Album(ROOT / ".state" / "shots" / "venues")
    with running.browsing() as browser:
        context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        page = context.new_page()
        page.route("**/demo/begin", lambda route: route.abort())

        def see(role: Role, path: str, name: str, *looks: str) -> None:
            edge: Edge = app.extensions["sunbid"]
            with database.writing() as session:
                login = venue.world.parties[role].login
                now = clock_timestamp(session)
                held = identity.log_in_demo(session, login=login, by_person=True, now=now)
            context.clear_cookies()
            context.add_cookies([{"name": edge.cookie_name, "value": held.token, "url": address}])
            page.goto(f"{address}{path}")
            for look in looks:
                album.shot(page, name, role.value, look=look)

        every = ("light", "dark", "phone")
        see(Role.CENTRE, f"/venues?week={shift}", "week", *every)
        see(Role.SUPERVISOR, f"/venues?week={shift + 9}", "empty-week", "light")
        see(Role.AGENCY, f"/tenders/lots/{venue.lot}/room", "room", *every)
        see(Role.SUPERVISOR, "/inbox", "inbox", *every)
        see(Role.CENTRE, "/account", "account", "light")
        with database.reading() as session:
            held = queries.of_lot(session, venue.lot)
        assert held is not None
        see(Role.CENTRE, f"/venues/bookings/{held.id}", "booking", "light", "phone")
        page.goto(f"{address}/calendar?week={shift}")
        album.shot(page, "calendar", "public", look="light")
        _the_wall(
            page,
            database,
            venue,
            lambda path, name, *looks: see(Role.SUPERVISOR, path, name, *looks),
        )
        context.close()
    assert album.blemishes == []


def _the_wall(page: Page, database: Database, venue: Venue, see) -> None:  # type: ignore[no-untyped-def]
    """The opened session is paused and resumed from beside the wall, without a reload."""
    with database.writing() as session:
        now = legal_now(session)
        session.get_one(Lot, venue.lot).deadline = now + timedelta(minutes=30)
        prepare(session, venue.lot, now=now)
    path = f"/supervision?open={venue.lot}"
    see(path, "wall", "light", "dark", "phone")
    page.evaluate("window.stayed = true")
    page.locator("[data-order=pause]").click()
    page.locator("#order-pause input[name=reason]").fill("消防演练")
    page.locator("#order-pause button[type=submit]").click()
    expect(page.locator("#detail")).to_contain_text("消防演练", timeout=30_000)
    page.locator("[data-order=resume]").click()
    page.locator("#order-resume button[type=submit]").click()
    expect(page.locator("[data-order=pause]")).to_be_visible(timeout=30_000)
    assert page.evaluate("window.stayed") is True
    see("/supervision/screen", "screen", "light", "dark")
