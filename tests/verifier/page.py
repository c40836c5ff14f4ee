"""The offline verifier's page, opened from the disk in a browser without network."""

import json
from pathlib import Path

from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
DIST = ROOT / "static" / "dist"


def file() -> Path:
    """The one file that the front end's build made."""
    manifest = json.loads((DIST / "manifest.json").read_text("utf-8"))
    return DIST / str(manifest["verify.html"]["file"])


class VerifierPage:
    """One open page that checks one bundle after another; `noises` is what it complained of."""

    def __init__(self, browser: Browser) -> None:
        self.page: Page = browser.new_context(locale="zh-CN", offline=True).new_page()
        self.noises: list[str] = []
        self.page.on("console", lambda told: self.noises.append(told.text))
        self.page.on("pageerror", lambda error: self.noises.append(str(error)))
        self.page.goto(file().as_uri())

    def check(self, bundle: Path) -> str:
        """The first failing step, or "holds"."""
        self.page.evaluate("delete document.body.dataset.result")
        self.page.locator("#file").set_input_files(bundle)
        self.page.wait_for_selector("body[data-result]", timeout=60_000)
        return str(self.page.evaluate("document.body.dataset.result"))
