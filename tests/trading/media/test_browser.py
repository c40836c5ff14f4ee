"""A picture in Chromium: a host, two direct lines, one by parts; the recording checks and plays."""

import hashlib
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, Route, expect
from werkzeug.serving import make_server

from kernel.clock import clock_timestamp
from kernel.identity import actions as identity
from kernel.media import queries, rules
from kernel.media.rules import State
from kernel.permissions import Role
from kernel.web import Edge
from tests import running
from tests.browser.looks import DESK, violations
from tests.trading.openings.world import Scene
from trading.app import create_app
from trading.sittings.queries import of_lot

pytestmark = pytest.mark.browser

DEVICES = (
    "--use-fake-device-for-media-stream",
    "--use-fake-ui-for-media-stream",
    "--allow-loopback-in-peer-connection",
    "--autoplay-policy=no-user-gesture-required",
)
DECODED = "v => v.getVideoPlaybackQuality().totalVideoFrames"
SEEN = """v => { const c = document.createElement('canvas'); c.width = 64; c.height = 36;
  const x = c.getContext('2d'); x.drawImage(v, 0, 0, 64, 36);
  return Array.from(x.getImageData(0, 0, 64, 36).data).join() }"""
VIDEO = "#stage-picture video"


@pytest.fixture
def address(scene: Scene) -> Iterator[tuple[str, str]]:
    """Where the scene's application is served, and the name of its cookie."""
    app = create_app(scene.house.settings)
    edge: Edge = app.extensions["sunbid"]
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://localhost:{server.server_port}", edge.cookie_name
    server.shutdown()


def come(
    scene: Scene, browser: Browser, address: tuple[str, str], role: Role | None, path: str
) -> Page:
    """Somebody's page of the hall; the sockets are not needed for a picture."""
    url, cookie = address
    context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
    if role is not None:
        with scene.house.database.writing() as session:
            now = clock_timestamp(session)
            login = scene.world.parties[role].login
            held = identity.log_in_demo(session, login=login, by_person=True, now=now)
        context.add_cookies([{"name": cookie, "value": held.token, "url": url}])
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    page.route("**/socket.io/**", lambda route: route.abort())
    page.goto(f"{url}{path}")
    return page


def failing(host: Page) -> None:
    """The line fails under the second part, twice: it comes late and is taken once."""
    tries = []

    def answer(route: Route) -> None:
        tries.append(1)
        route.abort() if len(tries) < 3 else route.continue_()

    host.route("**/parts/1", answer)


def plays(page: Page) -> None:
    """Frames are decoded, and the picture changes."""
    video = page.locator(VIDEO)
    deadline = time.monotonic() + 20
    while video.evaluate(DECODED) < 3:
        assert time.monotonic() < deadline, "no frame was decoded"
        page.wait_for_timeout(100)
    first = video.evaluate(SEEN)
    while video.evaluate(SEEN) == first:
        assert time.monotonic() < deadline, "the picture stands still"
        page.wait_for_timeout(100)


def test_a_picture_is_shown_watched_recorded_and_replayed(
    scene: Scene, address: tuple[str, str]
) -> None:
    scene.to_list()
    hall = f"/lots/{scene.lot.id}/hall"
    with scene.house.database.reading() as session:
        sitting = of_lot(session, scene.lot.id).id
    with running.browsing(*DEVICES) as browser:
        host = come(scene, browser, address, Role.AGENCY, f"{hall}/host")
        failing(host)
        host.locator('[data-pic="start"]').click()
        expect(host.locator('[data-pic="state"]')).to_contain_text("正在直播并录制")
        others = [come(scene, browser, address, role, hall) for role in VIEWERS]
        for page, how in zip(others, ("直播", "直播", "直播，晚几秒"), strict=True):
            expect(page.locator('[data-pic="way"]')).to_have_text(how, timeout=20_000)
            plays(page)
        assert [v for v in violations(others[0]) if "pic" in v[1]] == []
        expect(host.locator(".num").filter(has_text="直连 2 人")).to_be_visible()
        others[0].goto(f"{address[0]}/supervision")
        expect(others[0].locator(".tile-pic canvas")).to_be_visible(timeout=20_000)
        for page in others[:2]:
            page.close()
        expect(host.locator(".num").filter(has_text="直连 0 人")).to_be_visible(timeout=20_000)
        # The host's line is down for a while: said to who watches, and made up for by itself.
        host.route("**/pictures/**", lambda route: route.abort())
        expect(others[2].locator('[data-pic="way"]')).to_have_text("画面中断", timeout=20_000)
        expect(host.locator('[data-pic="state"]')).to_contain_text("上传延迟")
        host.unroute("**/pictures/**")
        expect(others[2].locator('[data-pic="way"]')).to_have_text("直播，晚几秒", timeout=20_000)
        host.locator('[data-pic="end"]').click()
        expect(host.locator('[data-pic="start"]')).to_be_enabled(timeout=10_000)
        _check_chain(scene, sitting)
        replay = come(scene, browser, address, Role.SUPERVISOR, f"/sittings/{sitting}/replay")
        video = replay.locator("#replay-video")
        deadline = time.monotonic() + 10
        while not video.evaluate("v => v.readyState >= 2 && v.duration > 3"):
            assert time.monotonic() < deadline
            replay.wait_for_timeout(100)
        assert violations(replay) == []
        # The whole file plays by itself, without our page.
        file = replay.locator("a[href$='/file']").get_attribute("href")
        alone: Any = replay.evaluate(ALONE, file)
        assert alone["width"] > 0


VIEWERS = (Role.SUPERVISOR, Role.CENTRE, None)
ALONE = """async url => { const blob = await (await fetch(url)).blob();
  const v = document.createElement('video'); v.muted = true; v.src = URL.createObjectURL(blob);
  await new Promise((ok, no) => { v.onloadeddata = ok; v.onerror = () => no(v.error) });
  return {width: v.videoWidth} }"""


def _check_chain(scene: Scene, sitting: Any) -> None:
    """Every stored byte leads to the root that stands in the log."""
    with scene.house.database.reading() as session:
        [view] = queries.recordings(session, sitting)
        rows = queries.part_rows(session, view.id)
        parts = [queries.part_of(row) for row in rows]
    assert view.state is State.ENDED
    assert len(parts) >= 2
    assert rules.replay(view.head, parts) == view.root
    for part in parts:
        with scene.house.blobs.open(part.sha256.hex()) as file:
            assert hashlib.sha256(file.read()).digest() == part.sha256
