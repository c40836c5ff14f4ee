"""What a page looks like: kept pictures, a sheet of them all, and what axe-core finds wrong."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from playwright.sync_api import Error, Page, ViewportSize

ROOT = Path(__file__).resolve().parents[2]
AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
PHONE = ViewportSize(width=390, height=844)
DESK = ViewportSize(width=1440, height=900)
QUALITY = 72


def violations(page: Page, *, only: str = "") -> list[tuple[str, str]]:
    """What axe-core finds, perhaps by one rule only: rule and first element."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE.read_text("utf-8"))
    asked = {"type": "rule", "values": [only]} if only else {"type": "tag", "values": TAGS}
    found: dict[str, Any] = page.evaluate(
        "(asked) => axe.run(document, {runOnly: asked, resultTypes: ['violations']})", asked
    )
    return [(one["id"], one["nodes"][0]["html"]) for one in found["violations"]]


@dataclass(frozen=True, slots=True)
class Picture:
    """One kept screenshot."""

    path: Path
    name: str
    role: str
    look: str


class Album:
    """Screenshots of a journey in the order they were taken, and the blemishes seen on the way."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures: list[Picture] = []
        self.blemishes: list[str] = []
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.glob("*.jpg"):
            old.unlink()

    def shot(self, page: Page, name: str, role: str, *, look: str = "light") -> None:
        """Keep the page as `role` sees it; look: light, dark, phone or phone-dark."""
        page.wait_for_load_state()
        with _looking(page, look):
            number = len(self.pictures) + 1
            path = self.folder / f"{number:02d}-{name}-{role}-{look}.jpg"
            # A whole page would show an open dialog where nobody sees it.
            whole = page.locator("dialog[open]").count() == 0
            page.screenshot(
                path=path, type="jpeg", quality=QUALITY, full_page=whole, animations="disabled"
            )
            self.pictures.append(Picture(path, name, role, look))
            # Seen in the light already, a dark page can only differ in its colours.
            only = "color-contrast" if look == "dark" else ""
            found = _steady(page, only)
            self.blemishes += [f"{path.name}: {rule} {html}" for rule, html in found]
            over = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            if over > 0:
                self.blemishes.append(f"{path.name}: {over} px wider than the window")

    def keep(self, name: str, role: str, picture: bytes) -> None:
        """Keep a picture that is no page, a printed sheet for instance."""
        number = len(self.pictures) + 1
        path = self.folder / f"{number:02d}-{name}-{role}-print.jpg"
        with Image.open(BytesIO(picture)) as opened:
            opened.convert("RGB").save(path, quality=QUALITY)
        self.pictures.append(Picture(path, name, role, "print"))

    def sheet(self, *, columns: int = 6, width: int = 420, height: int = 300) -> Path:
        """All pictures on one sheet, each under its page, role and theme."""
        rows = -(-len(self.pictures) // columns)
        cell, line = (width + 16, height + 34), ImageFont.load_default(15)
        sheet = Image.new("RGB", (columns * cell[0] + 16, rows * cell[1] + 16), "#d8d4cb")
        draw = ImageDraw.Draw(sheet)
        for at, picture in enumerate(self.pictures):
            left, top = 16 + (at % columns) * cell[0], 16 + (at // columns) * cell[1]
            with Image.open(picture.path) as opened:
                fitted = _top_of(opened, width, height)
            sheet.paste(fitted, (left, top + 20))
            caption = f"{at + 1:02d} {picture.name} / {picture.role} / {picture.look}"
            draw.text((left, top), caption, fill="#1c1a17", font=line)
        path = self.folder / "contact-sheet.jpg"
        sheet.save(path, quality=80)
        return path


def _top_of(picture: Image.Image, width: int, height: int) -> Image.Image:
    """The picture at the cell's width, or a phone's at its height; the rest below is cut off."""
    tall = picture.width < 600
    scale = 2 * height / PHONE["height"] / 2 if tall else width / picture.width
    size = (max(1, round(picture.width * scale)), max(1, round(picture.height * scale)))
    return picture.resize(size).crop((0, 0, min(size[0], width), min(size[1], height)))


def _steady(page: Page, only: str) -> list[tuple[str, str]]:
    """The violations of a page that may come anew by itself meanwhile."""
    for _ in range(3):
        try:
            return violations(page, only=only)
        except Error as gone:
            if "context was destroyed" not in str(gone):
                raise
            page.wait_for_load_state()
    return violations(page, only=only)


@contextmanager
def _looking(page: Page, look: str) -> Iterator[None]:
    """The page in another theme or size for a moment, without reloading it."""
    if "dark" in look:
        page.emulate_media(color_scheme="dark")
    if "phone" in look:
        page.set_viewport_size(PHONE)
    try:
        yield
    finally:
        if look != "light":
            page.emulate_media(color_scheme="light")
            page.set_viewport_size(DESK)
