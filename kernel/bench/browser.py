"""Sealing a file in Chromium, beside a bare WebCrypto loop over the same chunks."""

import os
import shutil
import subprocess
from pathlib import Path

from kernel.bench import Bar, Bench, Figure, Side

MIB = 48
TURNS = 4
PAGE = Path(__file__).with_name("browser_page.js")
ROOT = PAGE.parents[2]
# WebCrypto exists on secure origins only; nothing is asked of a network.
ADDRESS = "https://bench.invalid/"
HTML = "<!doctype html><input type=file>"


def measure(bench: Bench) -> list[Figure]:
    """MiB/s of a part sealed from a `File`. Raises FileNotFoundError without Chromium."""
    document = bench.work / "document.bin"
    document.write_bytes(os.urandom(MIB << 20))
    told = _measured(_bundled(bench.work), document)
    return [
        Figure(
            name="seal a part in Chromium",
            value=MIB / told["ours"],
            unit="MiB/s",
            bar=Bar(Side.AT_LEAST, 0.8),
            peer="bare WebCrypto AES-256-GCM and SHA-256",
            peer_value=MIB / told["bare"],
        )
    ]


def _bundled(folder: Path) -> str:
    out = folder / "browser.js"
    esbuild = ROOT / "node_modules" / ".bin" / "esbuild"
    command = [str(esbuild), str(PAGE), "--bundle", f"--outfile={out}"]
    subprocess.run(command, check=True, capture_output=True)
    return out.read_text("utf-8")


def _measured(script: str, document: Path) -> dict[str, float]:
    # Only the measurement needs a browser; importing this module must not.
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    with sync_playwright() as playwright:
        flags = ["--no-sandbox", "--disable-quic", "--disable-background-networking"]
        browser = playwright.chromium.launch(executable_path=chromium, args=flags)
        try:
            page = browser.new_page()
            page.route(
                f"{ADDRESS}**", lambda route: route.fulfill(body=HTML, content_type="text/html")
            )
            page.goto(ADDRESS)
            page.add_script_tag(content=script)
            page.set_input_files("input", document)
            found: dict[str, float] = page.evaluate(
                f"measure(document.querySelector('input').files[0], {TURNS})"
            )
            return found
        finally:
            browser.close()
