"""People at their own browsers: one context each, what went wrong in it, and how they log in."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, ConsoleMessage, Error, Locator, Page, expect

from tests.browser.looks import DESK
from tests.running import PATIENCE

# A page that was left while it asked, and answers that are refusals on purpose.
EXPECTED = re.compile(r"Failed to load resource|net::ERR_ABORTED|ERR_NETWORK_CHANGED")


class Guest:
    """One person: a context of their own, a page, and every fault the page reported."""

    def __init__(self, browser: Browser, address: str, role: str) -> None:
        self.role = role
        self.faults: list[str] = []
        self.context = browser.new_context(
            base_url=address,
            viewport=DESK,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            color_scheme="light",
            # Ten pages with a breathing dot keep half a processor busy.
            reduced_motion="reduce",
        )
        self.context.set_default_timeout(PATIENCE)
        self.context.on("page", self._listen)
        self.page: Page = self.context.new_page()

    def go(self, path: str) -> Page:
        """Open an address of the platform."""
        self.page.goto(path)
        return self.page

    def log_in(self, login: str) -> None:
        """Take one of the identities that the demonstration offers."""
        self.go("/login")
        button = self.page.locator(f"[data-login={login}]")
        if not button.is_visible():
            self.page.locator("details", has=button).locator("summary").click()
        button.click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def log_in_with_password(self, login: str, password: str) -> None:
        """By the form, as in a real installation."""
        self.go("/login")
        self.page.get_by_label("登录名").fill(login)
        self.page.get_by_label("密码").fill(password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        self.page.wait_for_url(lambda url: "/login" not in url)

    def click(self, name: str, *, within: Locator | None = None) -> None:
        """Press the button of that name, once the page's scripts are there to hear it."""
        self.page.wait_for_load_state()
        (within or self.page).get_by_role("button", name=name, exact=True).click()

    def confirm(self, submit: str, *, label: str = "", text: str = "") -> None:
        """Fill the open dialog's field of that label, if any, and confirm it."""
        dialog = self.page.get_by_role("dialog")
        expect(dialog).to_be_visible()
        if label:
            dialog.get_by_label(label).fill(text)
        dialog.get_by_role("button", name=submit, exact=True).click()

    def tell(self) -> str:
        """Where this person is and what the page refuses, for a failed journey."""
        try:
            page = self.context.pages[-1]
            refusals = page.locator(".refusal:visible, [role=alert]:visible").all_inner_texts()
            return f"{self.role} at {page.url}\n  refusals {refusals}\n  faults {self.faults}"
        except Error as gone:
            return f"{self.role}: {gone}"

    def _listen(self, page: Page) -> None:
        page.on("pageerror", lambda error: self.faults.append(str(error)))
        page.on("console", self._hear)

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not EXPECTED.search(message.text):
            self.faults.append(message.text)


@contextmanager
def chapter(name: str, guests: list[Guest], folder: Path) -> Iterator[None]:
    """A part of a journey; when it fails, where everyone stands is told and pictured."""
    try:
        yield
    except BaseException:
        print(f"\nfailed: {name}")
        for guest in guests:
            print(guest.tell())
            page = guest.context.pages[-1]
            page.screenshot(path=folder / f"failed-{guest.role}.jpg", type="jpeg", full_page=True)
        raise
