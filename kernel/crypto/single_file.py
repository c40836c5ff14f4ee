"""A sealed bid in one file, for export and for giving back what storage has lost.

docs/sealed-bid-envelope.md 5. Memory is constant: one sealed chunk at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, Protocol

from kernel.crypto.sealing import verify_header
from kernel.pure import merkle
from kernel.pure.envelope import Header, Part
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, MAX_HEADER, TAG

MAGIC: Final = b"SBE/1 file\n"
SIGNATURE: Final = 64
SEALED_CHUNK: Final = CHUNK + TAG


class Source(Protocol):
    """Bytes that are read once, front to back."""

    def read(self, size: int, /) -> bytes:
        """At most `size` bytes, none at the end."""


def head(header: bytes, signature: bytes) -> bytes:
    """What stands before the parts."""
    return MAGIC + len(header).to_bytes(4, "big") + header + signature


def read_head(source: Source) -> tuple[Header, bytes]:
    """Header and signature, both checked. Refuses ENV-1301 and what the header's reader does."""
    if _exactly(source, len(MAGIC)) != MAGIC:
        raise Refused("ENV-1301")
    length = int.from_bytes(_exactly(source, 4), "big")
    if not 0 < length <= MAX_HEADER:
        raise Refused("ENV-1301")
    raw, signature = _exactly(source, length), _exactly(source, SIGNATURE)
    return verify_header(raw, signature), signature


def read_part(source: Source, part: Part) -> Iterator[bytes]:
    """The sealed chunks of the next part; after the last its root has been checked.

    Refuses ENV-1301 (cut short) and ENV-1302 (not what the header names).
    """
    tree, left = merkle.Frontier(), part.sealed_size
    while left:
        chunk = _exactly(source, min(left, SEALED_CHUNK))
        left -= len(chunk)
        tree.add(merkle.leaf_hash(chunk))
        yield chunk
    if tree.root() != part.merkle_root:
        raise Refused("ENV-1302", part=part.name.value)


def end(source: Source) -> None:
    """Nothing follows the last part. Refuses ENV-1301."""
    if source.read(1):
        raise Refused("ENV-1301")


def _exactly(source: Source, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = source.read(size - len(found))
        if not more:
            raise Refused("ENV-1301")
        found += more
    return found
