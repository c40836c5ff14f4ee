"""A trustee's page in a real Chromium: evidence before the act, one act for all, a signed no."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kernel.clock import clock_timestamp
from kernel.crypto import softkeys
from kernel.identity import actions as identity
from kernel.permissions import Role
from tests import running
from tests.browser.looks import DESK, violations
from tests.trading.openings.world import Scene

pytestmark = pytest.mark.browser


def desk(
    scene: Scene, context: BrowserContext, address: tuple[str, str], role: Role, folder: Path
) -> Page:
    """The page of one trustee, whose key file is open."""
    url, cookie = address
    with scene.house.database.writing() as session:
        now = clock_timestamp(session)
        login = scene.world.parties[role].login
        held = identity.log_in_demo(session, login=login, by_person=True, now=now)
    context.clear_cookies()
    context.add_cookies([{"name": cookie, "value": held.token, "url": url}])
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    page.goto(f"{url}/trustee")
    file = folder / f"{role.value}.json"
    file.write_text(json.dumps(softkeys.write(scene.trustees[role], "p", iterations=1000)))
    page.locator("#key details summary").click()
    page.locator("#key input[type=file]").set_input_files(file)
    page.locator("#key input[type=password]").fill("p")
    page.locator("#key button[type=submit]").click()
    expect(page.locator("#ready")).to_be_visible()
    return page


def test_a_trustee_sees_the_evidence_releases_once_or_says_no(
    scene: Scene, address: tuple[str, str], tmp_path: Path
) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    with running.browsing() as browser:
        context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        page = desk(scene, context, address, Role.CENTRE, tmp_path)
        steps = page.locator(".gate > li")
        for step in ("close", "manifest", "envelopes", "floor"):
            expect(page.locator(f'[data-step="{step}"]')).to_have_attribute("data-s", "done")
        expect(steps.last).to_have_attribute("data-s", "neutral")
        expect(page.locator('[data-step="close"]')).to_contain_text("时间戳")
        expect(page.locator('[data-step="manifest"]')).to_contain_text("有效 3 份")
        expect(page.locator(".awaited")).to_contain_text("还差 3 位")
        assert violations(page) == []
        page.locator('[data-act="release-list"]').click()
        expect(page.locator("#done")).to_contain_text("现有 1 份，需 3 份")
        assert scene.payloads("share_released")[0]["given"] == 1

        other = desk(scene, context, address, Role.SUPERVISOR, tmp_path)
        other.locator('[data-act="refuse"]').click()
        other.locator("dialog#refuse input[name=reason]").fill("时间戳无法核实")
        other.locator("dialog#refuse button[type=submit]").click()
        expect(other.locator("#done")).to_contain_text("已签名登记")
        expect(other.locator(".plain-kv")).to_contain_text("时间戳无法核实")
        assert scene.payloads("release_declined")[0]["reason"] == "时间戳无法核实"
        assert violations(other) == []
        context.close()
