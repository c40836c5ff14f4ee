"""Who may do what: pinned as text, and no door opens without a right."""

from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kernel.house import Call
from kernel.jobs import Jobs
from kernel.permissions import UnguardedError
from kernel.settings import Settings
from kernel.sockets import Stream
from kernel.web import Feature
from trading import features
from trading.app import create_app
from trading.permissions import full_table

PINNED = Path(__file__).with_name("permissions.txt")


class Planted(StrEnum):
    """A right that no table grants."""

    NOBODYS = "planted.nobodys"


def page(call: Call) -> str:
    return "planted"


def test_the_matrix_is_as_pinned() -> None:
    """A change of rights is meant: `./dev permissions > tests/architecture/permissions.txt`."""
    assert full_table().matrix() == PINNED.read_text("utf-8")


def test_the_application_starts_as_it_is(app: Flask) -> None:
    guarded = {door.name for door in app.extensions["sunbid"].table.doors}
    assert {"GET /", "join opening"} <= guarded


def test_a_route_beside_the_doors_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Feature("planted", __name__)
    planted.add_url_rule("/planted", "page", page, methods=["POST"])
    monkeypatch.setattr(features, "FEATURES", (*features.FEATURES, planted))
    with pytest.raises(UnguardedError, match="POST /planted names no permission"):
        create_app(settings)


def test_a_route_whose_right_nobody_grants_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Feature("planted", __name__)
    planted.get("/planted", permission=Planted.NOBODYS)(page)
    monkeypatch.setattr(features, "FEATURES", (*features.FEATURES, planted))
    with pytest.raises(UnguardedError, match="GET /planted"):
        create_app(settings)


def test_a_job_whose_right_nobody_grants_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    planted = Jobs("planted")

    @planted.due("planted.work", permission=Planted.NOBODYS)
    def work(call: Call, payload: dict[str, Any]) -> None:
        raise AssertionError

    monkeypatch.setattr(features, "JOBS", (*features.JOBS, planted))
    with pytest.raises(UnguardedError, match=r"planted\.work"):
        create_app(settings)


def test_a_live_stream_whose_right_nobody_grants_stops_the_start(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    streams = {**features.STREAMS, "planted": Stream(Planted.NOBODYS)}
    monkeypatch.setattr(features, "STREAMS", streams)
    with pytest.raises(UnguardedError, match="join planted"):
        create_app(settings)


@pytest.mark.parametrize("register", [Feature("planted", __name__).get, Jobs("planted").due])
def test_a_door_cannot_even_be_written_without_a_right(register: Any) -> None:
    with pytest.raises(TypeError, match="permission"):
        register("/planted")


def test_sockets_listen_to_nothing_but_what_is_guarded(app: Flask) -> None:
    server = app.extensions["sunbid.sockets"].io.server
    heard = {event for events in server.handlers.values() for event in events}
    guarded = {
        door.name.partition(" ")[0]
        for door in app.extensions["sunbid"].table.doors
        if door.kind == "socket"
    }
    assert heard - {"connect", "disconnect"} == guarded
