"""From the handover to the signed report: draw, committee, sheets, prices, signatures.

Two of the five experts, one at each site, sit at browsers of their own; three leave a program
running. The marks are fixed here by organisation, and what they must come to is reckoned by hand.
"""

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect
from sqlalchemy import text

from tests.browser.acts_bids import BIDDING, OFFERS, UNSECURED
from tests.browser.people import Guest
from tests.browser.scene import Scene
from trading.installation import ROOT

SLOW = 60_000
CHECKS = ("licence", "qualification", "similar", "leader", "credit", "validity", "response")
# Points by item, and on `scheme` what each seat gives more or less. 60 points are technical.
ITEMS = ("understanding", "scheme", "depth", "quality", "service", "records", "team", "awards")
MARKS = {
    "霁川交通规划设计研究院有限公司": (8.5, 13, 8.5, 6.5, 4.5, 5, 4, 1),
    "禾屿公路勘察设计有限公司": (7.5, 12, 8, 6, 4, 4, 3, 0),
    "澄怀工程设计咨询有限公司": (9, 14, 9, 7, 4.5, 6, 4, 2),
}
LEANINGS = {
    "霁川交通规划设计研究院有限公司": (0, 0.5, -0.5, 1, 0),
    "禾屿公路勘察设计有限公司": (0, 0.5, 0.5, -0.5, 0),
    "澄怀工程设计咨询有限公司": (-0.5, 0, 0, 0.5, -1),
}


@dataclass(frozen=True, slots=True)
class Placed:
    """A member: seat, login, and whether at the home site."""

    seat: int
    login: str
    at_home: bool


@dataclass(slots=True)
class Committee:
    """The room, its members, and the programs that act for those who sit at no browser."""

    room: str
    members: list[Placed]
    at_screen: dict[str, Placed]
    programs: list[subprocess.Popen[bytes]]

    def stop(self) -> None:
        """End the programs, whatever became of the journey."""
        for program in self.programs:
            program.terminate()
            program.wait(10)


def hand_over(scene: Scene) -> str:
    """The agency hands the opened bids over; returns the room."""
    agency = scene.guests["agency"]
    page = agency.go(f"/tenders/lots/{scene.lot_id}/results")
    expect(page.get_by_role("heading", name="移交评标", level=2)).to_be_visible()
    scene.album.shot(page, "desk-handover", "agency")
    agency.click("移交评标")
    agency.confirm("移交评标", label="输入「移交评标」以确认", text="移交评标")
    link = page.get_by_role("link", name="进入抽取")
    expect(link).to_be_visible()
    return str(link.get_attribute("href")).split("/")[2]


def draw(scene: Scene, room: str) -> None:
    """Agency, centre and supervisor each commit to a number; every browser recomputes the draw."""
    for role in ("agency", "centre", "supervisor"):
        guest = scene.guests[role]
        page = guest.go(f"/evaluations/{room}/draw")
        # Two of the pool work or worked for a bidder.
        expect(page.locator("#pool")).to_contain_text("2 人")
        guest.click("生成随机数并提交承诺")
        if role == "agency":
            expect(page.locator("[data-party=agency]")).to_contain_text("已承诺")
            scene.album.shot(page, "draw", "agency")
    for role in ("agency", "centre", "supervisor"):
        page = scene.guests[role].page
        expect(page.get_by_text("已抽取，重算一致")).to_be_visible(timeout=SLOW)
    scene.album.shot(scene.guests["centre"].page, "drawn", "centre")
    scene.album.shot(scene.guests["supervisor"].page, "drawn", "supervisor", look="phone-dark")


def convene(scene: Scene, room: str) -> Committee:
    """Who was drawn; two of them come to browsers, for the others programs are started."""
    with scene.house.database.reading() as session:
        rows = session.execute(
            text(
                "SELECT m.seat, p.login, s.kind FROM evaluation_member m "
                "JOIN evaluation_expert e ON e.id = m.expert_id "
                "JOIN person p ON p.id = e.person_id "
                "JOIN evaluation_site s ON s.id = e.site_id "
                "WHERE m.room_id = :room AND m.out_at IS NULL ORDER BY m.seat"
            ),
            {"room": room},
        ).all()
    members = [Placed(seat, login, kind == "home") for seat, login, kind in rows]
    assert [one.seat for one in members] == [1, 2, 3, 4, 5]
    # The one employed by a bidder, and the one who was within three years.
    assert not {one.login for one in members} & {"expert-4", "expert-9"}
    home = next(one for one in members if one.at_home)
    guest = next(one for one in members if not one.at_home)
    at_screen = {"expert": home, "expert-2": guest}
    marks = scene.folder / "marks.json"
    marks.write_text(json.dumps(_table(scene, room), ensure_ascii=False), "utf-8")
    programs = [
        _program(scene, room, one.login, marks) for one in members if one not in at_screen.values()
    ]
    return Committee(room, members, at_screen, programs)


def _program(scene: Scene, room: str, login: str, marks: Path) -> subprocess.Popen[bytes]:
    options = (f"--url={scene.installation.url}", f"--room={room}", f"--login={login}")
    script = str(ROOT / "static/src/headless/experts.js")
    return subprocess.Popen(("node", script, *options, f"--marks={marks}"))


def _table(scene: Scene, room: str) -> dict[str, dict[int, dict[str, list[str]]]]:
    """All marks as the programs read them: stage, bid, item, by seat."""
    told: dict[str, dict[int, dict[str, list[str]]]] = {"qualification": {}, "technical": {}}
    for number, organisation in bids(scene, room).items():
        told["qualification"][number] = {key: ["pass"] * 5 for key in CHECKS}
        if organisation == UNSECURED.organisation:
            continue
        told["technical"][number] = {
            key: [_points(organisation, seat)[at] for seat in range(1, 6)]
            for at, key in enumerate(ITEMS)
        }
    return told


def bids(scene: Scene, room: str) -> dict[int, str]:
    """Organisations by the number of their bid."""
    with scene.house.database.reading() as session:
        rows = session.execute(
            text(
                "SELECT number, organisation FROM evaluation_room_bid "
                "WHERE room_id = :room ORDER BY number"
            ),
            {"room": room},
        )
        return {number: organisation for number, organisation in rows}  # noqa: C416 - rows


def _points(organisation: str, seat: int) -> list[str]:
    given = list(MARKS[organisation])
    given[1] += LEANINGS[organisation][seat - 1]
    return [f"{each:g}" for each in given]


def take_seats(scene: Scene, committee: Committee) -> None:
    """Invitation, check-in with the own certificate, pledge, election of the leader."""
    for role, placed in committee.at_screen.items():
        guest = scene.guests[role]
        guest.log_in(placed.login)
        page = guest.go("/evaluations")
        if role == "expert":
            scene.album.shot(page, "invitation", "expert")
        guest.click("接受邀请")
        page.wait_for_url(f"**/evaluations/{committee.room}")
    for role in committee.at_screen:
        guest = scene.guests[role]
        expect(guest.page.get_by_role("button", name="使用演示证书")).to_be_visible(timeout=SLOW)
        guest.click("使用演示证书")
        guest.click("签名并签到")
        expect(guest.page.get_by_role("heading", name="承诺，或申请回避")).to_be_visible()
        if role == "expert":
            scene.album.shot(guest.page, "pledge", "expert")
        guest.click("承诺并签名")
    for role in committee.at_screen:
        page = scene.guests[role].page
        expect(page.get_by_role("button", name="投票")).to_be_visible(timeout=SLOW)
        page.get_by_role("radio", name="委员 1").check()
        scene.guests[role].click("投票")


def qualify(scene: Scene, committee: Committee) -> None:
    """Every check of every bid passes, in two browsers by keyboard."""
    for role in committee.at_screen:
        page = scene.guests[role].page
        expect(page.locator("#sheet")).to_be_visible(timeout=SLOW)
        if role == "expert":
            expect(page.locator(".pg canvas").first).to_be_visible(timeout=SLOW)
            scene.album.shot(page, "qualification", "expert")
        expect(page.locator("#outcome")).to_contain_text("投标担保")
        for number in bids(scene, committee.room):
            expect(page.locator(f"[data-bid='{number}'][aria-current]")).to_be_visible()
            page.locator("[data-score]").first.focus()
            for _ in CHECKS:
                page.keyboard.press("Space")
                page.keyboard.press("Enter")
            _submit(page, number)


def score(scene: Scene, committee: Committee) -> None:
    """Points for every item; nobody sees another's before all are in."""
    numbers = bids(scene, committee.room)
    for role, placed in committee.at_screen.items():
        page = scene.guests[role].page
        expect(page.locator("#sheet")).to_contain_text("技术部分", timeout=SLOW)
        for number, organisation in numbers.items():
            if organisation == UNSECURED.organisation:
                expect(page.locator(f"[data-bid='{number}']")).to_have_count(0)
                continue
            expect(page.locator(f"[data-bid='{number}'][aria-current]")).to_be_visible()
            fields = page.locator("[data-score]")
            for at, points in enumerate(_points(organisation, placed.seat)):
                fields.nth(at).fill(points)
            if role == "expert" and organisation == OFFERS[0].organisation:
                scene.album.shot(page, "technical", "expert")
                scene.album.shot(page, "technical", "expert", look="dark")
                told = page.context.request.get(f"/evaluations/{committee.room}/results").json()
                assert "technical" not in told["stages"]
            _submit(page, number)
        if role == "expert":
            watcher = scene.guests["supervisor"].go(f"/evaluations/{committee.room}")
            expect(watcher.locator("#others")).to_contain_text("3 / 3")
            scene.album.shot(watcher, "room", "supervisor")


def _submit(page: Page, number: int) -> None:
    page.locator("[data-score]").last.focus()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.locator(f"[data-bid='{number}']")).to_contain_text("已提交")


def conclude(scene: Scene, committee: Committee) -> None:
    """Prices confirmed, the report signed by all five."""
    for role in committee.at_screen:
        guest = scene.guests[role]
        expect(guest.page.locator("#prices")).to_be_visible(timeout=SLOW)
        outcome = guest.page.locator("#outcome")
        expect(outcome).to_contain_text("投标担保不符合要求：户名不符")
        if role == "expert":
            scene.album.shot(guest.page, "prices", "expert")
        guest.click("确认价格与排名")
        guest.confirm("确认")
    for role in committee.at_screen:
        guest = scene.guests[role]
        expect(guest.page.locator("#sign-form")).to_be_visible(timeout=SLOW)
        guest.page.get_by_label("同意报告结论").check()
        if role == "expert":
            scene.album.shot(guest.page, "signing", "expert")
        guest.click("用证书签署")
    for role in committee.at_screen:
        _see_the_end(scene.guests[role])
    scene.album.shot(scene.guests["expert"].page, "report-signed", "expert")
    for program in committee.programs:
        assert program.wait(60) == 0
    organisations = {offer.organisation for offer in BIDDING}
    assert set(bids(scene, committee.room).values()) == organisations


def _see_the_end(guest: Guest) -> None:
    ended = guest.page.get_by_role("heading", name="评标已结束，报告已签署")
    expect(ended).to_be_visible(timeout=SLOW)
    # From now on nobody may read a bid.
    expect(guest.page.locator("#reader")).to_be_hidden()
