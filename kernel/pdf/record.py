"""What a document of record says: frozen values, no layout.

One shape serves an opening record and a notice: title, facts, sections of blocks, signatures.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Align(StrEnum):
    """Where the text of a column stands."""

    LEFT = "left"
    CENTRE = "centre"
    RIGHT = "right"


@dataclass(frozen=True, slots=True)
class Fact:
    """A label and its value in the block under the title; `wide` takes the whole line."""

    label: str
    value: str
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text; a line feed begins a new paragraph."""

    text: str


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in fen, printed to the fen, with its capital form below when `words`."""

    fen: int
    words: bool = True


@dataclass(frozen=True, slots=True)
class Mono:
    """Codes, times and hashes, in the fixed-width face."""

    text: str


@dataclass(frozen=True, slots=True)
class Span:
    """Text over several columns: why a row has no figures."""

    text: str
    columns: int


@dataclass(frozen=True, slots=True)
class Strong:
    """Text in the bold face: a total, a rank."""

    text: str


Cell = str | Amount | Mono | Span | Strong


@dataclass(frozen=True, slots=True)
class Column:
    """A column's head, its share of the width, and its alignment."""

    title: str
    width: float
    align: Align = Align.LEFT


@dataclass(frozen=True, slots=True)
class Table:
    """A three-line table. Every row's cells fill the columns exactly; ValueError otherwise.

    `caption` stands above it on the page where it begins. `dense` sets it small and close, for
    score tables of many columns.
    """

    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    caption: str = ""
    dense: bool = False

    def __post_init__(self) -> None:
        for row in self.rows:
            filled = sum(cell.columns if isinstance(cell, Span) else 1 for cell in row)
            if filled != len(self.columns):
                raise ValueError(f"a row fills {filled} of {len(self.columns)} columns: {row!r}")


@dataclass(frozen=True, slots=True)
class Checks:
    """Facts that were verified, each with a tick."""

    items: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Digest:
    """A labelled SHA-256, in groups of four."""

    label: str
    value: bytes


Block = Paragraph | Table | Checks | Digest


@dataclass(frozen=True, slots=True)
class Section:
    """A heading (None: none) and what stands under it; `new_page` begins an annex."""

    heading: str | None
    blocks: tuple[Block, ...]
    new_page: bool = False


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed, as what, when (None: a line to sign on), and the end of the certificate."""

    name: str
    capacity: str
    at: datetime | None = None
    certificate_tail: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A whole document.

    `centre` is author and sealing party, `at` the legal time (aware) of the record, `record_hash`
    the SHA-256 of the data it states, `log_number` that data's place in the public log (None while
    it has none), `check_url` what the QR code leads to. `demo` marks every page 演示. `sealed`
    leaves room for the visible seal.
    """

    title: str
    subtitle: str
    centre: str
    number: str
    at: datetime
    facts: tuple[Fact, ...]
    sections: tuple[Section, ...]
    signatures: tuple[Signature, ...]
    check_url: str
    record_hash: bytes
    log_number: int | None = None
    foot_note: str = ""
    demo: bool = False
    sealed: bool = True


@dataclass(frozen=True, slots=True)
class Rendered:
    """A laid-out document, and where its visible seal goes: page number from 0, box in points."""

    pdf: bytes
    pages: int
    seal_page: int
    seal_box: tuple[float, float, float, float] | None
