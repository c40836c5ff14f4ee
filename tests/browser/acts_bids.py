"""Bidders: vault, sub-account, payment at the bank, sealed files, receipts, a replaced bid."""

import json
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, expect

from tests.browser.acts_tender import LOT
from tests.browser.papers import paper
from tests.browser.people import Guest
from tests.browser.scene import Scene

SLOW = 40_000


STRANGER = "云栖商贸有限公司"


@dataclass(frozen=True, slots=True)
class Offer:
    """What a bidder of the cast asks for; prices as people type them.

    `bank` keeps its sub-account, `parts` are paid to it from its own basic account, or, when
    `stranger` is set, from somebody else's.
    """

    login: str
    organisation: str
    price: str
    words: str
    days: str
    manager: str
    bank: str
    parts: tuple[str, ...] = ("100,000.00",)
    stranger: bool = False


OFFERS = (
    Offer(
        "bidder-1",
        "霁川交通规划设计研究院有限公司",
        "4,863,217.50",
        "肆佰捌拾陆万叁仟贰佰壹拾柒元伍角整",
        "118",
        "欧阳砚秋",
        "云澜银行",
    ),
    Offer(
        "bidder-2",
        "禾屿公路勘察设计有限公司",
        "4,710,000.00",
        "肆佰柒拾壹万元整",
        "120",
        "司徒知行",
        "江畔银行",
        ("60,000.00", "40,000.00"),
    ),
    Offer(
        "bidder-3",
        "澄怀工程设计咨询有限公司",
        "4,925,808.06",
        "肆佰玖拾贰万伍仟捌佰零捌元零陆分",
        "112",
        "许听澜",
        "清禾银行",
    ),
)
# Asks least of all, and lets another company pay: opened and read out, and never compared.
UNSECURED = Offer(
    "bidder-4",
    "岑岚勘测规划设计有限公司",
    "4,388,000.00",
    "肆佰叁拾捌万捌仟元整",
    "115",
    "闻人清越",
    "云澜银行",
    stranger=True,
)
BIDDING = (*OFFERS, UNSECURED)
# What bidder-2 handed in first; nobody may ever learn it.
REPLACED = "4,999,999.99"


def prepare(scene: Scene, offer: Offer) -> None:
    """From the lot's page to a sub-account that the deposit was paid to."""
    guest = scene.guests[offer.login]
    guest.log_in(offer.login)
    page = guest.go(f"/lots/{scene.lot_id}")
    page.get_by_role("link", name="参加投标").click()
    guest.click("使用演示证书")
    expect(page.get_by_role("heading", name="请抄存恢复码")).to_be_visible()
    first = offer is OFFERS[0]
    if first:
        scene.album.shot(page, "recovery-code", "bidder")
    guest.click("已抄存，继续")
    expect(page.get_by_role("heading", name="开标一览表")).to_be_visible()
    if first:
        scene.album.shot(page, "prepare-empty", "bidder")
    page.get_by_role("link", name="缴纳保证金或申请保函").click()
    page.get_by_role("radio", name=offer.bank).check()
    guest.click("确定")
    expect(page.get_by_role("heading", name="向这个账户转账")).to_be_visible()
    expect(page.locator("#account")).to_contain_text(offer.bank)
    for paid, amount in enumerate(offer.parts, start=1):
        _pay(scene, guest, amount, stranger=offer.stranger)
        if paid < len(offer.parts):
            expect(page.locator("#deposit-chip")).to_have_text("金额不足", timeout=SLOW)
            expect(page.locator("#verdict")).to_contain_text("还差")
            scene.album.shot(page, "deposit-short", "bidder")
    # The others do not wait for their money: the list will say that it has come.
    if first:
        expect(page.locator("#deposit-chip")).to_have_text("已到账，合格", timeout=SLOW)
        scene.album.shot(page, "deposit", "bidder")
        scene.album.shot(page, "deposit", "bidder", look="phone")
    if offer.stranger:
        expect(page.locator("#deposit-chip")).to_have_text("付款户名不符", timeout=SLOW)
        expect(page.locator("#payments")).to_contain_text("退回", timeout=SLOW)
        scene.album.shot(page, "deposit-of-a-stranger", "bidder")


def _pay(scene: Scene, guest: Guest, amount: str, *, stranger: bool) -> None:
    """At the simulated bank's own page, which the platform only links to."""
    with guest.context.expect_page() as opened:
        guest.page.get_by_role("link", name="到模拟银行转账").click()
    bank = opened.value
    bank.get_by_label("金额").fill(amount)
    if stranger:
        payers = bank.get_by_label("付款账户")
        chosen = payers.locator("option", has_text=STRANGER).get_attribute("value")
        payers.select_option(chosen)
    if guest.role == "bidder-1":
        scene.album.shot(bank, "bank-pay", "bidder")
    bank.get_by_role("button", name="付款").click()
    expect(bank.get_by_text("保证金子账号").first).to_be_visible()
    if guest.role == "bidder-1":
        scene.album.shot(bank, "bank-book", "bidder")
    bank.close()


def seal(scene: Scene, offer: Offer, *, price: str | None = None) -> None:
    """Fill the form with real PDFs, seal in the browser, and keep the first receipt."""
    guest = scene.guests[offer.login]
    page = guest.go(f"/lots/{scene.lot_id}/bid")
    fill(scene, page, offer, price or offer.price)
    expect(page.locator("[data-daxie]").first).not_to_be_empty()
    if offer is OFFERS[0]:
        scene.album.shot(page, "prepare", "bidder")
        scene.album.shot(page, "prepare", "bidder", look="phone-dark")
    guest.click("封装并上传")
    guest.confirm("封装并上传")
    _receipt(page, 1)
    if offer is OFFERS[0]:
        scene.album.shot(page, "receipt", "bidder")


def fill(scene: Scene, page: Page, offer: Offer, price: str) -> None:
    """The files and the opening form, by their labels."""
    folder = scene.folder / offer.login
    folder.mkdir(exist_ok=True)
    at = scene.now()
    technical = paper(folder, "技术文件", LOT, offer.organisation, offer.manager, at=at)
    commercial = paper(folder, "商务文件", LOT, offer.organisation, f"报价 {price} 元", at=at)
    expect(page.get_by_role("heading", name="开标一览表")).to_be_visible()
    page.get_by_label("选择技术文件").set_input_files(technical)
    page.get_by_label("选择商务文件").set_input_files(commercial)
    for part in ("technical", "commercial"):
        expect(page.locator(f"[data-slot={part}] [data-state]")).to_have_text("待封装")
    page.get_by_label("投标总价").fill(price)
    page.get_by_label("工期或服务期").fill(offer.days)
    page.get_by_label("项目负责人").fill(offer.manager)
    settle_remedies(page, printed=offer is OFFERS[0])


def settle_remedies(page: Page, *, printed: bool) -> None:
    """What helps when the key is lost: a printed code, proven by its last group, or none."""
    page.locator("input[name=recovery]").nth(0 if printed else 1).check()
    if printed:
        tail = page.locator("#code-groups span").last.inner_text()
        page.get_by_label("照着打印件输入最后一组").fill(tail.lower())
    if page.locator("input[name=rescue]").count():
        page.locator("input[name=rescue]").first.check()


def _receipt(page: Page, sequence: int) -> None:
    newest = page.locator(f"#receipts .receipt[data-sequence='{sequence}'][data-state=live]")
    expect(newest).to_be_visible(timeout=SLOW)
    expect(page.locator("#job-chip")).to_contain_text(f"第 {sequence} 版已登记")


def replace(scene: Scene, offer: Offer) -> None:
    """The bidder thinks again before the deadline: a second version takes the first one's place."""
    guest = scene.guests[offer.login]
    page = guest.page
    fill(scene, page, offer, offer.price)
    guest.click("封装并更换")
    scene.album.shot(page, "replace", "bidder")
    guest.confirm("封装并更换", label="输入「更换投标」以确认", text="更换投标")
    _receipt(page, 2)
    old = page.locator("#receipts .receipt[data-sequence='1']")
    expect(old).to_have_attribute("data-state", "superseded")
    scene.album.shot(page, "replaced", "bidder")


def check_receipt(scene: Scene, offer: Offer) -> None:
    """The downloaded receipt proves itself on the public check page."""
    page = scene.guests[offer.login].page
    with page.expect_download() as told:
        page.locator("#receipts").get_by_role("button", name="下载").first.click()
    kept = scene.folder / offer.login / "receipt.json"
    told.value.save_as(kept)
    receipt = json.loads(Path(kept).read_text("utf-8"))
    assert receipt["format"] == "SBE/1 receipt"
    visitor = scene.guests["visitor"]
    visitor.go("/check").locator("#check-drop input[type=file]").set_input_files(kept)
    result = visitor.page.locator("#check-result")
    expect(result).to_contain_text("投标回执有效")
    expect(result).to_contain_text("由平台日志密钥签发")
    scene.album.shot(visitor.page, "check-receipt", "public")
    receipt["leaf"] = receipt["leaf"].replace(receipt["commitment"][:8], "00000000")
    false = kept.with_name("false.json")
    false.write_text(json.dumps(receipt), "utf-8")
    visitor.page.locator("#check-drop input[type=file]").set_input_files(false)
    expect(result).to_contain_text("投标回执无效")


def see_nothing(scene: Scene) -> None:
    """Four have bid; nobody can tell who, how many or for what."""
    names = [name for each in BIDDING for name in (each.organisation, each.manager, each.price)]
    names.append(REPLACED)
    for role, path in (
        ("visitor", f"/lots/{scene.lot_id}"),
        ("agency", f"/tenders/lots/{scene.lot_id}"),
        ("supervisor", f"/lots/{scene.lot_id}/hall"),
    ):
        page = scene.guests[role].go(path)
        html = page.content()
        assert not [name for name in names if name in html], role
        told = page.locator("main").inner_text()
        assert not [word for word in ("1 家", "2 家", "3 家", "4 家", "5 家") if word in told], role
    told = json.dumps(scene.ask(f"/lots/{scene.lot_id}/hall/state"))
    assert "count" not in told
