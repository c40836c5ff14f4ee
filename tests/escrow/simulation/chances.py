"""One seed behind every random byte of the process while a world lasts."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def seeded(chance: random.Random) -> Iterator[None]:
    """Identifiers, tokens and the simulator's references come from `chance`."""
    module = random
    before = os.urandom, module._urandom  # type: ignore[attr-defined]
    os.urandom = chance.randbytes
    module._urandom = chance.randbytes  # type: ignore[attr-defined]
    try:
        yield
    finally:
        os.urandom, module._urandom = before  # type: ignore[attr-defined]
