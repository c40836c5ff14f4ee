"""The sitting on the pages: messages, order, presence over real sockets, a host who is gone."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from kernel.clock import clock_timestamp, installation
from kernel.identity import actions as identity
from kernel.identity import queries, rules
from kernel.permissions import Account, Role
from kernel.settings import Settings
from kernel.sockets import passes
from kernel.supervisor import Program, Supervisor
from tests import running
from tests.browser.looks import DESK, PHONE, violations
from tests.faults.lines import Line
from tests.trading.openings.world import Scene
from tests.trading.sittings.test_chat import say, seat, transcript
from tests.trading.sittings.test_lots import second
from tests.trading.sittings.test_presiding import colleague, named, view
from trading.bench._web import GUNICORN, wait_for
from trading.installation import ROOT, free_ports

__all__ = ["second"]
pytestmark = pytest.mark.browser
LOOKS: list[tuple[str, ViewportSize, Literal["light", "dark"]]] = [
    ("light", DESK, "light"),
    ("dark", DESK, "dark"),
    ("phone", PHONE, "light"),
]
HOSTILE = "<img src=x onerror=alert(1)>\u202e报价"


@contextmanager
def served(scene: Scene) -> Iterator[list[str]]:
    """Two web processes on the scene's database."""
    ports = free_ports(2)
    urls = [f"http://localhost:{port}" for port in ports]
    own = scene.house.settings
    settings = Settings(
        database_url=own.database_url,
        state_dir=own.state_dir,
        public_url=urls[0],
        other_urls=urls[1],
    )
    supervisor = Supervisor(own.state_dir / "logs")
    try:
        for port in ports:
            command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "wsgi:app")
            environment = {**settings.environment(), "PYTHONPATH": str(ROOT)}
            supervisor.start(Program(f"web-{port}", command, environment, ROOT))
        for url in urls:
            wait_for(url)
        yield urls
    finally:
        supervisor.stop()


def come(scene: Scene, browser: Browser, url: str, who: str | None, path: str) -> Page:
    """The page of somebody, by login name."""
    context = browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")
    if who is not None:
        with scene.house.database.writing() as session:
            now = clock_timestamp(session)
            held = identity.log_in_demo(session, login=who, by_person=True, now=now)
            cookie = rules.cookie_name(installation(session).id)
        context.add_cookies([{"name": cookie, "value": held.token, "url": url}])
    page = context.new_page()
    page.route("**/demo/begin", lambda route: route.abort())
    page.goto(f"{url}{path}")
    return page


@contextmanager
def seated(scene: Scene, url: str, number: int) -> Iterator[None]:
    """A bidder's socket that has shown its pass."""
    live_id = view(scene).live_id
    with scene.house.database.reading() as session:
        at = clock_timestamp(session)
    shown = passes.issue(scene.house.keys, seat(scene, number), live_id, at=at)
    line = Line(url)
    answer = line.ask("join", {"id": str(live_id), "after": 0, "pass": shown})
    assert "error" not in answer
    yield
    line.socket.close()


def keep(page: Page, name: str) -> None:
    """A picture for whoever asks for one: SUNBID_LOOK names a folder."""
    if folder := os.environ.get("SUNBID_LOOK"):
        for look, size, scheme in LOOKS:
            page.set_viewport_size(size)
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=Path(folder) / f"{name}-{look}.png", full_page=True)
        page.set_viewport_size(DESK)
        page.emulate_media(color_scheme="light")


def test_the_sitting_is_one_room_for_all(scene: Scene, second: UUID) -> None:
    deputy = colleague(scene)
    named(scene, scene.host(), scene.host().person_id, deputy.person_id)
    scene.to_list()
    hall = f"/lots/{scene.lot.id}/hall"
    logins = {role: party.login for role, party in scene.world.parties.items()}
    with served(scene) as urls, running.browsing() as browser:
        host = come(scene, browser, urls[0], logins[Role.AGENCY], f"{hall}/host")
        supervisor = come(scene, browser, urls[1], logins[Role.SUPERVISOR], hall)
        public = come(scene, browser, urls[0], None, hall)
        relief = come(scene, browser, urls[1], _login(scene, deputy), f"{hall}/host")
        line = "主持在场 · 副主持在场 · 监督在场 · 投标人 0/3 · 公众 1"
        for page in (host, supervisor, public, relief):
            expect(page.locator("#presence")).to_have_text(line, timeout=20_000)

        with seated(scene, urls[1], 2):
            here = line.replace("0/3", "1/3")
            expect(public.locator("#presence")).to_have_text(here, timeout=20_000)
            expect(host.locator("#bids tr[data-here]")).to_have_attribute("data-seat", "2")

        # The lot that got no bids has ended; the other goes on beside it.
        for page in (host, public):
            expect(page.locator("#lot-tabs a")).to_have_count(2)
            ended = page.locator(f'#lot-tabs a[href*="{second}"]')
            expect(ended.locator(".chip")).to_have_text("流标")
        host.get_by_label("写一句话，全场可见").fill("请各投标人准备解密")
        host.keyboard.press("Enter")
        last = public.locator("#chat li").last
        expect(last.locator(".words")).to_have_text("请各投标人准备解密")
        say(scene, seat(scene, 2), HOSTILE)
        expect(last.locator(".words")).to_have_text("<img src=x onerror=alert(1)>报价")
        expect(last.locator("b")).to_contain_text("02 ")
        expect(public.locator("#chat form")).to_be_hidden()
        expect(host.locator("#chat li.mine")).to_have_count(1)
        expect(public.locator("#chat button.chat-tool")).to_have_count(0)

        supervisor.get_by_role("button", name="移除：02").click()
        supervisor.locator("dialog#chat-remove input[name=reason]").fill("与开标无关")
        supervisor.locator("dialog#chat-remove button[type=submit]").click()
        expect(last.locator(".gone")).to_contain_text("与开标无关")
        host.locator("#chat .hd button").click()
        host.locator("dialog#chat-mute-all input[name=reason]").fill("唱标期间")
        host.locator("dialog#chat-mute-all button[type=submit]").click()
        expect(public.locator("#chat .chat-state")).to_have_text("全体禁言")
        assert [each["removed"] for each in transcript(scene)] == [None, "与开标无关"]
        for name, page in (("host", host), ("supervisor", supervisor), ("public", public)):
            keep(page, name)
            assert violations(page) == []

        host.close()
        for page in (relief, supervisor):
            expect(page.locator("#host-gone")).to_be_visible(timeout=30_000)
        expect(public.locator("#host-gone")).to_be_hidden()
        keep(relief, "gone")
        assert violations(relief) == []
        relief.locator("#host-gone button").click()
        relief.locator("dialog#take-over input[name=reason]").fill("主持人断线")
        relief.locator("dialog#take-over button[type=submit]").click()
        expect(relief.locator("#chair")).to_contain_text("由你主持")
        expect(supervisor.locator("#ledger")).to_contain_text("接手主持")
        expect(supervisor.locator("#host-gone")).to_be_hidden(timeout=20_000)


def _login(scene: Scene, account: Account) -> str:
    with scene.house.database.reading() as session:
        return queries.person(session, account.person_id).login
