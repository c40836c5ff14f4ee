"""The chat: after the list, by office or seat, at a pace, and whole in the transcript."""

import subprocess
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from kernel import clock
from kernel.live import LiveEvent
from kernel.permissions import Account, Pseudonym, Role
from kernel.pure.errors import Refused
from tests.trading.openings.world import Scene
from tests.trading.sittings.test_presiding import announce, code_of, colleague
from trading.openings import actions, talking
from trading.openings import commands as c
from trading.openings import queries as openings
from trading.sittings import queries as sittings
from trading.sittings.models import ChatLineRow, ChatSpeakerRow

OFF = "与开标无关"


def say(
    scene: Scene, actor: Account | Pseudonym, words: str, key: str = "", after: float = 0
) -> int:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session) + timedelta(seconds=after)
        return talking.say(
            session, scene.lot.id, words, key=key or words[:20], actor=actor, now=now
        )


def seat(scene: Scene, number: int) -> Pseudonym:
    """The bidder that the list has put on this seat."""
    with scene.house.database.reading() as session:
        for bidder in scene.bidders:
            if bidder.written is None:
                continue
            found = talking.seat_of(session, scene.lot.id, bidder.actor(scene.lot.id).pseudonym)
            if found is not None and found.seat == number:
                return bidder.actor(scene.lot.id)
    raise LookupError(number)


def events(scene: Scene) -> list[LiveEvent]:
    with scene.house.database.reading() as session:
        live_id = sittings.of_lot(session, scene.lot.id).live_id
        rows = select(LiveEvent).where(LiveEvent.session_id == live_id).order_by(LiveEvent.seq)
        return list(session.scalars(rows))


def transcript(scene: Scene) -> list[dict[str, Any]]:
    with scene.house.database.reading() as session:
        whole = sittings.transcript(session, scene.lot.id)
    return [each for each in whole if each["kind"] == sittings.SAID]


def mute(scene: Scene, actor: Account, number: int | None = None, *, lift: bool = False) -> None:
    with scene.house.database.writing() as session:
        if lift:
            talking.lift(session, scene.lot.id, number, actor=actor)
        else:
            talking.mute(session, scene.lot.id, number, OFF, actor=actor)


def test_before_the_list_nothing_is_said_and_nothing_kept(scene: Scene) -> None:
    """Ten who try look like nobody: no line, no bucket, no event, one refusal for all."""
    scene.bid_all(3)
    officials = [scene.host(), scene.world.account(Role.SUPERVISOR)]
    everybody: list[Account | Pseudonym] = [
        *officials,
        scene.world.account(Role.CENTRE),
        *(bidder.actor(scene.lot.id) for bidder in scene.bidders[:3]),
        Pseudonym(scene.lot.id, "0" * 64, b""),
    ]
    for moment in (scene.now(), scene.lot.deadline):
        scene.go_to(moment)
        for actor in everybody:
            with pytest.raises(Refused) as refused:
                say(scene, actor, "在吗")
            assert code_of(refused) == "SIT-1101"
        for official in officials:
            with pytest.raises(Refused) as refused:
                mute(scene, official)
            assert code_of(refused) == "SIT-1101"
    with scene.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ChatLineRow)) == 0
        assert session.scalar(select(func.count()).select_from(ChatSpeakerRow)) == 0
    assert events(scene) == []


def test_each_speaks_as_what_it_is(scene: Scene) -> None:
    scene.to_list()
    bidder = seat(scene, 2)
    say(scene, scene.host(), "请各投标人准备解密")
    say(scene, bidder, "收到")
    say(scene, scene.world.account(Role.SUPERVISOR), "监督在场")
    say(scene, scene.world.account(Role.CENTRE), "中心见证")
    told = [event.payload for event in events(scene)]
    assert [(each["no"], each["by_role"], each["seat"]) for each in told] == [
        (1, "host", None),
        (2, "bidder", 2),
        (3, "supervisor", None),
        (4, "witness", None),
    ]
    assert told[1]["organisation"] in {bidder.name for bidder in scene.bidders}
    assert told[1]["lot"] == str(scene.lot.id)
    for stranger in (
        Pseudonym(scene.lot.id, "0" * 64, b""),
        scene.bidders[3].actor(scene.lot.id) if scene.bidders[3].written else None,
    ):
        if stranger is not None:
            with pytest.raises(Refused) as refused:
                say(scene, stranger, "我也在")
            assert code_of(refused) == "OPN-1301"


def test_a_line_is_said_once_and_plainly(scene: Scene) -> None:
    scene.to_list()
    bidder = seat(scene, 1)
    assert say(scene, bidder, "一遍\u202e", key="k1") == say(scene, bidder, "别的", key="k1") == 1
    assert [event.payload["text"] for event in events(scene)] == ["一遍"]
    # Another speaker's key of the same name is another line.
    assert say(scene, scene.host(), "好", key="k1") == 2


def test_a_flood_stops_its_sender_alone(scene: Scene) -> None:
    scene.to_list()
    flood, other = seat(scene, 1), seat(scene, 2)
    refusals = 0
    for number in range(20):
        try:
            say(scene, flood, f"刷屏 {number}")
        except Refused as refused:
            assert refused.code == "SIT-1103"
            refusals += 1
    assert refusals >= 14
    assert say(scene, other, "正常发言") == 20 - refusals + 1
    say(scene, flood, "过一会儿", after=60)


def test_host_and_supervisor_keep_order(scene: Scene) -> None:
    scene.to_list()
    host, supervisor = scene.host(), scene.world.account(Role.SUPERVISOR)
    one, two = seat(scene, 1), seat(scene, 2)
    say(scene, one, "广告")
    mute(scene, host, 1)
    mute(scene, host, 1)
    with pytest.raises(Refused) as refused:
        say(scene, one, "还要说")
    assert (code_of(refused), refused.value.facts["reason"]) == ("SIT-1102", OFF)
    say(scene, two, "我可以")
    mute(scene, supervisor)
    with pytest.raises(Refused) as refused:
        say(scene, two, "现在呢")
    assert code_of(refused) == "SIT-1102"
    say(scene, host, "请安静")
    mute(scene, supervisor, lift=True)
    mute(scene, host, 1, lift=True)
    say(scene, one, "抱歉")
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        for _ in range(2):
            talking.remove(session, scene.lot.id, 1, OFF, actor=supervisor, now=now)
        with pytest.raises(Refused) as refused:
            talking.remove(session, scene.lot.id, 99, OFF, actor=supervisor, now=now)
    assert code_of(refused) == "SIT-1105"
    kinds = [event.kind for event in events(scene)]
    assert kinds.count("chat_muted") == kinds.count("chat_unmuted") == 2
    assert kinds.count("chat_removed") == 1
    whole = transcript(scene)
    assert [(each["no"], each["text"], each["removed"]) for each in whole] == [
        (1, "广告", OFF),
        (2, "我可以", None),
        (3, "请安静", None),
        (4, "抱歉", None),
    ]


def test_the_record_prints_what_was_said_and_what_was_ordered(scene: Scene, tmp_path: Path) -> None:
    scene.to_read_out()
    host, one = scene.host(), seat(scene, 1)
    say(scene, one, "请问何时答复？")
    say(scene, host, "唱标之后")
    mute(scene, host)
    mute(scene, host, lift=True)
    scene.act(c.ReadOut)
    for _ in range(2):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    with scene.house.database.reading() as session:
        record = openings.record_of(session, scene.lot.id)
    assert record is not None
    path = tmp_path / "record.pdf"
    with scene.house.blobs.open(record.blob_key) as file:
        path.write_bytes(file.read())
    told = subprocess.run(("pdftotext", str(path), "-"), capture_output=True, text=True, check=True)
    flat = "".join(told.stdout.split())
    for words in ("请问何时答复？", "唱标之后", "全体禁言", "全体解除禁言"):
        assert words in flat


def test_order_is_kept_by_whoever_presides_alone(scene: Scene) -> None:
    scene.to_list()
    other = colleague(scene)
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        actions.act(session, scene.lot.id, announce, actor=scene.host(), now=now)
    for wrong, code in (
        (other, "SIT-1001"),
        (scene.world.account(Role.CENTRE), "OPN-1001"),
    ):
        with pytest.raises(Refused) as refused:
            mute(scene, wrong, 1)
        assert code_of(refused) == code
    with pytest.raises(Refused) as refused:
        say(scene, other, "旁听的同事")
    assert code_of(refused) == "SIT-1001"
    with pytest.raises(Refused) as refused:
        mute(scene, scene.host(), 77)
    assert code_of(refused) == "OPN-1301"
