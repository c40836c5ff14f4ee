"""The bidder's pages in Chromium: pay, seal, replace, withdraw; accessible, alive, within CSP."""

import json
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from kernel.settings import Settings
from tests.browser.looks import DESK, PHONE, violations
from tests.browser.test_interface import faults, opened
from tests.running import installation
from tests.trading.bids.stage import set_stage
from tests.trading.bids.world import PublishedLot
from trading.installation import Installation

DUE = 8_000_000


@pytest.fixture
def offered() -> Iterator[tuple[Installation, PublishedLot]]:
    """A running installation with one lot that asks for a deposit."""
    lots: list[PublishedLot] = []

    def prepare(settings: Settings) -> None:
        lots.append(set_stage(settings, deposit_fen=DUE))

    with installation(prepare) as running:
        yield running, lots[0]


def _pay(running: Installation, page: Page) -> None:
    """Transfer the deposit at the simulated bank, from the account that the page names."""
    payer = page.inner_text("#account dd:nth-of-type(5)").rpartition("，")[2]
    body = {
        "payer_account": payer,
        "sub_account": page.inner_text("#account dd:nth-of-type(3)"),
        "amount_fen": DUE,
    }
    request = urllib.request.Request(
        f"{running.settings.bank_url}/api/payments",
        data=json.dumps(body).encode(),
        headers={"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status in (200, 201)


def _fill(page: Page, folder: Path, price: str) -> None:
    for part in ("technical", "commercial"):
        file = folder / f"{part}.pdf"
        file.write_bytes(b"%PDF-1.7\n" + part.encode() * 1000)
        page.set_input_files(f"[data-slot={part}] input", file)
    for name, value in (("price", price), ("duration", "120"), ("manager", "梁砚舟")):
        page.fill(f"#f-{name}", value)


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
    expect(page.locator("#deposit-chip")).to_contain_text("等待到账")
    _pay(running, page)
    expect(page.locator("#deposit-chip")).to_contain_text("合格", timeout=30_000)
    _checked(page)

    page.goto(f"/lots/{lot.id}/bid")
    expect(page.locator("#seal-why")).to_contain_text("还差 2 项检查")
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

    page.click("#withdraw-button")
    _checked(page)
    page.fill("dialog#withdraw [data-phrase]", "撤回投标")
    page.click("dialog#withdraw button[type=submit]")
    expect(page.locator(".receipt[data-sequence='2'][data-state=withdrawn]")).to_have_count(1)
    expect(page.locator("#deposit-account")).to_have_text("—")

    page.goto("/my/lots")
    expect(page.locator("#lots")).to_contain_text("已撤回")
    _checked(page)
    context.close()
