"""A whole opening against real PostgreSQL with really sealed envelopes."""

import json
import subprocess
from pathlib import Path

import pytest
from sqlalchemy import select, text

from kernel import log
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import PRICES, Scene
from trading.openings import commands as c
from trading.openings import queries
from trading.openings.models import SeatRow
from trading.tenders.queries import lot_snapshot


def states(scene: Scene) -> list[str]:
    with scene.house.database.reading() as session:
        rows = session.scalars(select(SeatRow).order_by(SeatRow.seat))
        return [row.state.value for row in rows]


def lot_stage(scene: Scene) -> str:
    with scene.house.database.reading() as session:
        return lot_snapshot(session, scene.lot.id).stage.value


def test_the_list_waits_for_m_releases(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    assert scene.stage() == "deadline_lock"
    scene.release(Role.TENDEREE, ReleaseStage.LIST)
    scene.release(Role.AGENCY, ReleaseStage.LIST)
    scene.work()
    assert scene.stage() == "deadline_lock"
    assert [p["given"] for p in scene.payloads("share_released")] == [1, 2]
    scene.release(Role.CENTRE, ReleaseStage.LIST)
    scene.work()
    assert scene.stage() == "bidder_decryption"
    [listed] = scene.payloads("list_published")
    assert [bid["organisation"] for bid in listed["bids"]] == [b.name for b in scene.bidders[:3]]


def test_an_opening_from_list_to_signed_record(scene: Scene, tmp_path: Path) -> None:
    scene.to_read_out()
    assert scene.stage() == "read_out"
    assert scene.payloads("bid_read_out") == []
    scene.act(lambda by: c.ReadOut(by, (2,)))
    scene.act(c.ReadOut)
    read = {p["seat"]: p["price_fen"] for p in scene.payloads("bid_read_out")}
    assert read == dict(enumerate(PRICES[:3], start=1))
    scene.answer(scene.bidders[0], "agreed")
    scene.answer(scene.bidders[1], "objected", "唱标工期与文件不一致")
    scene.go_on(minutes=scene.lot.minutes.confirmation)
    assert scene.stage() == "questions"
    with pytest.raises(Refused, match="OPN-1701"):
        scene.act(c.CloseOpening)
    scene.act(lambda by: c.AnswerObjection(by, 1, "经核对一致，工期 180 日历天"))
    scene.act(c.CloseOpening)
    assert scene.stage() == "closed"
    assert lot_stage(scene) == "opened"
    _check_record(scene, tmp_path)


def _check_record(scene: Scene, tmp_path: Path) -> None:
    with scene.house.database.reading() as session:
        record = queries.record_of(session, scene.lot.id)
        assert record is not None
        facts = queries.facts_of(session, scene.lot.id)
        leaf = log.entry(session, record.leaf_id)
        assert queries.find_record(session, record.facts_hash) == record
        results = queries.results(session, scene.lot.id)
    assert [bid["answer"] for bid in facts["bids"]] == ["agreed", "objected", "deemed"]
    assert [bid["matched"] for bid in facts["bids"]] == [True, True, True]
    assert [each.offer["price_fen"] for each in results if each.offer] == list(PRICES[:3])
    assert leaf is not None and leaf.content["body"]["pdf"] == record.pdf_hash.hex()
    pdf = tmp_path / "record.pdf"
    with scene.house.blobs.open(record.blob_key) as file:
        pdf.write_bytes(file.read())
    told = _run("pdftotext", "-layout", str(pdf), "-")
    assert "日志第" in told
    for words in ("开标记录", scene.bidders[1].name, "4,123,456.78", "唱标工期与文件不一致"):
        assert words in told
    signed = _run("pdfsig", "-nocert", str(pdf))
    assert "Signature is Valid" in signed
    assert "Total document signed" in signed


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def test_a_bidder_who_never_decrypts_is_revoked_and_the_others_go_on(scene: Scene) -> None:
    scene.to_read_out(scene.bidders[1])
    assert states(scene) == ["opened", "revoked_bidder_fault", "opened"]
    [failed] = scene.payloads("bid_failed")
    assert (failed["code"], failed["fault"]) == ("OPN-2114", "bidder")
    scene.act(c.ReadOut)
    assert {p["seat"] for p in scene.payloads("bid_read_out")} == {1, 3}
    assert scene.stage() == "record_confirmation"


def test_silence_ends_in_a_record(scene: Scene) -> None:
    scene.to_read_out()
    for _ in range(3):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    assert scene.stage() == "closed"
    assert [p["deemed"] for p in scene.payloads("bid_confirmed")] == [True, True, True]
    assert scene.kinds()[-1] == "record_issued"


def test_fewer_than_three_are_returned_unopened(scene: Scene) -> None:
    scene.bid_all(2)
    scene.go_to(scene.lot.deadline)
    assert scene.stage() == "failed_too_few"
    assert lot_stage(scene) == "failed_too_few"
    assert scene.payloads("manifest_published") == []
    with scene.house.database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM envelope_return")) == 2


def test_before_the_list_the_stream_holds_no_number_and_no_name(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    told = json.dumps(scene.events(), ensure_ascii=False)
    for bidder in scene.bidders:
        assert bidder.name not in told
        assert bidder.credit_code not in told
    for bidder in scene.bidders[:3]:
        assert bidder.actor(scene.lot.id).pseudonym not in told
    assert all("live" not in p and "count" not in p for p in scene.payloads("deadline_locked"))


def test_prices_stand_nowhere_in_clear_before_the_second_release(scene: Scene) -> None:
    scene.to_list()
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    with scene.house.database.reading() as session:
        rows = session.scalars(select(SeatRow)).all()
        assert all(row.offer is None for row in rows)
        for row, bidder in zip(rows, scene.bidders, strict=False):
            assert row.holder_secret and bidder.sealed.s_holder not in row.holder_secret
    assert str(PRICES[1]) not in json.dumps(scene.events())


def test_a_price_above_the_ceiling_is_read_out_and_marked(scene: Scene) -> None:
    scene.to_read_out(count=4)
    scene.act(c.ReadOut)
    marks = {p["seat"]: p["above_ceiling"] for p in scene.payloads("bid_read_out")}
    assert marks == {1: False, 2: False, 3: False, 4: True}
