"""Every route of a room for everybody: who is let in, who is not, and what a refusal says."""

from typing import Any

import pytest
from flask import Flask

from evaluation.rooms import commands, views
from evaluation.rooms.states import Stage
from kernel.permissions import Role
from tests.evaluation.rooms.conftest import JSON, ROLES, Log, Rooms

ROOM = "/evaluations/<uuid:room_id>"
WHO = (
    "visitor",
    "bidder",
    "tenderee",
    "agency",
    "centre",
    "supervisor",
    "member",
    "recused",
    "stranger",
    "outsider",
)
WATCH = {"member", "centre", "supervisor"}
DRAW = {"agency", "centre", "supervisor"}
ADMITTED: dict[str, set[str]] = {
    "GET /evaluations": {"member", "recused", "stranger", "outsider", "centre", "supervisor"},
    f"GET {ROOM}": WATCH,
    f"GET {ROOM}/state": WATCH,
    f"GET {ROOM}/draw": DRAW,
    f"GET {ROOM}/draw/state": DRAW,
    f"POST {ROOM}/draw/commitments": DRAW,
    f"POST {ROOM}/draw/nonces": DRAW,
    f"POST {ROOM}/draw/restart": {"supervisor"},
    f"POST {ROOM}/invitation": {"member"},
    f"POST {ROOM}/check-in": {"member"},
    f"POST {ROOM}/pledge": {"member"},
    f"POST {ROOM}/recusal": {"member"},
    f"POST {ROOM}/votes": {"member"},
    f"POST {ROOM}/pause": {"supervisor"},
    f"POST {ROOM}/resume": {"supervisor"},
    f"POST {ROOM}/failure": {"supervisor"},
    f"POST {ROOM}/replacement": {"supervisor", "centre"},
    f"GET {ROOM}/bids/<int:number>/<part>": {"member"},
}
BODIES: dict[str, dict[str, Any]] = {
    "commitments": {"commitment": "00" * 32},
    "nonces": {"nonce": "00" * 32},
    "restart": {"reason": "重抽"},
    "invitation": {"answer": "accept", "reason": ""},
    "check-in": {"signature": "00" * 64, "certificate": "00"},
    "pledge": {"signature": "00" * 64},
    "recusal": {"reason": "利害关系"},
    "votes": {"seat": 2},
    "pause": {"reason": "核查"},
    "resume": {},
    "failure": {"reason": "不能继续"},
    "replacement": {"seat": 2, "reason": "发现关系"},
}
TURNED_AWAY = {"WEB-1101", "WEB-1102", "EVA-2001", "EVA-2005"}


def logins(rooms: Rooms) -> dict[str, str]:
    """Somebody of each kind; the recused one left this room a moment ago."""
    scene = rooms.scene
    left = scene.expert(5).person.login
    scene.recuse(5)
    scene.arrive(5)
    return {
        **{role.value: ROLES[role] for role in (Role.BIDDER, Role.TENDEREE, Role.AGENCY)},
        **{role.value: ROLES[role] for role in (Role.CENTRE, Role.SUPERVISOR)},
        "member": scene.expert(1).person.login,
        "recused": left,
        "stranger": scene.stranger().person.login,
        "outsider": rooms.outsider,
    }


def test_every_route_is_in_the_matrix() -> None:
    assert {door.name for door in views.feature.doors} == set(ADMITTED)


def test_every_route_for_everybody(rooms: Rooms, log_in: Log, app: Flask) -> None:
    """Whoever is not admitted is told so, and nothing of the room."""
    who = logins(rooms)
    browsers = {name: log_in(login) for name, login in who.items()}
    wrong = []
    for door, admitted in ADMITTED.items():
        method, rule = door.split(" ", 1)
        path = rule.replace("<uuid:room_id>", str(rooms.room_id))
        path = path.replace("<int:number>/<part>", "1/technical")
        for name in WHO:
            if name in admitted and method == "POST":
                continue
            answer = _ask(app, browsers.get(name), method, path)
            turned_away = answer.is_json and answer.get_json().get("code") in TURNED_AWAY
            if turned_away == (name in admitted):
                wrong.append((door, name, answer.status_code, answer.get_data()[:80]))
            if turned_away:
                assert answer.status_code in {401, 403}
                assert rooms.scene.dossier.title not in answer.get_data(as_text=True)
    assert not wrong


def _ask(app: Flask, browser: Any, method: str, path: str) -> Any:
    body = BODIES.get(path.rsplit("/", 1)[-1], {})
    if browser is None:
        client = app.test_client()
        if method == "GET":
            return client.get(path, headers=JSON)
        return client.post(path, json=body, headers=JSON)
    return browser.get(path) if method == "GET" else browser.post(path, body)


def test_acts_reach_their_action(rooms: Rooms, log_in: Log) -> None:
    """Those who are admitted meet the rules of the room, not the door."""
    scene = rooms.scene
    path = f"/evaluations/{rooms.room_id}"
    member = log_in(scene.expert(1).person.login)
    supervisor, centre = log_in(ROLES[Role.SUPERVISOR]), log_in(ROLES[Role.CENTRE])
    codes = {
        act: member.post(f"{path}/{act}", BODIES[act]).get_json().get("code")
        for act in ("invitation", "check-in", "pledge", "votes")
    }
    assert codes == {
        "invitation": None,
        "check-in": "IDN-1301",
        "pledge": "EVA-2203",
        "votes": "EVA-2301",
    }
    assert supervisor.post(f"{path}/pause", {"reason": ""}).get_json()["code"] == "EVA-2007"
    assert supervisor.post(f"{path}/pause", {"reason": "核查"}).get_json()["paused"] is True
    told = member.post(f"{path}/recusal", BODIES["recusal"])
    assert (told.status_code, told.get_json()["code"]) == (409, "EVA-2003")
    assert supervisor.post(f"{path}/resume", {}).get_json()["paused"] is False
    assert centre.post(f"{path}/replacement", BODIES["replacement"]).status_code == 200
    assert member.post(f"{path}/recusal", BODIES["recusal"]).get_json() == {"recused": True}
    assert member.get(f"{path}/state").get_json()["code"] == "EVA-2001"
    assert supervisor.post(f"{path}/failure", BODIES["failure"]).get_json()["stage"] == "failed"


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("draw/commitments", {"commitment": "xx"}),
        ("draw/commitments", {"commitment": "00"}),
        ("draw/nonces", {}),
        ("replacement", {"seat": "2", "reason": "x"}),
        ("replacement", {"seat": True, "reason": "x"}),
        ("replacement", {"seat": 2, "reason": "x" * 501}),
        ("pause", {"reason": 7}),
    ],
)
def test_malformed_requests_are_refused(
    rooms: Rooms, log_in: Log, act: str, body: dict[str, Any]
) -> None:
    answer = log_in(ROLES[Role.SUPERVISOR]).post(f"/evaluations/{rooms.room_id}/{act}", body)
    assert (answer.status_code, answer.get_json()["code"]) == (400, "WEB-1004")


def test_a_room_that_does_not_exist_says_so(log_in: Log, rooms: Rooms) -> None:
    supervisor = log_in(ROLES[Role.SUPERVISOR])
    nowhere = "/evaluations/01999999-0000-7000-8000-000000000009"
    for path in (nowhere, f"{nowhere}/state", f"{nowhere}/draw/state"):
        assert supervisor.get(path).get_json()["code"] == "EVA-2006"
    assert rooms.scene.stage() is Stage.QUALIFICATION


def test_the_stream_is_closed_to_whoever_left(rooms: Rooms, log_in: Log) -> None:
    scene = rooms.scene
    events = f"/live/{scene.room().live_id}/events?after=0"
    leaving = log_in(scene.expert(4).person.login)
    assert leaving.get(events).status_code == 200
    scene.order(lambda party: commands.Replace(party, 4, "发现关系"))
    assert leaving.get(events).status_code == 403
    assert log_in(rooms.outsider).get(events).status_code == 403
    assert log_in(ROLES[Role.AGENCY]).get(events).status_code == 403
    assert log_in(ROLES[Role.SUPERVISOR]).get(events).status_code == 200


def test_pages_are_shown(rooms: Rooms, log_in: Log) -> None:
    """The templates stand: room, list and draw, for those who use them."""
    member = log_in(rooms.scene.expert(1).person.login)
    centre = log_in(ROLES[Role.CENTRE])
    html = {"Accept": "text/html"}
    for browser, path in (
        (member, f"/evaluations/{rooms.room_id}"),
        (member, "/evaluations"),
        (centre, "/evaluations"),
        (centre, f"/evaluations/{rooms.room_id}/draw"),
    ):
        answer = browser.client.get(path, headers=html)
        assert answer.status_code == 200
        assert rooms.scene.dossier.number in answer.get_data(as_text=True)
