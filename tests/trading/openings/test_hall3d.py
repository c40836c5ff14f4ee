"""The hall in three dimensions in Chromium: drawn from the page's stream, and never needed."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import BrowserContext, Page, Response, ViewportSize, expect

from kernel import scripts
from tests import running
from tests.trading.openings.world import Scene

pytestmark = pytest.mark.browser

FLAGS = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--ignore-gpu-blocklist")
HEAVY = 300_000
SLOW_MS = 30_000
SMALL = ViewportSize(width=900, height=640)
NO_WEBGL = """
const own = HTMLCanvasElement.prototype.getContext;
HTMLCanvasElement.prototype.getContext = function (kind, ...rest) {
  return kind.startsWith("webgl") ? null : own.call(this, kind, ...rest);
};
"""
STATS = "() => document.querySelector('#hall3d').hall3d.stats()"


def hall(scene: Scene, context: BrowserContext, url: str) -> Page:
    """The public's page of the hall."""
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    page.goto(f"{url}/lots/{scene.lot.id}/hall")
    return page


def assert_released(loaded: dict[str, Response]) -> None:
    """The scene came when it was chosen, in files whose hashes the release's listing names."""
    listing = scripts.read_listing(scripts.BUILT.read_bytes()).files
    chunks = {url: answer for url, answer in loaded.items() if "/chunks/" in url}
    assert any(len(answer.body()) > HEAVY for answer in chunks.values()), "three came with a chunk"
    for url, answer in chunks.items():
        assert listing[f"chunks/{url.rpartition('/')[2]}"] == sha256(answer.body()).digest()


def frames(page: Page, wait_ms: int) -> int:
    """How many frames were drawn while nothing was asked of the scene."""
    before: dict[str, Any] = page.evaluate(STATS)
    page.wait_for_timeout(wait_ms)
    return int(page.evaluate(STATS)["frames"] - before["frames"])


def at_rest(page: Page) -> None:
    """Until it has drawn something and then nothing for a while."""
    page.wait_for_function("() => document.querySelector('#hall3d').hall3d?.stats().frames > 0")
    for _ in range(20):
        if frames(page, 300) == 0:
            return
    raise AssertionError("the scene never came to rest")


def test_the_scene_shows_the_stream_rests_and_is_never_needed(
    scene: Scene, address: tuple[str, str], tmp_path: Path
) -> None:
    scene.to_list()
    with running.browsing(*FLAGS) as browser:
        context = browser.new_context(
            locale="zh-CN", viewport=SMALL, reduced_motion="reduce", color_scheme="light"
        )
        page = hall(scene, context, address[0])
        loaded: dict[str, Response] = {}
        page.on("response", lambda response: loaded.update({response.url: response}))
        broken: list[str] = []
        page.on("pageerror", lambda error: broken.append(str(error)))
        box = page.locator("#hall3d")
        expect(page.locator("#hall-views button")).to_have_count(2)
        expect(box).to_be_hidden()

        page.locator('[data-choice="scene"]').click()
        expect(box.locator("canvas")).to_be_visible(timeout=SLOW_MS)
        page.locator('#hall3d [data-view="host"]').click()
        at_rest(page)
        assert_released(loaded)
        drawn = page.evaluate(STATS)
        assert drawn["calls"] <= 26
        assert drawn["low"], "the software renderer gets the simple hall"
        assert frames(page, 1500) == 0, "the screen is not in view: not even the clock is drawn"
        expect(box.locator("canvas")).to_have_attribute("aria-hidden", "true")
        expect(page.locator("#bids tbody tr")).to_have_count(3)

        box.locator('[data-view="host"]').press("1")
        expect(box.locator('[data-view="overview"]')).to_have_attribute("aria-pressed", "true")
        at = page.evaluate("() => document.querySelector('#hall3d').hall3d.scene().pixelOf(0)")
        box.locator("canvas").hover(position=at)
        expect(box.locator('[data-label="marked"]')).to_contain_text("01 席")
        page.locator('#bids tr[data-seat="3"]').hover()
        expect(box.locator('[data-label="marked"]')).to_contain_text("03 席")
        box.screenshot(path=tmp_path / "hall3d.png")

        page.reload()
        expect(box.locator("canvas")).to_be_visible(timeout=SLOW_MS)  # remembered
        lose = "getContext('webgl2').getExtension('WEBGL_lose_context').loseContext()"
        box.locator("canvas").evaluate(f"(canvas) => canvas.{lose}")
        expect(box).to_be_hidden()
        expect(box.locator("canvas")).to_have_count(0)
        expect(page.locator("#bids tbody tr")).to_have_count(3)
        expect(page.locator('[data-choice="table"]')).to_have_attribute("aria-pressed", "true")
        assert broken == []
        context.close()

        plain = browser.new_context(locale="zh-CN", viewport=SMALL)
        plain.add_init_script(NO_WEBGL)
        page = hall(scene, plain, address[0])
        expect(page.locator("#bids tbody tr")).to_have_count(3)
        expect(page.locator("#hall-views")).to_be_hidden()
        plain.close()
