"""Where the platform takes pushes: by HTTP, or over the line of a bank's dialect."""

import http.client
import re
import socket
import urllib.parse
from datetime import timedelta
from typing import Final

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.simulator.houses import house
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tongues import TONGUES, Tongue
from escrow.banks.transport import HttpTransport
from kernel.settings import Settings

LONGEST_WAIT: Final = timedelta(seconds=30)
LINE_REPEATS: Final = timedelta(minutes=5)
LINE_PATIENCE: Final = 3.0
TAKEN: Final = re.compile(rb"<(?:Result|RetCode)>0[01]</")
MOST: Final = 64 << 10


class Postbox:
    """The platform's addresses as the banks were told them."""

    def __init__(self, settings: Settings) -> None:
        self._http = HttpTransport(settings.listener_url)
        self._lines = settings.lines

    def deliver(self, code: str, parcel: Parcel) -> bool:
        """Push once; whether the platform said that it has it."""
        dialect = house(code).dialect
        if dialect in self._lines:
            return self._over_line(self._lines[dialect], TONGUES[dialect], parcel)
        path = f"/bank-callbacks/{urllib.parse.quote(code)}"
        try:
            answered = self._http.request("POST", path, body=parcel.raw, headers=parcel.headers)
        except BankUnreachableError:
            return False
        return answered.status == http.client.OK

    def again_after(self, code: str, attempts: int) -> timedelta:
        """How long a push that was not taken waits: on a line as its protocol says."""
        if house(code).dialect in self._lines:
            return LINE_REPEATS
        return min(timedelta(seconds=2**attempts), LONGEST_WAIT)

    def _over_line(self, address: str, tongue: Tongue, parcel: Parcel) -> bool:
        url = urllib.parse.urlsplit(address)
        where = (url.hostname or "", url.port or 0)
        try:
            with socket.create_connection(where, timeout=LINE_PATIENCE) as line:
                line.sendall(tongue.frame(parcel.raw))
                line.shutdown(socket.SHUT_WR)
                answer = b""
                while len(answer) < MOST and (part := line.recv(4096)):
                    answer += part
        except OSError:
            return False
        return TAKEN.search(answer) is not None
