"""The board of the day: who reads it, and that it tells no count."""

from dataclasses import replace
from datetime import timedelta

import pytest
from flask import Flask

from evaluation.public import register_site
from evaluation.rooms import commands
from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.identity.authority import Authority
from kernel.permissions import Role, System
from tests.evaluation import world as rooms
from tests.evaluation.conftest import house
from tests.trading.tenders.conftest import authority, blobs, database, founded, settings, world
from tests.trading.tenders.test_views import desk
from tests.trading.tenders.world import LOT_NAME, World, published_lot
from trading.openings.actions import prepare
from trading.tenders.actions import move_lot
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

__all__ = ["authority", "blobs", "database", "founded", "house", "settings", "world"]


@pytest.mark.parametrize("role", [Role.SUPERVISOR, Role.CENTRE])
def test_supervisor_and_centre_read_the_day(
    app: Flask,
    database: Database,
    blobs: BlobStore,
    authority: Authority,
    world: World,
    role: Role,
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        session.get_one(Lot, lot_id).deadline = now + timedelta(minutes=1)
    page = desk(app, database, world, role).get("/supervision").get_data(as_text=True)
    assert LOT_NAME in page
    assert "名单公布前没有家数" in page
    assert f"/lots/{lot_id}/hall" in page


def test_nobody_else_does(app: Flask, database: Database, world: World) -> None:
    assert app.test_client().get("/supervision").status_code == 401
    assert desk(app, database, world, Role.AGENCY).get("/supervision").status_code == 403


def test_a_day_without_openings_says_so(app: Flask, database: Database, world: World) -> None:
    page = desk(app, database, world, Role.SUPERVISOR).get("/supervision")
    assert "今天没有开标" in page.get_data(as_text=True)


@pytest.fixture
def room(
    database: Database, blobs: BlobStore, authority: Authority, world: World, house: House
) -> rooms.Scene:
    """A lot handed over for evaluation, with a pool of experts at two sites."""
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        for stage in ("submission_closed", "opening", "opened", "evaluating"):
            move_lot(session, lot_id, LotStage(stage), actor=System("test"), now=now)
        for site in (rooms.HOME, rooms.GUEST):
            register_site(session, site, now=now)
        pool = [rooms.an_expert(session, authority, index, now) for index in range(8)]
    contents: dict[tuple[int, str], bytes] = {}
    parties: dict[Role, rooms.Person] = dict(world.parties)  # type: ignore[arg-type]
    dossier = rooms.a_dossier(house, parties, contents, bids=3, plan=rooms.a_plan())
    dossier = replace(dossier, lot_ref=lot_id)
    scene = rooms.Scene(house, authority, parties, pool, dossier, contents)
    scene.convene()
    return scene


def test_an_evaluation_is_a_tile_with_its_sites(
    app: Flask, database: Database, world: World, room: rooms.Scene
) -> None:
    supervisor = desk(app, database, world, Role.SUPERVISOR)
    page = supervisor.get("/supervision").get_data(as_text=True)
    assert "抽取专家" in page
    assert "5 席，尚未抽取" in page
    assert f"/evaluations/{room.room_id}" in page
    room.draw()
    for seat in room.seats:
        room.answer(seat)
    room.arrive(1)
    page = supervisor.get("/supervision").get_data(as_text=True)
    assert "签到承诺" in page
    assert "主场" in page
    assert "副场" in page
    assert "1/" in page
    for expert in room.experts:
        assert expert.entry.name not in page
    for bid in room.dossier.bids:
        assert bid.organisation not in page
    assert LOT_NAME in supervisor.get("/supervision?show=evaluation").get_data(as_text=True)
    assert "没有这一类现场" in supervisor.get("/supervision?show=alarm").get_data(as_text=True)


def test_a_paused_evaluation_comes_first(
    app: Flask, database: Database, world: World, room: rooms.Scene
) -> None:
    room.draw()
    room.order(lambda party: commands.Pause(party, reason="副场网络中断"))
    page = desk(app, database, world, Role.CENTRE).get("/supervision").get_data(as_text=True)
    assert "警报，未处理" in page
    assert "副场网络中断" in page
    assert page.index("alarm-t") < page.index("今后七天开标")


def test_another_centre_sees_none_of_it(
    app: Flask, database: Database, world: World, room: rooms.Scene
) -> None:
    with database.writing() as session:
        session.get_one(Lot, room.dossier.lot_ref).centre_id = room.room_id
    page = desk(app, database, world, Role.CENTRE).get("/supervision").get_data(as_text=True)
    assert LOT_NAME not in page
    assert str(room.room_id) not in page
    page = desk(app, database, world, Role.SUPERVISOR).get("/supervision").get_data(as_text=True)
    assert LOT_NAME in page


def test_an_opening_that_stands_still_is_an_alarm(
    app: Flask, database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        lot = session.get_one(Lot, lot_id)
        lot.documents_from = now - timedelta(days=30)
        lot.deadline = now - timedelta(minutes=2)
    page = desk(app, database, world, Role.SUPERVISOR).get("/supervision").get_data(as_text=True)
    assert "投标截止已过，还没有锁定" in page


def test_one_opening_stands_in_full_beside_the_wall(
    app: Flask, database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        session.get_one(Lot, lot_id).deadline = now + timedelta(minutes=1)
        prepare(session, lot_id, now=now)
    supervisor = desk(app, database, world, Role.SUPERVISOR)
    page = supervisor.get(f"/supervision?open={lot_id}").get_data(as_text=True)
    pane = page[page.index('id="detail"') :]
    assert LOT_NAME in pane
    assert "名单公布前没有家数" in pane
    assert "投标席" not in pane
    assert 'data-order="pause"' in pane
    watching = desk(app, database, world, Role.CENTRE)
    assert "data-order" not in watching.get(f"/supervision?open={lot_id}").get_data(as_text=True)
    told = supervisor.post(f"/lots/{lot_id}/hall/pause", json={"reason": "消防演练"})
    assert told.status_code == 200
    page = supervisor.get(f"/supervision?open={lot_id}").get_data(as_text=True)
    assert 'data-order="resume"' in page
    assert "消防演练" in page
    assert 'id="detail"' not in supervisor.get("/supervision?open=nobody").get_data(as_text=True)


def test_the_big_screen_shows_six_at_a_time_and_no_count_of_bidders(
    app: Flask, database: Database, blobs: BlobStore, authority: Authority, world: World
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot_id = published_lot(session, blobs, authority, world, now=now)
        session.get_one(Lot, lot_id).deadline = now + timedelta(minutes=1)
    supervisor = desk(app, database, world, Role.SUPERVISOR)
    page = supervisor.get("/supervision/screen").get_data(as_text=True)
    assert 'data-mode="wall"' in page
    assert LOT_NAME in page
    assert page.count("data-group") == 1
    assert desk(app, database, world, Role.AGENCY).get("/supervision/screen").status_code == 403
