"""One published lot with real parties, shared with the tests of the hall."""

from tests.trading.openings.conftest import house, published, scene, settings

__all__ = ["house", "published", "scene", "settings"]
