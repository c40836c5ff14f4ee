"""Which bytes of a bank may leave their seal, and in which form they are read. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

KEPT_FOR: Final = timedelta(minutes=15)
HEX_WIDTH: Final = 16
HEX_MOST: Final = 16384


class LookState(StrEnum):
    """Asked for, shown to the one who asked, or refused."""

    ASKED = "asked"
    SHOWN = "shown"
    REFUSED = "refused"


class LookCause(StrEnum):
    """Why bytes stay sealed."""

    UNLISTED = "unlisted"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Told:
    """An entry that a message tells of: its day, and whether a list has opened its sub-account."""

    day: date
    is_listed: bool


def judge(told: Iterable[Told] | None, *, sealed_from: date | None) -> LookCause | None:
    """What keeps a message sealed, None when it may be shown.

    All it tells of must be open: a message names payers of several lots. None for `told` says that
    nobody can read it, so that nobody knows whom it names while any list is sealed.
    """
    if sealed_from is None:
        return None
    if told is None:
        return LookCause.UNREADABLE
    shown = all(one.is_listed or one.day < sealed_from for one in told)
    return None if shown else LookCause.UNLISTED


def hex_lines(raw: bytes) -> list[tuple[str, str, str]]:
    """Offset, sixteen bytes in hexadecimal, and what is printable of them; cut at `HEX_MOST`."""
    lines = []
    for start in range(0, min(len(raw), HEX_MOST), HEX_WIDTH):
        part = raw[start : start + HEX_WIDTH]
        text = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in part)
        lines.append((f"{start:06x}", part.hex(" "), text))
    return lines


def readable(raw: bytes) -> str | None:
    """The bytes as text, as a bank of ours writes it; None when they are neither."""
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
