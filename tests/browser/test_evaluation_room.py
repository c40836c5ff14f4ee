"""The evaluation room in Chromium: a member from check-in to signature, a supervisor looking on."""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Page, expect

from evaluation.rooms.states import Stage
from evaluation.scoring import actions as scoring
from evaluation.scoring.sheets import Mark, SheetStage
from kernel.permissions import Role
from kernel.pure.parameters import plain
from tests.browser.evaluation_scene import Site, enter, open_key, room_open
from tests.browser.looks import Album
from tests.browser.people import Guest

SEAT = 4
ARTEFACTS = Path(__file__).resolve().parents[2] / ".state" / "artefacts" / "evaluation-room"


pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    """One room whose members have accepted."""
    with room_open() as opened:
        yield opened


@pytest.fixture(scope="module")
def album() -> Album:
    """Pictures of the room, kept to be looked at."""
    return Album(ARTEFACTS)


def test_a_member_from_check_in_to_signature(site: Site, browser: Browser, album: Album) -> None:
    scene, desk = site.scene, site.desk
    me = scene.expert(SEAT)
    others = [seat for seat in scene.seats if seat != SEAT]
    member = Guest(browser, site.running.url, "member")
    watcher = Guest(browser, site.running.url, "supervisor")
    page = member.page

    enter(member, me.person, "/evaluations")
    album.shot(page, "list", "member")
    page.get_by_role("link", name="进入").click()
    open_key(page, me.person)
    page.get_by_role("button", name="签名并签到").click()
    expect(page.get_by_role("heading", name="承诺，或申请回避")).to_be_visible()
    album.shot(page, "pledge", "member")
    page.get_by_role("button", name="承诺并签名").click()
    expect(page.get_by_role("heading", name="等待其他委员")).to_be_visible()

    for seat in others:
        scene.arrive(seat)
    expect(page.get_by_role("heading", name="推选组长")).to_be_visible()
    album.shot(page, "election", "member")
    page.get_by_role("radio", name="委员 1").check()
    page.get_by_role("button", name="投票").click()
    expect(page.get_by_text("已投票")).to_be_visible()
    for seat in others:
        scene.vote(seat, 1)

    expect(page.locator("#sheet")).to_be_visible()
    expect(page.locator(".pg canvas").first).to_be_visible()
    album.shot(page, "qualification", "member")
    _qualify_by_keyboard(page, bids=len(scene.dossier.bids))
    expect(page.get_by_text("你的评审已提交")).to_be_visible()
    enter(watcher, scene.parties[Role.SUPERVISOR], f"/evaluations/{scene.room_id}")
    expect(watcher.page.locator("#others")).to_contain_text("3 / 3")
    album.shot(watcher.page, "qualification", "supervisor")
    for seat in others:
        _submit(site, seat, SheetStage.QUALIFICATION)

    expect(page.locator("#sheet")).to_contain_text("技术部分")
    _read(page)
    _score_by_keyboard(page, bid="B01", start="8")
    _lose_the_line(site, page)
    page.reload()
    open_key(page, me.person)
    expect(page.locator("[data-score]").nth(1)).to_have_value("12.5")
    page.locator("[data-score]").nth(1).focus()
    album.shot(page, "technical", "member")
    album.shot(page, "technical", "member", look="dark")
    album.shot(page, "technical", "member", look="phone")
    _pause_and_resume(watcher, page)
    page.keyboard.press("Control+Enter")
    album.shot(page, "submit", "member")
    page.get_by_role("button", name="签名并提交").click()
    for bid in ("B02", "B03"):
        expect(page.locator(f"[data-bid='{int(bid[1:])}'][aria-current]")).to_be_visible()
        _score_by_keyboard(page, bid=bid, start="7")
        page.keyboard.press("Control+Enter")
        page.keyboard.press("Enter")
    expect(page.get_by_text("你的评审已提交")).to_be_visible()
    for seat in others:
        _submit(site, seat, SheetStage.TECHNICAL)

    expect(page.locator("#prices")).to_be_visible()
    expect(page.locator("#prices")).to_contain_text("÷")
    for summary in page.locator("#outcome details > summary").all():
        summary.click()
    album.shot(page, "price", "member")
    album.shot(page, "price", "member", look="dark")
    album.shot(page, "price", "member", look="phone")
    page.get_by_role("button", name="确认价格与排名").click()
    _confirm_prices(page)
    for seat in others:
        _confirm(site, seat)

    expect(page.locator("#sign-form")).to_be_visible()
    page.get_by_label("有不同意见").check()
    page.get_by_label("不同意见和理由").fill("对 B02 的业绩认定有保留。")
    album.shot(page, "signing", "member")
    page.get_by_label("同意报告结论").check()
    page.get_by_role("button", name="用证书签署").click()
    expect(page.locator(f".signers [data-seat='{SEAT}']")).to_contain_text("同意")
    for seat in others:
        desk.sign(seat)
    expect(page.get_by_role("heading", name="评标已结束，报告已签署")).to_be_visible()
    expect(page.locator("#report-pdf")).to_have_text(re.compile("评标报告 PDF"))
    expect(page.locator("#reader")).to_be_hidden()
    album.shot(page, "closed", "member")
    album.shot(watcher.page, "closed", "supervisor", look="dark")
    assert scene.stage() is Stage.CLOSED
    # The server was killed once: its sockets said so.
    unmeant = [fault for fault in member.faults + watcher.faults if "WebSocket" not in fault]
    assert unmeant == []
    album.sheet()
    assert album.blemishes == [], "\n".join(album.blemishes)


def _qualify_by_keyboard(page: Page, *, bids: int) -> None:
    """Every check of every bid is passed without a mouse."""
    for number in range(1, bids + 1):
        expect(page.locator(f"[data-bid='{number}'][aria-current]")).to_be_visible()
        page.locator("[data-score]").first.focus()
        checks = page.locator("tr[data-row]").count()
        for _ in range(checks):
            page.keyboard.press("Space")
            page.keyboard.press("Enter")
        page.keyboard.press("Control+Enter")
        expect(page.get_by_role("dialog")).to_be_visible()
        page.keyboard.press("Enter")
        expect(page.locator(f"[data-bid='{number}']")).to_contain_text("已提交")


def _read(page: Page) -> None:
    """Search finds and marks; compare puts a second bid beside it."""
    page.get_by_label("在本文件中查找").fill("软土 分布")
    expect(page.locator(".textLayer mark.now").first).to_be_visible()
    page.get_by_role("button", name="对照").click()
    expect(page.locator(".pane").nth(1).locator("canvas").first).to_be_visible()
    page.get_by_role("button", name="关闭对照").click()


def _score_by_keyboard(page: Page, *, bid: str, start: str) -> None:
    """Scores by digits, Enter and +; what is out of range is said at once."""
    first = page.locator("[data-score]").first
    first.focus()
    page.keyboard.type("99")
    expect(page.get_by_text("超出范围").first).to_be_visible()
    page.keyboard.press("Control+a")
    page.keyboard.type(start)
    expect(page.get_by_text("超出范围")).to_have_count(0)
    page.keyboard.press("Tab")
    page.keyboard.type(f"{bid} 理解透彻")
    page.keyboard.press("Enter")
    for _ in range(page.locator("[data-score]").count() - 1):
        page.keyboard.press("+")
        page.keyboard.press("+")
        page.keyboard.press("Enter")


def _lose_the_line(site: Site, page: Page) -> None:
    """The server dies with the socket; what is typed meanwhile is there after all."""
    expect(page.locator("[data-saved=saved]")).to_be_visible()
    with site.running.supervisor.down("web"):
        page.locator("[data-score]").nth(1).fill("12.5")
        expect(page.locator("[data-saved=waiting]")).to_be_visible()
        expect(page.get_by_text("连接中断")).to_be_visible()
    expect(page.get_by_text("连接已恢复")).to_be_visible()
    expect(page.locator("[data-saved=saved]")).to_be_visible()
    expect(page.locator("[data-score]").nth(1)).to_have_value("12.5")


def _pause_and_resume(watcher: Guest, page: Page) -> None:
    """The supervisor stops the room: nothing can be read or typed until it goes on."""
    watcher.page.locator("[data-order=pause]").click()
    watcher.confirm("暂停评标", label="原因", text="核实一份证明材料。")
    expect(page.get_by_role("heading", name="评标已暂停")).to_be_visible()
    expect(page.locator("#reader")).to_be_hidden()
    expect(page.get_by_role("button", name="提交 B01")).to_be_disabled()
    watcher.page.locator("[data-order=resume]").click()
    watcher.confirm("恢复评标")
    expect(page.locator("#reader")).to_be_visible()
    expect(page.get_by_role("button", name="提交 B01")).to_be_enabled()
    page.locator("[data-score]").first.focus()


def _confirm_prices(page: Page) -> None:
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    for reason in dialog.get_by_role("textbox").all():
        reason.fill("按招标文件的评分标准逐项评定。")
    dialog.get_by_role("button", name="确认", exact=True).click()
    expect(page.get_by_text("你已确认")).to_be_visible()


def _submit(site: Site, seat: int, stage: SheetStage) -> None:
    """All sheets of another member."""
    plan = site.scene.room().plan
    for bid in site.scene.room().bids:
        marks = {check.key: Mark("pass", "") for check in plan.checks}
        if stage is SheetStage.TECHNICAL:
            steps = 1 + (seat + bid.number) % 2
            marks = {
                item.key: Mark(
                    plain(item.maximum - (0 if item.objective else steps) * item.step), ""
                )
                for item in plan.items
            }
        site.desk.submit(seat, stage, bid.number, marks)


def _confirm(site: Site, seat: int) -> None:
    scene = site.scene
    actor = scene.expert(seat).account
    scene.do(scoring.confirm_prices, scene.room_id, {}, actor=actor)


def test_three_parties_draw_without_any_choosing(
    site: Site, browser: Browser, album: Album
) -> None:
    """Each commits at a browser of its own; the numbers come out by themselves."""
    scene = site.scene
    room_id = scene.convene(lot_ref=uuid4())
    guests = {}
    for role in (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR):
        guest = guests[role] = Guest(browser, site.running.url, role.value)
        enter(guest, scene.parties[role], f"/evaluations/{room_id}/draw")
        if role is Role.AGENCY:
            album.shot(guest.page, "draw-commit", role.value)
        guest.click("生成随机数并提交承诺")
        expect(guest.page.locator(f"[data-party={role.value}]")).not_to_contain_text("尚未提交")
    for guest in guests.values():
        expect(guest.page.get_by_text("已抽取，重算一致")).to_be_visible()
        assert guest.faults == []
    page = guests[Role.AGENCY].page
    expect(page.locator(".drawn.on")).to_have_count(5)
    names = [expert.entry.name for expert in scene.experts]
    assert not [name for name in names if name in page.content()]
    album.shot(page, "drawn", "agency")
    album.shot(page, "drawn", "agency", look="dark")
    album.shot(page, "drawn", "agency", look="phone")

    invited = Guest(browser, site.running.url, "invited")
    enter(invited, scene.expert(1).person, "/evaluations")
    album.shot(invited.page, "invitation", "expert")
    invited.click("不能参加")
    invited.confirm("谢绝邀请", label="原因", text="当日另有安排。")
    expect(invited.page.get_by_text("没有待答复的邀请")).to_be_visible()
    expect(page.locator(".drawn.out")).to_have_count(1)
    assert invited.faults == []
    album.sheet()
    assert album.blemishes == [], "\n".join(album.blemishes)
