"""Strict reading of JSON objects from outside: each field named, sized, typed; none left over."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import TypeVar

from kernel.pure.errors import Refused

T = TypeVar("T")


class Fields:
    """One JSON object being read; refuses `code` with the field's path at the first fault.

    Call `done()` after the last read: fields nobody asked for are refused too.
    """

    def __init__(self, value: object, *, code: str, where: str = "") -> None:
        self._code = code
        self._where = where
        if not isinstance(value, dict):
            raise self._refused("")
        self._left: dict[str, object] = dict(value)

    def text(self, name: str, *, cap: int = 200, pattern: str | None = None) -> str:
        """A string of 1 to `cap` characters, wholly matching `pattern` if given."""
        value = self._take(name)
        if not isinstance(value, str) or not 0 < len(value) <= cap:
            raise self._refused(name)
        if pattern is not None and re.fullmatch(pattern, value, re.ASCII) is None:
            raise self._refused(name)
        return value

    def hex(self, name: str, size: int) -> bytes:
        """Exactly `size` bytes in lowercase hexadecimal."""
        return bytes.fromhex(self.text(name, cap=2 * size, pattern=f"[0-9a-f]{{{2 * size}}}"))

    def hexes(self, name: str, *, low: int, high: int, size: int) -> tuple[bytes, ...]:
        """`low` to `high` byte strings in lowercase hexadecimal, each of 1 to `size` bytes."""
        value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise self._refused(name)
        for item in value:
            if not isinstance(item, str) or not 0 < len(item) <= 2 * size:
                raise self._refused(name)
            if re.fullmatch(r"([0-9a-f]{2})+", item, re.ASCII) is None:
                raise self._refused(name)
        return tuple(bytes.fromhex(item) for item in value)

    def blob(self, name: str, *, cap: int) -> bytes:
        """1 to `cap` bytes in lowercase hexadecimal."""
        return bytes.fromhex(self.text(name, cap=2 * cap, pattern="([0-9a-f]{2})+"))

    def texts(
        self, name: str, *, low: int, high: int, cap: int, pattern: str = r"(?s:.*)"
    ) -> tuple[str, ...]:
        """A list of `low` to `high` strings of 1 to `cap` characters, each matching `pattern`."""
        value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise self._refused(name)
        if not all(isinstance(item, str) and 0 < len(item) <= cap for item in value):
            raise self._refused(name)
        if not all(re.fullmatch(pattern, item, re.ASCII) for item in value):
            raise self._refused(name)
        return tuple(str(item) for item in value)

    def uuid(self, name: str) -> str:
        """A UUID in its usual lowercase form."""
        return self.text(name, pattern=r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")

    def integer(self, name: str, low: int, high: int) -> int:
        """An integer between `low` and `high`, both allowed."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise self._refused(name)
        return value

    def choice(self, name: str, *allowed: str) -> str:
        """One of the allowed strings."""
        value = self._take(name)
        if not isinstance(value, str) or value not in allowed:
            raise self._refused(name)
        return value

    def optional(self, name: str, read: Callable[[str], T]) -> T | None:
        """None for null, else what `read` makes of the field."""
        if self._left.get(name, 0) is None:
            del self._left[name]
            return None
        return read(name)

    def inner(self, name: str) -> Fields:
        """A nested object."""
        return self._nested(self._take(name), name)

    def items(self, name: str, *, low: int, high: int) -> Sequence[Fields]:
        """A list of `low` to `high` objects."""
        value = self._take(name)
        if not isinstance(value, list) or not low <= len(value) <= high:
            raise self._refused(name)
        return [self._nested(item, f"{name}[{number}]") for number, item in enumerate(value)]

    def some(self, name: str, *, most: int) -> Sequence[Fields]:
        """A list of 1 to `most` objects, or nothing when there is no such field at all."""
        return self.items(name, low=1, high=most) if name in self._left else ()

    def has(self, name: str) -> bool:
        """Whether the field is there and unread."""
        return name in self._left

    def value(self, name: str) -> object:
        """Whatever stands there."""
        return self._take(name)

    def done(self) -> None:
        """Refuse what is left over."""
        for name in self._left:
            raise self._refused(name)

    def _take(self, name: str) -> object:
        if name not in self._left:
            raise self._refused(name)
        return self._left.pop(name)

    def _nested(self, value: object, name: str) -> Fields:
        where = f"{self._where}.{name}" if self._where else name
        return Fields(value, code=self._code, where=where)

    def _refused(self, name: str) -> Refused:
        path = ".".join(part for part in (self._where, name[:40]) if part)
        return Refused(self._code, field=path or "(all)")
