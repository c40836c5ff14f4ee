"""Pieces that flow down pages: measured first, drawn when their page is known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from kernel.pdf.pen import HEIGHT, MM, WIDTH, Pen
from kernel.pdf.structure import Node
from kernel.pdf.text import Style

LEFT: Final = 15 * MM
MEASURE: Final = WIDTH - 2 * LEFT
TOP: Final = HEIGHT - 26 * MM
BOTTOM: Final = 41 * MM

Draw = Callable[[Pen, float], None]
"""Draws a piece whose upper edge is at the given height."""


@dataclass(slots=True)
class Group:
    """One element of the structure that may span pages (a table): its node, once begun."""

    kind: str
    node: Node | None = None


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that stays whole: its height in points and how it is drawn.

    `keep` holds it on the page of the next piece. `head` is drawn again when the piece opens a
    page, `tail` when it closes one. `space` is left out at the top of a page; `breaks` begins one.
    """

    height: float
    draw: Draw
    keep: bool = False
    head: Piece | None = None
    tail: Draw | None = None
    group: Group | None = None
    space: bool = False
    breaks: bool = False


@dataclass(frozen=True, slots=True)
class Placed:
    """A piece and the height of its upper edge on its page."""

    piece: Piece
    top: float


class TooTall(Exception):
    """A piece that must stay whole is taller than a page."""


def paginate(pieces: Iterable[Piece]) -> list[list[Placed]]:
    """Distribute pieces over pages; raises TooTall when one cannot be placed at all."""
    pages: list[list[Placed]] = [[]]
    top = TOP
    for bundle in _bundles(pieces):
        height = sum(piece.height for piece in bundle)
        if pages[-1] and (top - height < BOTTOM or bundle[0].breaks):
            pages.append([])
            top = TOP
        for piece in bundle:
            opens = not pages[-1]
            if opens and piece.space:
                continue
            if opens and len(pages) > 1 and piece.head is not None:
                pages[-1].append(Placed(piece.head, top))
                top -= piece.head.height
            if top - piece.height < BOTTOM:
                raise TooTall(f"{piece.height:.0f} points do not fit a page")
            pages[-1].append(Placed(piece, top))
            top -= piece.height
    return pages


def _bundles(pieces: Iterable[Piece]) -> Iterable[list[Piece]]:
    """Pieces that must share a page: each chain of `keep` with the piece that ends it."""
    bundle: list[Piece] = []
    for piece in pieces:
        bundle.append(piece)
        if not piece.keep:
            yield bundle
            bundle = []
    if bundle:
        yield bundle


def draw_page(pen: Pen, placed: list[Placed], *, last: bool) -> None:
    """Draw one page's pieces, each inside the element it belongs to."""
    for index, item in enumerate(placed):
        _draw_in_group(pen, item.piece, item.top)
        closes = index == len(placed) - 1 and not last
        if closes and item.piece.tail is not None:
            item.piece.tail(pen, item.top - item.piece.height)


def _draw_in_group(pen: Pen, piece: Piece, top: float) -> None:
    group = piece.group
    if group is None:
        piece.draw(pen, top)
        return
    if group.node is None:
        group.node = pen.open_node(group.kind)
    with pen.resumed(group.node):
        piece.draw(pen, top)


def gap(height: float, *, keep: bool = True) -> Piece:
    """White space, dropped at the top of a page."""
    return Piece(height, lambda pen, top: None, keep=keep, space=True)


def page_break() -> Piece:
    """The end of a page, whatever room is left."""
    return Piece(0, lambda pen, top: None, keep=True, space=True, breaks=True)


def baseline(top: float, style: Style) -> float:
    """The baseline of a line whose line box begins at `top`."""
    return top - (style.leading - style.size) / 2 - 0.86 * style.size


def lines_piece(
    lines: Iterable[str], style: Style, *, x: float = LEFT, tag: str = "P", keep: bool = False
) -> list[Piece]:
    """One piece a line, so that a paragraph may run over a page's end; never a lone first line."""
    all_lines = list(lines)
    group = Group(tag)

    def drawer(line: str) -> Draw:
        return lambda pen, top: pen.text(x, baseline(top, style), line, style)

    last = len(all_lines) - 1
    return [
        Piece(
            style.leading,
            drawer(line),
            keep=keep or (index == 0 and last > 0) or index == last - 1,
            group=group,
        )
        for index, line in enumerate(all_lines)
    ]
