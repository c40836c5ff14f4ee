"""One Chromium for the browser tests of a module."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import running


# Per module: while one is open its event loop runs, and nothing else in the process may start one.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; every person in a test gets a context of their own from it."""
    with running.browsing() as found:
        yield found
