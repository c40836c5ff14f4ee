"""The installation's own keys, kept as files outside the database, readable by its user only.

Platform key (Ed25519): tickets. Log key (Ed25519): checkpoints. Wrap key (AES-256): secrets
that must rest in the database for a while.
"""

import os
from pathlib import Path

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

KEY_BYTES = 32
NONCE_BYTES = 12


class Keys:
    """Keys of one installation; created at first use, never shown."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._platform = Ed25519PrivateKey.from_private_bytes(self.raw("platform"))
        self._log = Ed25519PrivateKey.from_private_bytes(self.raw("log"))
        self._wrap = AESGCM(self.raw("wrap"))

    def raw(self, name: str) -> bytes:
        """The 32 bytes named `name`, made from the system's randomness when first asked for."""
        path = self._folder / name
        if not path.exists():
            _create_once(path)
        return path.read_bytes()

    def laid(self, name: str) -> Path | None:
        """A file that somebody laid beside the keys, None when there is none."""
        path = self._folder / name
        return path if path.is_file() else None

    def sign_as_platform(self, message: bytes) -> bytes:
        """Ed25519 signature of the platform, 64 bytes."""
        return self._platform.sign(message)

    @property
    def platform_public_key(self) -> bytes:
        """Raw Ed25519 public key of the platform, 32 bytes."""
        return self._platform.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def is_platforms(self, signature: bytes, message: bytes) -> bool:
        """Whether the platform signed `message`."""
        try:
            self._platform.public_key().verify(signature, message)
        except InvalidSignature:
            return False
        return True

    def sign_as_log(self, message: bytes) -> bytes:
        """Ed25519 signature of the log, 64 bytes."""
        return self._log.sign(message)

    @property
    def log_public_key(self) -> bytes:
        """Raw Ed25519 public key of the log, 32 bytes."""
        return self._log.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)

    def wrap(self, secret: bytes, *, context: bytes) -> bytes:
        """Encrypt `secret` at rest, bound to `context`: nonce followed by ciphertext."""
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._wrap.encrypt(nonce, secret, context)

    def unwrap(self, wrapped: bytes, *, context: bytes) -> bytes:
        """Undo `wrap`; raises ValueError for another context or altered bytes."""
        try:
            return self._wrap.decrypt(wrapped[:NONCE_BYTES], wrapped[NONCE_BYTES:], context)
        except InvalidTag as error:
            raise ValueError("wrapped bytes do not belong here") from error


def _create_once(path: Path) -> None:
    """Two processes may start together: whoever links first decides the key."""
    draft = path.with_name(f".{path.name}-{os.urandom(8).hex()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(os.urandom(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
