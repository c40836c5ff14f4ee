"""Where a WebM (RFC 9559) stream may be entered: its beginning, and each cluster. Pure.

A recorder cuts its parts by time, not by cluster; a viewer who comes later needs the beginning
(header, tracks) and then whole clusters.
"""

from __future__ import annotations

import re
from typing import Final

SEGMENT: Final = 0x18538067
CLUSTER: Final = 0x1F43B675
_ENTRY: Final = re.compile(
    rb"\x1f\x43\xb6\x75(?:\x01.{7}|[\x02-\x03].{6}|[\x04-\x07].{5}|[\x08-\x0f].{4}|"
    rb"[\x10-\x1f].{3}|[\x20-\x3f].{2}|[\x40-\x7f].|[\x80-\xff])\xe7[\x81-\x88]",
    re.DOTALL,
)


def entry(content: bytes) -> int | None:
    """Offset of the first cluster in these bytes, None when none begins here."""
    found = _ENTRY.search(content)
    return found.start() if found else None


def beginning(content: bytes) -> int | None:
    """Length of what stands before the first cluster; None when this is no WebM stream's start."""
    if not content.startswith(b"\x1a\x45\xdf\xa3"):
        return None
    at = 0
    while True:
        head = _element(content, at)
        if head is None:
            return None
        name, size, body = head
        if name == CLUSTER:
            return at
        at = body if name == SEGMENT else body + size


def _element(content: bytes, at: int) -> tuple[int, int, int] | None:
    """Identifier, size and where the body stands."""
    name = _number(content, at, keep_marker=True)
    if name is None:
        return None
    size = _number(content, at + name[1], keep_marker=False)
    if size is None:
        return None
    return name[0], size[0], at + name[1] + size[1]


def _number(content: bytes, at: int, *, keep_marker: bool) -> tuple[int, int] | None:
    """A variable-length number of RFC 8794 and its length in bytes."""
    if at >= len(content) or content[at] == 0:
        return None
    length = 9 - content[at].bit_length()
    raw = content[at : at + length]
    if len(raw) < length:
        return None
    value = int.from_bytes(raw, "big")
    return (value if keep_marker else value & ((1 << 7 * length) - 1)), length
