"""`python -m escrow.banks.simulator`: serve the banks at `bank_url` until told to stop."""

import logging
import signal
import sys
import threading
import urllib.parse
from types import FrameType

from werkzeug.serving import WSGIRequestHandler, make_server

from escrow.banks.simulator.app import create_app
from escrow.banks.simulator.book import Book
from escrow.banks.simulator.courier import Courier
from escrow.banks.simulator.drops import Clerk
from escrow.banks.simulator.lines import open_lines
from kernel.settings import Settings


class QuietHandler(WSGIRequestHandler):
    """Writes no access log: addresses would name sub-accounts."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing."""


def main() -> None:
    """Serve until SIGTERM."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr)
    settings = Settings.from_env()
    book = Book(settings.simulator_database_url)
    app = create_app(settings, book)
    port = urllib.parse.urlsplit(settings.bank_url).port or 8082
    server = make_server("127.0.0.1", port, app, threaded=True, request_handler=QuietHandler)
    courier = Courier(book, settings)
    lines = open_lines(book)
    clerk: Clerk = app.extensions["simulator.clerk"]
    courier.start()
    clerk.start()

    def end(_signal: int, _frame: FrameType | None) -> None:
        courier.stop()
        clerk.stop()
        for line in lines:
            threading.Thread(target=line.shutdown, daemon=True).start()
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    server.serve_forever()
    book.engine.dispose()


if __name__ == "__main__":
    main()
