"""A room on real PostgreSQL: draw, arrival, election, replacement; what is logged and told."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evaluation import public
from evaluation.events import EvaluationBegan, EvaluationFailed
from evaluation.public import SiteKind
from evaluation.rooms import actions, commands, convening, keys, pages
from evaluation.rooms.models import MemberRow, RoomPartRow
from evaluation.rooms.states import Party, Stage
from kernel import jobs, live, outbox
from kernel.permissions import Role
from tests.evaluation.rooms.refusals import refused
from tests.evaluation.world import Scene


def recorded(scene: Scene, event: type[Any]) -> list[Any]:
    """The facts told to the rest of the platform."""
    with scene.house.database.reading() as session:
        rows = session.scalars(
            select(outbox.OutboxEvent).where(outbox.OutboxEvent.kind == outbox.kind_of(event))
        )
        return [outbox.restore(event, row.payload) for row in rows]


def test_a_room_comes_to_work(scene: Scene) -> None:
    scene.to_qualification(leader=2)
    room = scene.room()
    assert room.leader == 2
    assert room.complete
    assert len({member.employer_code for member in room.members}) == 5
    assert {member.site for member in room.members} == {"云澜主场", "青屿副场"}
    scene.finish(Stage.QUALIFICATION, qualified=3)
    scene.finish(Stage.TECHNICAL)
    scene.finish(Stage.PRICE)
    assert scene.stage() is Stage.SIGNING


def test_a_lot_is_handed_over_once(scene: Scene) -> None:
    first = scene.convene()
    assert scene.convene() == first
    [event] = recorded(scene, EvaluationBegan)
    assert (event.lot_ref, event.room_id) == (scene.dossier.lot_ref, first)
    summary = scene.ask(public.room_of, scene.dossier.lot_ref)
    assert summary is not None
    assert (summary.stage, summary.word, summary.seats) == ("drawing", "抽取专家", 5)
    assert scene.ask(public.room_of, uuid4()) is None


def test_a_dossier_that_is_not_sound_is_refused(scene: Scene) -> None:
    twice = (*scene.dossier.bids, scene.dossier.bids[0])
    with refused("EVA-2501"):
        scene.convene(bids=twice)
    with refused("EVA-2501"):
        scene.convene(bids=scene.dossier.bids[:1])
    assert scene.ask(public.room_of, scene.dossier.lot_ref) is None


def test_centre_and_supervisor_learn_names_when_members_have_come(scene: Scene) -> None:
    scene.to_check_in()
    scene.check_in(1)

    def names(actor: Any) -> dict[int, str | None]:
        told = scene.call(pages.state, actor, scene.room_id)
        return {each["seat"]: each["name"] for each in told["members"]}

    first = scene.expert(1).entry.name
    assert names(scene.account(Role.SUPERVISOR)) == {1: first} | dict.fromkeys(range(2, 6))
    own = scene.expert(2).entry.name
    assert names(scene.expert(2).account) == {n: own if n == 2 else None for n in scene.seats}


def test_bidders_are_shown_after_check_in_only(scene: Scene) -> None:
    scene.to_check_in()
    before = scene.call(pages.state, scene.expert(1).account, scene.room_id)
    assert before["bids"] == [] and before["actions"] == ["check_in", "recuse"]
    scene.check_in(1)
    after = scene.call(pages.state, scene.expert(1).account, scene.room_id)
    assert [bid["number"] for bid in after["bids"]] == [1, 2, 3, 4]
    assert after["bids"][0]["parts"] == ["technical", "commercial"]
    assert after["actions"] == ["pledge", "recuse"]


def test_the_lists_of_everybody(scene: Scene) -> None:
    scene.convene()
    scene.draw()
    invited = scene.expert(1)
    told = scene.call(pages.listing, invited.account)
    assert [each["room_id"] for each in told["invitations"]] == [scene.room_id]
    assert told["rooms"] == []
    scene.answer(1)
    told = scene.call(pages.listing, invited.account)
    assert told["invitations"] == []
    assert [each["stage"] for each in told["rooms"]] == ["inviting"]
    assert scene.call(pages.listing, scene.stranger().account)["invitations"] == []
    centre = scene.account(Role.CENTRE)
    assert len(scene.call(pages.listing, centre)["rooms"]) == 1
    elsewhere = replace(centre, organisation_id=uuid4())
    assert scene.call(pages.listing, elsewhere)["rooms"] == []


def test_an_empty_seat_is_an_alarm(scene: Scene) -> None:
    scene.convene()
    scene.draw()
    while any(member.seat == 1 for member in scene.room().members):
        scene.answer(1, accept=False)
    summary = scene.ask(public.room_of, scene.dossier.lot_ref)
    assert summary is not None
    assert [alarm.text for alarm in summary.alarms] == ["1 个席位无人可以递补"]
    assert {(site.name, site.kind) for site in summary.sites} <= {
        ("云澜主场", SiteKind.HOME.value),
        ("青屿副场", SiteKind.GUEST.value),
    }


def test_too_few_qualified_bids_are_told_to_the_platform(scene: Scene) -> None:
    scene.to_qualification()
    scene.finish(Stage.QUALIFICATION, qualified=1)
    assert scene.stage() is Stage.FAILED
    [event] = recorded(scene, EvaluationFailed)
    assert event.lot_ref == scene.dossier.lot_ref
    assert "1 家" in event.reason
    scene.finish(Stage.QUALIFICATION, qualified=1)
    assert len(recorded(scene, EvaluationFailed)) == 1


def test_sheets_are_counted_and_told_without_their_bid(scene: Scene) -> None:
    scene.to_qualification()
    for count in (1, 1, 2):
        scene.do(actions.count_sheets, scene.room_id, seat=3, count=count, of=4)
    told = [event["payload"] for event in scene.events() if event["kind"] == "sheet_submitted"]
    assert told == [
        {"seat": 3, "stage": "qualification", "submitted": count, "of": 4} for count in (1, 2)
    ]
    assert scene.member(3).submitted == 2
    scene.finish(Stage.QUALIFICATION)
    assert scene.member(3).submitted == 0


def test_work_that_met_a_pause_is_asked_for_again(scene: Scene) -> None:
    scene.to_qualification()
    scene.order(lambda party: commands.Pause(party, "音视频中断"))
    with refused("EVA-2003"):
        scene.finish(Stage.QUALIFICATION)
    summary = scene.ask(public.room_of, scene.dossier.lot_ref)
    assert summary is not None and summary.paused_reason == "音视频中断"
    scene.order(commands.Resume)
    with scene.house.database.reading() as session:
        [work] = session.scalars(
            select(jobs.DueWork).where(jobs.DueWork.kind == "evaluation.reveal")
        )
    assert work.payload == {"room_id": str(scene.room_id), "stage": "qualification"}


def test_the_report_is_asked_for_when_prices_are_done(scene: Scene) -> None:
    scene.to_qualification()
    for stage in (Stage.QUALIFICATION, Stage.TECHNICAL, Stage.PRICE):
        scene.finish(stage)
    with scene.house.database.reading() as session:
        [work] = session.scalars(
            select(jobs.DueWork).where(jobs.DueWork.kind == "evaluation.report.freeze")
        )
    assert work.key == str(scene.room_id)


def test_content_keys_rest_wrapped_and_are_erased(scene: Scene) -> None:
    scene.convene()
    part = scene.dossier.bids[0].parts[0]

    def rows(session: Session) -> list[RoomPartRow]:
        return list(session.scalars(select(RoomPartRow)))

    stored = scene.ask(rows)
    assert len(stored) == 8
    assert all(row.cek is not None and part.cek not in row.cek for row in stored)
    scene.do(public.close_reading, scene.dossier.lot_ref)
    scene.do(public.close_reading, scene.dossier.lot_ref)
    scene.do(public.close_reading, uuid4())
    assert all(row.cek is None for row in scene.ask(rows))


def test_a_rooms_key_is_its_own(scene: Scene) -> None:
    scene.convene()
    key = keys.room_key(scene.house.keys, scene.room_id)
    assert scene.room().public_key == keys.public_bytes(key)
    other = keys.room_key(scene.house.keys, uuid4())
    assert keys.public_bytes(other) != scene.room().public_key


@pytest.mark.parametrize(
    "table", ["evaluation_draw_commitment", "evaluation_draw_nonce", "evaluation_vote"]
)
def test_what_was_given_is_never_changed(scene: Scene, table: str) -> None:
    scene.to_qualification()
    for statement in (f"UPDATE {table} SET at = at", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), scene.writing() as (session, _):
            session.execute(text(statement))


def test_one_seat_has_one_holder(scene: Scene) -> None:
    """The database itself refuses a second holder of a seat."""
    scene.convene()
    scene.draw()
    with pytest.raises(DBAPIError), scene.writing() as (session, _):
        session.execute(update(MemberRow).where(MemberRow.seat == 2).values(seat=1, turn=9))


def test_the_supervisor_ends_what_cannot_go_on(scene: Scene) -> None:
    scene.to_check_in()
    scene.order(lambda party: commands.Fail(party, "四小时内未能恢复"))
    assert scene.stage() is Stage.FAILED
    with refused("EVA-2005"):
        scene.order(lambda party: commands.Fail(party, "x"), Role.CENTRE)


def test_the_stream_is_about_the_room(scene: Scene) -> None:
    """`admits` is asked with the stream's reference."""
    scene.convene()
    room = scene.room()
    with scene.house.database.reading() as session:
        about = live.about(session, room.live_id)
    assert about == live.About(convening.KIND, scene.room_id)
    assert pages.actions(room, Party.SUPERVISOR, None) == ["pause"]
