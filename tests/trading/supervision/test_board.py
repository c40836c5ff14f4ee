"""The board of the day: who reads it, and that it tells no count."""

from datetime import timedelta

import pytest
from flask import Flask

from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.identity.authority import Authority
from kernel.permissions import Role
from tests.trading.tenders.conftest import authority, blobs, world
from tests.trading.tenders.test_views import desk
from tests.trading.tenders.world import LOT_NAME, World, published_lot
from trading.tenders.models import Lot

__all__ = ["authority", "blobs", "world"]


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
