"""A room on real PostgreSQL: draw, arrival, election, replacement; what is logged and told."""

import json
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from evaluation import public
from evaluation.events import EvaluationBegan, EvaluationFailed
from evaluation.experts.rules import DrawParty, Past, redraw
from evaluation.public import DossierBid, SiteKind
from evaluation.reports import draws
from evaluation.rooms import actions, commands, convening, keys, lots, pages, pledges, queries
from evaluation.rooms.access import admits
from evaluation.rooms.models import MemberRow, RoomPartRow
from evaluation.rooms.states import MemberState, Party, Stage
from kernel import jobs, live, log, outbox
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Role, Visitor
from kernel.pure.errors import Refused
from tests.evaluation.world import Scene


def refused(code: str) -> Any:
    """What is refused, and by which code."""
    return pytest.raises(Refused, match=f"^{code}")


def recorded(scene: Scene, event: type[Any]) -> list[Any]:
    """The facts told to the rest of the platform."""
    with scene.house.database.reading() as session:
        rows = session.scalars(
            select(outbox.OutboxEvent).where(outbox.OutboxEvent.kind == outbox.kind_of(event))
        )
        return [outbox.restore(event, row.payload) for row in rows]


def leaves(scene: Scene) -> list[dict[str, Any]]:
    """What the public log says, in its order, without covers."""
    scene.work()
    with scene.house.database.reading() as session:
        found = [json.loads(row.data) for row in session.scalars(_all_leaves())]
    return [leaf for leaf in found if leaf["kind"].startswith("evaluation")]


def _all_leaves() -> Any:
    return select(log.Leaf).order_by(log.Leaf.index)


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


def test_the_pool_is_logged_before_anybody_commits(scene: Scene) -> None:
    scene.convene()
    scene.draw()
    kinds = [leaf["kind"] for leaf in leaves(scene)]
    assert kinds[:8] == [
        "evaluation_pool",
        *["evaluation_commitment"] * 3,
        *["evaluation_nonce"] * 3,
        "evaluation_drawn",
    ]


def test_the_draw_recomputes_from_its_record(scene: Scene) -> None:
    scene.to_election()
    scene.recuse(2)
    scene.answer(2, accept=False, reason="出差")
    record = scene.ask(draws.record, scene.room_id)
    told = redraw(record)
    members = scene.room().members
    assert told.seatings[-1] == tuple(member.expert for member in members)
    assert told.seed.hex() == record["seed"]
    assert {p: c.hex() for p, c in told.commitments.items()} == {
        DrawParty(each["party"]): each["commitment"] for each in record["parties"]
    }
    names = {expert.entry.name for expert in scene.experts}
    codes = {expert.entry.employer_code for expert in scene.experts}
    text_of = json.dumps(record, ensure_ascii=False)
    assert not any(each in text_of for each in names | codes)
    assert not any(str(expert.id) in text_of for expert in scene.experts)


def test_related_experts_are_never_drawn(scene: Scene) -> None:
    """法 37, 条例 9: employer is a bidder, a bidder's parent, the tenderee; or was, of late."""
    bidder, other = scene.dossier.bids[0], scene.dossier.bids[1]
    related = scene.experts[0].entry.employer_code
    changed: tuple[DossierBid, ...] = (
        replace(bidder, related=(related,)),
        *scene.dossier.bids[1:],
    )
    _register(scene, 1, employer_code=other.credit_code)
    _register(scene, 2, past=(Past(bidder.credit_code, date(2099, 1, 1)),))
    tenderee = "平阳县交通投资集团有限公司"
    with scene.house.database.reading() as session:
        code = session.scalar(
            text("SELECT credit_code FROM organisation WHERE name = :name"), {"name": tenderee}
        )
    _register(scene, 3, employer_code=str(code))
    scene.convene(bids=changed)
    scene.draw()
    drawn = scene.call(lots.draw_state, scene.account(Role.CENTRE), scene.room_id)
    assert (drawn["pool"]["size"], drawn["pool"]["excluded"]) == (10, 4)
    out = {expert.id for expert in scene.experts[:4]}
    assert not {member.expert_id for member in scene.room().members} & out
    assert len(drawn["order"]) == 6


def _register(scene: Scene, index: int, **changes: Any) -> None:
    entry = replace(scene.experts[index].entry, **changes)
    scene.do(public.register_expert, entry)


def test_too_few_free_experts_open_no_room(scene: Scene) -> None:
    for index in range(6):
        _register(scene, index, employer_code=scene.dossier.bids[0].credit_code)
    with refused("EVA-2101"):
        scene.convene()


def test_an_expert_of_an_unknown_site_is_not_registered(scene: Scene) -> None:
    with refused("EVA-2105"):
        _register(scene, 0, site="没有的场地")


def test_a_wrong_nonce_changes_nothing(scene: Scene) -> None:
    scene.convene()
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.commit(role)
    with refused("EVA-2104"):
        scene.reveal(Role.AGENCY, nonce=bytes(32))
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.reveal(role)
    assert scene.stage() is Stage.INVITING


def test_a_silent_party_is_named_and_its_commitment_stays(scene: Scene) -> None:
    scene.convene()
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        scene.commit(role)
    scene.reveal(Role.SUPERVISOR)
    with refused("EVA-2005"):
        scene.do(actions.restart_draw, scene.room_id, "我不满意", actor=scene.account(Role.AGENCY))
    scene.do(
        actions.restart_draw, scene.room_id, "超过两小时", actor=scene.account(Role.SUPERVISOR)
    )
    drawn = scene.call(lots.draw_state, scene.account(Role.SUPERVISOR), scene.room_id)
    assert (drawn["round"], drawn["name"], drawn["stage"]) == (2, "experts/2", "committing")
    [before] = drawn["earlier"]
    assert before["silent"] == ["agency", "centre"]
    assert all(party["commitment"] for party in before["parties"])
    assert "招标代理、交易中心" in scene.events()[-1]["payload"]["say"]
    scene.draw()
    assert scene.stage() is Stage.INVITING


def test_who_declared_a_relation_stays_out_of_the_next_draw(scene: Scene) -> None:
    scene.to_check_in()
    gone = scene.expert(3)
    scene.recuse(3)
    scene.do(actions.restart_draw, scene.room_id, "重抽", actor=scene.account(Role.SUPERVISOR))
    scene.draw()
    drawn = scene.call(lots.draw_state, scene.account(Role.CENTRE), scene.room_id)
    assert (drawn["pool"]["size"], drawn["pool"]["excluded"]) == (10, 1)
    assert gone.id not in {member.expert_id for member in scene.room().members}
    record = scene.ask(draws.record, scene.room_id)
    assert record["outs"] == []


def test_a_check_in_needs_the_own_certificate_and_this_challenge(scene: Scene) -> None:
    scene.to_check_in()
    expert, another = scene.expert(1), scene.expert(2)
    with scene.house.database.reading() as session:
        challenge = session.scalars(
            select(MemberRow.challenge).where(MemberRow.expert_id == expert.id)
        ).one()
    message = pledges.check_in_message(scene.room_id, bytes(challenge))

    def check_in(key: Any, chain: tuple[bytes, ...], said: bytes = message) -> None:
        signed = pledges.SignedChallenge(sign_p256(key, said), chain)
        with scene.writing() as (session, now):
            actions.check_in(
                session, scene.authority, scene.room_id, signed, actor=expert.account, now=now
            )

    own, others = expert.person.certificate, another.person.certificate
    with refused("EVA-2202"):
        check_in(others.private_key, others.chain)
    with refused("EVA-2203"):
        check_in(others.private_key, own.chain)
    with refused("EVA-2203"):
        elsewhere = pledges.check_in_message(uuid4(), bytes(challenge))
        check_in(own.private_key, own.chain, elsewhere)
    with refused("EVA-2002"):
        scene.pledge(1)
    check_in(own.private_key, own.chain)
    assert scene.member(1).state is MemberState.CHECKED_IN
    assert len(scene.member(1).public_key or b"") == 65


def test_a_pledge_is_signed_by_who_checked_in(scene: Scene) -> None:
    scene.to_check_in()
    scene.check_in(1)
    room = scene.room()
    words = pledges.pledge_text(room.title, room.number)
    forged = sign_p256(
        scene.expert(2).person.certificate.private_key,
        pledges.pledge_message(scene.room_id, words),
    )
    with refused("EVA-2203"):
        scene.do(actions.pledge, scene.room_id, forged, actor=scene.expert(1).account)
    scene.pledge(1)
    assert scene.member(1).pledged


def test_a_stranger_acts_nowhere(scene: Scene) -> None:
    scene.to_election()
    stranger = scene.stranger().account
    with refused("EVA-2001"):
        scene.do(actions.vote, scene.room_id, 1, actor=stranger)
    with refused("EVA-2001"):
        scene.do(actions.recuse, scene.room_id, "x", actor=stranger)
    with refused("EVA-2001"):
        scene.do(actions.vote, scene.room_id, 1, actor=scene.account(Role.AGENCY))
    with refused("EVA-2006"):
        scene.do(actions.vote, uuid4(), 1, actor=stranger)


def test_a_replaced_member_is_out_at_once(scene: Scene) -> None:
    scene.to_qualification()
    scene.finish(Stage.QUALIFICATION)
    old, epoch = scene.expert(4), scene.room().session_epoch
    with scene.house.database.reading() as session:
        assert admits(session, old.account, scene.room_id)
    scene.order(lambda party: commands.Replace(party, 4, "发现曾任投标人顾问"), Role.CENTRE)
    room = scene.room()
    assert room.stage is Stage.QUALIFICATION
    assert room.session_epoch == epoch + 1
    assert room.member(4).expert_id != old.id
    assert scene.ask(queries.replaced_seats, scene.room_id) == ((4, old.id),)
    with scene.house.database.reading() as session:
        assert not admits(session, old.account, scene.room_id)
    with refused("EVA-2001"):
        queries.member_of(room, old.account)
    scene.arrive(4)
    assert scene.room().complete
    assert scene.room().leader == 1


def test_only_members_centre_and_supervisor_follow_the_stream(scene: Scene) -> None:
    scene.convene()
    scene.draw()
    with scene.house.database.reading() as session:
        assert not admits(session, scene.expert(1).account, scene.room_id)
    scene.answer(1)
    outsider = replace(scene.account(Role.CENTRE), organisation_id=uuid4())
    with scene.house.database.reading() as session:
        assert admits(session, scene.expert(1).account, scene.room_id)
        assert admits(session, scene.account(Role.CENTRE), scene.room_id)
        assert admits(session, scene.account(Role.SUPERVISOR), scene.room_id)
        strangers = (
            scene.stranger().account,
            scene.account(Role.AGENCY),
            scene.account(Role.TENDEREE),
            scene.account(Role.BIDDER),
            outsider,
            Visitor(),
        )
        assert not any(admits(session, each, scene.room_id) for each in strangers)
        assert not admits(session, scene.account(Role.SUPERVISOR), uuid4())


def test_no_event_tells_a_name_a_vote_or_a_reason_of_recusal(scene: Scene) -> None:
    scene.to_election()
    scene.vote(1, 3)
    scene.recuse(2, "配偶在霁川任职")
    scene.arrive(2)
    for seat in scene.seats:
        scene.vote(seat, 3)
    told = json.dumps(scene.events(), ensure_ascii=False)
    hidden = {
        each
        for expert in scene.experts
        for each in (
            expert.entry.name,
            expert.entry.employer,
            expert.entry.employer_code,
            str(expert.id),
            str(expert.person.account.person_id),
        )
    }
    tokens = {member.expert for member in scene.room().members}
    assert not [each for each in hidden | tokens | {"配偶"} if each in told]
    assert '"candidate"' not in told
    assert all("say" in event["payload"] for event in scene.events() if event["kind"] in SPOKEN)


SPOKEN = {"stage_changed", "drawn", "vote_cast", "leader_elected", "member_replaced"}


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
