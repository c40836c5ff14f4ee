"""The published mask: the only bytes in which two runs may differ (docs/noninterference.md)."""

import difflib
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.faults.places import Piece

PUBLISHED = Path(__file__).resolve().parents[2] / "docs" / "noninterference.md"
LENGTH = re.compile(rb"^Content-Length: (\d+)$", re.MULTILINE)
MOST_LINES = 8


@dataclass(frozen=True, slots=True)
class Mask:
    """Bytes of some places that are put out of sight, under a name, for a reason."""

    name: str
    where: re.Pattern[str]
    what: re.Pattern[bytes]
    becomes: bytes
    why: str
    sometimes: bool


@cache
def published() -> tuple[Mask, ...]:
    """The masks of the document's fenced block."""
    [block] = re.findall(r"```toml\n(.*?)```", PUBLISHED.read_text("utf-8"), re.DOTALL)
    return tuple(
        Mask(
            name=one["name"],
            where=re.compile(one["where"]),
            what=re.compile(one["what"].encode(), re.MULTILINE),
            becomes=one.get("becomes", f"‹{one['name']}›").encode(),
            why=one["why"],
            sometimes=one.get("sometimes", False),
        )
        for one in tomllib.loads(block)["mask"]
    )


def applied(piece: Piece, used: set[str] | None = None) -> bytes:
    """The piece's content under the mask; names of the masks that hid anything go to `used`.

    An answer's Content-Length is that of its masked body, once it has been found true.
    """
    content = piece.content
    told = _true_length(content) if piece.kind.startswith("answer") else None
    for mask in published():
        if mask.where.search(piece.where):
            content, count = mask.what.subn(mask.becomes, content)
            if count and used is not None:
                used.add(mask.name)
    if told is not None:
        content = content.replace(told, b"Content-Length: %d" % len(_body(content)), 1)
    return content


def _true_length(content: bytes) -> bytes | None:
    """The answer's Content-Length as it says it, when that is true of a body that is there."""
    told, body = LENGTH.search(content), _body(content)
    return told[0] if told and body and int(told[1]) == len(body) else None


def _body(content: bytes) -> bytes:
    return content.partition(b"\n\n")[2]


def differences(left: list[Piece], right: list[Piece]) -> list[str]:
    """Every place whose masked bytes are not the same in both, with the lines that differ."""
    ones, others = _by_place(left), _by_place(right)
    found = [f"{where}: only in one run" for where in sorted(ones.keys() ^ others.keys())]
    for where in ones.keys() & others.keys():
        one, other = applied(ones[where]), applied(others[where])
        if one != other:
            found.append(f"{where}: {_lines(one, other)}")
    return sorted(found)


def unused(*runs: list[Piece]) -> set[str]:
    """Masks that hid nothing anywhere: what is published must be needed."""
    used = {mask.name for mask in published() if mask.sometimes}
    for run in runs:
        for piece in run:
            applied(piece, used)
    return {mask.name for mask in published()} - used


def _by_place(pieces: list[Piece]) -> dict[str, Piece]:
    found = {piece.where: piece for piece in pieces}
    assert len(found) == len(pieces), "two pieces of one place"
    return found


def _lines(one: bytes, other: bytes) -> list[str]:
    left, right = (each.decode("utf-8", "replace").splitlines() for each in (one, other))
    told = [line for line in difflib.ndiff(left, right) if line[0] in "+-"]
    return [line[:200] for line in told[:MOST_LINES]]
