"""The report over HTTP: who may read, sign, record and download, before and after publication."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from evaluation import public
from evaluation.reports.rules import Answer
from kernel.permissions import Role
from tests.evaluation.reports.world import Desk
from tests.evaluation.world import Scene

JSON = {"Accept": "application/json"}
Ask = Callable[..., TestResponse]


@pytest.fixture
def ask(app: Flask) -> Ask:
    """A request of a login (None: of the public): JSON when a body is given, else a GET."""

    def request(login: str | None, path: str, body: dict[str, Any] | None = None) -> TestResponse:
        client, headers = app.test_client(), dict(JSON)
        if login is not None:
            answer = client.post("/login/demo", data={"login": login}, headers=JSON)
            assert answer.status_code == 200, answer.get_data(as_text=True)
            headers["X-CSRF-Token"] = answer.get_json()["csrf_token"]
        if body is None:
            return client.get(path, headers=headers)
        return client.post(path, json=body, headers=headers)

    return request


def test_the_report_by_role_and_moment(ask: Ask, scene: Scene) -> None:
    scene.to_qualification()
    member, stranger = scene.expert(1).person.login, scene.stranger().person.login
    room, lot = f"/evaluations/{scene.room_id}/report", f"/lots/{scene.dossier.lot_ref}"
    assert ask(member, room).get_json() == {"frozen": False, "seat": 1}
    desk = Desk(scene)
    desk.to_signing()
    _who_reads(ask, room, member, stranger)
    _who_signs(ask, desk, room, stranger)
    scene.work()
    _who_downloads(ask, scene, f"{lot}/evaluation-report", member, stranger)


def _who_reads(ask: Ask, room: str, member: str, stranger: str) -> None:
    for login in (member, "supervisor1", "centre1"):
        assert ask(login, room).get_json()["frozen"] is True
        draft = ask(login, f"{room}/draft")
        assert draft.content_type == "application/pdf"
        assert draft.headers["Cache-Control"] == "private, no-store"
    for other in (None, "agency1", "tenderee1", "bidder1", stranger):
        for path in (room, f"{room}/draft"):
            assert ask(other, path).status_code in {401, 403, 404}, (other, path)


def _who_signs(ask: Ask, desk: Desk, room: str, stranger: str) -> None:
    signature = desk.signature(1, Answer.AGREE, None).hex()
    agreed = {"answer": "agree", "opinion": None, "signature": signature}
    for login in (None, "agency1", "supervisor1", stranger, desk.scene.expert(2).person.login):
        assert ask(login, f"{room}/signatures", agreed).status_code in {400, 401, 403}, login
    member = desk.scene.expert(1).person.login
    for spoilt in (
        {**agreed, "answer": "deemed"},
        {**agreed, "answer": "maybe"},
        {**agreed, "signature": "00"},
        {**agreed, "signature": None},
        {**agreed, "opinion": "x" * 9000},
        {**agreed, "more": 1},
        {},
    ):
        assert ask(member, f"{room}/signatures", spoilt).status_code == 400, spoilt
    told = ask(member, f"{room}/signatures", agreed).get_json()
    assert [each["seat"] for each in told["signatures"]] == [1]
    assert ask(member, f"{room}/signatures", agreed).status_code == 200
    refusal = {"seat": 2, "reason": "当场拒绝签字"}
    for other in (None, member, "agency1", "tenderee1"):
        assert ask(other, f"{room}/refusals", refusal).status_code in {401, 403}, other
    assert ask("supervisor1", f"{room}/refusals", {"seat": 2, "reason": None}).status_code == 400
    assert ask("supervisor1", f"{room}/refusals", {"seat": "2"}).status_code == 400
    for seat in (3, 4, 5):
        desk.sign(seat)
    told = ask("centre1", f"{room}/refusals", refusal).get_json()
    assert told["missing"] == []


def _who_downloads(ask: Ask, scene: Scene, path: str, member: str, stranger: str) -> None:
    parties = (member, "agency1", "tenderee1", "supervisor1", "centre1")
    others = (None, "bidder1", stranger)
    for login in parties:
        assert ask(login, path).data.startswith(b"%PDF-"), login
    for other in others:
        refused = ask(other, path)
        assert refused.status_code == 403, other
        assert refused.get_json()["code"] == "EVA-3009"
    scene.do(public.publish_report, scene.dossier.lot_ref)
    whole = ask(Role.AGENCY.value + "1", path).data
    for other in others:
        assert ask(other, path).data not in {b"", whole}
