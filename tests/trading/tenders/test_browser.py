"""The publisher's and the checker's pages in a real Chromium: live dates, signature, proof."""

import json
import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from kernel.blobs import BlobStore
from kernel.clock import clock_timestamp, legal_now
from kernel.crypto import softkeys
from kernel.db import Database
from kernel.house import House
from kernel.identity import actions as identity
from kernel.permissions import Role
from kernel.settings import Settings
from kernel.web import Edge
from tests import running
from tests.browser.looks import DESK, PHONE, violations
from tests.trading.tenders.world import World, ready_lot
from trading import worker
from trading.tenders.actions import approve_lot

pytestmark = pytest.mark.browser
PASSPHRASE = "a passphrase of the test"


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def context() -> Iterator[BrowserContext]:
    with running.browsing() as browser:
        found = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        yield found
        found.close()


def entered(context: BrowserContext, app: Flask, database: Database, world: World) -> Page:
    """A page of the agency's person; the demonstration's clock is left alone."""
    edge: Edge = app.extensions["sunbid"]
    with database.writing() as session:
        login = world.parties[Role.AGENCY].login
        now = clock_timestamp(session)
        held = identity.log_in_demo(session, login=login, by_person=True, now=now)
    context.add_cookies(
        [{"name": edge.cookie_name, "value": held.token, "url": "http://localhost"}]
    )
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    return page


def write_pdfs(settings: Settings) -> None:
    """What the worker does a moment after a publication."""
    house = House.open(settings, pool_size=2)
    worker.sequence(house)
    for tick in worker.ticks():
        if tick.name == "tenders.write_pdfs":
            worker.run_tick(house, tick)
    house.database.dispose()


WATCH = """
setInterval(() => {
  const bar = document.querySelector("#document-state progress[max]");
  if (!bar) return;
  const seen = JSON.parse(sessionStorage.getItem("sent") ?? "[]");
  if (seen.at(-1) === bar.value) return;
  sessionStorage.setItem("sent", JSON.stringify([...seen, bar.value]));
}, 10);
"""


def test_a_document_on_its_way_tells_how_many_bytes_have_left(
    app: Flask,
    address: str,
    context: BrowserContext,
    database: Database,
    blobs: BlobStore,
    world: World,
    tmp_path: Path,
) -> None:
    with database.writing() as session:
        lot = ready_lot(session, blobs, world, now=legal_now(session))
    page = entered(context, app, database, world)
    page.add_init_script(WATCH)
    page.goto(f"{address}/tenders/lots/{lot}")
    slow = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 1 << 20}
    context.new_cdp_session(page).send("Network.emulateNetworkConditions", slow)
    drawing = tmp_path / "drawing.pdf"
    drawing.write_bytes(b"%PDF-1.7\n" + bytes(1 << 20))
    page.set_input_files("#document-drop input[type=file]", drawing)
    expect(page.get_by_role("button", name="移除 drawing.pdf")).to_be_visible(timeout=30_000)
    sent = page.evaluate("JSON.parse(sessionStorage.getItem('sent'))")
    assert sent == sorted(sent)
    assert any(0 < bytes_sent < drawing.stat().st_size for bytes_sent in sent)


def test_dates_signature_and_proof(
    app: Flask,
    address: str,
    context: BrowserContext,
    database: Database,
    blobs: BlobStore,
    settings: Settings,
    world: World,
    tmp_path: Path,
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot = ready_lot(session, blobs, world, now=now)
        approve_lot(session, lot, actor=world.account(Role.TENDEREE), now=now)
    page = entered(context, app, database, world)

    page.goto(f"{address}/tenders/lots/{lot}/edit")
    page.fill("#f-deadline", f"{now + timedelta(days=9):%Y-%m-%dT09:30}")
    expect(page.locator("[data-verdict=deadline] .legal.bad").first).to_contain_text("TEN-1403")
    assert violations(page) == []

    soft = world.parties[Role.AGENCY].certificate
    key = tmp_path / "key.json"
    held = {"softkey": softkeys.write(soft.private_key, PASSPHRASE)}
    chain = {"certificate_chain": [each.hex() for each in soft.chain]}
    key.write_text(json.dumps(held | chain), "utf-8")
    page.goto(f"{address}/tenders/lots/{lot}")
    page.click("[data-dialog=publish-notice]")
    page.evaluate("document.querySelectorAll('dialog details').forEach((d) => (d.open = true))")
    page.set_input_files("#key-file", key)
    page.fill("#publish-notice-p", "发布公告")
    page.fill("#key-pass", "another")
    page.click("#publish-notice button[type=submit]")
    expect(page.locator("#publish-notice [data-refusal]")).to_contain_text("ENV-5001")
    page.fill("#key-pass", PASSPHRASE)
    page.click("#publish-notice button[type=submit]")
    page.wait_for_url(re.compile(r"//[^/]+/lots/"))
    expect(page.locator(".sealed-note")).to_contain_text("名单尚未公布")

    # Playwright's loop runs in this thread, and sealing a PDF needs one of its own.
    writer = threading.Thread(target=write_pdfs, args=(settings,))
    writer.start()
    writer.join()
    page.reload()
    with page.expect_download() as download:
        page.click("text=公告 PDF")
    pdf = tmp_path / "notice.pdf"
    download.value.save_as(pdf)

    page.goto(f"{address}/check")
    page.set_input_files("#check-drop input[type=file]", pdf)
    proof = page.locator("#check-result .verify").first
    expect(proof).to_contain_text("签名有效")
    page.click("text=上传这份 PDF 核验签章")
    expect(page.locator("#check-result")).to_contain_text("其后没有附加内容")
    pdf.write_bytes(pdf.read_bytes() + b" ")
    page.set_input_files("#check-drop input[type=file]", pdf)
    expect(page.locator("#check-result")).to_contain_text("平台没有登记过这个指纹")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_public_pages_are_accessible(
    app: Flask,
    address: str,
    context: BrowserContext,
    database: Database,
    world: World,
    scheme: str,
) -> None:
    page = entered(context, app, database, world)
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    context.clear_cookies()
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        for path in ("/", "/check", f"/check/{'0' * 64}", "/calendar", "/help", "/log"):
            page.goto(address + path)
            assert violations(page) == [], path
            assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
