"""Two rooms at work with different members, and browsers of everybody."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from evaluation import public
from evaluation.rooms import queries
from kernel.house import House
from kernel.permissions import Role
from kernel.settings import Settings
from tests import stages
from tests.evaluation.world import Scene, set_scene
from tests.stages import Staged

JSON = {"Accept": "application/json"}


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser of one login, and the headers of its acts."""

    client: FlaskClient
    headers: dict[str, str]

    def get(self, path: str, **headers: str) -> TestResponse:
        return self.client.get(path, headers={**self.headers, **headers})

    def post(self, path: str, body: dict[str, Any]) -> TestResponse:
        return self.client.post(path, json=body, headers=self.headers)


@dataclass(slots=True)
class Rooms:
    """`scene` is at the present room; `other` is a second one whose members sit only there."""

    scene: Scene
    other: UUID

    @property
    def room_id(self) -> UUID:
        return self.scene.room_id

    @property
    def outsider(self) -> str:
        """Login of a member of the other room who has not succeeded to a seat of this one."""
        here = {member.expert_id for member in self.scene.room().members}
        there = {m.expert_id for m in self.scene.ask(queries.room, self.other).members}
        found = there - here
        return next(e.person.login for e in self.scene.experts if e.id in found)


Log = Callable[[str], Browser]


@pytest.fixture
def log_in(app: Flask) -> Log:
    """A browser of a login."""

    def browser(login: str) -> Browser:
        client = app.test_client()
        answer = client.post("/login/demo", data={"login": login}, headers=JSON)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return Browser(client, {**JSON, "X-CSRF-Token": answer.get_json()["csrf_token"]})

    return browser


def seat_both(house: House) -> Rooms:
    """Both rooms in qualification; nobody sits in both."""
    scene = set_scene(house, experts=18)
    scene.to_qualification()
    taken = {member.expert_id for member in scene.room().members}
    room_id, dossier = scene.room_id, scene.dossier
    for expert in scene.experts:
        if expert.id in taken:
            # Employed by a bidder from now on: drawn before, out of every later draw.
            entry = replace(expert.entry, employer_code=dossier.bids[0].credit_code)
            scene.do(public.register_expert, entry)
    bids = tuple(replace(bid, bidder_ref=uuid4()) for bid in dossier.bids)
    scene.dossier = replace(dossier, lot_ref=uuid4(), title="另一标段", bids=bids)
    scene.to_qualification()
    other = scene.room_id
    scene.room_id, scene.dossier = room_id, dossier
    return Rooms(scene, other)


seated = stages.reached(seat_both)
"""Both rooms at work."""


@pytest.fixture
def settings(
    request: pytest.FixtureRequest, postgres_url: str, tmp_path: Path
) -> Iterator[Settings]:
    """Settings of a copy: of both rooms for a test that asks for them, else of the scene."""
    wanted = "seated" if "rooms" in request.fixturenames else "convened"
    staged: Staged[Any] = request.getfixturevalue(wanted)
    with stages.copied(staged, postgres_url, tmp_path) as settings:
        yield settings


@pytest.fixture
def rooms(seated: Staged[Rooms], house: House) -> Rooms:
    """Whoever acts in both rooms' copy."""
    return Rooms(replace(seated.acting.scene, house=house), seated.acting.other)


ROLES = {role: f"{role.value}1" for role in Role}
