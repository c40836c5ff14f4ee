"""The picture's doors: nothing before the list, each role its own, the public as it happens."""

from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel import clock
from kernel.house import Call
from kernel.media import queries as media
from kernel.media.rules import Part, State
from kernel.permissions import System
from tests.kernel.media.world import FIRST, MIME
from tests.trading.openings.test_views import JSON, logged_in, told
from tests.trading.openings.world import Scene
from trading.app import create_app
from trading.media import jobs, rules
from trading.openings import queries as openings
from trading.sittings.queries import SittingView, of_lot
from trading.tenders.actions import end_lot
from trading.tenders.rules import LotStage

SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


@pytest.fixture
def served(scene: Scene) -> Iterator[Flask]:
    """The application on the scene's own installation."""
    app = create_app(scene.house.settings)
    yield app
    app.extensions["sunbid"].house.database.dispose()


def sitting(scene: Scene) -> SittingView:
    with scene.house.database.reading() as session:
        return of_lot(session, scene.lot.id)


def told_on_stream(scene: Scene) -> list[tuple[str, Any]]:
    with scene.house.database.reading() as session:
        frames = openings.frames(session, sitting(scene).live_id)
    return [
        (frame["kind"], frame["payload"]) for frame in frames if frame["kind"].startswith("media_")
    ]


class Showing:
    """A host's browser that shows a picture."""

    def __init__(self, scene: Scene, app: Flask, login: str = "agency1") -> None:
        self.client, self.headers = logged_in(app, login)
        self.path = f"/sittings/{sitting(scene).id}/picture"
        self.no, self.url, self.tip = 0, "", b""

    def begin(self, kind: str = "camera") -> Any:
        body = {"kind": kind, "mime": MIME}
        answer = told(self.client.post(self.path, json=body, headers=self.headers))
        if "recording" in answer:
            self.url = f"/pictures/{answer['recording']}"
            self.no, self.tip = 0, bytes.fromhex(answer["root"])
        return answer

    def add(self, content: bytes = FIRST) -> Any:
        part = Part(
            self.no, self.no * 2000, self.no * 2000 + 2000, len(content), sha256(content).digest()
        )
        link = part.link(self.tip)
        headers = {
            **self.headers,
            "X-Part-From": str(part.from_ms),
            "X-Part-Until": str(part.until_ms),
            "X-Part-Link": link.hex(),
        }
        answer = self.client.post(f"{self.url}/parts/{self.no}", data=content, headers=headers)
        if answer.status_code == 200:
            self.no, self.tip = self.no + 1, link
        return told(answer)

    def end(self) -> Any:
        return told(self.client.post(f"{self.url}/end", headers=self.headers))


def code(client: FlaskClient, path: str) -> str:
    answer = client.get(path, headers=JSON)
    return str((told(answer) or {}).get("code", "")) if answer.is_json else ""


def test_before_the_list_there_is_no_picture_and_everybody_is_told_the_same(
    scene: Scene, served: Flask
) -> None:
    show = Showing(scene, served)
    before = told(served.test_client().get(show.path))
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    assert show.begin()["code"] == "MED-1102"
    assert told(served.test_client().get(show.path)) == before
    assert before["open"] is False
    assert told(show.client.get(show.path))["may_show"] is True
    assert told_on_stream(scene) == []


def test_the_public_watches_as_it_happens_and_replays_when_it_is_over(
    scene: Scene, served: Flask
) -> None:
    scene.to_list()
    show = Showing(scene, served)
    assert "recording" in show.begin()
    assert show.add()["next"] == 1
    assert show.add(b"more")["next"] == 2
    public = served.test_client()
    state = told(public.get(show.path))
    assert (state["recording"]["parts"], state["mesh"], state["ice"]) == (2, False, [])
    assert public.get(f"{show.url}/parts/0").data == FIRST
    assert FIRST.startswith(public.get(f"{show.url}/beginning").data)
    assert code(public, f"{show.url}/parts/2") == "MED-1003"
    replay = f"/sittings/{sitting(scene).id}/replay"
    for path in (replay, f"{show.url}/manifest", f"{show.url}/file"):
        assert code(public, path) == "MED-1105"
    # A minute later what was shown is the parties' alone, until the opening is over.
    scene.go_on(seconds=rules.LIVE_SECONDS + 1)
    assert code(public, f"{show.url}/parts/0") == "MED-1105"
    supervisor, headers = logged_in(served, "supervisor1")
    assert supervisor.get(f"{show.url}/parts/0", headers=headers).data == FIRST
    assert supervisor.get(replay).status_code == 200
    assert supervisor.get(f"{show.url}/file").data == FIRST + b"more"
    assert show.end()["parts"] == 2
    assert show.end()["parts"] == 2
    with scene.house.database.writing() as session:
        end_lot(
            session,
            scene.lot.id,
            to=LotStage.TERMINATED,
            reason="项目调整",
            actor=scene.host(),
            now=clock.legal_now(session),
        )
    scene.work()
    assert public.get(f"{show.url}/parts/1").data == b"more"
    assert told(public.get(f"{show.url}/manifest"))["root"] == show.tip.hex()
    assert public.get(replay).status_code == 200
    assert show.begin()["code"] == "MED-1103"
    assert [(kind, p.get("how")) for kind, p in told_on_stream(scene)] == [
        ("media_started", None),
        ("media_stopped", "ended"),
    ]


def test_a_direct_line_is_a_participants(scene: Scene, served: Flask) -> None:
    scene.to_list()
    show = Showing(scene, served)
    show.begin()
    show.add()
    supervisor, headers = logged_in(served, "supervisor1")
    peers = f"{show.url}/peers"
    asked = told(supervisor.post(peers, json={"sdp": SDP}, headers=headers))
    one = f"{peers}/{asked['peer']}"
    assert told(supervisor.get(one)) == {"sdp": None}
    assert show.add(b"more")["offers"] == [{"peer": asked["peer"], "sdp": SDP}]
    assert told(supervisor.post(f"{one}/answer", json={"sdp": SDP}, headers=headers))["code"] == (
        "WEB-1102"
    )
    show.client.post(f"{one}/answer", json={"sdp": SDP}, headers=show.headers)
    assert told(supervisor.get(one)) == {"sdp": SDP}
    assert show.add(b"more")["offers"] == []
    assert served.test_client().post(peers, json={"sdp": SDP}, headers=JSON).status_code == 401
    supervisor.post(f"{one}/leave", headers=headers)
    assert code(supervisor, one) == "MED-1403"


def test_one_person_presides_and_a_part_has_its_place(scene: Scene, served: Flask) -> None:
    scene.to_list()
    show = Showing(scene, served)
    show.begin()
    other = Showing(scene, served, "tenderee1")
    assert told(other.client.get(other.path))["may_show"] is False
    assert other.begin()["code"] == "SIT-1001"
    other.url = show.url
    assert other.add()["code"] == "MED-1101"
    assert other.end()["code"] == "MED-1101"
    place = {"X-Part-From": "0", "X-Part-Until": "1", "X-Part-Link": "00" * 32}
    for name, value in (("X-Part-From", "-1"), ("X-Part-Until", "x"), ("X-Part-Link", "00")):
        headers = {**show.headers, **place, name: value}
        answer = show.client.post(f"{show.url}/parts/0", data=FIRST, headers=headers)
        assert told(answer)["code"] == "WEB-1004"
    assert show.begin("screen")["recording"]
    kinds = [(kind, p["kind"], p.get("how")) for kind, p in told_on_stream(scene)]
    assert kinds == [
        ("media_started", "camera", None),
        ("media_stopped", "camera", "broken_off"),
        ("media_started", "screen", None),
    ]


def test_a_silent_or_outlasting_picture_ends_by_itself(scene: Scene, served: Flask) -> None:
    scene.to_list()
    show = Showing(scene, served)
    show.begin()
    show.add()

    def keep() -> State:
        with scene.house.database.writing() as session:
            now = clock.legal_now(session)
            jobs.keep(Call(session, System("media.keep"), now, scene.house))
        with scene.house.database.reading() as session:
            return media.recording_row(session, UUID(show.url.rpartition("/")[2])).state

    assert keep() is State.RUNNING
    with scene.house.database.writing() as session:
        row = media.recording_row(session, UUID(show.url.rpartition("/")[2]), lock=True)
        row.heard_wall -= timedelta(seconds=rules.SILENCE_SECONDS + 1)
    assert keep() is State.BROKEN_OFF
    assert show.add(b"late")["code"] == "MED-1202"
    assert told_on_stream(scene)[-1][1]["how"] == "broken_off"


def test_only_the_console_may_ask_for_devices(scene: Scene, served: Flask) -> None:
    host, _ = logged_in(served, "agency1")
    hall = f"/lots/{scene.lot.id}/hall"
    told_host = host.get(f"{hall}/host").headers
    assert "camera=(self), microphone=(self)" in told_host["Permissions-Policy"]
    for path in (hall, "/"):
        policy = host.get(path).headers["Permissions-Policy"]
        assert "camera=(), microphone=(), display-capture=()" in policy
    assert "media-src 'self' blob:" in told_host["Content-Security-Policy"]
