"""HTTP to a bank: a cap on what is read, and only whole answers."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.transport import HttpTransport

BIG = 100 << 20


@contextmanager
def bank(head: bytes, body: bytes, *, times: int = 1) -> Iterator[str]:
    """A port that answers one request with these bytes, as long as somebody reads."""

    def serve() -> None:
        line, _ = port.accept()
        with line:
            line.recv(65536)
            try:
                line.sendall(head + b"\r\n\r\n")
                for _ in range(times):
                    line.sendall(body)
            except OSError:
                return

    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{port.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize(
    ("head", "body", "times"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d" % BIG, b"x" * (1 << 20), 100),
        (b"HTTP/1.1 200 OK\r\nConnection: close", b"x" * (1 << 20), 100),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 99", b"short", 1),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked", b"zz\r\nshort", 1),
        (b"SSH-2.0-OpenSSH_9.6", b"", 1),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300, b"", 1),
    ],
    ids=["announced", "endless", "cut", "chunks", "no http", "headers"],
)
def test_what_is_no_whole_answer_of_bearable_size_is_none(
    head: bytes, body: bytes, times: int
) -> None:
    with bank(head, body, times=times) as url, pytest.raises(BankUnreachableError):
        HttpTransport(url).request("GET", "/")


def test_a_redirect_is_not_followed() -> None:
    head = b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\nContent-Length: 0"
    with bank(head, b"") as url:
        assert HttpTransport(url).request("GET", "/").status == 302
