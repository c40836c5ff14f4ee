"""The hall's scene in Chromium with its software renderer: frames, draw calls, idleness, memory.

The camera travels, bids are unlocked, the clock goes on. Main thread is the script's share of a
frame; a whole frame waits until every pixel is there. A graphics processor is not needed.
"""

import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kernel.bench import Bar, Bench, Figure, Side

if TYPE_CHECKING:
    from playwright.sync_api import ViewportSize

SEATS = (24, 200, 300)
FRAMES = 60
WHOLE_FRAMES = 12
IDLE_MS = 3000
WINDOW: "ViewportSize" = {"width": 1440, "height": 900}
# The script's share does not depend on pixels, and software is slow with many.
SMALL: "ViewportSize" = {"width": 480, "height": 300}
PAGE = Path(__file__).with_name("_hall3d_page.js")
ROOT = PAGE.parents[2]
ADDRESS = "https://bench.invalid/"
HTML = "<!doctype html><html lang=zh-CN><style>body{margin:0}#hall3d,.hall3d-stage{height:100vh}"
HTML += ".hall3d-canvas{position:absolute;width:100%;height:100%}</style><div id=hall3d></div>"
FLAGS = (
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--ignore-gpu-blocklist",
    "--enable-precise-memory-info",
    "--js-flags=--expose-gc",
)


def measure(bench: Bench) -> list[Figure]:
    """Frames at each number of seats, idle frames, memory. Raises FileNotFoundError."""
    told = _measured(_bundled(bench.work))
    load = f"load {os.getloadavg()[0]:.1f}"
    figures = []
    for seats in SEATS:
        frame = told[f"{seats}"]
        name = f"{seats} seats, {load}"
        figures += [
            _at_most(f"main thread a frame, mean, {name}", frame["main"]["mean"], "ms", 12),
            _at_most(f"main thread a frame, p95, {name}", frame["main"]["p95"], "ms", 12),
            _at_most(f"draw calls, {name}", frame["calls"], "calls", 26),
            _at_most(f"triangles, {name}", frame["triangles"], "triangles", 200_000),
        ]
    low = told["low"]
    name = f"200 seats, low power, {load}"
    return [
        *figures,
        _at_most(f"whole frame, mean, {name}", low["whole"]["mean"], "ms", 300),
        _at_most(f"whole frame, p95, {name}", low["whole"]["p95"], "ms", 300),
        _at_most(f"main thread a frame, mean, {name}", low["main"]["mean"], "ms", 12),
        _at_most("idle frames a minute, clock in view", told["idle"]["seen"], "frames", 60),
        _at_most("idle frames a minute, clock out of view", told["idle"]["unseen"], "frames", 0),
        _at_most("memory kept after dispose", told["kept"], "MiB", 1.5),
    ]


def _at_most(name: str, value: float, unit: str, limit: float) -> Figure:
    return Figure(name, value, unit, Bar(Side.AT_MOST, limit, on_ratio=False))


def _bundled(folder: Path) -> str:
    out = folder / "hall3d.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), str(PAGE), "--bundle", "--minify", f"--outfile={out}"]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text("utf-8")


def _measured(script: str) -> dict[str, Any]:
    # Only the measurement needs a browser; importing this module must not.
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            page = browser.new_page(viewport=WINDOW)
            page.route(
                f"{ADDRESS}**", lambda route: route.fulfill(body=HTML, content_type="text/html")
            )
            page.goto(ADDRESS)
            page.add_script_tag(content=script)
            page.set_viewport_size(SMALL)
            page.evaluate(f"hallBench.travel({SEATS[0]}, 15, false)")  # the engine warms up
            told: dict[str, Any] = {
                f"{seats}": page.evaluate(f"hallBench.travel({seats}, {FRAMES}, false)")
                for seats in SEATS
            }
            page.set_viewport_size(WINDOW)
            told["low"] = page.evaluate(f"hallBench.travel(200, {WHOLE_FRAMES}, true)")
            told["idle"] = page.evaluate(f"hallBench.idle({IDLE_MS})")
            told["kept"] = page.evaluate("hallBench.kept()")
            return told
        finally:
            browser.close()
