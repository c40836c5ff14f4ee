"""Faces for records: 宋体 for text, 黑体 for page furniture, a fixed-width face for hashes.

A character that a face lacks is drawn by the next face of its chain; one that no face has is an
error before anything is drawn, never an empty box on a signed document.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from enum import StrEnum
from functools import cache
from itertools import groupby
from pathlib import Path
from typing import Any, Final

from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont

FONT_DIR: Final = Path(__file__).resolve().parents[2] / "node_modules" / "@expo-google-fonts"


class Face(StrEnum):
    """A face by its use, not by its maker."""

    SERIF = "serif"
    SERIF_BOLD = "serif-bold"
    SANS = "sans"
    SANS_BOLD = "sans-bold"
    MONO = "mono"
    MONO_BOLD = "mono-bold"
    RARE = "rare"


_FILES: Final = {
    Face.SERIF: "noto-serif-sc/400Regular/NotoSerifSC_400Regular.ttf",
    Face.SERIF_BOLD: "noto-serif-sc/700Bold/NotoSerifSC_700Bold.ttf",
    Face.SANS: "noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    Face.SANS_BOLD: "noto-sans-sc/600SemiBold/NotoSansSC_600SemiBold.ttf",
    Face.MONO: "ibm-plex-mono/400Regular/IBMPlexMono_400Regular.ttf",
    Face.MONO_BOLD: "ibm-plex-mono/600SemiBold/IBMPlexMono_600SemiBold.ttf",
    Face.RARE: "noto-serif-jp/400Regular/NotoSerifJP_400Regular.ttf",
}
_CHAINS: Final = {
    Face.SERIF: (Face.SERIF, Face.SANS, Face.RARE, Face.MONO),
    Face.SERIF_BOLD: (Face.SERIF_BOLD, Face.SANS_BOLD, Face.RARE, Face.MONO_BOLD),
    Face.SANS: (Face.SANS, Face.SERIF, Face.RARE, Face.MONO),
    Face.SANS_BOLD: (Face.SANS_BOLD, Face.SERIF_BOLD, Face.RARE, Face.MONO_BOLD),
    Face.MONO: (Face.MONO, Face.SANS, Face.SERIF, Face.RARE),
    Face.MONO_BOLD: (Face.MONO_BOLD, Face.SANS_BOLD, Face.SERIF_BOLD, Face.RARE),
    Face.RARE: (Face.RARE,),
}


class MissingGlyph(Exception):
    """No face can draw these characters; `characters` lists them once each, in order."""

    def __init__(self, characters: tuple[str, ...]) -> None:
        named = ", ".join(f"{c} (U+{ord(c):04X})" for c in characters)
        super().__init__(f"no font has {named}")
        self.characters = characters


class _Embedded(TTFont):
    """A TrueType face with even figures and correct text extraction of rare characters."""

    def __init__(self, name: str, path: Path) -> None:
        super().__init__(name, str(path))
        _even_figures(self.face)

    def addObjects(self, doc: Any) -> None:  # noqa: N802 - the library's name
        """Embed the subsets; a code above U+FFFF is written as the UTF-16 pair the format asks."""
        super().addObjects(doc)
        for key, value in doc.idToObject.items():
            if key.startswith("toUnicodeCMap:") and isinstance(value.content, str):
                value.content = re.sub(r"<([0-9A-F]{5,6})>", _utf16, value.content)


def _utf16(code: re.Match[str]) -> str:
    return f"<{chr(int(code[1], 16)).encode('utf-16-be').hex().upper()}>"


def _even_figures(face: Any) -> None:
    """Give all figures the widest one's advance: amounts align, and the serif's 1 is narrow."""
    figures = [ord(c) for c in "0123456789"]
    widest = max(face.charWidths[c] for c in figures)
    for code in figures:
        spare = widest - face.charWidths[code]
        glyph = face.charToGlyph[code]
        advance, bearing = face.hmetrics[glyph]
        units = round(spare * face.unitsPerEm / 1000)
        face.hmetrics[glyph] = (advance + units, bearing + units // 2)
        face.charWidths[code] = widest


@cache
def _font(face: Face) -> TTFont:
    path = FONT_DIR / _FILES[face]
    if not path.is_file():
        raise FileNotFoundError(f"font missing: {path}; run ./dev once to install it")
    font = _Embedded(f"Sunbid-{face.value}", path)
    pdfmetrics.registerFont(font)
    return font


@cache
def _covered(face: Face) -> frozenset[int]:
    return frozenset(_font(face).face.charToGlyph)


@cache
def _drawn_by(face: Face, character: str) -> Face | None:
    return next((f for f in _CHAINS[face] if ord(character) in _covered(f)), None)


def missing_glyphs(text: str, face: Face = Face.SERIF) -> tuple[str, ...]:
    """The characters of `text` that no face of the chain can draw, once each, in order."""
    return tuple(dict.fromkeys(c for c in text if _drawn_by(face, c) is None))


def runs(text: str, face: Face) -> Iterator[tuple[str, str]]:
    """(font name, text) pieces that draw `text`; raises MissingGlyph before yielding anything."""
    if missing := missing_glyphs(text, face):
        raise MissingGlyph(missing)
    for drawn_by, piece in groupby(text, key=lambda c: _drawn_by(face, c) or face):
        yield _font(drawn_by).fontName, "".join(piece)


def text_width(text: str, face: Face, size: float) -> float:
    """Advance width of `text` in points."""
    return sum(pdfmetrics.stringWidth(piece, font, size) for font, piece in runs(text, face))
