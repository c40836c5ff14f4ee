"""Three-line tables: rows stay whole, a continued page repeats the head."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from kernel.pdf.flow import LEFT, MEASURE, Draw, Group, Piece, baseline, lines_piece
from kernel.pdf.pen import MM, Pen
from kernel.pdf.record import Align, Amount, Cell, Column, Mono, Span, Strong, Table
from kernel.pdf.text import (
    CAPTION,
    CELL,
    DENSE,
    DENSE_MONO,
    HAIR,
    MONO,
    SMALL,
    Style,
    wrap,
)
from kernel.pure.money import capital, format_yuan

HEAVY: Final = 1.5
MIDDLE: Final = 0.75
LIGHT: Final = 0.4
_SHARE: Final = {Align.LEFT: 0.0, Align.CENTRE: 0.5, Align.RIGHT: 1.0}

Styled = tuple[str, Style]


@dataclass(frozen=True, slots=True)
class _Look:
    """Type and white space of one kind of table."""

    cell: Style
    mono: Style
    pad_x: float
    pad_y: float
    head_pad_y: float


ROOMY: Final = _Look(CELL, MONO, 1.6 * MM, 1.15 * MM, 1.3 * MM)
CLOSE: Final = _Look(DENSE, DENSE_MONO, 0.8 * MM, 0.55 * MM, 0.8 * MM)


@dataclass(frozen=True, slots=True)
class _Box:
    """The horizontal place of a cell."""

    x: float
    width: float
    align: Align
    pad: float

    @property
    def measure(self) -> float:
        return self.width - 2 * self.pad

    @property
    def anchor(self) -> float:
        """Where `Pen.text` with this alignment wants its x."""
        return self.x + self.pad + _SHARE[self.align] * self.measure


def table_pieces(table: Table) -> Iterator[Piece]:
    """Head, rows and the closing rule of a table, tagged as Table > TR > TH or TD."""
    group = Group("Table")
    look = CLOSE if table.dense else ROOMY
    boxes = _boxes(table.columns, look)
    if table.caption:
        yield from lines_piece(wrap(table.caption, CAPTION, MEASURE), CAPTION, keep=True)
    head = _head(table.columns, boxes, group, look)
    yield head
    last = len(table.rows) - 1
    for number, row in enumerate(table.rows):
        cells = list(_cells(row, boxes, look))
        height = max(_height(lines) for _, lines in cells) + 2 * look.pad_y
        yield Piece(
            height,
            _row(cells, height, look.pad_y, closing=number == last),
            # The last row never stands alone on a page.
            keep=number == last - 1,
            head=head,
            tail=_rule(MIDDLE),
            group=group,
        )
    if not table.rows:
        yield Piece(HEAVY, _rule(HEAVY), group=group)


def _boxes(columns: tuple[Column, ...], look: _Look) -> list[_Box]:
    total = sum(column.width for column in columns)
    boxes: list[_Box] = []
    x = LEFT
    for column in columns:
        width = MEASURE * column.width / total
        boxes.append(_Box(x, width, column.align, look.pad_x))
        x += width
    return boxes


def _head(columns: tuple[Column, ...], boxes: list[_Box], group: Group, look: _Look) -> Piece:
    bold = look.cell.bold()
    cells = [
        (box, [(line, bold) for line in wrap(column.title, bold, box.measure)])
        for column, box in zip(columns, boxes, strict=True)
    ]
    height = max(_height(lines) for _, lines in cells) + 2 * look.head_pad_y

    def draw(pen: Pen, top: float) -> None:
        pen.rule(LEFT, top, MEASURE, weight=HEAVY)
        _draw_cells(pen, cells, top - look.head_pad_y, tag="TH")
        pen.rule(LEFT, top - height, MEASURE, weight=MIDDLE)

    return Piece(height, draw, keep=True, group=group)


def _cells(
    row: tuple[Cell, ...], boxes: list[_Box], look: _Look
) -> Iterator[tuple[_Box, list[Styled]]]:
    column = 0
    for cell in row:
        taken = cell.columns if isinstance(cell, Span) else 1
        first = boxes[column]
        box = first
        if taken > 1:
            width = sum(b.width for b in boxes[column : column + taken])
            box = _Box(first.x, width, Align.LEFT, look.pad_x)
        yield box, _styled(cell, box.measure, look)
        column += taken


def _styled(cell: Cell, measure: float, look: _Look) -> list[Styled]:
    match cell:
        case Amount():
            figure = [(format_yuan(cell.fen), look.cell)]
            if not cell.words:
                return figure
            words = capital(cell.fen).removeprefix("人民币")
            return figure + [(line, SMALL) for line in wrap(words, SMALL, measure)]
        case Mono():
            return [(line, look.mono) for line in wrap(cell.text, look.mono, measure)]
        case Span():
            return [(line, look.cell) for line in wrap(cell.text, look.cell, measure)]
        case Strong():
            bold = look.cell.bold()
            return [(line, bold) for line in wrap(cell.text, bold, measure)]
        case str():
            return [(line, look.cell) for line in wrap(cell, look.cell, measure)]


def _height(lines: list[Styled]) -> float:
    return sum(style.leading for _, style in lines)


def _row(
    cells: list[tuple[_Box, list[Styled]]], height: float, pad: float, *, closing: bool
) -> Draw:
    def draw(pen: Pen, top: float) -> None:
        _draw_cells(pen, cells, top - pad, tag="TD")
        weight, colour = (HEAVY, "#111111") if closing else (LIGHT, HAIR)
        pen.rule(LEFT, top - height, MEASURE, weight=weight, colour=colour)

    return draw


def _draw_cells(pen: Pen, cells: list[tuple[_Box, list[Styled]]], top: float, *, tag: str) -> None:
    with pen.tagged("TR"):
        for box, lines in cells:
            with pen.tagged(tag):
                y = top
                for line, style in lines:
                    pen.text(box.anchor, baseline(y, style), line, style, align=_SHARE[box.align])
                    y -= style.leading


def _rule(weight: float) -> Draw:
    return lambda pen, top: pen.rule(LEFT, top, MEASURE, weight=weight)
