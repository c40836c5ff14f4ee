"""One cosigner: signs a checkpoint of a log it knows when that log has only grown since."""

import threading
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from kernel.cosigner.book import Book, is_demonstration
from kernel.own_clock import OwnClock
from kernel.pure import checkpoints, witness
from kernel.pure.checkpoints import Cosignature
from kernel.pure.errors import Refused
from kernel.pure.witness import Request


class Cosigner:
    """Signs by the book in `folder`; `demo_clock` dates what demonstrations ask, and only that."""

    def __init__(
        self, folder: Path, *, clock: OwnClock, demo_clock: OwnClock | None = None
    ) -> None:
        self._book = Book(folder)
        self._identity = self._book.identity()
        self._clock = clock
        self._demo_clock = demo_clock or clock
        self._turn = threading.Lock()

    @property
    def name(self) -> str:
        return self._identity.name

    @property
    def key(self) -> bytes:
        """Raw Ed25519 public key."""
        return self._identity.public_key

    def offer(self, text: str) -> str:
        """The cosignature line for an add-checkpoint request, its newline included.

        Refuses LOG-1001, 1002, 1004 (malformed), LOG-2105 (unknown origin), LOG-2003 (not signed
        by that log), LOG-2101 to 2104. Raises ClockUnknownError.
        """
        request = witness.read_request(text)
        origin = request.checkpoint.origin
        key = self._book.log_key(origin)
        if key is None:
            raise Refused("LOG-2105", origin=origin[:200])
        if not _is_signed(request, key):
            raise Refused("LOG-2003")
        with self._turn:
            seen = witness.judge(request, self._book.seen(origin))
            clock = self._demo_clock if is_demonstration(origin) else self._clock
            time = int(clock.now().timestamp())
            self._book.keep(origin, seen, text.partition("\n\n")[2])
        return self._signed(time, request.note.text) + "\n"

    def _signed(self, time: int, body: str) -> str:
        identity = self._identity
        key_id = checkpoints.cosigner_key_id(identity.name, identity.public_key)
        signature = identity.key.sign(checkpoints.cosignature_message(time, body))
        return Cosignature(identity.name, key_id, time, signature).line()


def _is_signed(request: Request, key: bytes) -> bool:
    origin = request.checkpoint.origin
    line = request.note.by(origin, checkpoints.ed25519_key_id(origin, key))
    if line is None:
        return False
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(line.signature, request.note.text.encode())
    except InvalidSignature:
        return False
    return True
