"""A record laid out on A4: page heads and feet with hash, log number and QR; deterministic."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Final

import segno

from kernel.pdf.blocks import SEAL_SIDE, body_pieces
from kernel.pdf.flow import LEFT, MEASURE, Draw, Piece, Placed, draw_page, gap, paginate
from kernel.pdf.pen import HEIGHT, MM, SHANGHAI, Metadata, Pen
from kernel.pdf.record import Record, Rendered
from kernel.pdf.text import FURNITURE, FURNITURE_MONO, SUBTITLE, Style

HEAD_RULE: Final = HEIGHT - 20.5 * MM
FOOT_RULE: Final = 37 * MM
QR_SIDE: Final = 22 * MM
RIGHT: Final = LEFT + MEASURE
SEAL_SHIFT: Final = 5 * MM


def render(record: Record) -> Rendered:
    """Lay out `record`. Equal records give equal bytes.

    Raises MissingGlyph when no font has a character, TooTall when a row does not fit a page,
    ValueError when the hash is not 32 bytes.
    """
    if len(record.record_hash) != 32:
        raise ValueError("record_hash must be 32 bytes")
    pages = paginate(_pieces(record))
    pen = Pen(
        Metadata(
            title=f"{record.title}　{record.subtitle}".rstrip(),
            author=record.centre,
            subject=record.number,
            at=record.at,
        )
    )
    symbol = segno.make(record.check_url, error="m", micro=False)
    matrix = [bytes(row) for row in symbol.matrix]
    for number, placed in enumerate(pages):
        if number:
            pen.next_page()
        _head(pen, record, first=number == 0)
        draw_page(pen, placed, last=number == len(pages) - 1)
        _foot(pen, record, matrix, page=number + 1, pages=len(pages))
    return Rendered(
        pdf=pen.finish(),
        pages=len(pages),
        seal_page=len(pages) - 1,
        seal_box=_seal_box(pages[-1]) if record.sealed else None,
    )


def _pieces(record: Record) -> list[Piece]:
    """The body, and room for the seal on the page of what it seals, never on one of its own."""
    pieces = list(body_pieces(record))
    if not record.sealed:
        return pieces
    while pieces[-1].space:
        pieces.pop()
    pieces[-1] = replace(pieces[-1], keep=True)
    return [*pieces, gap(2 * MM), Piece(SEAL_SIDE, _sealing_party(record))]


def _head(pen: Pen, record: Record, *, first: bool) -> None:
    left = f"阳光招采　{record.centre}" if first else f"{record.title}　{record.subtitle}"
    y = HEAD_RULE + 2.2 * MM
    room = MEASURE - FURNITURE_MONO.width(record.number) - 8 * MM
    with pen.artefact():
        pen.text(LEFT, y, _shortened(left, FURNITURE, room), FURNITURE)
        pen.text(RIGHT, y, record.number, FURNITURE_MONO, align=1)
        if record.demo:
            y_mark = HEAD_RULE + 2.2 * MM + FURNITURE.leading
            pen.text(RIGHT, y_mark, "演示文件，不具法律效力", FURNITURE.bold(), align=1)
    pen.rule(LEFT, HEAD_RULE, MEASURE, weight=0.5)


def _shortened(text: str, style: Style, room: float) -> str:
    """The whole title stands on page one; a running head may end in an ellipsis."""
    if style.width(text) <= room:
        return text
    while text and style.width(text + "…") > room:
        text = text[:-1]
    return text + "…"


def _foot(pen: Pen, record: Record, matrix: list[bytes], *, page: int, pages: int) -> None:
    pen.rule(LEFT, FOOT_RULE, MEASURE, weight=0.5)
    qr_bottom = FOOT_RULE - 2.6 * MM - QR_SIDE
    pen.modules(matrix, x=LEFT, y=qr_bottom, side=QR_SIDE)
    pen.link(record.check_url, x=LEFT, y=qr_bottom, width=QR_SIDE, height=QR_SIDE)
    x = LEFT + QR_SIDE + 4 * MM
    bottom = qr_bottom + 1.2
    with pen.artefact():
        y = bottom + 3 * FURNITURE.leading
        pen.text(x, y, "本记录内容指纹 SHA-256", FURNITURE)
        _hash(pen, x, y - FURNITURE.leading, record.record_hash)
        pen.text(x, bottom + FURNITURE.leading, _log_line(record), FURNITURE)
        note = record.foot_note or "扫码或把本文件拖到验证页，断网也能核验"
        pen.text(x, bottom, note, FURNITURE)
        pen.text(RIGHT, bottom, f"第 {page} 页，共 {pages} 页", FURNITURE, align=1)


def _log_line(record: Record) -> str:
    made = f"{record.at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S} +08:00"
    if record.log_number is None:
        return f"制作时间 {made}"
    return f"日志第 {record.log_number:,} 号，制作时间 {made}"


def _hash(pen: Pen, x: float, y: float, value: bytes) -> None:
    """Groups of four; the first and the last are heavier, for they are what people compare."""
    text = value.hex()
    groups = [text[i : i + 4] for i in range(0, len(text), 4)]
    step = FURNITURE_MONO.width("0") * 4.75
    for number, group in enumerate(groups):
        edge = number in (0, len(groups) - 1)
        style = FURNITURE_MONO.bold() if edge else FURNITURE_MONO
        pen.text(x + number * step, y, group, style)


def _sealing_party(record: Record) -> Draw:
    """Centre and date, beside the room for the visible seal: both must stay legible."""

    def draw(pen: Pen, top: float) -> None:
        x = RIGHT - SEAL_SIDE - SEAL_SHIFT
        y = top - SEAL_SIDE / 2 + 4
        with pen.tagged("P"):
            pen.text(x, y, record.centre, SUBTITLE, align=1)
            pen.text(x, y - SUBTITLE.leading, chinese_date(record.at), SUBTITLE, align=1)

    return draw


def chinese_date(at: datetime) -> str:
    """2026 年 11 月 24 日, in Shanghai."""
    local = at.astimezone(SHANGHAI)
    return f"{local.year} 年 {local.month} 月 {local.day} 日"


def _seal_box(placed: list[Placed]) -> tuple[float, float, float, float]:
    room = placed[-1]
    x = RIGHT - SEAL_SIDE
    return (x, room.top - SEAL_SIDE, RIGHT, room.top)
