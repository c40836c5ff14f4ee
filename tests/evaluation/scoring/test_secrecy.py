"""Planted marks are looked for everywhere: nothing tells one before the reveal, then only to some.

The data could leak: after the reveal the same search finds every planted word.
"""

import ast
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select, text
from sqlalchemy.exc import InvalidRequestError
from werkzeug.routing import Rule

from evaluation.rooms.rules import Stage
from evaluation.scoring.models import SheetRow
from evaluation.scoring.sheets import Mark, SheetStage
from kernel.house import House
from kernel.permissions import Role
from tests.evaluation.scoring.cases import PLAN
from tests.evaluation.scoring.world import Committee, seat_committee

ROOT = Path(__file__).resolve().parents[3]
T = SheetStage.TECHNICAL
FINE = replace(PLAN, items=tuple(replace(item, step=Decimal("0.01")) for item in PLAN.items))
NOTE = "独此一句的批注"
MARKS = ("13.37", "21.73")
PLANTED = (NOTE, *MARKS)
TIME = re.compile(r"\d\d:\d\d(:\d\d(\.\d+)?)?")
"""A moment may hold the digits of a mark by chance."""
LISTS = ("/", "/lots", "/log", "/evaluations", "/supervision", "/account")
JSON = {"Accept": "application/json"}
ROWS = {1: [("20", "20")] * 5, 2: [("20", "20")] * 5, 3: [("20", "20")] * 5}


@pytest.fixture
def planted(house: House) -> Committee:
    """All technical sheets but seat 5's on bid 3 are in; seat 1's on bid 1 holds the marks."""
    committee = seat_committee(house, plan=FINE)
    committee.qualify()
    committee.work()
    scheme, team = MARKS
    committee.mark(1, T, 1, {"scheme": Mark(scheme, NOTE), "team": Mark(team, NOTE)})
    committee.score({2: ROWS[2], 3: ROWS[3]}, seats=(1,))
    committee.score(ROWS, seats=(2, 3, 4))
    committee.score({1: ROWS[1], 2: ROWS[2]}, seats=(5,))
    # A returned sheet is no reason to tell anything either.
    committee.mark(5, T, 3, {"scheme": Mark("31", NOTE), "team": Mark("1", NOTE)})
    committee.work()
    return committee


def finish(committee: Committee) -> None:
    committee.score({3: ROWS[3]}, seats=(5,))
    committee.work()
    assert committee.room().stage is Stage.PRICE


def browsers(app: Flask, committee: Committee) -> Iterator[tuple[str, FlaskClient]]:
    """Everybody of a kind: the author, a member with sheets to come, a reserve, parties, nobody."""
    yield "visitor", app.test_client()
    seated = {member.person_id for member in committee.room().members}
    reserve = next(person for key, person in committee.experts.items() if key not in seated)
    members = [committee.person(seat) for seat in (1, 2, 5)]
    for person in (*members, reserve, *committee.parties.values()):
        client = app.test_client()
        answer = client.post("/login/demo", data={"login": person.login}, headers=JSON)
        assert answer.status_code == 200
        yield person.login, client


def addresses(app: Flask, committee: Committee) -> list[str]:
    """Every GET route about a room, a lot or a stream, and the pages that list them."""
    room = committee.room()
    ids = {
        "room_id": room.id,
        "lot_id": room.lot_ref,
        "live_id": room.live_id,
    }
    found = []
    for rule in app.url_map.iter_rules():
        values = {name: _value(rule, name, ids) for name in rule.arguments}
        about = rule.rule in LISTS or set(rule.arguments) & set(ids)
        if about and "GET" in (rule.methods or set()):
            with app.test_request_context():
                built = app.url_map.bind("localhost").build(rule.endpoint, values)
            found.append(f"{built}{'?after=0' if rule.rule.startswith('/live') else ''}")
    return found


def _value(rule: Rule, name: str, ids: dict[str, Any]) -> Any:
    kind = type(rule._converters[name]).__name__
    if kind == "UUIDConverter":
        return ids.get(name, ids["room_id"])
    return 1 if kind == "IntegerConverter" else "technical"


def leaks(told: str) -> list[str]:
    """Planted words in a text, also as JSON and HTML would escape them."""
    escaped, untimed = json.dumps(NOTE)[1:-1], TIME.sub("", told)
    return [word for word in (*PLANTED, escaped) if word in untimed]


def everything_said(app: Flask, committee: Committee) -> dict[tuple[str, str], str]:
    """What every address answers to everybody."""
    paths = addresses(app, committee)
    assert f"/evaluations/{committee.room_id}/results" in paths
    assert any(path.startswith("/live/") for path in paths)
    return {
        # Pages are pages all the same; only refusals come as JSON, which is faster.
        (who, path): client.get(path, headers=JSON).get_data(as_text=True)
        for who, client in browsers(app, committee)
        for path in paths
    }


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Every statement that the web process sends."""
    seen: list[str] = []
    engine = app.extensions["sunbid"].house.database.engine

    def listen(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen.append(" ".join(statement.split()))

    event.listen(engine, "before_cursor_execute", listen)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", listen)


def rows_with_planted(house: House) -> list[str]:
    """Tables in which a planted word stands, as text or as bytes."""
    words = [*PLANTED, *(word.encode().hex() for word in PLANTED)]
    found = []
    with house.database.reading() as session:
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        ).all()
        for table in tables:
            rows = session.scalars(text(f'SELECT t::text FROM "{table}" t')).all()
            if any(word in TIME.sub("", row) for row in rows for word in words):
                found.append(table)
    return sorted(found)


@pytest.mark.timeout(400)  # hundreds of requests
def test_a_mark_is_told_to_nobody_before_the_reveal_and_then_to_those_inside(
    planted: Committee, app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    assert rows_with_planted(planted.house) == []
    with statements(app) as seen:
        before = everything_said(app, planted)
    assert told_to(before) == set()
    assert leaks(caplog.text) == []
    reads = [each for each in seen if each.startswith("SELECT")]
    assert any("evaluation_sheet" in each for each in reads), "the pages do read of sheets"
    assert [each for each in reads if "sealed" in each and "evaluation_sheet" in each] == []

    finish(planted)
    assert rows_with_planted(planted.house) == ["evaluation_reveal", "evaluation_revealed_sheet"]
    seated = {planted.person(seat).login for seat in (1, 2, 5)}
    inside = seated | {planted.parties[Role.SUPERVISOR].login}
    assert told_to(everything_said(app, planted)) == inside
    assert leaks(json.dumps(planted.events(), ensure_ascii=False)) == []

    # A successor reviews anew: whatever the others know, he learns after his own sheets.
    planted.replace_member(5)
    successor = planted.person(5).login
    assert successor not in told_to(everything_said(app, planted))


def told_to(said: dict[tuple[str, str], str]) -> set[str]:
    """Who was told a planted word by any address."""
    return {who for (who, _), body in said.items() if leaks(body)}


def test_a_sealed_sheet_cannot_be_loaded_unasked(committee: Committee) -> None:
    committee.qualify(seats=(1,))
    with committee.house.database.reading() as session:
        row = session.scalars(select(SheetRow)).first()
        assert row is not None
        with pytest.raises(InvalidRequestError):
            _ = row.sealed


def test_loading_a_sealed_sheet_is_asked_for_by_name_in_one_module() -> None:
    """Pages could not read a sheet by mistake: the column raises, the key is the worker's."""
    touching: dict[str, set[str]] = {"sealed": set(), "room_key": set(), "reveal": set()}
    for path in sorted((ROOT / "evaluation").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("undefer"):
                touching["sealed"].add(name)
            if isinstance(node, ast.ImportFrom):
                names = {alias.name for alias in node.names}
                if "room_key" in names:
                    touching["room_key"].add(name)
                if node.module == "evaluation.scoring.reveal" or (
                    node.module == "evaluation.scoring" and "reveal" in names
                ):
                    touching["reveal"].add(name)
    assert touching == {
        "sealed": {"evaluation/scoring/reveal.py"},
        "room_key": {"evaluation/rooms/convening.py", "evaluation/scoring/reveal.py"},
        "reveal": {"evaluation/scoring/jobs.py"},
    }
