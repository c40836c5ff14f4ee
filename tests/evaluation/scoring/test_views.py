"""Scoring over HTTP: what a member sends and is told, and what crafted requests get."""

from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from evaluation.scoring.sheets import Mark, SealedSheet, SheetStage
from kernel.permissions import Role
from kernel.settings import Settings
from tests.evaluation.scoring.test_rules import MARKS
from tests.evaluation.scoring.world import Committee, Person

JSON = {"Accept": "application/json"}
Q, T = SheetStage.QUALIFICATION, SheetStage.TECHNICAL
PASSED = {"licence": Mark("pass", ""), "quality": Mark("pass", "")}


@pytest.fixture
def settings(committee: Committee) -> Settings:
    """The application serves the committee's own installation."""
    return committee.house.settings


class Browser:
    """One person's browser in one room."""

    def __init__(self, app: Flask, committee: Committee, person: Person | None) -> None:
        self.client: FlaskClient = app.test_client()
        self.base = f"/evaluations/{committee.room_id}"
        self.headers = dict(JSON)
        if person is not None:
            answer = self.client.post("/login/demo", data={"login": person.login}, headers=JSON)
            self.headers["X-CSRF-Token"] = (answer.get_json() or {})["csrf_token"]

    def get(self, path: str) -> tuple[int, Any]:
        answer = self.client.get(f"{self.base}/{path}", headers=self.headers)
        return answer.status_code, answer.get_json()

    def post(self, path: str, body: object) -> tuple[int, Any]:
        answer = self.client.post(f"{self.base}/{path}", json=body, headers=self.headers)
        return answer.status_code, answer.get_json()

    def refusal(self, path: str, body: object) -> str:
        status, told = self.post(path, body)
        assert status >= 400
        return str(told["code"])


def body(sheet: SealedSheet, **changes: object) -> dict[str, object]:
    return {
        "stage": sheet.stage.value,
        "bid": sheet.bid.hex(),
        "commitment": sheet.commitment.hex(),
        "sealed": sheet.sealed.hex(),
        "signature": sheet.signature.hex(),
        **changes,
    }


def test_a_members_day(committee: Committee, app: Flask) -> None:
    own = Browser(app, committee, committee.person(1))
    assert own.get("draft-key") == (200, {"wrapped": None})
    key = "ab" * 113
    assert own.post("draft-key", {"wrapped": key}) == (200, {"wrapped": key})
    assert own.get("drafts") == (200, {"drafts": []})
    bid, text = committee.bid(1).hex(), "cd" * (8192 + 28)
    draft = {"stage": "qualification", "bid": bid, "version": 1, "ciphertext": text}
    assert own.post("drafts", draft)[1]["version"] == 1
    assert own.refusal("drafts", draft) == "EVA-1221"
    kept = own.get("drafts")[1]["drafts"]
    assert [(d["version"], d["ciphertext"]) for d in kept] == [(1, text)]
    other = Browser(app, committee, committee.person(2))
    assert other.get("drafts") == (200, {"drafts": []})
    assert other.get("draft-key") == (200, {"wrapped": None})

    sheet = committee.make(1, Q, 1, PASSED)
    status, told = own.post("sheets", body(sheet))
    assert status == 200
    assert [each["state"] for each in told["mine"]] == ["submitted", "open", "open"]
    assert told["owed"] == 3
    assert own.post("sheets", body(sheet)) == (200, told)
    seen = other.get("sheets")[1]
    assert [each["state"] for each in seen["mine"]] == ["open"] * 3
    assert seen["progress"][0] == {"seat": 1, "submitted": 1}
    assert sheet.commitment.hex() not in str(seen)

    assert own.get("results")[1]["stages"] == {}
    committee.qualify(seats=(2, 3, 4, 5))
    for number in (2, 3):
        committee.mark(1, Q, number, PASSED)
    committee.work()
    stages = own.get("results")[1]["stages"]
    assert set(stages) == {"qualification"}
    assert stages["qualification"][0] == {
        "bid": bid,
        "key": "licence",
        "marks": [{"seat": seat, "value": "pass", "note": ""} for seat in range(1, 6)],
        "passed": True,
    }
    committee.mark(1, T, 3, {"scheme": Mark("31", ""), "team": Mark("1", "")})
    committee.score({1: MARKS[1], 2: MARKS[2]})
    committee.score({3: MARKS[3]}, seats=(2, 3, 4, 5))
    committee.work()
    (fault,) = [each["fault"] for each in own.get("sheets")[1]["mine"] if each["fault"]]
    assert fault["code"] == "EVA-1216"
    assert fault["what"] == "「方案」超出范围，应在 0 与 30 之间。"
    committee.score({3: MARKS[3]}, seats=(1,))
    committee.work()

    fifth = Browser(app, committee, committee.person(5))
    results = fifth.get("results")[1]
    assert [(r["number"], r["technical"], r["price"], r["total"]) for r in results["ranking"]] == [
        (2, "54.80", "37.21", "92.01"),
        (1, "50.10", "40.00", "90.10"),
        (3, "53.10", "35.56", "88.66"),
    ]
    assert results["reasons_due"] == [committee.bid(3).hex()]
    far = next(flag for flag in results["flags"] if flag["kind"] == "abnormal")
    assert (far["number"], far["seat"], far["percent"]) == (3, 5, "34.1")
    assert own.get("results")[1]["reasons_due"] == []
    assert fifth.refusal("price-confirmation", {}) == "EVA-1304"
    reasons = {committee.bid(3).hex(): "路线不符"}
    assert fifth.post("price-confirmation", {"reasons": reasons}) == (200, {"confirmed": True})
    assert own.post("price-confirmation", {}) == (200, {"confirmed": True})
    watched = Browser(app, committee, committee.parties[Role.SUPERVISOR]).get("results")[1]
    assert [each["seat"] for each in watched["confirmed"]] == [1, 5]
    assert watched["reasons_due"] == []


CRAFTED: list[tuple[str, dict[str, object]]] = [
    ("EVA-1205", {"stage": "price"}),
    ("EVA-1205", {"stage": ["qualification"]}),
    ("EVA-1205", {"bid": "xx"}),
    ("EVA-1205", {"commitment": ""}),
    ("EVA-1205", {"sealed": "00" * 100}),
    ("EVA-1205", {"sealed": "0" * 300_000}),
    ("EVA-1205", {"signature": None}),
    ("EVA-1205", {"marks": {"licence": "pass"}}),
    ("EVA-1205", {"seat": 2}),
    ("EVA-1201", {"stage": "technical"}),
    ("EVA-1202", {"bid": "00" * 32}),
    ("EVA-1204", {"signature": "00" * 64}),
    ("EVA-1204", {"commitment": "00" * 32}),
]


def test_crafted_requests_are_refused_and_leave_nothing(committee: Committee, app: Flask) -> None:
    own = Browser(app, committee, committee.person(1))
    sheet = committee.make(1, Q, 1, PASSED)
    for code, changes in CRAFTED:
        assert own.refusal("sheets", body(sheet, **changes)) == code, changes
    for draft in ({}, {"version": 0}, {"ciphertext": "zz"}):
        told = {"stage": "qualification", "bid": sheet.bid.hex(), "version": 1} | draft
        assert own.refusal("drafts", told) == "EVA-1222"
    assert own.refusal("draft-key", {"wrapped": "00"}) == "EVA-1222"
    assert own.refusal("price-confirmation", {"reasons": []}) == "WEB-1004"
    assert own.refusal("price-confirmation", {}) == "EVA-1303"
    assert committee.desk().attempts[Q] == 0


def test_only_members_at_work_are_told_anything(committee: Committee, app: Flask) -> None:
    seated = {member.person_id for member in committee.room().members}
    reserve = next(p for key, p in committee.experts.items() if key not in seated)
    outside = Browser(app, committee, reserve)
    nobody = Browser(app, committee, None)
    parties = {role: Browser(app, committee, p) for role, p in committee.parties.items()}
    for path in ("draft-key", "drafts", "sheets", "results"):
        status, told = outside.get(path)
        assert (status, told["code"]) == (403, "EVA-2001")
        assert nobody.get(path)[0] == 401
        for role, browser in parties.items():
            allowed = role is Role.SUPERVISOR and path == "results"
            assert browser.get(path)[0] == (200 if allowed else 403), role
