"""Canonical JSON after RFC 8785 for what we sign: text, integers, booleans, null, lists, objects.

Floats are refused: money is fen, scores are decimal text, and languages print floats differently.
"""

from __future__ import annotations

import json
from typing import Final, NoReturn, TypeAlias

from kernel.pure.errors import Refused

JsonValue: TypeAlias = "bool | int | str | list[JsonValue] | dict[str, JsonValue] | None"

SAFE_INTEGER: Final = 2**53 - 1
"""Largest integer every JSON reader keeps exact (RFC 7493)."""
MAX_DEPTH: Final = 32


def canonical(value: object) -> bytes:
    """The one UTF-8 text of a value. Refuses ENV-1001 for what the subset does not hold."""
    parts: list[str] = []
    _write(value, parts, 0)
    try:
        return "".join(parts).encode()
    except UnicodeEncodeError:
        raise Refused("ENV-1001", what="surrogate") from None


def parse(raw: bytes) -> JsonValue:
    """The value of a canonical text, whole and exact.

    Refuses ENV-1001 (no JSON of the subset) and ENV-1002 (JSON, but not in canonical form, such as
    repeated names, spaces or another order).
    """
    try:
        value: JsonValue = json.loads(
            raw.decode(), parse_float=_no_float, parse_constant=_no_float, parse_int=_integer
        )
    except (ValueError, RecursionError):
        raise Refused("ENV-1001", what="syntax") from None
    if canonical(value) != raw:
        raise Refused("ENV-1002")
    return value


def _write(value: object, parts: list[str], depth: int) -> None:
    if depth > MAX_DEPTH:
        raise Refused("ENV-1001", what="depth")
    if value is None:
        parts.append("null")
    elif isinstance(value, bool):
        parts.append("true" if value else "false")
    elif isinstance(value, int):
        parts.append(str(_safe(int(value))))
    elif isinstance(value, str):
        parts.append(_string(value))
    elif isinstance(value, list | tuple):
        _write_list(value, parts, depth)
    elif isinstance(value, dict):
        _write_object(value, parts, depth)
    else:
        raise Refused("ENV-1001", what=type(value).__name__)


def _write_list(values: list[object] | tuple[object, ...], parts: list[str], depth: int) -> None:
    parts.append("[")
    for position, value in enumerate(values):
        if position:
            parts.append(",")
        _write(value, parts, depth + 1)
    parts.append("]")


def _write_object(value: dict[object, object], parts: list[str], depth: int) -> None:
    names: list[str] = []
    for name in value:
        if not isinstance(name, str):
            raise Refused("ENV-1001", what="name")
        names.append(name)
    parts.append("{")
    for position, name in enumerate(sorted(names, key=_utf16)):
        if position:
            parts.append(",")
        parts.append(_string(name))
        parts.append(":")
        _write(value[name], parts, depth + 1)
    parts.append("}")


def _utf16(name: str) -> bytes:
    """RFC 8785 3.2.3 sorts names by UTF-16 code units, not by code points."""
    return name.encode("utf-16-be", "surrogatepass")


def _string(text: str) -> str:
    # json escapes exactly what RFC 8785 3.2.2.2 escapes when it may write non-ASCII as it is.
    return json.dumps(str(text), ensure_ascii=False)


def _safe(number: int) -> int:
    if abs(number) > SAFE_INTEGER:
        raise Refused("ENV-1001", what="integer")
    return number


def _integer(text: str) -> int:
    if len(text) > 17:
        raise ValueError(text)
    return int(text)


def _no_float(text: str) -> NoReturn:
    raise ValueError(text)
