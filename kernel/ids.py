"""Identifiers: random, so that neither order nor time of creation can be read from them."""

from uuid import UUID, uuid4


def new_id() -> UUID:
    """A fresh random identifier."""
    return uuid4()
