"""Token buckets: so many at once, so many a second, by client and by address."""

import time
from collections.abc import Callable
from dataclasses import dataclass

FORGET_ABOVE = 10_000


@dataclass(frozen=True, slots=True)
class Rate:
    """What a full bucket holds, and what runs in again each second."""

    burst: float
    per_second: float


class Buckets:
    """One bucket per name; a full one is forgotten when there are many."""

    def __init__(self, rate: Rate, clock: Callable[[], float] = time.monotonic) -> None:
        self._rate = rate
        self._clock = clock
        self._left: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> bool:
        """Take one; False when the bucket is empty, and then nothing is taken."""
        now = self._clock()
        left = self._now(name, now)
        allowed = left >= 1
        self._left[name] = (left - 1 if allowed else left, now)
        if len(self._left) > FORGET_ABOVE:
            self._sweep(now)
        return allowed

    def forget(self, name: str) -> None:
        """The client is gone."""
        self._left.pop(name, None)

    def _now(self, name: str, now: float) -> float:
        left, at = self._left.get(name, (self._rate.burst, now))
        return min(self._rate.burst, left + (now - at) * self._rate.per_second)

    def _sweep(self, now: float) -> None:
        for name in [n for n in self._left if self._now(n, now) >= self._rate.burst]:
            del self._left[name]
