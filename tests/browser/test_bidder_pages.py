"""The bidder's pages in Chromium: pay, seal, replace, withdraw; accessible, alive, within CSP."""

import json
import urllib.request
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect

from kernel.crypto import single_file
from kernel.settings import Settings
from tests.browser import custody, guaranteed, rehearsed
from tests.browser.looks import DESK, PHONE, violations
from tests.browser.test_interface import faults, opened
from tests.running import installation
from tests.trading.bids.stage import set_stage
from tests.trading.bids.world import PublishedLot
from trading.installation import Installation

DUE = 8_000_000


@pytest.fixture(scope="module")
def offered() -> Iterator[tuple[Installation, PublishedLot]]:
    """A running installation with one lot that asks for a deposit."""
    lots: list[PublishedLot] = []

    def prepare(settings: Settings) -> None:
        lots.append(set_stage(settings, deposit_fen=DUE))

    with installation(prepare) as running:
        yield running, lots[0]


def _ask(running: Installation, path: str, body: object = None) -> Any:
    """The simulated bank's public interface."""
    request = urllib.request.Request(
        f"{running.settings.bank_url}{path}",
        data=None if body is None else json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.loads(answer.read())


def _pay(running: Installation, page: Page, fen: int = DUE, *, payer: str = "") -> None:
    """Transfer at the simulated bank, from the account that the page names or from another."""
    filed = page.inner_text("#account dd:nth-of-type(5)").rpartition("，")[2]
    number = page.inner_text("#account dd:nth-of-type(3)")
    told = {"payer_account": payer or filed, "sub_account": number, "amount_fen": fen}
    assert _ask(running, "/api/payments", told)["bank_ref"]


def _pays_watching(running: Installation, page: Page) -> None:
    """Short, from a third party, then the rest: each is told as it is booked, without a reload."""
    expect(page.locator("#deposit-chip")).to_contain_text("等待到账")
    page.evaluate("window.stayed = true")
    rows = page.locator("#payments tr[data-standing]")
    _pay(running, page, DUE - 3_000_000)
    expect(page.locator("#deposit-chip")).to_contain_text("金额不足", timeout=30_000)
    expect(page.locator("#verdict")).to_contain_text("¥30,000.00")
    third = next(one for one in _ask(running, "/api/payers") if one["kind"] == "company")
    _pay(running, page, 3_000_000, payer=third["account"])
    expect(page.locator("#payments tr[data-standing=name_mismatch]")).to_contain_text(
        third["name"], timeout=30_000
    )
    _checked(page)
    _pay(running, page, 3_000_000)
    expect(page.locator("#deposit-chip")).to_contain_text("合格", timeout=30_000)
    expect(rows).to_have_count(3)
    expect(page.locator("#payments tr[data-standing=counted]")).to_have_count(2)
    assert page.evaluate("window.stayed")


def _fill(page: Page, folder: Path, price: str) -> None:
    for part in ("technical", "commercial"):
        file = folder / f"{part}.pdf"
        file.write_bytes(b"%PDF-1.7\n" + part.encode() * 1000)
        page.set_input_files(f"[data-slot={part}] input", file)
    for name, value in (("price", price), ("duration", "120"), ("manager", "梁砚舟")):
        page.fill(f"#f-{name}", value)
    page.check("input[name=recovery][value=none]")


def _checked(page: Page) -> None:
    """Nothing wrong in both themes and both sizes."""
    for size in (DESK, PHONE):
        page.set_viewport_size(size)
        assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            assert violations(page) == []
    page.set_viewport_size(DESK)
    assert faults(page) == []


@pytest.mark.timeout(300)
def test_a_bidder_pays_bids_replaces_and_withdraws(
    offered: tuple[Installation, PublishedLot], browser: Browser, tmp_path: Path
) -> None:
    running, lot = offered
    context = browser.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce")
    context.request.post("/login/demo", form={"login": "bidder-1"})
    page = opened(context, running.url, f"/lots/{lot.id}/bid/deposit")
    page.wait_for_selector("[data-demo-key]")
    _checked(page)
    page.click("[data-demo-key]")
    page.wait_for_selector("#recovery-kept")
    _checked(page)
    page.click("#recovery-kept")
    page.click("#claim-form button[type=submit]")
    _pays_watching(running, page)
    _checked(page)

    page.goto(f"/lots/{lot.id}/bid")
    expect(page.locator("#seal-why")).to_contain_text("还差 3 项检查")
    wrong = tmp_path / "wrong.pdf"
    wrong.write_bytes(b"PK\x03\x04")
    page.set_input_files("[data-slot=technical] input", wrong)
    expect(page.locator("[data-slot=technical]")).to_contain_text("这不是 PDF 文件")
    _fill(page, tmp_path, "99,999,999.00")
    page.keyboard.press("Tab")
    expect(page.locator("#checks")).to_contain_text("高于最高限价")
    page.fill("#f-price", "4,321,000.00")
    _checked(page)
    page.click("#seal-button")
    page.click("dialog#seal button[type=submit]")
    expect(page.locator(".receipt[data-state=live]")).to_have_count(1, timeout=30_000)
    _checked(page)

    page.fill("#f-price", "4,300,000.00")
    page.click("#seal-button")
    page.fill("dialog#replace [data-phrase]", "更换投标")
    page.click("dialog#replace button[type=submit]")
    expect(page.locator(".receipt[data-sequence='2'][data-state=live]")).to_have_count(
        1, timeout=30_000
    )
    expect(page.locator(".receipt[data-sequence='1'][data-state=superseded]")).to_have_count(1)

    with page.expect_download() as kept:
        page.click("#backup-button")
    assert kept.value.suggested_filename.endswith("-2.sbe")
    assert Path(kept.value.path()).read_bytes().startswith(single_file.MAGIC)

    page.click("#withdraw-button")
    _checked(page)
    page.fill("dialog#withdraw [data-phrase]", "撤回投标")
    page.click("dialog#withdraw button[type=submit]")
    expect(page.locator(".receipt[data-sequence='2'][data-state=withdrawn]")).to_have_count(1)
    expect(page.locator("#deposit-account")).to_have_text("—")

    page.goto("/my/lots")
    expect(page.locator("#lots")).to_contain_text("已撤回")
    _checked(page)
    with page.expect_download() as kept:
        page.click("#calendar-file")
    told = Path(kept.value.path()).read_bytes().decode().replace("\r\n ", "")
    assert f"UID:{lot.id}-deadline@sunbid\r\n" in told
    assert told.count("BEGIN:VEVENT") == 3
    context.close()


def _at_work(browser: Browser, running: Installation, login: str) -> BrowserContext:
    """Another machine: a browser of its own, in which `login` is logged in."""
    context = browser.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce")
    context.request.post("/login/demo", form={"login": login})
    return context


def _unlocked(page: Page) -> None:
    """The desk is open, by the demonstration's certificate; a code just made is put away."""
    page.click("[data-demo-key]")
    page.locator("#recovery-kept, #work").filter(visible=True).first.wait_for()
    if page.locator("#recovery-kept").is_visible():
        page.click("#recovery-kept")
    expect(page.locator("#work")).to_be_visible()


def _open_p12(page: Page, context: BrowserContext) -> None:
    """By the file that a certificate authority would hand out; a wrong passphrase is told."""
    file = context.request.get("/demo/key.p12").body()
    page.click("#unlock summary")
    expect(page.locator("#unlock details")).to_contain_text("口令：")
    held = FilePayload(name="own.p12", mimeType="application/x-pkcs12", buffer=file)
    for word in ("wrong", context.request.get("/demo/key").json()["passphrase"]):
        page.set_input_files("#key-file", [held])
        page.fill("#key-passphrase", word)
        page.click("#unlock details button[type=submit]")
        if word == "wrong":
            expect(page.locator("#unlock [role=alert]")).to_contain_text("ENV-5001")
            _checked(page)


@pytest.mark.timeout(300)
def test_a_colleague_goes_on_elsewhere(
    offered: tuple[Installation, PublishedLot], browser: Browser
) -> None:
    running, _ = offered
    first = _at_work(browser, running, "bidder-1")
    second = _at_work(browser, running, "colleague-1")
    here = opened(first, running.url, "/my/vault")
    _unlocked(here)
    there = opened(second, running.url, "/my/vault")
    _open_p12(there, second)
    expect(there.locator("#desk-refusal")).to_contain_text("BID-1105")
    shown = there.inner_text("#own-fingerprint")
    _checked(there)

    row = here.locator("#outside tr", has_text="严知微")
    expect(row).to_contain_text(shown)
    row.get_by_role("button").click()
    expect(here.locator("#grant-fingerprint")).to_have_text(shown)
    _checked(here)
    here.click("dialog#grant button[type=submit]")
    expect(here.locator("#outside")).to_contain_text("都已授权")
    there.click("#unlock-again")
    expect(there.locator("#inside tbody tr")).to_have_count(3)
    _checked(there)

    here.click("#code-button")
    expect(here.locator("#recovery-code")).to_contain_text("-")
    code = here.inner_text("#recovery-code")
    _checked(here)
    here.click("#recovery-kept")
    expect(here.locator("#inside tbody tr")).to_have_count(4)
    here.get_by_label("停用严知微").check()
    here.click("#renew-button")
    here.fill("dialog#renew [data-phrase]", "更换钥匙")
    _checked(here)
    here.click("dialog#renew button[type=submit]")
    expect(here.locator("#outside")).to_contain_text("严知微")
    expect(here.locator("#inside tbody tr")).to_have_count(3)

    there.reload()
    expect(there.locator("#desk-refusal")).to_contain_text("BID-1105")
    there.click("[data-demo-key]")
    there.wait_for_selector("#own-fingerprint")
    there.click("#unlock-by-code summary")
    there.fill("#recovery-typed", "AAAA" + code[4:])
    there.press("#recovery-typed", "Enter")
    expect(there.locator("#desk-refusal")).to_contain_text("ENV-5201")
    there.fill("#recovery-typed", code.lower().replace("-", " "))
    there.press("#recovery-typed", "Enter")
    expect(there.locator("#inside tbody tr")).to_have_count(4)
    assert faults(there) == []
    for context in (first, second):
        context.close()


def _found_at_once(pages: list[Page]) -> None:
    """One vault, one seed and one sub-account, whoever was quicker."""
    for page in pages:
        page.wait_for_selector("[data-demo-key]")
    for page in pages:
        page.click("[data-demo-key]")
    for page in pages:
        page.locator("#recovery-kept, #claim-form").filter(visible=True).first.wait_for()
    founders = [page for page in pages if page.locator("#recovery-kept").is_visible()]
    assert len(founders) == 1
    founders[0].click("#recovery-kept")
    for page in pages:
        page.click("#claim-form button[type=submit]")
    accounts = set()
    for page in pages:
        expect(page.locator("#deposit-chip")).to_contain_text("等待到账")
        accounts.add(page.inner_text("#account dd:nth-of-type(3)"))
    assert len(accounts) == 1


def _bid_at_once(pages: list[Page], folder: Path) -> None:
    """One is admitted; the other is told, sees the receipt, and replaces."""
    for number, page in enumerate(pages):
        expect(page.locator("#files-panel")).to_be_visible()
        own = folder / str(number)
        own.mkdir()
        _fill(page, own, "4,321,000.00")
        page.keyboard.press("Tab")
    for page in pages:
        page.click("#seal-button")
    for page in pages:
        page.click("dialog#seal button[type=submit]")
    for page in pages:
        expect(page.locator(".receipt[data-state=live]")).to_have_count(1, timeout=30_000)
    late = [page for page in pages if page.locator("#bid-refusal .refusal").is_visible()]
    assert len(late) == 1
    expect(late[0].locator("#bid-refusal")).to_contain_text("BID-1408")
    late[0].click("#seal-button")
    late[0].fill("dialog#replace [data-phrase]", "更换投标")
    late[0].click("dialog#replace button[type=submit]")
    for page in sorted(pages, key=lambda page: page is not late[0]):
        page.evaluate("dispatchEvent(new Event('focus'))")
        newer = page.locator(".receipt[data-sequence='2'][data-state=live]")
        expect(newer).to_have_count(1, timeout=30_000)
        expect(page.locator(".receipt[data-sequence='1']")).to_have_count(1)
        assert faults(page) == []


@pytest.mark.timeout(300)
def test_two_machines_at_once_lose_nothing(
    offered: tuple[Installation, PublishedLot], browser: Browser, tmp_path: Path
) -> None:
    running, lot = offered
    contexts = [_at_work(browser, running, "bidder-2") for _ in range(2)]
    pages = [opened(context, running.url, f"/lots/{lot.id}/bid/deposit") for context in contexts]
    made = [custody.watch(page) for page in pages]
    _found_at_once(pages)
    for page in pages:
        page.goto(f"/lots/{lot.id}/bid")
    _bid_at_once(pages, tmp_path)
    custody.nothing_stays(pages[0], [*made[0], *made[1]])
    pages[0].click("form[action='/logout'] button")
    pages[0].wait_for_url(running.url + "/")
    assert custody.stored(pages[0]) == []
    for context in contexts:
        context.close()


@pytest.mark.timeout(120)
def test_a_security_key_says_yes_again(
    offered: tuple[Installation, PublishedLot], browser: Browser
) -> None:
    running, _ = offered
    context = _at_work(browser, running, "centre")
    page = opened(context, running.url, "/account")
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    added = device.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.fill("#f-passkey-name", "办公室的密钥")
    page.click("#passkey-form button[type=submit]")
    expect(page.locator("#passkeys li")).to_have_count(1)
    _checked(page)

    place = {"authenticatorId": added["authenticatorId"]}
    device.send("WebAuthn.setUserVerified", {**place, "isUserVerified": False})
    page.get_by_label("停用办公室的密钥").click()
    expect(page.locator("#passkey-form [data-refusal]")).to_contain_text("安全密钥没有回答")
    device.send("WebAuthn.setUserVerified", {**place, "isUserVerified": True})
    page.get_by_label("停用办公室的密钥").click()
    expect(page.locator("#passkeys li")).to_have_count(0)
    assert faults(page) == []
    context.close()


@pytest.mark.timeout(300)
def test_a_rehearsal_days_before_and_a_refusal_at_the_deadline(
    offered: tuple[Installation, PublishedLot], browser: Browser, tmp_path: Path
) -> None:
    running, lot = offered
    context = _at_work(browser, running, "bidder-3")
    page = opened(context, running.url, f"/my/rehearsal#{lot.id}")
    page.click("[data-demo-key]")
    page.wait_for_selector("#recovery-kept")
    code = page.inner_text("#recovery-code")
    page.click("#recovery-kept")
    rehearsed.rehearse(page, code, tmp_path, _checked)

    page.goto(f"/lots/{lot.id}/bid/deposit")
    page.click("#claim-form button[type=submit]")
    expect(page.locator("#deposit-chip")).to_contain_text("等待到账")
    page.goto(f"/lots/{lot.id}/bid")
    expect(page.locator("#files-panel")).to_be_visible()
    _fill(page, tmp_path, "4,321,000.00")
    page.keyboard.press("Tab")
    rehearsed.set_deadline(running, lot.id, timedelta(0))
    try:
        rehearsed.be_refused(page, tmp_path, _checked)
    finally:
        rehearsed.set_deadline(running, lot.id, timedelta(hours=2))
    context.close()


@pytest.mark.timeout(300)
def test_a_bidder_obtains_a_guarantee_and_officials_decide_on_it(
    offered: tuple[Installation, PublishedLot], browser: Browser
) -> None:
    guaranteed.walk(*offered, browser, _checked)
