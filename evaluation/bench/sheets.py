"""Score sheets in Chromium, 20 bids × 40 items: from a key to the subtotal painted, and to the next
bid; beside a bare page that only writes the inputs' values."""

import json
import shutil
import subprocess
from pathlib import Path
from statistics import quantiles
from typing import Any

from kernel.bench import Bar, Bench, Figure, Side

TURNS = 200
LIMIT_MS = 100
PAGE = Path(__file__).with_name("sheets_page.js")
ROOT = PAGE.parents[2]
ADDRESS = "http://sheets.invalid/"


def measure(bench: Bench) -> list[Figure]:
    """p95 of both interactions. Raises FileNotFoundError without Chromium."""
    found = _measured(_bundled(bench.work))
    bar = Bar(Side.AT_MOST, LIMIT_MS, on_ratio=False)
    return [
        Figure(
            name=name,
            value=_p95(found[ours]),
            unit="ms",
            bar=bar,
            peer="bare inputs",
            peer_value=_p95(found[peer]),
        )
        for name, ours, peer in (
            ("type a score, subtotal painted, p95", "typed", "bareTyped"),
            ("switch the bid, sheet painted, p95", "switched", "bareSwitched"),
        )
    ]


def _bundled(folder: Path) -> str:
    """The measuring page's script with everything it imports."""
    out = folder / "sheets.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), str(PAGE), "--bundle", f"--outfile={out}"]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text("utf-8")


def _styles() -> str:
    dist = ROOT / "static" / "dist"
    manifest = json.loads((dist / "manifest.json").read_text("utf-8"))
    style = dist / str(manifest["css/main.css"]["file"])
    return style.read_text("utf-8")


def _measured(script: str) -> dict[str, list[float]]:
    # Only the measurement needs a browser; importing this module must not.
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    html = "<!doctype html><html lang='zh-CN' data-density='cozy'><body></body></html>"
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.route(f"{ADDRESS}**", lambda route: route.fulfill(body=html, content_type=HTML))
            page.goto(ADDRESS)
            page.add_style_tag(content=_styles())
            page.add_script_tag(content=script)
            found: dict[str, Any] = page.evaluate(f"measure({TURNS})")
            return found
        finally:
            browser.close()


HTML = "text/html; charset=utf-8"


def _p95(spans: list[float]) -> float:
    return quantiles(spans, n=20)[-1]
