"""The draw in a real Chromium: the host presses, everybody sees it come and recomputes it."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from kernel.clock import clock_timestamp
from kernel.identity import actions as identity
from kernel.permissions import Role
from tests import running
from tests.browser.looks import DESK, violations
from tests.trading.openings.test_draws import drawing  # noqa: F401 - a fixture
from tests.trading.openings.world import Scene
from trading.openings import commands as c

pytestmark = pytest.mark.browser


def host(scene: Scene, context: BrowserContext, url: str, cookie: str) -> Page:
    with scene.house.database.writing() as session:
        now = clock_timestamp(session)
        login = scene.world.parties[Role.AGENCY].login
        held = identity.log_in_demo(session, login=login, by_person=True, now=now)
    context.add_cookies([{"name": cookie, "value": held.token, "url": url}])
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    page.goto(f"{url}/lots/{scene.lot.id}/hall/host")
    return page


def test_values_come_and_every_browser_comes_to_the_same(
    drawing: Scene,  # noqa: F811
    address: tuple[str, str],
) -> None:
    url, cookie = address
    with running.browsing() as browser:
        context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
        desk = host(drawing, context, url, cookie)
        panel = desk.locator("#draw")
        expect(panel).to_contain_text("已抽 0 项，共 3 项")
        desk.locator('[data-act="draw:k"]').click()
        expect(panel).to_contain_text("已抽 1 项，共 3 项")
        expect(panel.locator(".fresh")).to_have_count(1)
        expect(desk.locator('[data-act="draw:delta"]')).to_be_visible()
        desk.locator('[data-act="draw"]').click()
        expect(panel).to_contain_text("已抽 3 项，共 3 项")
        expect(panel.get_by_text("本机已重算，一致")).to_have_count(2)
        expect(panel.get_by_text("本机已重算，范围待唱标后核对")).to_have_count(1)
        values = {each["name"]: each["value"] for each in drawing.payloads("parameter_drawn")}
        expect(panel.locator('[data-draw="k"] .draw-value')).to_have_text(str(values["k"]))
        drawing.act(c.ReadOut)
        seen = browser.new_context(locale="zh-CN", viewport=DESK).new_page()
        seen.goto(f"{url}/lots/{drawing.lot.id}/hall")
        expect(seen.locator("#draw").get_by_text("本机已重算，一致")).to_have_count(3)
        assert violations(seen) == []
        assert seen.evaluate("document.documentElement.scrollWidth") <= DESK["width"]
        seen.set_viewport_size({"width": 390, "height": 844})
        assert seen.evaluate("document.documentElement.scrollWidth") <= 390
