"""A cosigner's folder: its key and name, the logs it knows, the last tree it signed of each.

What was signed is on disk before anybody hears of it: after a power cut nothing is signed twice.
"""

import json
import os
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from kernel.pure.checkpoints import COSIGNATURE, ED25519, format_vkey, parse_vkey
from kernel.pure.witness import Seen

KEY: Final = "key"
NAME: Final = "name"
LOGS: Final = "logs"


@dataclass(frozen=True, slots=True)
class Identity:
    """The cosigner's name and Ed25519 key."""

    name: str
    key: Ed25519PrivateKey

    @property
    def public_key(self) -> bytes:
        """Raw, 32 bytes."""
        return self.key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    @property
    def vkey(self) -> str:
        """What whoever relies on this cosigner is told once, out of band."""
        return format_vkey(self.name, COSIGNATURE, self.public_key)


class Book:
    """One cosigner's folder. One process at a time keeps it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def found(self, name: str) -> Identity:
        """Make folder, name and key unless they are there; returns who signs."""
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self._folder / KEY).exists():
            self._keep(NAME, name.encode())
            self._keep(KEY, os.urandom(32))
        return self.identity()

    def identity(self) -> Identity:
        """Raises FileNotFoundError when the folder was never founded."""
        key = Ed25519PrivateKey.from_private_bytes((self._folder / KEY).read_bytes())
        return Identity((self._folder / NAME).read_text(), key)

    def trust(self, vkey: str) -> None:
        """Know one more log by its verifier key. Refuses LOG-1003."""
        parse_vkey(vkey)
        known = self._lines()
        if vkey not in known:
            self._keep(LOGS, "".join(f"{line}\n" for line in [*known, vkey]).encode())

    def log_key(self, origin: str) -> bytes | None:
        """The Ed25519 key of a known log, None for any other origin."""
        for line in self._lines():
            name, kind, key = parse_vkey(line)
            if name == origin and kind == ED25519:
                return key
        return None

    def seen(self, origin: str) -> Seen:
        """The tree signed last of this log. Raises ValueError when the file is damaged."""
        path = self._folder / _state_name(origin)
        if not path.exists():
            return Seen()
        told = json.loads(path.read_text())
        return Seen(int(told["size"]), bytes.fromhex(told["root"]))

    def keep(self, origin: str, seen: Seen, note: str) -> None:
        """Write down what is about to be signed; returns once it is on disk."""
        told = {"origin": origin, "size": seen.size, "root": seen.root.hex(), "note": note}
        self._keep(_state_name(origin), json.dumps(told).encode())

    def _lines(self) -> list[str]:
        path = self._folder / LOGS
        return path.read_text().splitlines() if path.exists() else []

    def _keep(self, name: str, content: bytes) -> None:
        """Whole and durable, or not at all: new file, fsync, rename, fsync of the folder."""
        draft = self._folder / f".{name}"
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(self._folder / name)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def is_demonstration(origin: str) -> bool:
    """Whether a log's origin line says that its time may be shifted."""
    return "demo" in origin.split("/")


def _state_name(origin: str) -> str:
    return f"log-{sha256(origin.encode()).hexdigest()[:32]}.json"
