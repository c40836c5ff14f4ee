"""The same centre as the tenders' tests use."""

from tests.trading.tenders.conftest import authority, blobs, world

__all__ = ["authority", "blobs", "world"]
