"""One Chromium for all browser tests."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests import running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """The machine's Chromium; every person in a test gets a context of their own from it."""
    with running.browsing() as found:
        yield found
