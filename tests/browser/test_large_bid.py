"""200 MB sealed and uploaded in Chromium: memory bounded, resumed after the server was killed."""

import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from kernel.db import Database
from kernel.settings import Settings
from tests.running import installation
from tests.trading.bids.stage import set_stage
from tests.trading.bids.world import PublishedLot
from trading.bids.queries import live_envelopes
from trading.installation import Installation

MIB = 1 << 20
SIZE = 200 * MIB
MOST_HEAP = 200 * 10**6
# The server may be back before anyone looks: an observer remembers that the banner was there.
SEE_THE_BANNER = """() => {
  const banner = document.getElementById("connection");
  const look = () => { window.wasLost ||= banner.querySelector("[data-upload-lost]") !== null; };
  new MutationObserver(look).observe(banner, { childList: true, subtree: true });
}"""


class Heap:
    """The largest heap seen, buffers included, of a page and its workers together."""

    def __init__(self, page: Page) -> None:
        self._session: CDPSession = page.context.new_cdp_session(page)
        self._workers: set[str] = set()
        self._asked = 0
        self._told: dict[str, float] = {}
        self.most = 0.0
        self._session.on("Target.attachedToTarget", self._attach)
        self._session.on("Target.receivedMessageFromTarget", self._hear)
        self._session.send(
            "Target.setAutoAttach",
            {"autoAttach": True, "waitForDebuggerOnStart": False, "flatten": False},
        )

    @property
    def workers(self) -> int:
        return len(self._told)

    def sample(self) -> None:
        """Ask page and workers; answers of workers come with the next events."""
        own = self._session.send("Runtime.getHeapUsage")
        for worker in self._workers:
            self._asked += 1
            message = json.dumps({"id": self._asked, "method": "Runtime.getHeapUsage"})
            with suppress(Exception):
                self._session.send(
                    "Target.sendMessageToTarget", {"sessionId": worker, "message": message}
                )
        self.most = max(self.most, _whole(own) + sum(self._told.values()))

    def _attach(self, event: dict[str, Any]) -> None:
        if event["targetInfo"]["type"] == "worker":
            self._workers.add(event["sessionId"])

    def _hear(self, event: dict[str, Any]) -> None:
        result = json.loads(event["message"]).get("result", {})
        if "usedSize" in result:
            self._told[event["sessionId"]] = _whole(result)


def _whole(usage: dict[str, Any]) -> float:
    return float(usage["usedSize"]) + float(usage.get("backingStorageSize", 0))


@pytest.fixture
def offered() -> Iterator[tuple[Installation, PublishedLot]]:
    """A running installation with one lot that takes bids without a deposit."""
    lots: list[PublishedLot] = []

    def prepare(settings: Settings) -> None:
        lots.append(set_stage(settings))

    with installation(prepare) as running:
        yield running, lots[0]


def _large_pdf(folder: Path) -> Path:
    path = folder / "technical.pdf"
    block = bytes(range(256)) * (MIB // 256)
    with path.open("wb") as file:
        file.write(b"%PDF-1.7\n")
        for _ in range(SIZE // MIB):
            file.write(block)
        file.truncate(SIZE)
    return path


def _fill(page: Page, folder: Path) -> None:
    page.set_input_files("[data-slot=technical] input", _large_pdf(folder))
    small = folder / "commercial.pdf"
    small.write_bytes(b"%PDF-1.7\n" + bytes(MIB))
    page.set_input_files("[data-slot=commercial] input", small)
    for name, value in (("price", "4,321,000.00"), ("duration", "120"), ("manager", "梁砚舟")):
        page.fill(f"#f-{name}", value)
    page.check("input[name=recovery][value=none]")


@pytest.mark.timeout(300)
def test_a_200_mb_bid_is_sealed_uploaded_and_resumed(
    offered: tuple[Installation, PublishedLot], browser: Browser, tmp_path: Path
) -> None:
    running, lot = offered
    context = browser.new_context(base_url=running.url)
    context.request.post("/login/demo", form={"login": "bidder-1"})
    page = context.new_page()
    heap = Heap(page)
    page.goto(f"/lots/{lot.id}/bid")
    page.click("[data-demo-key]")
    page.click("#recovery-kept")
    _fill(page, tmp_path)
    page.click("#seal-button")
    page.click("dialog#seal button[type=submit]")
    page.evaluate(SEE_THE_BANNER)
    percent = page.locator("#sealing svg.bar")
    killed = False
    while not page.locator("#receipts .receipt").count():
        heap.sample()
        done = int(percent.get_attribute("aria-valuenow") or 0)
        if not killed and 15 <= done < 80:
            running.kill("upload")
            killed = True
        assert not page.locator("#bid-refusal").is_visible(), page.inner_text("#bid-refusal")
        page.wait_for_timeout(100)
    figures = page.inner_text("#sealing")
    assert killed
    assert page.evaluate("window.wasLost === true")
    assert "续传" in figures, figures
    assert "MB" in figures
    assert heap.workers == 1
    assert heap.most < MOST_HEAP, heap.most
    database = Database(running.settings.database_url, pool_size=0)
    with database.reading() as session:
        assert [row.sequence for row in live_envelopes(session, lot.id)] == [1]
    print(f"largest heap {heap.most / 1e6:.0f} MB")
    context.close()
