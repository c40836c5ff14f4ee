"""Recordings against PostgreSQL: order, repetition, ends, disk faults, places in the mesh."""

import os
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from kernel import clock, log
from kernel.house import House
from kernel.media import actions, ice, peers, queries, rules
from kernel.media.models import PeerRow
from kernel.media.rules import Kind, State
from kernel.pure.errors import Refused
from kernel.settings import Settings
from tests.kernel.media.world import FIRST, HEAD, Recorder, maker

SDP = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"


@pytest.fixture
def recorder(settings: Settings) -> Recorder:
    found = Recorder(House.open(settings, pool_size=2))
    found.begin()
    return found


def refused(recorder: Recorder, offered: actions.Offered, **changed: object) -> str:
    with pytest.raises(Refused) as caught:
        recorder.give(offered, **changed)
    return caught.value.code


def test_a_recording_is_its_parts_and_its_root_stands_in_the_log(recorder: Recorder) -> None:
    given = [recorder.add(), recorder.add(b"x" + FIRST[len(HEAD) :]), recorder.add()]
    recorder.end()
    recorder.end()  # again changes nothing
    view = recorder.view()
    assert (view.state, view.parts, view.root) == (State.ENDED, 3, given[-1].link)
    house = recorder.house
    with house.database.writing() as session:
        log.sequence(session, house.keys)
    with house.database.reading() as session:
        row = queries.recording_row(session, recorder.recording)
        told = queries.manifest(session, row)
        stored = [queries.part_of(part) for part in queries.part_rows(session, row.id)]
        assert (row.beginning, row.entry_no, row.entry_at) == (len(HEAD), 1, 1)
        assert row.leaf_id is not None
        leaf = log.entry(session, row.leaf_id)
    assert rules.replay(view.head, stored) == view.root
    assert told["proof"] is not None
    assert leaf is not None
    assert leaf.content["body"]["root"] == view.root.hex()
    for part, sent in zip(stored, given, strict=True):
        with house.blobs.open(part.sha256.hex()) as file:
            assert file.read() == sent.content


def test_parts_come_in_order_and_twice_is_once(recorder: Recorder) -> None:
    first = recorder.add()
    assert recorder.give(first) == 1
    assert refused(recorder, recorder.offered(b"late", no=2)) == "MED-1203"
    assert refused(recorder, recorder.offered(b"other", no=0)) == "MED-1203"
    wrong = recorder.offered(b"bytes")
    changed = actions.Offered(wrong.no, wrong.from_ms, wrong.until_ms, wrong.link, b"bytez")
    assert refused(recorder, changed) == "MED-1206"
    assert refused(recorder, recorder.offered(b"x" * (rules.MOST_BYTES + 1))) == "MED-1204"
    assert refused(recorder, recorder.offered(b"x"), most=len(FIRST)) == "MED-1207"
    assert refused(recorder, recorder.offered(b"x", until_ms=40_000)) == "MED-1205"
    assert refused(recorder, recorder.offered(b"x"), actor=maker()) == "MED-1101"
    assert recorder.view().parts == 1
    recorder.add()
    recorder.end()
    assert refused(recorder, recorder.offered(b"x")) == "MED-1202"


def test_what_is_no_picture_begins_no_recording(recorder: Recorder) -> None:
    assert refused(recorder, recorder.offered(b"<html></html>")) == "MED-1208"
    with pytest.raises(Refused, match="MED-1201"):
        recorder.begin(mime="video/mp4")


def test_a_full_disk_loses_nothing(recorder: Recorder, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder.add()
    offered = recorder.offered(b"kept by the host")
    with monkeypatch.context() as full:

        def refuse(_descriptor: int) -> None:
            raise OSError(28, "No space left on device")

        full.setattr(os, "fsync", refuse)
        assert refused(recorder, offered) == "MED-1301"
    assert recorder.give(offered) == 2


def test_a_recorder_that_falls_silent_is_broken_off(recorder: Recorder) -> None:
    recorder.add()
    house, silent = recorder.house, timedelta(minutes=10)
    for late, ended in ((timedelta(0), 0), (silent + timedelta(seconds=1), 1)):
        with house.database.writing() as session:
            wall = clock.clock_timestamp(session) + late
            now = clock.legal_now(session)
            assert len(actions.break_off(session, silent=silent, now=now, wall=wall)) == ended
    view = recorder.view()
    assert (view.state, view.parts) == (State.BROKEN_OFF, 1)
    assert view.leaf_id is not None


def test_whoever_begins_anew_breaks_the_old_one_off_and_the_gap_is_named(
    recorder: Recorder,
) -> None:
    recorder.add()
    old = recorder.recording
    recorder.begin(Kind.SCREEN)
    recorder.add()
    with recorder.house.database.reading() as session:
        found = queries.recordings(session, recorder.about)
        assert queries.running(session, recorder.about) is not None
        told = queries.gaps_of(session, recorder.about)
    assert [(view.id == old, view.state) for view in found] == [
        (True, State.BROKEN_OFF),
        (False, State.RUNNING),
    ]
    assert {gap.cause for gap in told} <= {"broken_off"}
    assert found[0].as_json()["root"] == found[0].root.hex()


def test_the_mesh_has_so_many_places_and_each_is_given_back(recorder: Recorder) -> None:
    recording = recorder.recording
    with recorder.house.database.writing() as session:
        wall = clock.clock_timestamp(session)

        def ask(at: datetime = wall) -> UUID:
            return peers.ask(session, recording, SDP, most=2, wall=at)

        one, two = ask(), ask()
        with pytest.raises(Refused, match="MED-1402"):
            ask()
        assert {offer["peer"] for offer in peers.waiting(session, recording)} == {
            str(one),
            str(two),
        }
        peers.answer(session, recording, one, SDP)
        assert peers.answer_to(session, recording, one) == SDP
        assert peers.answer_to(session, recording, two) is None
        three = ask(wall + peers.PATIENCE * 2)  # the unanswered place is somebody else's now
        with pytest.raises(Refused, match="MED-1403"):
            peers.answer_to(session, recording, two)
        peers.leave(session, recording, three)
        peers.leave(session, recording, three)
        for wrong in ("", "v=0", "v=0\r\nm" + "x" * peers.MOST_SDP):
            with pytest.raises(Refused, match="MED-1401"):
                peers.ask(session, recording, wrong, most=2, wall=wall)
    recorder.end()
    with recorder.house.database.writing() as session:
        assert session.scalars(select(PeerRow)).all() == []
        with pytest.raises(Refused, match="MED-1202"):
            peers.ask(session, recording, SDP, most=2, wall=wall)


def test_a_relays_password_is_told_for_hours_only(settings: Settings) -> None:
    wall = datetime(2026, 1, 1, tzinfo=UTC)
    assert ice.servers(settings, wall) == []
    named = replace(settings, ice_urls="stun:a:3478, turn:b:3478", turn_secret="hush")
    told = ice.servers(named, wall)
    assert told[0] == {"urls": ["stun:a:3478"]}
    assert told[1]["username"] == "1767240000"
    assert "hush" not in str(told)
