"""The clock of a process that is not the platform's: a cosigner, a time-stamp authority.

It is its own machine's. Only a demonstration, whose time is shifted, lends its legal time.
"""

import http.client
import json
import time
import urllib.parse
from datetime import UTC, datetime
from typing import Final

TIMEOUT_SECONDS: Final = 3.0
MAX_ANSWER: Final = 4096


class ClockUnknownError(RuntimeError):
    """The demonstration's clock did not answer; nothing may be dated meanwhile."""


class OwnClock:
    """Time for signing. `platform` is a demonstration's address, None wherever time is real."""

    def __init__(self, platform: str | None = None) -> None:
        self._platform = platform

    def now(self) -> datetime:
        """Aware UTC. Raises ClockUnknownError."""
        if self._platform is None:
            return datetime.fromtimestamp(time.time(), UTC)
        return _legal_time(self._platform)


def _legal_time(platform: str) -> datetime:
    """What `/clock` says: asked each time, since the shift may move at any moment."""
    url = urllib.parse.urlsplit(platform)
    connection = http.client.HTTPConnection(url.hostname or "", url.port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/clock")
        answer = connection.getresponse()
        told = json.loads(answer.read(MAX_ANSWER))
        if answer.status != 200:
            raise ClockUnknownError(str(answer.status))
        return datetime.fromisoformat(told["legal"])
    except (OSError, http.client.HTTPException, ValueError, KeyError, TypeError) as error:
        raise ClockUnknownError(type(error).__name__) from error
    finally:
        connection.close()
