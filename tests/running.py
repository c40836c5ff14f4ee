"""A running installation and a real Chromium, for browser and fault tests."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from playwright.sync_api import Browser, Playwright, expect, sync_playwright

from kernel import clock
from kernel.db import Database
from kernel.ids import new_id
from kernel.settings import Settings
from tests import scratch
from trading.installation import Installation, Prepare

PATIENCE = 30_000
# Chromium's own calls home would fail here and hide our page's errors among theirs.
QUIET = (
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-sandbox",
)


def empty(settings: Settings) -> None:
    """A founded demonstration installation with nobody and nothing in it."""
    database = Database(settings.database_url, pool_size=0)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    database.dispose()


@contextmanager
def installation(
    prepare: Prepare = empty, *, durable: bool = False, web_processes: int = 1
) -> Iterator[Installation]:
    """All processes in a state folder of their own, stopped and removed at the end.

    `durable` where PostgreSQL itself is killed: what it has confirmed must be there again.
    """
    folder = scratch.folder()
    running = Installation(folder, prepare=prepare, durable=durable, web_processes=web_processes)
    try:
        running.start()
        yield running
    finally:
        running.stop()
        shutil.rmtree(folder, ignore_errors=True)


def chromium(playwright: Playwright, *flags: str) -> Browser:
    """The machine's own Chromium, headless; raises FileNotFoundError when there is none.

    Whatever is expected of its pages may take as long as a busy machine takes.
    """
    expect.set_options(timeout=PATIENCE)
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise FileNotFoundError("no chromium: apt-get install chromium")
    return playwright.chromium.launch(executable_path=found, args=[*QUIET, *flags])


@contextmanager
def browsing(*flags: str) -> Iterator[Browser]:
    """A Chromium for the length of a test or session."""
    with sync_playwright() as playwright:
        browser = chromium(playwright, *flags)
        try:
            yield browser
        finally:
            browser.close()
