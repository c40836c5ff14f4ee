"""Large bytes in a local folder: public files by their hash, ciphertext by a random name.

Nothing in clear that is secret before the opening ever comes here. An S3 adapter takes this
class's methods as its port.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO
from uuid import UUID


class BlobStore:
    """A folder of finished blobs and one of uploads under way, on one file system."""

    def __init__(self, root: Path) -> None:
        self._blobs = root / "kept"
        self._staging = root / "staging"
        for folder in (self._blobs, self._staging):
            folder.mkdir(parents=True, exist_ok=True)

    def put(self, chunks: Iterable[bytes]) -> str:
        """Keep public bytes; returns their hex SHA-256, which is also the key."""
        digest = hashlib.sha256()
        staged = self._staging / f"put-{os.urandom(16).hex()}"
        with staged.open("xb") as file:
            for chunk in chunks:
                digest.update(chunk)
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        key = digest.hexdigest()
        self._keep(staged, key)
        return key

    def staging(self, upload: UUID) -> Path:
        """Where the bytes of an upload under way are written."""
        return self._staging / upload.hex

    def keep(self, upload: UUID) -> str:
        """Finish an upload: its bytes are on disk when this returns its key."""
        staged = self.staging(upload)
        with staged.open("rb") as file:
            os.fsync(file.fileno())
        self._keep(staged, upload.hex)
        return upload.hex

    def open(self, key: str) -> BinaryIO:
        """Open a kept blob for reading; raises FileNotFoundError."""
        return self._path(key).open("rb")

    def size(self, key: str) -> int:
        """Bytes of a kept blob."""
        return self._path(key).stat().st_size

    def delete(self, key: str) -> None:
        """Remove a kept blob, as when unopened envelopes are returned; absent is fine."""
        self._path(key).unlink(missing_ok=True)

    def _keep(self, staged: Path, key: str) -> None:
        target = self._path(key)
        target.parent.mkdir(exist_ok=True)
        staged.replace(target)
        for folder in (target.parent, self._blobs, self._staging):
            _sync_folder(folder)

    def _path(self, key: str) -> Path:
        if not key.isalnum():
            raise ValueError("not a blob key")
        return self._blobs / key[:2] / key


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
