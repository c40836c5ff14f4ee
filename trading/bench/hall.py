"""The hall's plain page in Chromium while 200 bids are read out: from a press to its paint.

The page is the real one, its events come over its own socket, once one after the other, once all
in one moment. Somebody presses all the while.
"""

import json
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any
from uuid import UUID

import migrations
from kernel import clock, postgres
from kernel.bench import Bar, Bench, Figure, Side
from kernel.db import Database
from kernel.ids import new_id
from kernel.pages import render
from kernel.settings import Settings

if TYPE_CHECKING:
    from flask import Flask
    from playwright.sync_api import Page, Route

BIDS = 200
LIMIT_MS = 100
PAUSE_MS = 15
AT_ONCE = 40
ADDRESS = "http://localhost:9"
WATCH = Path(__file__).with_name("_hall_watch.js").read_text("utf-8")
BEGAN = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)
FLAGS = ("--no-sandbox", "--disable-quic", "--disable-background-networking")


def measure(bench: Bench) -> list[Figure]:
    """p95 of input to paint, events paced and at once. Raises FileNotFoundError."""
    load = f"load {os.getloadavg()[0]:.1f}"
    with _application(bench) as app:
        figures = []
        for name, together in (("one by one", False), ("all at once", True)):
            taken = sorted(_measured(app, together=together))
            p95 = taken[int(len(taken) * 0.95)]
            figures.append(
                Figure(
                    name=f"hall page, input to paint, {BIDS} bids read out {name}, p95, {load}",
                    value=p95,
                    unit="ms",
                    bar=Bar(Side.AT_MOST, LIMIT_MS, on_ratio=False),
                )
            )
        return figures


@contextmanager
def _application(bench: Bench) -> "Iterator[Flask]":
    """The web application on a founded database with nobody in it."""
    from trading.app import create_app

    name = f"hall_page_{new_id().hex[:8]}"
    postgres.create_database(bench.server.url(), name)
    url = bench.server.url(name)
    migrations.upgrade(url)
    database = Database(url, pool_size=1)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    database.dispose()
    yield create_app(Settings(database_url=url, state_dir=bench.work / name))


def _html(app: "Flask", page: dict[str, Any]) -> str:
    lot = SimpleNamespace(**{**page["lot"], "id": UUID(page["lot"]["id"])})
    with app.test_request_context("/"):
        whole = str(render("openings/hall.html", lot=lot, page=page, ended=None))
    return re.sub(r' integrity="[^"]*"', "", whole)


def _story() -> list[dict[str, Any]]:
    """A hall that waits for its reading, then each bid read out."""
    bids = [
        {
            "seat": seat,
            "organisation": f"江南第{seat}水利水电工程建设有限公司",
            "credit_code": "",
            "pseudonym": f"{seat:064x}",
            "commitment": f"{seat * 7919:064x}",
            "deposit": {"outcome": "ok", "finality": "final", "word": "已到账"},
            "attended": True,
            "state": "opened",
            "code": None,
            "word": None,
        }
        for seat in range(1, BIDS + 1)
    ]
    until = (BEGAN + timedelta(hours=2)).isoformat()
    opened = {
        "deadline": BEGAN.isoformat(),
        "sign_in_from": BEGAN.isoformat(),
        "threshold": 3,
        "trustees": [],
    }
    told = [
        ("session_opened", opened),
        ("list_published", {"bids": bids, "say": f"公布投标人名单，共 {BIDS} 家。"}),
        ("verified", {"matched": list(range(1, BIDS + 1))}),
        ("stage_changed", {"stage": "read_out", "until": until}),
        *(("bid_read_out", _offer(seat)) for seat in range(1, BIDS + 1)),
        ("read_out_done", {"record_digest": "ab" * 32, "say": "唱标完毕。"}),
    ]
    return [
        {"seq": seq, "kind": kind, "payload": payload, "at": BEGAN.isoformat()}
        for seq, (kind, payload) in enumerate(told, start=1)
    ]


def _offer(seat: int) -> dict[str, Any]:
    words = f"{seat:02d} 席，江南第{seat}水利水电工程建设有限公司，投标报价 ¥80,128,600.00。"
    return {
        "seat": seat,
        "price_fen": 8_012_860_000 + seat * 100,
        "price_words": "捌仟零壹拾贰万捌仟陆佰元整",
        "duration_days": 540,
        "quality": "合格",
        "manager": "王守拙",
        "above_ceiling": False,
        "say": words,
    }


NOBODY: dict[str, Any] = {
    "host": None,
    "deputy": None,
    "acting": None,
    "room": None,
    "events": [],
    "me": None,
}
"""Who presides, and what was said: nobody and nothing."""
BEFORE = 4
"""Events that the page is served with; the rest comes over the socket."""


def _measured(app: "Flask", *, together: bool) -> list[float]:
    # Only the measurement needs a browser; importing this module must not.
    from playwright.sync_api import sync_playwright

    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    story = _story()
    live_id, lot = str(new_id()), {"id": str(new_id()), "number": "A", "name": "二百家投标的标段"}
    seat = {"id": str(new_id()), "live_id": str(new_id()), "lots": [{**lot, "live_id": live_id}]}
    page_data = {
        "lot": lot,
        "live_id": live_id,
        "sitting": {**seat, **NOBODY},
        "events": story[:BEFORE],
        "role": "public",
        "me": None,
        "demo": True,
        "csrf_token": "",
        "upload_url": "",
        "phone": "",
    }
    html = _html(app, page_data)
    frames = [
        "42/live," + json.dumps(["event", {**event, "id": live_id}]) for event in story[BEFORE:]
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=list(FLAGS))
        try:
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.add_init_script(WATCH)
            _served(page, app, html)
            page.goto(f"{ADDRESS}/hall")
            page.locator("#bids tr[data-seat='200']").wait_for(state="attached")
            while not page.evaluate("wires.length"):
                page.wait_for_timeout(10)
            page.wait_for_timeout(500)
            page.evaluate("told => tell(...told)", [frames, 0 if together else PAUSE_MS])
            for at in range(AT_ONCE if together else BIDS):
                _press(page, at)
            page.locator("#bids tr[data-seat='200'] .strong >> text=¥").wait_for(state="attached")
            taken: list[float] = page.evaluate("window.taken")
            return taken
        finally:
            browser.close()


def _press(page: "Page", at: int) -> None:
    """Somebody reads along: scrolls by key, and clicks into the table."""
    if at % 2:
        page.keyboard.press("ArrowDown" if at % 4 == 1 else "ArrowUp")
    else:
        page.mouse.click(200, 330)


def _served(page: "Page", app: "Flask", html: str) -> None:
    """The page and its files from the application; its socket is the watch's."""
    client = app.test_client()

    def answer(route: "Route") -> None:
        path = route.request.url.removeprefix(ADDRESS)
        if path == "/hall":
            route.fulfill(body=html, content_type="text/html; charset=utf-8")
        elif path.startswith(("/static/", "/clock")):
            got = client.get(path)
            route.fulfill(
                status=got.status_code, body=got.get_data(), content_type=got.content_type
            )
        else:
            route.fulfill(json={"events": []})

    page.route("**/*", answer)
