"""The opening: everyone in the hall at once, from the deadline to the closed record."""

from playwright.sync_api import Locator, Page, expect

from tests.browser.acts_bids import BIDDING, OFFERS
from tests.browser.scene import Scene, wait_until

SLOW = 40_000
OBJECTION = "有投标人的项目负责人与公告要求的注册专业不符，请核查。"
REPLY = "资格条件由评标委员会按招标文件审查，已记录在案。"


def take_places(scene: Scene) -> None:
    """Public, supervisor, host, bidders and trustees open their pages before the deadline."""
    hall = f"/lots/{scene.lot_id}/hall"
    public = scene.guests["public"].go(hall)
    public.evaluate("window.neverReloaded = true")
    expect(public.get_by_text("名单尚未公布").first).to_be_visible()
    scene.album.shot(public, "hall-before", "public")
    supervisor = scene.guests["supervisor"].go(hall)
    expect(supervisor.get_by_role("button", name="下达暂停令")).to_be_visible()
    assert scene.guests["supervisor"].context.request.get(f"{hall}/host").status == 403
    host = scene.guests["agency"].go(f"{hall}/host")
    expect(host.get_by_role("heading", name="等候投标截止")).to_be_visible()
    scene.album.shot(host, "host-before", "host")
    for offer in BIDDING:
        page = scene.guests[offer.login].go(hall)
        page.get_by_role("button", name="签到").click()
        expect(page.get_by_role("heading", name="已签到，等候截止")).to_be_visible()
    scene.album.shot(scene.guests["bidder-1"].page, "hall-signed-in", "bidder")
    for login in ("tenderee", "trustee"):
        guest = scene.guests[login]
        guest.go("/trustee")
        guest.click("使用演示证书")
        expect(guest.page.get_by_role("heading", name="密钥已打开")).to_be_visible()
    scene.album.shot(scene.guests["trustee"].page, "trustee-waiting", "trustee")


def publish_list(scene: Scene) -> None:
    """The deadline has passed: three of five trustees release, the list appears everywhere."""
    scene.wait_for_stage("deadline_lock")
    public = scene.guests["public"].page
    expect(public.get_by_role("heading", name="投标已截止，等候受托人")).to_be_visible()
    tenderee, notary = scene.guests["tenderee"], scene.guests["trustee"]
    button = notary.page.get_by_role("button", name="核对清单并释放名单份额")
    expect(button).to_be_enabled()
    scene.album.shot(notary.page, "trustee-release", "trustee")
    button.click()
    expect(notary.page.locator("#done")).to_contain_text("现有 1 份，需 3 份")
    notary.page.get_by_label("条件全部成立时自动释放").check()
    scene.release_headless("centre")
    tenderee.page.get_by_role("button", name="核对清单并释放名单份额").click()
    scene.wait_for_stage("list_published", "bidder_decryption")
    for role in ("public", "supervisor", "agency"):
        page = scene.guests[role].page
        for offer in BIDDING:
            expect(page.get_by_text(offer.organisation).first).to_be_visible()
    expect(public.get_by_role("heading", name="投标人 4 家")).to_be_visible()
    expect(_chips(public, "已到账")).to_have_count(3)
    expect(_chips(public, "已到账，分笔")).to_have_count(1)
    expect(_chips(public, "户名不符")).to_have_count(1)
    assert not [offer.price for offer in BIDDING if offer.price in public.content()]
    scene.album.shot(public, "list", "public")


def decrypt(scene: Scene) -> None:
    """Each bidder hands over the secret of its own lock, the public sees one after another."""
    if scene.stage() == "list_published":
        scene.guests["agency"].click("开放解密窗口")
    scene.wait_for_stage("bidder_decryption")
    public = scene.guests["public"].page
    expect(public.get_by_role("heading", name="投标人正在解密")).to_be_visible()
    for done, offer in enumerate(BIDDING, start=1):
        page = scene.guests[offer.login].page
        button = page.get_by_role("button", name="用保险柜里的密钥解密")
        expect(button).to_be_enabled()
        if done == 1:
            scene.album.shot(page, "decrypt", "bidder")
            scene.album.shot(page, "decrypt", "bidder", look="phone")
        button.click()
        expect(page.get_by_role("heading", name="你的投标文件已解密")).to_be_visible()
        expect(_chips(public, "已解密")).to_have_count(done)
    scene.album.shot(public, "decrypting", "public", look="dark")
    scene.album.shot(scene.guests["agency"].page, "host-decryption", "host")
    scene.guests["agency"].click("关闭解密窗口")
    scene.wait_for_stage("opening")


def _chips(page: Page, word: str) -> Locator:
    return page.locator("#bids tbody .chip", has_text=word)


def open_prices(scene: Scene) -> None:
    """Second release, the agency's signature over what was opened, and the comparison by hash."""
    tenderee, host = scene.guests["tenderee"], scene.guests["agency"]
    button = tenderee.page.get_by_role("button", name="核对并释放报价份额")
    expect(button).to_be_enabled()
    scene.album.shot(tenderee.page, "trustee-open", "trustee", look="phone")
    button.click()
    # The notary's page acts by itself: it was left open with the box ticked.
    expect(scene.guests["trustee"].page.locator("#requests")).to_contain_text(
        "两次份额都已释放", timeout=SLOW
    )
    scene.release_headless("centre")
    expect(host.page.get_by_role("button", name="核对并签署开启清单")).to_be_enabled(timeout=SLOW)
    host.click("核对并签署开启清单")
    expect(host.page.get_by_role("heading", name="签署开启清单", exact=True)).to_be_visible()
    scene.album.shot(host.page, "host-sign", "host")
    host.click("使用演示证书")
    scene.wait_for_stage("read_out")


def read_out(scene: Scene) -> None:
    """The host reads out one bid by itself, then the rest; every open page shows the prices."""
    host, public = scene.guests["agency"], scene.guests["public"].page
    expect(public.get_by_role("heading", name="正在唱标")).to_be_visible()
    host.page.get_by_role("button", name="唱这一家").first.click()
    expect(host.page.get_by_role("button", name="唱这一家")).to_have_count(3)
    shown = [offer for offer in BIDDING if offer.price in public.locator("#bids").inner_text()]
    wait_until(
        lambda: sum(o.price in public.locator("#bids").inner_text() for o in BIDDING) == 1,
        f"one price on the public's page, not {len(shown)}",
    )
    scene.album.shot(host.page, "host-read-out", "host")
    host.click("唱出其余报价")
    for role in ("public", "supervisor", *(offer.login for offer in BIDDING)):
        table = scene.guests[role].page.locator("#bids")
        for offer in BIDDING:
            expect(table).to_contain_text(offer.price)
            expect(table).to_contain_text(offer.words)
            expect(table).to_contain_text(offer.manager)
    scene.album.shot(public, "read-out", "public")
    scene.album.shot(public, "read-out", "public", look="phone")
    scene.album.shot(scene.guests["supervisor"].page, "hall", "supervisor")


def answer(scene: Scene) -> None:
    """Three confirm, one objects; the host answers before all."""
    scene.wait_for_stage("record_confirmation")
    first, second, third, fourth = (scene.guests[offer.login] for offer in BIDDING)
    scene.album.shot(first.page, "confirm", "bidder")
    first.click("核对并确认")
    second.click("核对并确认")
    fourth.click("核对并确认")
    third.page.locator('#task [data-act="object"]').click()
    scene.album.shot(third.page, "object", "bidder")
    third.confirm("签名并提出异议", label="异议的事实", text=OBJECTION)
    host = scene.guests["agency"]
    reply = host.page.get_by_label("答复，写入开标记录")
    expect(reply).to_be_visible()
    expect(host.page.locator("#objections")).to_contain_text(OBJECTION)
    scene.album.shot(host.page, "host-objection", "host")
    reply.fill(REPLY)
    host.click("当场答复")
    public = scene.guests["public"].page
    expect(_chips(public, "已确认")).to_have_count(3)
    expect(_chips(public, "异议已答复")).to_have_count(1)
    host.click("关闭确认窗口")
    scene.wait_for_stage("questions")
    host.click("宣布开标结束")
    host.confirm("宣布开标结束")
    scene.wait_for_stage("closed")


def see_closed(scene: Scene) -> None:
    """Every page has followed to the end without a reload, and offers the record."""
    for role in ("public", "supervisor"):
        page = scene.guests[role].page
        expect(page.get_by_role("heading", name="开标结束")).to_be_visible(timeout=SLOW)
    for role in ("agency", *(offer.login for offer in BIDDING)):
        page = scene.guests[role].page
        expect(page.get_by_role("heading", name="签署开标记录")).to_be_visible(timeout=SLOW)
    public = scene.guests["public"].page
    expect(public.get_by_role("link", name="下载开标记录")).to_be_visible(timeout=SLOW)
    assert public.evaluate("window.neverReloaded")
    scene.album.shot(public, "closed", "public")
    scene.album.shot(public, "closed", "public", look="phone-dark")
    scene.album.shot(scene.guests["agency"].page, "host-closed", "host")
    for role in ("agency", OFFERS[0].login):
        _sign_record(scene, role)


def _sign_record(scene: Scene, role: str) -> None:
    """The certificate signs the same PDF where it is; the page goes on by itself."""
    guest = scene.guests[role]
    guest.click("签署开标记录")
    guest.page.locator("#record-sign [data-demo-key]").click()
    heading = guest.page.get_by_role("heading", name="签署开标记录")
    expect(heading).to_have_count(0, timeout=SLOW)
    expect(guest.page.locator("#ledger")).to_contain_text("已签署开标记录")
