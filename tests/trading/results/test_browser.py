"""From the report to the notices in a real Chromium: signatures, an objection, its answer."""

import json
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import BrowserContext, Page, expect
from werkzeug.serving import make_server

from kernel.clock import clock_timestamp, legal_now
from kernel.crypto import softkeys
from kernel.identity import actions as identity
from kernel.permissions import Role
from kernel.web import Edge
from tests import running
from tests.browser.looks import DESK, PHONE, violations
from tests.trading.openings.world import Bidder
from tests.trading.results.world import Results
from trading.app import create_app

pytestmark = pytest.mark.browser
PASSPHRASE = "a passphrase of the test"
Enter = Callable[[str], Page]


@pytest.fixture
def reported(results: Results) -> Results:
    """The report is signed; nothing of it is public."""
    results.receive(rejected=1)
    return results


@pytest.fixture
def served(reported: Results) -> Flask:
    return create_app(reported.scene.house.settings)


@pytest.fixture
def address(served: Flask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, served, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}"
    server.shutdown()


@pytest.fixture
def context(address: str) -> Iterator[BrowserContext]:
    with running.browsing() as browser:
        found = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        yield found
        found.close()


@pytest.fixture
def enter(context: BrowserContext, served: Flask, reported: Results) -> Enter:
    """A page of whoever has the login; the demonstration's clock is left alone."""
    edge: Edge = served.extensions["sunbid"]

    def entered(login: str) -> Page:
        with reported.scene.house.database.writing() as session:
            now = clock_timestamp(session)
            held = identity.log_in_demo(session, login=login, by_person=True, now=now)
        context.clear_cookies()
        cookie = {"name": edge.cookie_name, "value": held.token, "url": "http://localhost"}
        context.add_cookies([cookie])  # type: ignore[list-item]
        page = context.new_page()
        page.route("**/demo/begin", lambda route: route.abort())
        return page

    return entered


def key_file(results: Results, role: Role, folder: Path) -> Path:
    """A party's certificate as the file that a person keeps."""
    soft = results.scene.world.parties[role].certificate
    held = {"softkey": softkeys.write(soft.private_key, PASSPHRASE)}
    chain = {"certificate_chain": [each.hex() for each in soft.chain]}
    path = folder / f"{role.value}.json"
    path.write_text(json.dumps(held | chain), "utf-8")
    return path


def person_of(results: Results, bidder: Bidder) -> str:
    """A login of the company's person."""
    with results.scene.house.database.writing() as session:
        now = legal_now(session)
        person = identity.add_person(
            session, login="bidder9", name="投标专员", password_hash=None, demo=True, now=now
        )
        identity.join(
            session,
            person_id=person,
            organisation_id=bidder.organisation_id,
            role=Role.BIDDER,
            now=now,
        )
    return "bidder9"


def confirm(page: Page, dialog: str, phrase: str, key: Path | None = None) -> None:
    """Open a dialog, write its phrase, give the certificate, and send it."""
    page.click(f"[data-dialog={dialog}]")
    page.evaluate("document.querySelectorAll('dialog details').forEach((d) => (d.open = true))")
    if key is not None:
        page.set_input_files(f"#{dialog}-file", key)
        page.fill(f"#{dialog}-pass", PASSPHRASE)
    if phrase:
        page.fill(f"#{dialog}-p", phrase)
    page.click(f"#{dialog} button[type=submit]")


def on_a_thread(work: Callable[[], object]) -> None:
    """Playwright's loop runs in this thread, and sealing a PDF needs one of its own."""
    worker = threading.Thread(target=work)
    worker.start()
    worker.join()


def sound(page: Page) -> None:
    """No fault that axe-core knows, and nothing wider than the screen, on desk and phone."""
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert violations(page) == [], page.url
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url
    page.set_viewport_size(DESK)


@pytest.mark.timeout(300)
def test_candidates_objection_answer_award_and_papers(
    reported: Results, address: str, enter: Enter, tmp_path: Path
) -> None:
    lot = reported.lot_id
    desk = f"{address}/tenders/lots/{lot}/results"
    agency_key = key_file(reported, Role.AGENCY, tmp_path)

    agency = enter("agency1")
    agency.goto(desk)
    sound(agency)
    confirm(agency, "publish", "公示候选人", key_file(reported, Role.TENDEREE, tmp_path))
    expect(agency.locator("#publish [data-refusal]")).to_contain_text("RES-1007")
    agency.set_input_files("#publish-file", agency_key)
    agency.click("#publish button[type=submit]")
    expect(agency.locator("#task")).to_contain_text("公示期间")
    sound(agency)

    bidder = enter(person_of(reported, reported.scene.bidders[1]))
    bidder.goto(f"{address}/lots/{lot}/results")
    sound(bidder)
    bidder.fill("#f-text", "第一名候选人的项目负责人业绩与公示不符。")
    bidder.click("#objection-form button[type=submit]")
    expect(bidder.locator("#objections .objection")).to_contain_text("待答复")

    agency = enter("agency1")
    agency.goto(desk)
    agency.click("#task [data-dialog=answer-1]")
    agency.fill("#answer-1-text", "经核对，业绩与公示一致，维持评标结果。")
    agency.click("#answer-1 button[type=submit]")
    expect(agency.locator("#objections")).to_contain_text("已答复")

    on_a_thread(lambda: reported.scene.go_to(reported.publicity_ends()))
    tenderee = enter("tenderee1")
    tenderee.goto(desk)
    sound(tenderee)
    tenderee.click("[data-dialog=award]")
    tenderee.check("#award input[value='2']")
    expect(tenderee.locator("#award [data-passed='1']")).to_be_visible()
    tenderee.check("#award input[value='1']")
    tenderee.click("#award [data-close]")
    confirm(tenderee, "award", "确定中标人", key_file(reported, Role.TENDEREE, tmp_path))
    expect(tenderee.locator("#task")).to_contain_text("发出中标通知书")

    agency = enter("agency1")
    agency.goto(desk)
    confirm(agency, "notices", "")
    expect(agency.locator("#task")).to_contain_text("登记合同")
    on_a_thread(reported.write_pdfs)
    agency.reload()
    with agency.expect_download() as download:
        agency.click("[aria-label^='下载 PDF'][aria-label*='中标结果公告']")
    assert download.value.path().read_bytes()[:5] == b"%PDF-"
    public = enter("agency1")
    public.goto(f"{address}/lots/{lot}/results")
    expect(public.locator("#award")).to_contain_text(re.compile("中标人"))
    sound(public)
