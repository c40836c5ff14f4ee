"""Objections with files, pauses that tell a time, and a closed session that convenes again."""

import json
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import update

from kernel import clock
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import Bidder, Scene
from trading.openings import commands as c
from trading.openings import objections, outage, queries, record_desk
from trading.openings.files import checked_name, media_type
from trading.openings.objections import FORMAT, Signed
from trading.openings.record_models import BeatRow, SupplementRow
from trading.tenders.actions import move_lot
from trading.tenders.rules import LotStage

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + bytes(20) + b"\x00\x00\x00\x00IEND\xaeB`\x82"
JPEG = b"\xff\xd8\xff\xe0" + bytes(20) + b"\xff\xd9"


def keep(scene: Scene, who: Bidder | Role, name: str, content: bytes) -> dict[str, Any]:
    actor = who.actor(scene.lot.id) if isinstance(who, Bidder) else scene.world.account(who)
    with scene.house.database.writing() as session:
        return objections.keep_file(
            session,
            scene.house.blobs,
            scene.lot.id,
            name,
            content,
            actor=actor,
            now=clock.legal_now(session),
        )


def statement(scene: Scene, bidder: Bidder, text: str, **changed: Any) -> Signed:
    with scene.house.database.reading() as session:
        own = queries.mine(session, scene.lot.id, bidder.actor(scene.lot.id).pseudonym)
    told = {
        "format": FORMAT,
        "lot": str(scene.lot.id),
        "pseudonym": bidder.actor(scene.lot.id).pseudonym,
        "seat": own["seat"],
        "id": uuid4().hex,
        "text": text,
        "attachments": [],
        **changed,
    }
    return Signed(*bidder.signed(told))


def object_(scene: Scene, bidder: Bidder, signed: Signed) -> int:
    with scene.house.database.writing() as session:
        actor, now = bidder.actor(scene.lot.id), clock.legal_now(session)
        row = objections.raise_(session, scene.lot.id, signed, actor=actor, now=now)
        return row.no


def answer(scene: Scene, no: int, text: str, *files: dict[str, Any]) -> None:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        objections.answer(session, scene.lot.id, no, text, files, actor=scene.host(), now=now)


def refused(scene: Scene, bidder: Bidder, signed: Signed) -> str:
    with pytest.raises(Refused) as caught:
        object_(scene, bidder, signed)
    return caught.value.code


def public(scene: Scene, digest: str) -> str:
    with scene.house.database.reading() as session:
        return objections.public_file(session, scene.lot.id, digest).name


def test_objections_are_numbered_signed_and_carry_files_that_then_are_public(scene: Scene) -> None:
    scene.to_list()
    first, second = scene.bidders[:2]
    proof = keep(scene, first, "见证 1.pdf", PDF)
    with pytest.raises(Refused, match="OPN-1612"):
        public(scene, proof["sha256"])
    signed = statement(scene, first, "名单漏列了到场情况", attachments=[proof])
    assert object_(scene, first, signed) == object_(scene, first, signed) == 1
    scene.act(lambda by: c.Pause(by, "核查"), Role.SUPERVISOR)
    assert object_(scene, second, statement(scene, second, "暂停没有说明期限")) == 2
    assert object_(scene, first, statement(scene, first, "第二项")) == 3
    assert public(scene, proof["sha256"]) == "见证 1.pdf"
    reply = keep(scene, Role.AGENCY, "scan.PNG", PNG)
    answer(scene, 1, "已核对，见附件", reply)
    answer(scene, 1, "第二次答复不算")
    raised, answered = scene.payloads("objection_raised"), scene.payloads("objection_answered")
    assert [(each["no"], each["seat"], each["stage"]) for each in raised] == [
        (1, 1, "bidder_decryption"),
        (2, 2, "bidder_decryption"),
        (3, 1, "bidder_decryption"),
    ]
    [file] = raised[0]["attachments"]
    assert file["sha256"] == sha256(PDF).hexdigest() and file["media_type"] == "application/pdf"
    assert [(each["no"], each["text"]) for each in answered] == [(1, "已核对，见附件")]
    with pytest.raises(Refused, match="OPN-1606"):
        answer(scene, 9, "没有这一项")


def test_a_statement_that_is_not_its_bidders_own_is_refused(scene: Scene) -> None:
    scene.bid_all()
    with pytest.raises(Refused, match="OPN-1301"):
        keep(scene, scene.bidders[0], "early.pdf", PDF)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    first, second = scene.bidders[:2]
    proof = keep(scene, first, "a.pdf", PDF)
    good = statement(scene, first, "理由")
    assert refused(scene, second, good) == "OPN-1601"
    assert refused(scene, first, Signed(good.statement, bytes(64))) == "OPN-1601"
    for changed in ({"seat": 2}, {"lot": str(uuid4())}, {"id": "1"}, {"format": "x"}):
        assert refused(scene, first, statement(scene, first, "理由", **changed)) == "OPN-1601"
    assert refused(scene, first, statement(scene, first, "字" * 2001)) == "OPN-1601"
    assert refused(scene, first, statement(scene, first, "  ")) == "OPN-1602"
    other = statement(scene, second, "别家的附件", attachments=[proof])
    assert refused(scene, second, other) == "OPN-1610"
    lied = statement(scene, first, "改了大小", attachments=[{**proof, "size": 1}])
    assert refused(scene, first, lied) == "OPN-1610"
    many = statement(scene, first, "太多", attachments=[proof] * 6)
    assert refused(scene, first, many) == "OPN-1610"
    for number in range(20):
        object_(scene, first, statement(scene, first, f"第 {number} 项"))
    assert refused(scene, first, statement(scene, first, "再一项")) == "OPN-1607"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("page.html", b"<html><script>alert(1)</script>", "OPN-1609"),
        ("cut.pdf", PDF[:-7], "OPN-1609"),
        ("cut.png", PNG[:-4], "OPN-1609"),
        ("cut.jpg", JPEG[:-2], "OPN-1609"),
        ("empty.pdf", b"", "OPN-1609"),
        ("../../etc/passwd.pdf", PDF, "OPN-1613"),
        ("a\\b.pdf", PDF, "OPN-1613"),
        ("line\nfeed.pdf", PDF, "OPN-1613"),
        ("\u202efdp.exe", PDF, "OPN-1613"),
        ("picture.pdf", PNG, "OPN-1613"),
        (".pdf", PDF, "OPN-1613"),
        ("", PDF, "OPN-1613"),
        ("长" * 120 + ".pdf", PDF, "OPN-1613"),
    ],
)
def test_hostile_files_are_refused_by_content_and_name(
    name: str, content: bytes, code: str
) -> None:
    with pytest.raises(Refused, match=code):
        checked_name(name, media_type(content))


def test_good_files_keep_name_and_type() -> None:
    assert checked_name("图 2.JPEG", media_type(JPEG)) == "图 2.JPEG"
    assert checked_name("a.pdf", media_type(PDF + b"\n\n")) == "a.pdf"


def test_a_file_above_the_cap_and_a_stranger_are_refused(scene: Scene) -> None:
    scene.to_list()
    with pytest.raises(Refused, match="OPN-1608"):
        keep(scene, scene.bidders[0], "big.pdf", PDF + bytes(10 << 20))
    with pytest.raises(Refused, match="OPN-1001"):
        keep(scene, Role.SUPERVISOR, "a.pdf", PDF)


def test_a_pause_tells_a_time_and_only_its_giver_or_the_supervisor_lifts_it(scene: Scene) -> None:
    scene.to_list()
    until, now = scene.payloads("stage_changed")[-1]["until"], scene.now()
    again = now + timedelta(hours=20)
    with pytest.raises(Refused, match="OPN-1805"):
        scene.act(lambda by: c.Pause(by, "停电", now - timedelta(minutes=1)))
    scene.act(lambda by: c.Pause(by, "停电"))
    scene.act(lambda by: c.Pause(by, "停电，明日继续", again))
    scene.act(lambda by: c.Pause(by, "核查", again), Role.SUPERVISOR)
    for wish in (c.Resume, lambda by: c.Pause(by, "改时间", again + timedelta(hours=1))):
        with pytest.raises(Refused, match="OPN-1802"):
            scene.act(wish)
    told = scene.payloads("paused")
    assert [(each["by"], each["reason"]) for each in told] == [
        ("host", "停电"),
        ("host", "停电，明日继续"),
        ("supervisor", "核查"),
    ]
    assert {each["at"] for each in told} == {told[0]["at"]}
    scene.go_to(again)
    scene.act(c.Resume, Role.SUPERVISOR)
    [resumed] = scene.payloads("resumed")
    gained = (again - now).total_seconds()
    # Every window gains what the whole pause took, whoever ordered it last.
    longer = datetime.fromisoformat(resumed["until"]) - datetime.fromisoformat(until)
    assert abs(longer.total_seconds() - gained) < 5
    [extended] = scene.payloads("extended")
    assert extended["no"] == 2 and extended["reason"] == "暂停顺延"


def to_closed(scene: Scene) -> None:
    scene.to_read_out()
    scene.act(c.ReadOut)
    for bidder in scene.bidders[:3]:
        scene.answer(bidder, "agreed")
    scene.act(c.CloseConfirmation)
    scene.act(c.CloseOpening)


def test_a_closed_session_convenes_again_and_its_record_names_the_former(scene: Scene) -> None:
    to_closed(scene)
    first = scene.bidders[0]
    late = statement(scene, first, "工期读错")
    assert refused(scene, first, late) == "OPN-1002"
    with pytest.raises(Refused, match="OPN-1801"):
        scene.act(lambda by: c.Reconvene(by, " "))
    with pytest.raises(Refused, match="OPN-1001"):
        scene.act(lambda by: c.Reconvene(by, "核对"), Role.SUPERVISOR)
    scene.act(lambda by: c.Reconvene(by, "核对 01 席工期"))
    scene.act(lambda by: c.Reconvene(by, "再按一次"))
    assert scene.stage() == "reconvened"
    assert object_(scene, first, late) == 1
    with pytest.raises(Refused, match="OPN-1701"):
        scene.act(c.CloseOpening)
    answer(scene, 1, "经核对无误")
    scene.act(lambda by: c.Announce(by, "复会到此为止"))
    with scene.house.database.reading() as session:
        assert len(queries.results(session, scene.lot.id)) == 3
    scene.act(c.CloseOpening)
    assert scene.stage() == "closed"
    with scene.house.database.reading() as session:
        row = session.get_one(SupplementRow, (scene.lot.id, 2))
        told = json.loads(row.facts)
        record = queries.record_of(session, scene.lot.id)
        both = record_desk.told(session, scene.lot.id, scene.now())
    assert record is not None and told["former"] == record.facts_hash.hex()
    assert [each["text"] for each in told["objections"]] == ["工期读错"]
    assert [each["text"] for each in told["announcements"]] == ["复会到此为止"]
    assert [each["no"] for each in both] == [1, 2]
    issued = scene.payloads("record_issued")
    assert [each["no"] for each in issued] == [1, 2]
    scene.act(lambda by: c.Reconvene(by, "第三次"))
    scene.act(c.CloseOpening)
    with scene.house.database.reading() as session:
        third = json.loads(session.get_one(SupplementRow, (scene.lot.id, 3)).facts)
    assert third["former"] == sha256(row.facts).hexdigest() and third["objections"] == []


def test_once_evaluation_has_reported_nothing_convenes_again(scene: Scene) -> None:
    to_closed(scene)
    with scene.house.database.writing() as session:
        now, actor = clock.legal_now(session), scene.host()
        move_lot(session, scene.lot.id, LotStage.EVALUATING, actor=actor, now=now)
        move_lot(session, scene.lot.id, LotStage.REPORT_SIGNED, actor=actor, now=now)
    with pytest.raises(Refused, match="OPN-1704"):
        scene.act(lambda by: c.Reconvene(by, "核对"))


def test_an_outage_pauses_the_hall_from_its_beginning_and_every_window_is_kept(
    scene: Scene,
) -> None:
    scene.to_list()
    with scene.house.database.writing() as session:
        outage.beat(session)
    scene.act(lambda by: c.Announce(by, "服务正常"))
    assert scene.payloads("paused") == []
    # The platform falls silent for an hour of both clocks; the window runs out meanwhile.
    with scene.house.database.writing() as session:
        clock.shift(session, timedelta(hours=1))
        session.execute(update(BeatRow).values(at=BeatRow.at - timedelta(hours=1)))
    scene.work()
    assert scene.stage() == "bidder_decryption"
    [told] = scene.payloads("paused")
    assert told["by"] == "system" and "60 分钟" in told["reason"]
    with scene.house.database.writing() as session:
        outage.beat(session)
    again = scene.now() + timedelta(minutes=10)
    scene.act(lambda by: c.Pause(by, "服务恢复，等候各方回到会场", again))
    scene.go_to(again)
    scene.act(c.Resume)
    scene.unlock(scene.bidders[0])
    assert len(scene.payloads("bid_unlocked")) == 1
    [extended] = scene.payloads("extended")
    assert extended["no"] == 2
    [resumed] = scene.payloads("resumed")
    assert datetime.fromisoformat(resumed["until"]) > scene.now()
    assert [each["by"] for each in scene.payloads("paused")] == ["system", "host"]
