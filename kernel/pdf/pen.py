"""The drawing library wrapped once: text with fallback faces, rules, QR, tags, metadata.

Every mark is either tagged (it belongs to the document's structure, ISO 14289) or an artefact
(page furniture), so that a screen reader hears the record and not its decoration.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any, Final
from zoneinfo import ZoneInfo

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfgen.canvas import Canvas

from kernel.pdf.fonts import runs
from kernel.pdf.structure import Node, write_structure
from kernel.pdf.text import INK, Style

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
WIDTH, HEIGHT = A4
MM: Final = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Metadata:
    """What the file says about itself; `at` is the legal time of the record."""

    title: str
    author: str
    subject: str
    at: datetime


@dataclass(slots=True)
class _Moment:
    """The date the library prints into the file, instead of the clock it would read."""

    t: float
    YMDhms: tuple[int, ...]
    dhh: int = 8
    dmm: int = 0
    tzname: str = "CST"
    lt: tuple[int, ...] = field(default=())


class Pen:
    """A sequence of A4 pages; x and y are points from the lower left corner."""

    def __init__(self, metadata: Metadata) -> None:
        self._buffer = BytesIO()
        self._canvas = Canvas(
            self._buffer, pagesize=A4, invariant=1, pageCompression=1, lang="zh-CN"
        )
        self._node = self._root = Node("Document")
        self._marks: list[list[Node]] = [[]]
        self._describe(metadata)

    def _describe(self, metadata: Metadata) -> None:
        local = metadata.at.astimezone(SHANGHAI)
        document = self._document()
        document._timeStamp = _Moment(local.timestamp(), tuple(local.timetuple())[:6])
        self._canvas.setTitle(metadata.title)
        self._canvas.setAuthor(metadata.author)
        self._canvas.setSubject(metadata.subject)
        self._canvas.setCreator("Sunbid")
        self._canvas.setViewerPreference("DisplayDocTitle", "true")

    @contextmanager
    def tagged(self, kind: str, *, actual: str | None = None) -> Iterator[None]:
        """What is drawn inside belongs to one element of the structure ("P", "H1", "TR", …).

        `actual` is the text a reader hears when the drawn characters are spaced out.
        """
        parent = self._node
        self._node = parent.child(kind, actual=actual)
        try:
            yield
        finally:
            self._node = parent

    @contextmanager
    def resumed(self, node: Node) -> Iterator[None]:
        """Draw inside an element begun earlier: a table continued on the next page."""
        parent, self._node = self._node, node
        try:
            yield
        finally:
            self._node = parent

    def open_node(self, kind: str) -> Node:
        """An element to be filled over several pages with `resumed`."""
        return self._node.child(kind)

    @contextmanager
    def artefact(self) -> Iterator[None]:
        """What is drawn inside is page furniture and not read aloud."""
        parent, self._node = self._node, self._root
        try:
            yield
        finally:
            self._node = parent

    @contextmanager
    def _marked(self) -> Iterator[None]:
        if self._node is self._root:
            self._code("/Artifact BMC")
        else:
            marks = self._marks[-1]
            self._node.mark(len(self._marks) - 1, len(marks))
            self._code(f"/{self._node.kind} <</MCID {len(marks)}>> BDC")
            marks.append(self._node)
        yield
        self._code("EMC")

    def _document(self) -> Any:
        canvas: Any = self._canvas
        return canvas._doc

    def _code(self, operator: str) -> None:
        canvas: Any = self._canvas
        canvas._code.append(operator)

    def text(self, x: float, y: float, text: str, style: Style, *, align: float = 0.0) -> None:
        """One line with its baseline at `y`; `align` 0 starts at `x`, ½ centres, 1 ends there."""
        if not text:
            return
        pieces = list(runs(text, style.face))
        with self._marked():
            line = self._canvas.beginText(x - align * style.width(text), y)
            line.setFillColor(HexColor(style.colour))
            line.setCharSpace(style.tracking * style.size)
            for font, piece in pieces:
                line.setFont(font, style.size)
                line.textOut(piece)
            self._canvas.drawText(line)

    def rule(self, x: float, y: float, width: float, *, weight: float, colour: str = INK) -> None:
        """A horizontal rule; always an artefact."""
        self._code("/Artifact BMC")
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(colour))
        self._canvas.line(x, y, x + width, y)
        self._code("EMC")

    def polyline(self, points: Sequence[tuple[float, float]], *, weight: float) -> None:
        """An open line through `points`; an artefact."""
        self._code("/Artifact BMC")
        path = self._canvas.beginPath()
        path.moveTo(*points[0])
        for point in points[1:]:
            path.lineTo(*point)
        self._canvas.setLineWidth(weight)
        self._canvas.setStrokeColor(HexColor(INK))
        self._canvas.drawPath(path)
        self._code("EMC")

    def modules(
        self, rows: Sequence[bytearray | bytes], *, x: float, y: float, side: float
    ) -> None:
        """A QR code as filled vectors, its lower left corner at (x, y); runs are one rectangle."""
        self._code("/Artifact BMC")
        step = side / len(rows)
        path = self._canvas.beginPath()
        for number, row in enumerate(rows):
            start = None
            for column, dark in enumerate([*row, 0]):
                if dark and start is None:
                    start = column
                elif not dark and start is not None:
                    top = y + side - (number + 1) * step
                    path.rect(x + start * step, top, (column - start) * step, step)
                    start = None
        self._canvas.setFillColor(HexColor(INK))
        self._canvas.drawPath(path, stroke=0, fill=1)
        self._code("EMC")

    def link(self, address: str, *, x: float, y: float, width: float, height: float) -> None:
        """Make a rectangle lead to `address`."""
        self._canvas.linkURL(address, (x, y, x + width, y + height), relative=0)

    def bookmark(self, title: str, *, top: float) -> None:
        """An entry of the outline that leads to this height of this page."""
        key = f"b{self._canvas.getPageNumber()}-{round(top * 100)}"
        self._canvas.bookmarkHorizontal(key, 0, top)
        self._canvas.addOutlineEntry(title, key, level=0)

    def next_page(self) -> None:
        """Finish this page and begin another."""
        self._canvas.showPage()
        self._marks.append([])

    def finish(self) -> bytes:
        """The file. Equal marks and metadata give equal bytes."""
        self._canvas.showPage()
        write_structure(self._document(), self._root, self._marks)
        self._canvas.save()
        return self._buffer.getvalue()
