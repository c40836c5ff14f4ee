"""A small HTTP server for processes of one question: bodies capped, nothing logged of requests."""

import signal
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import FrameType
from typing import Final

MAX_BODY: Final = 64 * 1024
SLOW_SECONDS: Final = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """Status, body and its media type."""

    status: int
    body: bytes
    media_type: str = "text/plain; charset=utf-8"


Answer = Callable[[str, bytes], Reply]
"""What a POST to a path with a body is answered."""


def serve(port: int, answer: Answer) -> None:
    """Answer on the loopback interface until SIGTERM or SIGINT; TLS is a proxy's business."""
    server = _Server(("127.0.0.1", port), _handler(answer))

    def end(_signal: int, _frame: FrameType | None) -> None:
        threading.Thread(target=server.shutdown, daemon=True).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    server.serve_forever(poll_interval=0.1)
    server.server_close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler(answer: Answer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        timeout = SLOW_SECONDS

        def do_GET(self) -> None:
            self._say(Reply(405, b""))

        def do_POST(self) -> None:
            length = self.headers.get("Content-Length", "")
            if not length.isdigit() or int(length) > MAX_BODY:
                self._say(Reply(413, b""))
                return
            self._say(answer(self.path, self.rfile.read(int(length))))

        def _say(self, reply: Reply) -> None:
            self.send_response(reply.status)
            self.send_header("Content-Type", reply.media_type)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(reply.body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    return Handler
