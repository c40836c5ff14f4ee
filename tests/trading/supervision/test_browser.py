"""The board in a real Chromium: it follows its sessions without being loaded again."""

import threading
from collections.abc import Iterator

import pytest
from flask import Flask
from playwright.sync_api import expect
from werkzeug.serving import make_server

from evaluation.rooms import commands
from kernel.clock import clock_timestamp
from kernel.db import Database
from kernel.identity import actions as identity
from kernel.permissions import Role
from kernel.web import Edge
from tests import running
from tests.browser.looks import DESK, violations
from tests.evaluation import world as rooms
from tests.evaluation.conftest import house
from tests.trading.supervision.test_board import room
from tests.trading.tenders.conftest import authority, blobs, database, founded, settings, world
from tests.trading.tenders.world import World

__all__ = ["authority", "blobs", "database", "founded", "house", "room", "settings", "world"]
pytestmark = pytest.mark.browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


def test_the_board_follows_its_sessions(
    app: Flask, address: str, database: Database, world: World, room: rooms.Scene
) -> None:
    edge: Edge = app.extensions["sunbid"]
    room.draw()
    with database.writing() as session:
        now = clock_timestamp(session)
        login = world.parties[Role.SUPERVISOR].login
        held = identity.log_in_demo(session, login=login, by_person=True, now=now)
    with running.browsing() as browser:
        context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        context.add_cookies([{"name": edge.cookie_name, "value": held.token, "url": address}])
        page = context.new_page()
        page.route("**/demo/begin", lambda route: route.abort())
        page.goto(f"{address}/supervision")
        tile = page.locator(".board > li")
        expect(tile).to_contain_text("通知专家")
        page.evaluate("window.stayed = true")

        for seat in room.seats:
            room.answer(seat)
        room.arrive(1)
        expect(tile).to_contain_text("签到承诺", timeout=30_000)
        expect(tile.locator(".sites")).to_contain_text("1/", timeout=30_000)
        room.order(lambda party: commands.Pause(party, reason="副场网络中断"))
        expect(page.locator(".alarm-t")).to_contain_text("副场网络中断", timeout=30_000)
        assert page.evaluate("window.stayed") is True
        assert violations(page) == []
        page.locator(".alarm-t .btn.primary").click()
        expect(page).to_have_url(f"{address}/evaluations/{room.room_id}")
        context.close()
