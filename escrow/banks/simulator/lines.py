"""The simulated banks' TCP lines: each question comes on a connection of its own."""

import logging
import socketserver
import threading
from collections.abc import Callable
from functools import partial

from escrow.banks.simulator import exchange, weather
from escrow.banks.simulator.book import BankState, Book, DeclinedError
from escrow.banks.simulator.houses import houses
from escrow.banks.simulator.tongues import TONGUES, Tongue

LOG = logging.getLogger("simulator")
MOST = 8 << 20


def open_lines(book: Book) -> list["Counter"]:
    """Serve every bank that has a line, at the port it had before if that is free."""
    opened = []
    for house in houses():
        tongue = TONGUES.get(house.dialect)
        if tongue is None:
            continue
        with book.session() as session:
            state = session.get_one(BankState, house.code)
            try:
                counter = Counter(book, house.code, tongue, state.port)
            except OSError:
                counter = Counter(book, house.code, tongue, 0)
            state.port = int(counter.server_address[1])
        counter.start()
        opened.append(counter)
    return opened


class Counter(socketserver.ThreadingTCPServer):
    """A bank's line: each question on a connection of its own."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, book: Book, code: str, tongue: Tongue, port: int) -> None:
        self.ask: Callable[[bytes], bytes | None] = partial(answer, book, code, tongue)
        self.tongue = tongue
        super().__init__(("127.0.0.1", port), _Line)

    def start(self) -> None:
        """Serve until `shutdown`."""
        threading.Thread(target=self.serve_forever, daemon=True).start()


def answer(book: Book, code: str, tongue: Tongue, asked: bytes) -> bytes | None:
    """What arrives of a bank's answer to a question on its line."""
    said = exchange.answer(book, code, tongue, asked)
    return None if said is None else weather.travelled(book, code, said)


class _Line(socketserver.StreamRequestHandler):
    server: Counter

    def handle(self) -> None:
        tongue = self.server.tongue
        prefix = self.rfile.read(len(tongue.lead) + tongue.digits)
        told = prefix[len(tongue.lead) :]
        if not told.isdigit() or int(told) > MOST:
            return
        try:
            said = self.server.ask(self.rfile.read(int(told)))
        except (DeclinedError, KeyError, ValueError) as error:
            LOG.warning("a request was not understood: %s", error)
            return
        if said is not None:
            self.wfile.write(tongue.frame(said))
