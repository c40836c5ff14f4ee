"""What happens in a session of two lots, each act in the pages of whoever does it."""

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Error, Page, expect

from tests.browser.looks import Album
from tests.browser.papers import paper
from tests.browser.people import Guest
from tests.browser.scene import wait_until
from tests.faults.world import World, offer

LOTS = ("东段", "西段")
BIDDERS = tuple(f"bidder-{no}" for no in range(1, 6))
ABSENT = BIDDERS[4]
PRICES = (398_000_000, 412_345_678, 405_500_050, 421_000_000, 377_000_000)
SECOND = BIDDERS[:3]
TRUSTEES = ("centre", "tenderee", "trustee")
EXTENDED = "05 席来电说明正在寻找密钥"
PAUSED = "核查 05 席反映的情况"
SAID = "请问唱标之后多久可以提出异议？"
TOLD = "名单公布后随时可以提出。"
OBJECTION = "04 席的项目负责人与公告要求的专业不符。"
REPLY = "资格由评标委员会按招标文件审查，已记录在案。"
AGAIN = "补充说明 04 席资格审查的安排"
ANNOUNCED = "资格审查在评标第一阶段进行，结果随评标报告公开。"
SLOW = 60_000
ALL_LOOKS = ("light", "dark", "phone")


@dataclass(slots=True)
class Session:
    """The running world and everybody in it."""

    world: World
    album: Album
    guests: dict[str, Guest]

    @property
    def first(self) -> UUID:
        """The lot to which everything happens."""
        return self.world.lots[LOTS[0]]

    @property
    def second(self) -> UUID:
        """The lot that is opened beside it."""
        return self.world.lots[LOTS[1]]

    def page(self, role: str) -> Page:
        """Where somebody is."""
        return self.guests[role].page

    def until(self, *stages: str, lot: UUID | None = None) -> None:
        """Until an opening stands there."""
        which = lot or self.first
        wait_until(lambda: self.world.stage(which) in stages, f"{stages}", 60)

    def look(self, name: str, *roles: str, looks: tuple[str, ...] = ("light",)) -> None:
        """Pictures of a stage, each held to axe-core; the first role's in every look."""
        for role in roles:
            for one in looks if role == roles[0] else looks[:1]:
                self.album.shot(self.page(role), name, role, look=one)


def hand_in(here: World) -> None:
    """Five seal for the first lot, three of them for the second as well."""
    for name, lot in here.lots.items():
        bidding = BIDDERS if name == LOTS[0] else SECOND
        whom = [{"as": login, "lot": str(lot)} for login in bidding]
        for paid in [here.puppets.begin("deposit", **one) for one in whom]:
            paid.result(90)
        for one, price in zip(whom, PRICES, strict=False):
            files = {"technical": "技术文件" * 200, "commercial": "商务文件"}
            here.puppets.ask("bid", **one, offer=offer(price), files=files)


def take_places(session: Session) -> None:
    """Everybody opens the hall; the bidders sign in; nobody sees who or how many."""
    hall = f"/lots/{session.first}/hall"
    session.guests["public"].go(hall)
    for login in ("agency", "supervisor", "trustee"):
        session.guests[login].log_in(login)
    session.guests["agency"].go(f"{hall}/host")
    session.guests["supervisor"].go(hall)
    session.guests["trustee"].go("/trustee")
    session.guests["trustee"].click("使用演示证书")
    session.page("trustee").get_by_label("条件全部成立时自动释放").first.check()
    for login in BIDDERS:
        guest = session.guests[login]
        guest.log_in(login)
        guest.go(hall)
        guest.click("使用演示证书")
        if login != ABSENT:
            guest.click("签到")
            expect(guest.page.get_by_role("heading", name="已签到，等候截止")).to_be_visible()
    session.look("sign-in", "public", "agency", BIDDERS[0], looks=ALL_LOOKS)
    session.look("sign-in", "supervisor")
    told = session.page("public").locator("main").inner_text()
    assert "名单尚未公布" in told and "席" not in told.split("事件")[0].replace("席位", "")


def publish_lists(session: Session) -> None:
    """The deadline of both lots; a notary's page and two headless trustees give their shares."""
    session.world.advance(session.world.deadline(session.first) + timedelta(seconds=1))
    for lot in (session.first, session.second):
        session.world.until_vouched(lot)
        _release(session, lot)
        session.until("list_published", "bidder_decryption", lot=lot)
    path = f"/lots/{session.second}/hall/pause"
    asked = {"as": "agency", "path": path, "json": {"reason": "先开东段，西段稍候"}}
    session.world.puppets.ask("post", **asked)
    public = session.page("public")
    expect(public.get_by_role("heading", name="投标人 5 家")).to_be_visible(timeout=SLOW)
    expect(public.locator("#lot-tabs")).to_contain_text(LOTS[1])
    session.look("list", "public", "agency", BIDDERS[1], looks=ALL_LOOKS)


def _release(session: Session, lot: UUID) -> None:
    for login in TRUSTEES[:2]:
        session.world.puppets.ask("release", **{"as": login, "lot": str(lot)})
    # The notary's own page acts by itself; whichever page is slower finds nothing left to do.
    session.world.puppets.ask("release", **{"as": TRUSTEES[2], "lot": str(lot)})


def talk(session: Session) -> None:
    """After the list people may speak; what is muted is not said."""
    bidder, host, public = (session.page(role) for role in (BIDDERS[1], "agency", "public"))
    _say(bidder, SAID)
    expect(host.locator("#chat")).to_contain_text(SAID)
    _say(host, TOLD)
    for page in (bidder, public):
        expect(page.locator("#chat")).to_contain_text(TOLD)
    expect(public.get_by_role("button", name="发送", exact=True)).to_have_count(0)
    session.guests["agency"].click("全体禁言")
    session.guests["agency"].confirm("全体禁言", label="原因", text="即将解密，请保持安静")
    expect(bidder.locator("#chat")).to_contain_text("已禁言")
    session.look("chat", BIDDERS[1], looks=ALL_LOOKS)
    session.guests["agency"].click("解除禁言")
    expect(bidder.locator("#chat")).not_to_contain_text("已禁言")


def _say(page: Page, words: str) -> None:
    box = page.locator("#chat")
    box.get_by_role("textbox").fill(words)
    box.get_by_role("button", name="发送", exact=True).click()


def decrypt(session: Session) -> None:
    """Four open their own locks; the host gives all of them ten minutes more."""
    if session.world.stage(session.first) == "list_published":
        session.guests["agency"].click("开放解密窗口")
    session.until("bidder_decryption")
    for login in BIDDERS[:2]:
        _unlock(session, login)
    session.look("decryption", "public", "agency", BIDDERS[2], looks=ALL_LOOKS)
    host = session.guests["agency"]
    host.click("延长窗口")
    host.confirm("延长窗口", label="原因", text=EXTENDED)
    expect(session.page("public").locator("#windows")).to_contain_text(EXTENDED)
    for login in BIDDERS[2:4]:
        _unlock(session, login)


def _unlock(session: Session, login: str) -> None:
    session.guests[login].click("用保险柜里的密钥解密")
    heading = session.page(login).get_by_role("heading", name="你的投标文件已解密")
    expect(heading).to_be_visible(timeout=SLOW)


def pause(session: Session) -> None:
    """The supervisor orders a pause, which the host cannot lift."""
    supervisor, host = session.guests["supervisor"], session.guests["agency"]
    supervisor.click("下达暂停令")
    supervisor.confirm("暂停开标", label="原因", text=PAUSED)
    for role in ("public", "agency", BIDDERS[0]):
        expect(session.page(role).get_by_role("heading", name="开标已暂停")).to_be_visible()
    expect(host.page.get_by_role("button", name="恢复开标")).to_be_disabled()
    session.look("paused", "public", "agency", "supervisor", looks=ALL_LOOKS)
    supervisor.click("恢复开标")
    expect(session.page("public").get_by_role("heading", name="投标人正在解密")).to_be_visible()


def fail_one(session: Session) -> None:
    """The fifth tries a code that is not its own; the window ends without it."""
    guest = session.guests[ABSENT]
    guest.click("用恢复码")
    wrong = session.world.puppets.ask("newCode")
    guest.confirm("用恢复码解密", label="封标时打印的恢复码", text=wrong)
    expect(session.page("public").locator("#bids")).to_contain_text("未成功，可重试", timeout=SLOW)
    session.look("failed-attempt", ABSENT, "agency")
    session.world.advance(session.world.now() + timedelta(minutes=75))
    session.until("opening")
    expect(session.page("public").locator("#bids")).to_contain_text("撤销")


def open_prices(session: Session) -> None:
    """The second shares, and the agency's signature over what was opened."""
    _release(session, session.first)
    host = session.guests["agency"]
    button = host.page.get_by_role("button", name="核对并签署开启清单")
    expect(button).to_be_enabled(timeout=SLOW)
    session.look("opening", "public", "agency", looks=ALL_LOOKS)
    button.click()
    host.page.locator("#sign [data-demo-key]").click()
    session.until("parameter_draw")


def draw(session: Session) -> None:
    """Two values are drawn before all, each computed again on every page."""
    host, public = session.guests["agency"], session.page("public")
    expect(public.get_by_role("heading", name="参数抽取").first).to_be_visible(timeout=SLOW)
    session.look("before-draw", "agency", looks=ALL_LOOKS)
    task = host.page.locator("#task")
    while session.world.stage(session.first) == "parameter_draw":
        before = _drawn(session)
        task.get_by_role("button").first.click()
        wait_until(lambda before=before: _drawn(session) > before, "a value drawn")  # type: ignore[misc]
    expect(public.locator("#draw")).to_contain_text("一致", timeout=SLOW)
    for told in session.world.payloads(session.first, "parameter_drawn"):
        expect(public.locator("#draw")).to_contain_text(str(told["value"]))
    session.look("draw", "public", "agency", looks=ALL_LOOKS)


def _drawn(session: Session) -> int:
    return len(session.world.payloads(session.first, "parameter_drawn"))


def read_out(session: Session) -> None:
    """One bid by itself, then the others; the failed one is not read."""
    host, public = session.page("agency"), session.page("public")
    host.get_by_role("button", name="唱这一家").first.click()
    expect(public.locator("#bids")).to_contain_text("3,980,000.00", timeout=SLOW)
    session.look("read-out", "public", "agency", BIDDERS[0], looks=ALL_LOOKS)
    session.guests["agency"].click("唱出其余报价")
    session.until("record_confirmation")
    expect(public.locator("#bids")).to_contain_text("4,210,000.00", timeout=SLOW)
    assert "3,770,000.00" not in public.locator("#bids").inner_text()


def object_and_answer(session: Session) -> None:
    """Two confirm, one objects with a file and is answered with one, the others are silent."""
    at = session.world.now()
    with tempfile.TemporaryDirectory() as folder:
        evidence = paper(Path(folder), "异议材料", OBJECTION, at=at)
        third = session.guests[BIDDERS[2]]
        for login in BIDDERS[:2]:
            session.guests[login].click("核对并确认")
        third.page.locator("#task").get_by_role("button", name="提出异议").click()
        dialog = third.page.get_by_role("dialog")
        dialog.get_by_label("异议的事实").fill(OBJECTION)
        dialog.locator("input[type=file]").set_input_files(evidence)
        session.look("object", BIDDERS[2])
        dialog.get_by_role("button", name="签名并提出异议").click()
        host = session.page("agency")
        expect(host.locator("#objections")).to_contain_text(OBJECTION, timeout=SLOW)
        session.look("objection", "public", "agency", looks=ALL_LOOKS)
        answer = paper(Path(folder), "答复材料", REPLY, at=at)
        host.locator("#objections textarea").fill(REPLY)
        host.locator("#objections input[type=file]").set_input_files(answer)
        host.locator("#objections").get_by_role("button", name="当场答复").click()
    expect(session.page("public").locator("#objections")).to_contain_text(REPLY, timeout=SLOW)
    session.world.advance(session.world.now() + timedelta(minutes=40))
    session.until("questions", "closed")


def close(session: Session) -> None:
    """The host declares the end; the record comes by itself."""
    if session.world.stage(session.first) == "questions":
        session.guests["agency"].click("宣布开标结束")
        session.guests["agency"].confirm("宣布开标结束")
    session.until("closed")
    public = session.page("public")
    expect(public.get_by_role("link", name="下载开标记录").first).to_be_visible(timeout=SLOW)
    session.look("closed", "public", "agency", BIDDERS[0], looks=ALL_LOOKS)


def sign_record(session: Session) -> None:
    """Host and two bidders sign the same PDF, each where the certificate is."""
    for role in ("agency", *BIDDERS[:2]):
        guest = session.guests[role]
        guest.click("签署开标记录")
        guest.page.locator("#record-sign [data-demo-key]").click()
        heading = guest.page.get_by_role("heading", name="签署开标记录")
        expect(heading).to_have_count(0, timeout=SLOW)
    expect(session.page("public").locator("#ledger")).to_contain_text("已签署开标记录")


def convene_again(session: Session) -> None:
    """复会: something is said to all, and a supplement is issued that names the record."""
    host = session.guests["agency"]
    host.click("复会")
    host.confirm("宣布复会", label="原因", text=AGAIN)
    session.until("reconvened")
    host.click("播报")
    host.confirm("播报", label="播报内容", text=ANNOUNCED)
    expect(session.page("public").locator("#ledger")).to_contain_text(ANNOUNCED)
    session.look("reconvened", "public", "agency", looks=ALL_LOOKS)
    host.click("宣布开标结束")
    host.confirm("宣布开标结束")
    session.until("closed")
    issued = "record_issued"
    wait_until(lambda: len(session.world.payloads(session.first, issued)) == 2, "the supplement")


def preside_by_keyboard(session: Session) -> None:
    """The second lot from its pause to its end, by host and a bidder who have only a keyboard."""
    host, bidder = (Keyboard(session.page(role)) for role in ("agency", BIDDERS[0]))
    host.press(LOTS[1])
    host.press("恢复开标")
    session.until("bidder_decryption", "list_published", lot=session.second)
    if session.world.stage(session.second) == "list_published":
        host.press("开放解密窗口")
    bidder.press(LOTS[1])
    bidder.press("用保险柜里的密钥解密")
    bidder.reads("heading", "你的投标文件已解密")
    for login in SECOND[1:]:
        session.world.puppets.ask("unlock", **{"as": login, "lot": str(session.second)})
    host.press("关闭解密窗口")
    session.until("opening", lot=session.second)
    _release(session, session.second)
    host.press("核对并签署开启清单")
    host.press("使用演示证书")
    session.until("parameter_draw", lot=session.second)
    while session.world.stage(session.second) == "parameter_draw":
        host.press("抽取")
    host.press("唱出其余报价")
    session.until("record_confirmation", lot=session.second)
    bidder.reads("row", "3,980,000.00")
    bidder.press("核对并确认")
    for login in SECOND[1:]:
        session.world.puppets.ask("answer", **{"as": login, "lot": str(session.second)})
    host.press("关闭确认窗口")
    session.until("questions", lot=session.second)
    host.press("宣布开标结束")
    host.press("宣布开标结束")
    session.until("closed", lot=session.second)
    bidder.reads("heading", "签署开标记录")


@dataclass(frozen=True, slots=True)
class Keyboard:
    """Somebody without a mouse or a screen: Tab, Enter, and the accessibility tree."""

    page: Page

    def press(self, name: str) -> None:
        """Tab to what is called so, as soon as it can be reached, and press Enter."""
        wait_until(lambda: self._reach(name), f"{name!r} by keyboard", 60)
        self.page.keyboard.press("Enter")

    def reads(self, role: str, words: str) -> None:
        """What a screen reader would come upon."""
        found = self.page.get_by_role(role, name=words)  # type: ignore[arg-type]
        expect(found.first).to_be_attached(timeout=SLOW)

    def _reach(self, name: str) -> bool:
        self.page.wait_for_load_state()
        try:
            for _ in range(120):
                self.page.keyboard.press("Tab")
                if name in self.page.evaluate(FOCUSED):
                    return True
        except Error as gone:
            if "context was destroyed" not in str(gone):
                raise
        return False


FOCUSED = """
() => {
  const on = document.activeElement;
  if (!on || on === document.body || on.getAttribute('aria-disabled') === 'true') return '';
  return (on.getAttribute('aria-label') ?? '') + (on.textContent ?? '');
}
"""
