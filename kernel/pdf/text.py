"""Lines of Chinese text: styles, and line breaking after GB/T 15834 and common 禁则 practice."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Final

from kernel.pdf.fonts import Face, text_width

INK: Final = "#111111"
QUIET: Final = "#444444"
HAIR: Final = "#999999"

_NEVER_FIRST: Final = frozenset("，。、；：！？）》」』】〉〕”’…—·％%‰℃,.;:!?)]}年月日时分秒元")
_NEVER_LAST: Final = frozenset("（《「『【〈〔“‘¥￥([{第")
_UNIT: Final = re.compile(r"[ \t]+|[!-~¢-ʯ‐-‑₀-₉]+|.", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Style:
    """How text looks: face, size and leading in points, tracking as a share of the size."""

    face: Face = Face.SERIF
    size: float = 10.0
    leading: float = 16.0
    colour: str = INK
    tracking: float = 0.0

    def bold(self) -> Style:
        """The same style in the bold face."""
        heavy = {Face.SERIF: Face.SERIF_BOLD, Face.SANS: Face.SANS_BOLD, Face.MONO: Face.MONO_BOLD}
        return replace(self, face=heavy.get(self.face, self.face))

    def width(self, text: str) -> float:
        """Width of one line in points; no tracking after the last character."""
        extra = self.tracking * self.size * max(len(text) - 1, 0)
        return text_width(text, self.face, self.size) + extra


BODY: Final = Style()
CELL: Final = Style(size=9.0, leading=13.0)
DENSE: Final = Style(size=7.6, leading=10.4)
DENSE_MONO: Final = Style(face=Face.MONO, size=7.0, leading=10.4)
CAPTION: Final = Style(face=Face.SERIF_BOLD, size=9.5, leading=17.0)
SMALL: Final = Style(size=8.0, leading=11.0, colour="#333333")
MONO: Final = Style(face=Face.MONO, size=7.6, leading=13.0)
TITLE: Final = Style(face=Face.SERIF_BOLD, size=21.0, leading=30.0, tracking=0.28)
SUBTITLE: Final = Style(size=11.0, leading=17.0)
HEADING: Final = Style(face=Face.SERIF_BOLD, size=11.5, leading=18.0)
LABEL: Final = Style(colour=QUIET)
SIGNER: Final = Style(face=Face.SERIF_BOLD, size=12.0, leading=18.0, tracking=0.1)
SIGNED: Final = Style(size=8.5, leading=13.2)
FURNITURE: Final = Style(face=Face.SANS, size=7.5, leading=11.6, colour="#333333")
FURNITURE_MONO: Final = Style(face=Face.MONO, size=7.4, leading=11.6, colour="#333333")


def wrap(text: str, style: Style, measure: float) -> tuple[str, ...]:
    """Break `text` into lines at most `measure` points wide.

    Latin words and numbers stay whole while they fit on a line; closing punctuation never starts
    a line and opening punctuation never ends one.
    """
    lines: list[str] = []
    for paragraph in text.split("\n"):
        lines.extend(_wrap_one(_glued(paragraph), style, measure))
    return tuple(lines)


def _glued(text: str) -> list[str]:
    """Units that may not be parted: each joined with what must stay on its line."""
    units: list[str] = []
    for unit in _UNIT.findall(text):
        sticks = units and (
            unit[0] in _NEVER_FIRST or (units[-1][-1] in _NEVER_LAST and not unit.isspace())
        )
        if sticks and not units[-1].isspace():
            units[-1] += unit
        else:
            units.append(unit)
    return units


def _wrap_one(units: list[str], style: Style, measure: float) -> list[str]:
    lines: list[str] = []
    line = ""
    for unit in units:
        if not line and unit.isspace() and lines:
            continue
        if style.width((line + unit).rstrip()) <= measure:
            line += unit
            continue
        if line.strip():
            lines.append(line.rstrip())
        *whole, line = _chopped(unit.lstrip(" \t"), style, measure)
        lines.extend(whole)
    return [*lines, line.rstrip()]


def _chopped(unit: str, style: Style, measure: float) -> list[str]:
    """A unit wider than the line (a hash, a long address) in pieces that fit."""
    pieces: list[str] = []
    piece = ""
    for character in unit:
        if piece and style.width(piece + character) > measure:
            pieces.append(piece)
            piece = ""
        piece += character
    return [*pieces, piece]
