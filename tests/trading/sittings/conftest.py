"""The scene of the openings: one published lot, nobody has bid yet."""

from tests.trading.openings.conftest import house, published, scene, settings

__all__ = ["house", "published", "scene", "settings"]
