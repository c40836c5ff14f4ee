"""Work that would hold up the event loop: under gevent a thread does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from gevent import get_hub, monkey

T = TypeVar("T")


def off_hub(work: Callable[[], T]) -> T:
    """What `work` answers: 50 ms of hashing or of the disk would stall every other visitor."""
    if monkey.is_module_patched("threading"):
        answer: T = get_hub().threadpool.apply(work)
        return answer
    return work()
