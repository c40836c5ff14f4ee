"""Asks a gevent hub for its turn every two milliseconds and says each second how late it came.

Twice: by the wall clock, and by the processor time that the hub's thread has spent meanwhile, which
another process on the machine does not lengthen. Run as a module it watches an idle hub.
"""

import sys
import time
from types import FrameType

import gevent
from gevent import monkey

EVERY = 0.002
LOOK_SECONDS = 0.02
LONG_SECONDS = 0.05
MOST_PLACES = 6
OURS = ("/kernel/", "/trading/", "/escrow/", "/evaluation/")


class Watch:
    """One hub: when it had its last turn, in processor time of its own thread."""

    def __init__(self) -> None:
        self._thread: int = monkey.get_original("_thread", "get_ident")()
        self._clock = time.pthread_getcpuclockid(self._thread)
        self._turn = time.thread_time()

    def run(self) -> None:
        """Never ends; writes `hub wall <ms> own <ms>`, the longest of each second."""
        worst = own = 0.0
        told = time.monotonic()
        while True:
            wall, self._turn = time.monotonic(), time.thread_time()
            gevent.sleep(EVERY)
            now = time.monotonic()
            worst = max(worst, now - wall - EVERY)
            own = max(own, time.thread_time() - self._turn)
            if now - told >= 1:
                _say(f"hub wall {worst * 1000:.2f} own {own * 1000:.2f}")
                worst, own, told = 0.0, 0.0, time.monotonic()

    def look_on(self) -> None:
        """Never ends; from a thread of its own, writes where a long turn is being spent."""
        sleep = monkey.get_original("time", "sleep")
        while True:
            sleep(LOOK_SECONDS)
            if time.clock_gettime(self._clock) - self._turn > LONG_SECONDS:
                _say(f"hub held at {_places(sys._current_frames()[self._thread])}")


def begin() -> None:
    """Watch this thread's hub from now on."""
    watch = Watch()
    monkey.get_original("_thread", "start_new_thread")(watch.look_on, ())
    gevent.spawn(watch.run)


def _places(frame: FrameType | None) -> str:
    """The innermost place, and our own functions on the way to it."""
    found: list[str] = []
    while frame is not None and len(found) < MOST_PLACES:
        code = frame.f_code
        if not found or any(part in code.co_filename for part in OURS):
            found.append(f"{code.co_filename.rpartition('/')[2]}:{frame.f_lineno} {code.co_name}")
        frame = frame.f_back
    return " < ".join(found)


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    Watch().run()
