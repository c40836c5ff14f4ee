"""The raw limit of an upload: read from the socket, hash once, write, sync; no rows, no signature.

Takes what `upload.mjs peer` sends, one thread a connection, and prints its port.
"""

import hashlib
import os
import socket
import sys
import threading
from itertools import count
from pathlib import Path

from kernel.pure.header import CHUNK, TAG


def main(folder: Path) -> None:
    """Serve until killed."""
    numbers = count(1)
    with socket.create_server(("127.0.0.1", 0)) as door:
        sys.stdout.write(f"{door.getsockname()[1]}\n")
        sys.stdout.flush()
        while True:
            line, _ = door.accept()
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=_serve, args=(line, folder, numbers), daemon=True).start()


def _serve(line: socket.socket, folder: Path, numbers: "count[int]") -> None:
    buffer = memoryview(bytearray(1 + CHUNK + TAG))
    while (asked := _head(line)) is not None:
        method, path, fields, begun = asked
        if method == "POST":
            path = f"/files/{next(numbers)}"
            (folder / path.rpartition("/")[2]).touch()
            line.sendall(f"HTTP/1.1 201 \r\nLocation: {path}\r\nContent-Length: 0\r\n\r\n".encode())
            continue
        descriptor = os.open(folder / path.rpartition("/")[2], os.O_RDWR)
        length, at, filled = int(fields["content-length"]), int(fields["upload-offset"]), len(begun)
        buffer[1 : 1 + filled] = begun
        while length:
            size = min(CHUNK + TAG, length)
            while filled < size:
                filled += line.recv_into(buffer[1 + filled : 1 + size])
            hashlib.sha256(buffer[: 1 + size]).digest()
            at += os.pwrite(descriptor, buffer[1 : 1 + size], at)
            length, filled = length - size, 0
        os.fdatasync(descriptor)
        os.close(descriptor)
        line.sendall(b"HTTP/1.1 204 \r\n\r\n")


def _head(line: socket.socket) -> tuple[str, str, dict[str, str], bytes] | None:
    held = b""
    while b"\r\n\r\n" not in held:
        piece = line.recv(4096)
        if not piece:
            return None
        held += piece
    head, _, begun = held.partition(b"\r\n\r\n")
    first, *rest = head.decode().split("\r\n")
    method, path, _ = first.split(" ")
    fields = dict(field.lower().split(": ", 1) for field in rest)
    return method, path, fields, begun


if __name__ == "__main__":
    main(Path(sys.argv[1]))
