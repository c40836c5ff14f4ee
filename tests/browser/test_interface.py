"""The parts of the interface in a real browser: accessible in every mode, alive, within the CSP."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, expect

from tests import running
from tests.browser.looks import DESK, PHONE, violations


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    with running.installation() as installation:
        yield installation.url


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    found = browser.new_context(locale="zh-CN")
    yield found
    found.close()


def opened(context: BrowserContext, address: str, path: str = "/dev/components") -> Page:
    """A page that keeps its script errors and broken policies for `faults`."""
    page = context.new_page()
    page.add_init_script(
        "window.faults = [];"
        "addEventListener('error', (event) => faults.push(String(event.message)));"
        "addEventListener('unhandledrejection', (event) => faults.push(String(event.reason)));"
        "addEventListener('securitypolicyviolation', (event) => faults.push(event.blockedURI));"
    )
    page.goto(address + path)
    return page


def faults(page: Page) -> list[str]:
    """Script errors and broken policies so far."""
    found: list[str] = page.evaluate("window.faults")
    return found


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("mode", ["standard", "care"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_every_part_is_accessible_and_fits(
    browser: Browser, address: str, theme: str, mode: str, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size, locale="zh-CN")
    context.add_cookies(
        [
            {"name": "theme", "value": theme, "url": address},
            {"name": "mode", "value": mode, "url": address},
        ]
    )
    page = opened(context, address)
    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= size["width"]
    assert faults(page) == []
    context.close()


def test_the_display_changes_at_once_and_is_remembered(
    context: BrowserContext, address: str
) -> None:
    page = opened(context, address)
    page.get_by_role("button", name="深色").click()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    page.get_by_role("button", name="关怀版").click()
    page.reload()
    assert page.locator("html").get_attribute("data-theme") == "dark"
    assert page.locator("html").get_attribute("data-mode") == "care"
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("link", name="Sign in")).to_be_visible()


def test_the_act_waits_for_its_typed_phrase(context: BrowserContext, address: str) -> None:
    page = opened(context, address)
    page.locator("[data-dialog=withdraw]").click()
    act = page.get_by_role("button", name="用证书签名并撤回")
    expect(act).to_be_disabled()
    page.get_by_label("输入「撤回投标」以确认").fill("撤回投")
    expect(act).to_be_disabled()
    page.get_by_label("输入「撤回投标」以确认").fill("撤回投标")
    expect(act).to_be_enabled()
    page.get_by_role("button", name="不撤回").click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_amounts_are_spelled_while_they_are_typed(context: BrowserContext, address: str) -> None:
    page = opened(context, address)
    field = page.locator("#f-a4")
    field.fill("1234567.5")
    words = page.locator("[data-money]", has=field).locator("[data-daxie]")
    expect(words).to_have_text("壹佰贰拾叁万肆仟伍佰陆拾柒元伍角整")
    field.blur()
    expect(field).to_have_value("1,234,567.50")


def test_clock_and_countdowns_run_on_the_servers_time(
    context: BrowserContext, address: str
) -> None:
    # A computer set a day wrong: what is shown must not follow it.
    context.add_init_script("Date.now = ((real) => () => real() + 86400000)(Date.now);")
    page = opened(context, address)
    figure = page.locator("#count .count[data-s=need] .fig")
    a_day = re.compile(r"\+86[34]\d{5} ms")
    expect(page.locator("[data-clock-drift]")).to_contain_text(a_day, timeout=10_000)
    first = figure.text_content() or ""
    assert re.fullmatch(r"12:[0-4]\d", first), first
    expect(figure).not_to_have_text(first)
    bar = page.locator("#count .count[data-s=need] svg.bar rect")
    width = float(bar.get_attribute("width") or "0")
    assert 80 < width < 90


def test_pages_work_without_script(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="zh-CN")
    page = context.new_page()
    page.goto(f"{address}/dev/components")
    page.get_by_role("button", name="关怀版").click()
    assert page.url == f"{address}/dev/components"
    assert page.locator("html").get_attribute("data-mode") == "care"
    context.close()
