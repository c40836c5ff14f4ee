"""A scene: one published lot, nobody has bid yet."""

import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from kernel.house import House
from kernel.settings import Settings
from kernel.web import Edge
from tests import stages
from tests.stages import Staged
from tests.trading.openings.world import Scene, set_scene
from trading.app import create_app

published = stages.reached(set_scene)
"""One published lot with its parties."""


@pytest.fixture
def settings(published: Staged[Scene], postgres_url: str, tmp_path: Path) -> Iterator[Settings]:
    """Settings of a copy of that scene."""
    with stages.copied(published, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture
def scene(published: Staged[Scene], house: House) -> Scene:
    """Whoever acts in the copy."""
    first = published.acting
    return replace(first, house=house, bidders=[replace(each) for each in first.bidders])


@pytest.fixture
def address(scene: Scene) -> Iterator[tuple[str, str]]:
    """Where the scene's application is served, and the name of its cookie."""
    app = create_app(scene.house.settings)
    edge: Edge = app.extensions["sunbid"]
    edge.house = scene.house  # with the witnesses that watched its close
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", edge.cookie_name
    server.shutdown()
