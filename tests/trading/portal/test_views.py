"""Public pages through the application: what everyone sees, and what nobody does."""

from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.permissions import System
from tests.trading.tenders.world import LOT_NAME, PDF, World, ready_lot
from trading.tenders import queries
from trading.tenders.actions import move_lot
from trading.tenders.rules import LotStage


def test_home_lists_and_finds_the_lot(client: FlaskClient, lot_id: UUID) -> None:
    page = client.get("/").get_data(as_text=True)
    assert LOT_NAME in page
    assert str(lot_id) in page
    assert LOT_NAME in client.get("/?q=平阳段").get_data(as_text=True)
    assert LOT_NAME in client.get("/?regime=tendering&stage=offer").get_data(as_text=True)
    missed = client.get("/?q=不存在的标段").get_data(as_text=True)
    assert str(lot_id) not in missed.split('id="lots"')[1].split("</section>")[0]
    assert "没有符合条件的标段" in missed


@pytest.mark.parametrize(
    "query",
    ["q=%25", "page=99999", "page=x", "regime=x", "due=x", "stage=x", "region=%27", "q=%00"],
)
def test_odd_searches_are_answered(client: FlaskClient, lot_id: UUID, query: str) -> None:
    assert client.get(f"/?{query}").status_code == 200


def test_the_lot_page_tells_all_that_is_published(client: FlaskClient, lot_id: UUID) -> None:
    page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
    for told in (
        LOT_NAME,
        "名单尚未公布。截止前任何人都看不到谁投了标、有几家，包括平台。",
        "招标文件.pdf",
        "平阳县交通投资集团有限公司",
        f"/lots/{lot_id}/bid",
        "公告 PDF",
        "¥5,200,000",
    ):
        assert told in page


def test_a_draft_is_nobodys_business(
    client: FlaskClient, database: Database, blobs: BlobStore, world: World
) -> None:
    with database.writing() as session:
        draft = ready_lot(session, blobs, world, now=legal_now(session))
        document = queries.documents(session, draft)[0]
    for path in (f"/lots/{draft}", f"/lots/{draft}/documents/{document.id}"):
        assert client.get(path).status_code == 404
    assert LOT_NAME not in client.get("/").get_data(as_text=True)
    digest = bytes(document.sha256).hex()
    assert client.get(f"/check/{digest}").status_code == 404


def test_documents_are_served_as_attachments(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    with database.reading() as session:
        document = queries.documents(session, lot_id)[0].id
    answer = client.get(f"/lots/{lot_id}/documents/{document}")
    assert answer.data == PDF
    disposition = answer.headers["Content-Disposition"]
    assert disposition.startswith("attachment")
    assert disposition.isascii()


def test_the_notice_is_a_sealed_pdf_that_checks(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    answer = client.get(f"/lots/{lot_id}/notices/1.pdf")
    assert answer.data.startswith(b"%PDF-")
    seal = client.post(
        "/check/seal", data=answer.data, headers={"Content-Type": "application/pdf"}
    ).get_json()
    assert (seal["intact"], seal["trusted"], seal["whole"]) == (True, True, True)
    with database.reading() as session:
        found = queries.notice_pdf(session, lot_id, 1)
    assert found is not None
    for digest in (found[0].digest, found[0].policy_digest, found[1].sha256):
        page = client.get(f"/check/{bytes(digest).hex()}")
        assert page.status_code == 200
        assert "登记进公开日志" in page.get_data(as_text=True)
        told = client.get(
            f"/check/{bytes(digest).hex()}", headers={"Accept": "application/json"}
        ).get_json()
        assert told["proof"]["tree_size"] >= 4


def test_an_altered_pdf_is_told_apart(client: FlaskClient, lot_id: UUID) -> None:
    pdf = client.get(f"/lots/{lot_id}/notices/1.pdf").data
    changed = pdf.replace(b"%%EOF", b"%%EOX", 1)
    assert changed != pdf
    seal = client.post("/check/seal", data=changed).get_json()
    assert not (seal["intact"] and seal["whole"])
    assert client.post("/check/seal", data=b"GIF89a").status_code == 415


def test_unknown_hashes_and_nonsense(client: FlaskClient, lot_id: UUID) -> None:
    assert client.get("/check").status_code == 200
    assert client.get(f"/check/{'0' * 64}").status_code == 404
    assert client.get("/check/xyz").status_code == 400
    assert client.get(f"/check?hash={'0' * 64}").status_code == 303


def test_calendar_help_and_log(client: FlaskClient, lot_id: UUID) -> None:
    pages = "".join(
        client.get(f"/calendar?week={week}").get_data(as_text=True) for week in (0, 2, 4)
    )
    assert LOT_NAME in pages
    assert client.get("/calendar?week=-999999").status_code == 200
    assert "BID-1402" in client.get("/help").get_data(as_text=True)
    assert "检查点原文" in client.get("/log").get_data(as_text=True)
    note = client.get("/log/checkpoint").get_data(as_text=True)
    assert note.startswith("sunbid/demo/")


@pytest.mark.parametrize(
    "stages",
    [
        [LotStage.SUBMISSION_CLOSED, LotStage.FAILED_TOO_FEW],
        [LotStage.SUBMISSION_CLOSED, LotStage.OPENING],
        [LotStage.SUBMISSION_CLOSED, LotStage.OPENING, LotStage.OPENED],
        [LotStage.SUSPENDED],
        [LotStage.TERMINATED],
    ],
)
def test_every_stage_has_its_page(
    client: FlaskClient, database: Database, world: World, lot_id: UUID, stages: list[LotStage]
) -> None:
    with database.writing() as session:
        now = legal_now(session) + timedelta(days=30)
        for stage in stages:
            move_lot(session, lot_id, stage, actor=System("test"), now=now, reason="演示")
    for path in ("/", f"/lots/{lot_id}", "/calendar?week=3"):
        assert client.get(path).status_code == 200


def test_english_pages_are_in_english(client: FlaskClient, app: Flask, lot_id: UUID) -> None:
    client.set_cookie("lang", "en")
    for path in ("/", f"/lots/{lot_id}", "/check", "/calendar", "/help", "/log"):
        page = client.get(path)
        assert page.status_code == 200
        assert 'lang="en"' in page.get_data(as_text=True)
