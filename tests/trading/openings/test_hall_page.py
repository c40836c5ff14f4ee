"""The hall's pages at every stage and failure, for every role: what they show, axe-core, pictures.

One opening is played on the server; each role's page then hears its events over a played wire.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import BrowserContext, Page, Route, expect

from kernel.permissions import Role
from kernel.pure.messages import ReleaseStage
from tests import running
from tests.browser.looks import DESK, Album, violations
from tests.trading.openings import hall_pages
from tests.trading.openings.hall_pages import Hall, Story, opened
from tests.trading.openings.published import DRAWS
from tests.trading.openings.test_objections import answer
from tests.trading.openings.world import Scene
from trading.app import create_app
from trading.openings import commands as c
from trading.tenders import queries as tenders

pytestmark = pytest.mark.browser
Marks = dict[str, int]
AT = "2026-11-24T01:30:00+00:00"
ROLES = ("public", "bidder", "host", "supervisor")
TITLES = {
    "public": {
        "waiting": "等候开标",
        "lock": "投标已截止，等候见证",
        "list": "名单已公布",
        "decryption": "投标人正在解密",
        "paused": "开标已暂停",
        "opening": "正在开启报价",
        "draw": "参数抽取",
        "read_out": "正在唱标",
        "confirmation": "投标人确认记录",
        "closed": "开标结束",
        "reconvened": "复会",
    },
    "bidder": {
        "waiting": "还没到签到时间",
        "list": "名单已公布，你在 01 席",
        "decryption": "解密你的投标文件",
        "unlocked": "你的投标文件已解密",
        "paused": "开标已暂停",
        "read_one": "你的报价已经唱出",
        "confirmation": "确认开标记录",
        "confirmed": "你已确认开标记录",
    },
    "host": {
        "sign_in": "等候投标截止",
        "list": "开放解密窗口",
        "decryption": "关闭解密窗口",
        "unsealed": "核对并签署开启清单",
        "draw": "抽取参数",
        "read_out": "唱出其余报价",
        "questions": "宣布开标结束",
    },
    "supervisor": {"decryption": "投标人正在解密", "read_out": "正在唱标"},
}


SPOKEN = {
    "waiting": ("请投标人在开标前", ""),
    "decryption": ("投标文件解密正在进行", ""),
    "objected": ("唱标结束", "第 1 号异议待答复"),
}
"""What the host's script says, and what is to be watched."""


def played(scene: Scene) -> tuple[Story, Marks]:
    """A whole opening with what goes wrong in one, and how many events there were at each mark."""
    marks: Marks = {}

    def mark(name: str) -> None:
        marks[name] = len(scene.events())

    with scene.house.database.writing() as session:
        lot = tenders.lot_row(session, scene.lot.id)
        lot.evaluation_plan = {**lot.evaluation_plan, "draws": DRAWS}
    mark("waiting")
    scene.bid_all(4)
    scene.go_to(scene.lot.deadline)
    for role in (Role.TENDEREE, Role.AGENCY):
        scene.release(role, ReleaseStage.LIST)
    scene.release(Role.CENTRE, ReleaseStage.LIST)
    scene.work()
    first, second, third, _fourth = scene.bidders
    scene.unlock(second)
    scene.act(lambda by: c.Extend(by, 10, "03 席证书服务中断"))
    scene.unlock(first)
    mark("unlocked")
    scene.act(lambda by: c.Pause(by, "核查 03 席的情况"), Role.SUPERVISOR)
    mark("paused")
    scene.act(c.Resume, Role.SUPERVISOR)
    scene.unlock(third)
    scene.go_on(minutes=scene.lot.minutes.decryption + 11)
    mark("opening")
    scene.release_all(ReleaseStage.OPEN)
    mark("unsealed")
    scene.sign_openings()
    mark("draw")
    scene.act(c.Draw)
    mark("read_out")
    scene.act(lambda by: c.ReadOut(by, (1,)))
    mark("read_one")
    scene.act(c.ReadOut)
    mark("confirmation")
    scene.answer(first, "agreed")
    mark("confirmed")
    scene.answer(second, "objected", "唱标工期与文件不一致")
    mark("objected")
    scene.go_on(minutes=scene.lot.minutes.confirmation)
    answer(scene, 1, "经核对一致，工期 180 日历天")
    mark("questions")
    scene.act(c.CloseOpening)
    mark("closed")
    scene.act(lambda by: c.Reconvene(by, "核对 01 席工期"))
    mark("reconvened")
    story = scene.events()
    for at, event in enumerate(story, start=1):
        _mark_of(event, at, marks)
    return story, dict(sorted(marks.items(), key=lambda one: one[1]))


def _mark_of(event: dict[str, Any], at: int, marks: Marks) -> None:
    """Moments that pass within one act, or within the clock's work."""
    named = {"deadline_lock": "lock", "list_published": "list", "bidder_decryption": "decryption"}
    stage = event["payload"].get("stage") if event["kind"] == "stage_changed" else None
    if stage == "sign_in":
        marks["sign_in"] = at
    elif stage in named:
        marks.setdefault(named[stage], at)
    if event["kind"] == "manifest_published":
        marks["lock"] = at


@pytest.fixture
def app(scene: Scene) -> Flask:
    """The application on the scene's own installation."""
    return create_app(scene.house.settings)


@pytest.fixture
def told(scene: Scene) -> tuple[Story, Marks]:
    """What was played, before a browser takes the thread's event loop."""
    return played(scene)


@pytest.fixture
def context(told: tuple[Story, Marks]) -> Iterator[BrowserContext]:
    """A reader of Chinese at a desk who wants no motion."""
    with running.browsing() as browser:
        yield browser.new_context(locale="zh-CN", viewport=DESK, reduced_motion="reduce")


def client_of(app: Flask, scene: Scene, role: str) -> FlaskClient:
    """A browser of somebody of that role; nobody is logged in as the public."""
    client = app.test_client()
    roles = {"host": Role.AGENCY, "supervisor": Role.SUPERVISOR}
    if role in roles:
        login = scene.world.parties[roles[role]].login
        headers = {"Accept": "application/json"}
        assert client.post("/login/demo", data={"login": login}, headers=headers).status_code == 200
    return client


def page_of(
    context: BrowserContext,
    app: Flask,
    scene: Scene,
    role: str,
    story: Story,
    at: int,
    script: str,
) -> Hall:
    """One role's page; the bidder on the first seat has opened its vault."""
    path = f"/lots/{scene.lot.id}/hall" + ("/host" if role == "host" else "")

    def change(data: dict[str, Any]) -> None:
        if role == "bidder":
            data["role"] = "bidder"
            data["pseudonym"] = scene.bidders[0].actor(scene.lot.id).pseudonym

    return opened(
        context,
        app,
        client_of(app, scene, role),
        path,
        story,
        at,
        script=script if role == "bidder" else "",
        change=change,
    )


def test_every_stage_for_every_role(
    scene: Scene, app: Flask, told: tuple[Story, Marks], context: BrowserContext, tmp_path: Path
) -> None:
    story, marks = told
    script = hall_pages.bundled(tmp_path)
    album = Album(hall_pages.ROOT / ".state" / "shots" / "hall")
    for role in ROLES:
        hall = page_of(context, app, scene, role, story, marks["waiting"], script)
        for name, at in marks.items():
            hall.go(at)
            title = TITLES[role].get(name)
            if title:
                expect(hall.page.locator("#task h1")).to_have_text(title)
            if role != "supervisor" or name in TITLES[role]:
                found = violations(hall.page)
                assert found == [], (role, name, found)
            if role == "host" and name in SPOKEN:
                script_words, points = SPOKEN[name]
                expect(hall.page.locator("#script")).to_contain_text(script_words)
                expect(hall.page.locator("#watch")).to_contain_text(points)
            look(album, hall, role, name)
        assert hall.errors == []
        hall.page.close()
    assert album.blemishes == []


PICTURED = {
    ("public", "waiting"): ("light", "phone"),
    ("public", "decryption"): ("dark",),
    ("public", "read_one"): ("light", "phone-dark"),
    ("bidder", "decryption"): ("light", "dark", "phone"),
    ("bidder", "paused"): ("light",),
    ("host", "decryption"): ("light", "dark"),
    ("host", "objected"): ("light", "phone"),
    ("supervisor", "paused"): ("dark",),
}


def look(album: Album, hall: Hall, role: str, name: str) -> None:
    """Pictures of what is worth one."""
    for which in PICTURED.get((role, name), ()):
        album.shot(hall.page, name, role, look=which)


def after(story: Story, at: int, *facts: tuple[str, dict[str, Any]]) -> Story:
    """The story up to `at`, and what happens then instead."""
    more = [
        {"seq": at + number, "kind": kind, "payload": payload, "at": AT}
        for number, (kind, payload) in enumerate(facts, start=1)
    ]
    return [*story[:at], *more]


LATE = {"checkpoint": "ab" * 32, "manifest": "cd" * 32, "delta": 60, "cosigned_at": []}
FEW = {"when": "at_deadline", "floor": 3, "say": "截止时投标人少于 3 个，依法不开标。"}
GONE = {"word": "终止", "reason": "项目取消", "say": "本标段终止，开标不再进行。"}
STOPPED = {
    "at": AT,
    "by": "host",
    "reason": "停电",
    "resumes_at": "2026-12-24T09:00:00+08:00",
    "say": "主持人暂停开标。原因：停电。",
}


def broadcast(page: Page) -> str:
    """Press for the words of this station to be said; what the server was asked to say."""
    asked: list[Any] = []

    def heard(route: Route) -> None:
        asked.append(route.request.post_data_json)
        route.fulfill(json={})

    page.route("**/hall/acts", heard)
    page.locator("#script button", has_text="播报这一段").click()
    expect(page.locator("#script")).to_contain_text("已播报")
    page.locator("#script button", has_text="改词").click()
    expect(page.locator("#f-text")).to_have_value(asked[0]["text"])
    assert [one["act"] for one in asked] == ["announce"]
    return str(asked[0]["text"])


def test_what_goes_wrong_is_said_and_what_to_do(
    scene: Scene, app: Flask, told: tuple[Story, Marks], context: BrowserContext, tmp_path: Path
) -> None:
    story, marks = told
    script = hall_pages.bundled(tmp_path)
    late = ("close_late", {**LATE, "deadline": AT, "stamped_at": None})
    ended = ("stage_changed", {"stage": "failed_too_few", "until": None})
    cancelled = ("stage_changed", {"stage": "cancelled", "until": None})
    trouble = ("bid_failed", {"seat": 1, "code": "OPN-2103", "final": False})
    lock, decryption = marks["lock"], marks["decryption"]
    for role, cut, facts, title in (
        ("public", lock, (late,), "截止检查点未获及时见证"),
        ("supervisor", lock, (late,), "截止检查点未获及时见证"),
        ("public", lock, (("failed_too_few", FEW), ended), "本次招标失败"),
        ("host", decryption, (("cancelled", GONE), cancelled), "开标不再进行"),
        ("host", decryption, (trouble,), "关闭解密窗口"),
        ("bidder", decryption, (("paused", STOPPED),), "开标已暂停"),
        ("bidder", decryption, (trouble,), "解密你的投标文件"),
    ):
        changed = after(story, cut, *facts)
        hall = page_of(context, app, scene, role, changed, len(changed), script)
        expect(hall.page.locator("#task h1")).to_have_text(title)
        assert violations(hall.page) == [], (role, title)
        if title == "开标已暂停":
            expect(hall.page.locator("#task")).to_contain_text("预计")
        if title == "关闭解密窗口":
            expect(hall.page.locator("#watch")).to_contain_text("代码 OPN-2103")
            assert broadcast(hall.page).startswith("各投标人请注意，投标文件解密正在进行")
        assert hall.errors == []
        hall.page.close()


def test_keyboard_zoom_and_a_line_that_breaks(
    scene: Scene, app: Flask, told: tuple[Story, Marks], context: BrowserContext, tmp_path: Path
) -> None:
    story, marks = told
    hall = page_of(context, app, scene, "host", story, marks["read_out"], "")
    page = hall.page
    page.locator("#bids tr[data-seat='1'] button").focus()
    hall.go(marks["read_one"])
    # The row was drawn again: the keyboard stands where the next one is read out.
    expect(page.locator("#bids tr[data-seat='2'] button")).to_be_focused()
    hall.go(marks["confirmation"])
    expect(page.locator("#bids-title")).to_be_focused()

    # 200 % of a laptop, and a phone: nothing is wider than the window.
    for width in (720, 390, 320):
        page.set_viewport_size({"width": width, "height": 640})
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, width
    drawer = page.locator("#chat-open")
    expect(page.locator("#chat")).to_be_hidden()
    drawer.press("Enter")
    expect(page.locator("#chat")).to_be_focused()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(drawer).to_be_focused()

    # On paper: whose hall it is, the whole table, nothing to press.
    page.set_viewport_size({"width": 700, "height": 990})
    page.emulate_media(media="print")
    expect(page.locator(".sess-t")).to_be_visible()
    expect(page.locator("#script")).to_be_hidden()
    table = "document.querySelector('#bids table')"
    assert page.evaluate(f"{table}.scrollWidth - {table}.closest('.tw').clientWidth") <= 0
    page.emulate_media(media="screen")

    # A line that breaks is told, with what is kept; what was missed is made up for.
    hall.line.cut()
    expect(page.locator("#connection .banner")).to_contain_text("正在第", timeout=8000)
    assert violations(page) == []
    hall.line.mend()
    expect(page.locator("#connection .banner")).to_contain_text("连接已恢复", timeout=15000)
    assert hall.errors == []
