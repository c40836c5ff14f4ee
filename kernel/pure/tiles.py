"""Addresses of C2SP tlog-tiles: level, index in groups of three digits, width of a partial tile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from kernel.pure.errors import Refused

LEVELS: Final = 8
WIDTH: Final = 1 << LEVELS
MAX_LEVEL: Final = 63
_LEVEL: Final = re.compile(r"0|[1-9][0-9]?")
_INDEX: Final = re.compile(r"(?:x[0-9]{3}/){0,4}[0-9]{3}")
_PARTIAL: Final = re.compile(r"[1-9][0-9]{0,2}")


@dataclass(frozen=True, slots=True)
class TileAddress:
    """`width` hashes of complete subtrees over 256^level leaves, from number index·256 on."""

    level: int
    index: int
    width: int

    def path(self) -> str:
        """`<L>/<N>[.p/<W>]`, as a client asks for it below `tile/`."""
        partial = "" if self.width == WIDTH else f".p/{self.width}"
        return f"{self.level}/{_grouped(self.index)}{partial}"


def parse_tile(path: str) -> TileAddress:
    """Read what follows `tile/`. Refuses LOG-3005 for entries, LOG-3004 for what is no address."""
    level, _, rest = path.partition("/")
    if level == "entries":
        raise Refused("LOG-3005")
    index, dot, told = rest.partition(".p/")
    if not _LEVEL.fullmatch(level) or int(level) > MAX_LEVEL or not _INDEX.fullmatch(index):
        raise Refused("LOG-3004")
    if dot and (not _PARTIAL.fullmatch(told) or int(told) >= WIDTH):
        raise Refused("LOG-3004")
    number = int(index.replace("x", "").replace("/", ""))
    address = TileAddress(int(level), number, int(told) if dot else WIDTH)
    if address.path() != path:
        raise Refused("LOG-3004")
    return address


def _grouped(number: int) -> str:
    """1234067 as x001/x234/067."""
    digits = str(number)
    digits = digits.zfill(-(-len(digits) // 3) * 3)
    groups = [digits[start : start + 3] for start in range(0, len(digits), 3)]
    return "/".join([*(f"x{group}" for group in groups[:-1]), groups[-1]])
