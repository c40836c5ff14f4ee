"""A sheet that may not count goes back by the name of its fault, and nothing is revealed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from evaluation.rooms.rules import Stage
from evaluation.scoring.models import RevealedSheetRow, SheetReturnRow
from evaluation.scoring.sheets import Mark, Place, SealedSheet, SheetStage
from kernel.pure import jcs
from tests.evaluation.scoring.test_rules import MARKS
from tests.evaluation.scoring.world import Committee, write_text

Q, T = SheetStage.QUALIFICATION, SheetStage.TECHNICAL
CHECKS = ("licence", "quality")
Spoil = Callable[[Committee], SealedSheet]


def marked(**marks: str) -> Spoil:
    """Seat 5's last sheet with other marks."""

    def make(committee: Committee) -> SealedSheet:
        good = committee.points(MARKS[3][4])
        return committee.make(5, T, 3, {**good, **{k: Mark(v, "") for k, v in marks.items()}})

    return make


def without(key: str) -> Spoil:
    def make(committee: Committee) -> SealedSheet:
        marks = committee.points(MARKS[3][4])
        return committee.make(5, T, 3, {k: m for k, m in marks.items() if k != key})

    return make


def written(**changes: Any) -> Spoil:
    """The right marks in another text."""

    def make(committee: Committee) -> SealedSheet:
        marks = committee.points(MARKS[3][4])
        place = Place(committee.room_id, T, 5, committee.bid(3))
        return committee.make(5, T, 3, marks, text=rewritten(place, marks, changes))

    return make


def rewritten(place: Place, marks: Mapping[str, Mark], changes: Mapping[str, Any]) -> bytes:
    value = json.loads(write_text(place, marks))
    return jcs.canonical(value | changes)


def elsewhere(number: int, seat: int) -> Spoil:
    def make(committee: Committee) -> SealedSheet:
        place = Place(committee.room_id, T, seat, committee.bid(number))
        return committee.make(5, T, 3, committee.points(MARKS[3][4]), place=place)

    return make


def garbage(committee: Committee) -> SealedSheet:
    good = committee.make(5, T, 3, committee.points(MARKS[3][4]))
    return replace(good, sealed=good.sealed[:-1] + bytes([good.sealed[-1] ^ 1]))


def swapped(committee: Committee) -> SealedSheet:
    """Signed and logged is one text, sealed another."""
    one = committee.make(5, T, 3, committee.points(MARKS[3][4]))
    other = committee.make(5, T, 3, committee.points((30, 30)))
    return replace(one, sealed=other.sealed)


def not_json(committee: Committee) -> SealedSheet:
    return committee.make(5, T, 3, {}, text=b'{"marks":')


SPOILT: Mapping[str, tuple[str, Spoil]] = {
    "damaged": ("EVA-1211", garbage),
    "no JSON": ("EVA-1211", not_json),
    "other format": ("EVA-1211", written(format="sunbid sheet/2")),
    "extra field": ("EVA-1211", written(more="x")),
    "marks as list": ("EVA-1211", written(marks=[])),
    "number as mark": ("EVA-1211", written(marks={"scheme": {"value": 8, "note": ""}})),
    "other bid": ("EVA-1212", elsewhere(2, 5)),
    "other seat": ("EVA-1212", elsewhere(3, 4)),
    "other text": ("EVA-1213", swapped),
    "item missing": ("EVA-1215", without("team")),
    "item of nothing": ("EVA-1215", marked(extra="1")),
    "above": ("EVA-1216", marked(scheme="30.5")),
    "far above": ("EVA-1216", marked(scheme="999")),
    "negative": ("EVA-1216", marked(scheme="-1")),
    "no number": ("EVA-1216", marked(scheme="很好")),
    "exponent": ("EVA-1216", marked(scheme="1e1")),
    "other digits": ("EVA-1216", marked(scheme="８")),
    "two texts of one number": ("EVA-1216", marked(scheme="8.50")),
    "between steps": ("EVA-1217", marked(scheme="8.25")),
}


@pytest.fixture
def nearly(committee: Committee) -> Committee:
    """All technical sheets are in but seat 5's on bid 3."""
    committee.qualify()
    committee.work()
    committee.score({1: MARKS[1], 2: MARKS[2]})
    committee.score({3: MARKS[3]}, seats=(1, 2, 3, 4))
    return committee


def texts(committee: Committee) -> int:
    with committee.house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(RevealedSheetRow)) or 0


def test_faulty_sheets_go_back_one_by_one_and_nothing_is_revealed(nearly: Committee) -> None:
    for attempt, (fault, (code, spoil)) in enumerate(SPOILT.items(), 1):
        nearly.hand_in(5, spoil(nearly))
        nearly.work()
        desk = nearly.desk()
        head = desk.head(desk.room.member(5), T, nearly.bid(3))
        assert head is not None
        assert head.fault is not None, fault
        assert (head.fault.code, head.attempt) == (code, attempt), fault
        assert texts(nearly) == 15, "only those of the qualification"
        assert desk.room.stage is Stage.TECHNICAL
        assert desk.current(T) is None
        if code == "EVA-1216":
            assert head.fault.facts == {"name": "方案", "low": "0", "high": "30"}

    events = [event for event in nearly.events() if event["kind"] == "sheet_returned"]
    assert len(events) == len(SPOILT)
    assert all(event["payload"] == {"seat": 5, "stage": "technical"} for event in events)

    nearly.mark(5, T, 3, nearly.points(MARKS[3][4]))
    nearly.work()
    assert nearly.room().stage is Stage.PRICE
    reveal = nearly.desk().current(T)
    assert reveal is not None
    assert reveal.content["ranking"][0]["total"] == "92.01"


def test_several_faulty_sheets_go_back_at_once(committee: Committee) -> None:
    committee.qualify(seats=(1, 2, 3))
    for seat, note in ((4, ""), (5, " ")):
        for number in (1, 2):
            committee.mark(seat, Q, number, {key: Mark("pass", "") for key in CHECKS})
        committee.mark(seat, Q, 3, {"licence": Mark("fail", note), "quality": Mark("pass", "")})
    committee.work()
    with committee.house.database.reading() as session:
        returned = session.scalars(select(SheetReturnRow.code)).all()
    assert list(returned) == ["EVA-1218", "EVA-1218"]
    assert texts(committee) == 0
    for seat in (4, 5):
        committee.mark(seat, Q, 3, {"licence": Mark("fail", "过期"), "quality": Mark("pass", "")})
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL
