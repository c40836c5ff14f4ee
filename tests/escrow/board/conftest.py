"""The scene and the application over it, whose readers are known by name."""

from collections.abc import Callable
from datetime import datetime

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from escrow.public import LOTS_PORT
from kernel.house import House
from kernel.permissions import Account
from tests.escrow.board.scene import PEOPLE, Scene
from tests.escrow.conftest import by_role, platform_of

As = Callable[[str], FlaskClient]


def by_name(session: Session, cookie: str, now: datetime) -> Account | None:
    """The scene's people, otherwise whoever shows a role's name."""
    return PEOPLE.get(cookie) or by_role(session, cookie, now)


@pytest.fixture
def scene(house: House) -> Scene:
    return Scene(house)


@pytest.fixture
def app(house: House, scene: Scene) -> Flask:
    app = platform_of(house, read_account=by_name)
    app.extensions[LOTS_PORT] = scene.lots
    return app


@pytest.fixture
def as_(app: Flask) -> As:
    def client(name: str) -> FlaskClient:
        found = app.test_client()
        found.set_cookie("sunbid", name)
        return found

    return client
