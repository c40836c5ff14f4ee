"""The published vectors in a real Chromium: the modules of the pages, built as the pages are."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Route

from tests.browser.conftest import browser

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("wycheproof", "rfc9180", "nist", "sbe1")
# WebCrypto wants a secure context; no server is asked, every answer comes from here.
PLACE = "https://vectors.test"

pytestmark = pytest.mark.browser
__all__ = ["browser"]


def _built() -> bytes:
    """As static/build.mjs builds, in one file."""
    command = (
        *(str(ROOT / "node_modules" / ".bin" / "esbuild"), "tests/primitives/judge.js"),
        *("--bundle", "--format=esm", "--target=es2022", "--minify"),
    )
    return subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout


def test_all_published_vectors_in_one_page(browser: Browser) -> None:
    answers = {
        f"{name}.json": (
            "application/json",
            (ROOT / "docs" / "vectors" / f"{name}.json").read_bytes(),
        )
        for name in NAMES
    }
    answers["judge.js"] = ("text/javascript", _built())
    answers[""] = ("text/html", b"<!doctype html><title>vectors</title>")

    def answer(route: Route) -> None:
        kind, body = answers[route.request.url.removeprefix(f"{PLACE}/")]
        route.fulfill(body=body, content_type=kind)

    page = browser.new_page()
    page.route(f"{PLACE}/**", answer)
    page.goto(f"{PLACE}/")
    told = page.evaluate(
        """async (names) => {
          const { judge } = await import("/judge.js");
          const read = async (name) => [name, await (await fetch(`/${name}.json`)).json()];
          return judge(Object.fromEntries(await Promise.all(names.map(read))));
        }""",
        list(NAMES),
    )
    page.close()
    assert told["wrong"] == []
    published = {name: json.loads(body) for name, (_, body) in answers.items() if "json" in name}
    assert told["counts"] == {
        **{
            f"{name} {suite}": len(tests)
            for name in NAMES[:3]
            for suite, tests in published[f"{name}.json"].items()
        },
        "sbe1": len(published["sbe1.json"]["vectors"]),
    }
