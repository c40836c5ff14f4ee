"""Who gets in: certificates, pledges, replacements, and what the stream tells of members."""

import json
from dataclasses import replace
from typing import Any
from uuid import uuid4

from sqlalchemy import select

from evaluation.rooms import actions, commands, pledges, queries
from evaluation.rooms.access import admits
from evaluation.rooms.models import MemberRow
from evaluation.rooms.states import MemberState, Stage
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Role, Visitor
from tests.evaluation.rooms.refusals import refused
from tests.evaluation.world import Scene


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
