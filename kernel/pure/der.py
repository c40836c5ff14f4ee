"""DER as far as time stamps need it: nested elements of definite, shortest length; nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kernel.pure.errors import Refused

BOOLEAN: Final = 0x01
INTEGER: Final = 0x02
OCTETS: Final = 0x04
OID: Final = 0x06
TIME: Final = 0x18
SEQUENCE: Final = 0x30
SET: Final = 0x31
MAX_DEPTH: Final = 32


@dataclass(frozen=True, slots=True)
class Element:
    """One element: its tag byte, its content, and all its bytes."""

    tag: int
    content: bytes
    raw: bytes

    def parts(self) -> tuple[Element, ...]:
        """The elements inside. Refuses LOG-1201."""
        return tuple(_each(self.content))

    def oid(self) -> str:
        """An object identifier in dots. Refuses LOG-1201."""
        content = _of(self, OID).content
        if not content or content[-1] & 0x80:
            raise Refused("LOG-1201", what="oid")
        numbers, value = [], 0
        for byte in content:
            value = value << 7 | byte & 0x7F
            if not byte & 0x80:
                numbers.append(value)
                value = 0
        first = min(numbers[0] // 40, 2)
        return ".".join(map(str, (first, numbers[0] - 40 * first, *numbers[1:])))

    def integer(self) -> int:
        """An integer. Refuses LOG-1201."""
        content = _of(self, INTEGER).content
        if not content:
            raise Refused("LOG-1201", what="integer")
        return int.from_bytes(content, "big", signed=True)

    def octets(self) -> bytes:
        """An octet string. Refuses LOG-1201."""
        return _of(self, OCTETS).content

    def within(self, tag: int) -> tuple[Element, ...]:
        """The elements inside, when the tag is the one expected. Refuses LOG-1201."""
        return _of(self, tag).parts()


def read(der: bytes) -> Element:
    """The one element that `der` is, checked to its depth. Refuses LOG-1201."""
    found = _one(der, 0)
    if len(found.raw) != len(der):
        raise Refused("LOG-1201", what="length")
    _check(found, 0)
    return found


def _check(element: Element, depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused("LOG-1201", what="depth")
    if element.tag & 0x20:
        for part in _each(element.content):
            _check(part, depth + 1)


def _each(content: bytes) -> Iterator[Element]:
    at = 0
    while at < len(content):
        found = _one(content, at)
        yield found
        at += len(found.raw)


def _one(data: bytes, at: int) -> Element:
    head = data[at : at + 2]
    if len(head) != 2 or head[0] & 0x1F == 0x1F:
        raise Refused("LOG-1201", what="tag")
    start, length = at + 2, head[1]
    if length & 0x80:
        count = length & 0x7F
        told = data[start : start + count]
        length = int.from_bytes(told, "big")
        if not 1 <= count <= 4 or len(told) != count or told[0] == 0 or length < 0x80:
            raise Refused("LOG-1201", what="length")
        start += count
    if start + length > len(data):
        raise Refused("LOG-1201", what="length")
    return Element(head[0], data[start : start + length], data[at : start + length])


def _of(element: Element, tag: int) -> Element:
    if element.tag != tag:
        raise Refused("LOG-1201", what="tag")
    return element
