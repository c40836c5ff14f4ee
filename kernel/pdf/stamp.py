"""The visible seal of a centre: a round stamp with the name on its arc, drawn as a one-page PDF.

Form after 国发〔1999〕25 号: ring, five-pointed star, the name from left to right around it.
"""

from __future__ import annotations

import math
from datetime import datetime
from io import BytesIO
from typing import Any, Final

from reportlab.lib.colors import HexColor
from reportlab.pdfgen.canvas import Canvas

from kernel.pdf.fonts import Face, runs, text_width
from kernel.pdf.pen import SHANGHAI

CINNABAR: Final = "#C1272D"
MAX_ARC: Final = math.radians(270)


def stamp_page(*, name: str, legend: str, tail: str, at: datetime, side: float) -> bytes:
    """A square PDF page of `side` points with a transparent ground.

    `legend` stands under the star (电子签章, 演示专用), `tail` is the end of the certificate's
    serial number, `at` the time of sealing.
    """
    buffer = BytesIO()
    canvas = Canvas(buffer, pagesize=(side, side), invariant=1, pageCompression=1)
    canvas.setFillColor(HexColor(CINNABAR))
    canvas.setStrokeColor(HexColor(CINNABAR))
    centre, radius = side / 2, side / 2 - 1.5
    canvas.setLineWidth(side * 0.024)
    canvas.circle(centre, centre, radius)
    _arc_text(canvas, name, centre=centre, radius=radius * 0.95, size=side * 0.115)
    _star(canvas, centre, centre + side * 0.02, side * 0.135)
    _line(canvas, legend, centre, centre - side * 0.235, side * 0.088, Face.SERIF_BOLD)
    stamp = f"{at.astimezone(SHANGHAI):%Y-%m-%d %H:%M:%S}"
    _line(canvas, stamp, centre, centre - side * 0.315, side * 0.05, Face.MONO)
    _line(canvas, tail, centre, centre - side * 0.375, side * 0.05, Face.MONO)
    canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _arc_text(canvas: Canvas, text: str, *, centre: float, radius: float, size: float) -> None:
    """Characters upright on a circle, their caps towards the ring; squeezed when there are many."""
    baseline = radius - size
    step = min(size * 1.18 / baseline, MAX_ARC / max(len(text), 1))
    size = min(size, step * baseline / 0.98)
    baseline = radius - size
    angle = math.pi / 2 + step * (len(text) - 1) / 2
    for character in text:
        canvas.saveState()
        canvas.translate(centre, centre)
        canvas.rotate(math.degrees(angle) - 90)
        _line(canvas, character, 0, baseline, size, Face.SERIF_BOLD)
        canvas.restoreState()
        angle -= step


def _line(canvas: Any, text: str, x: float, y: float, size: float, face: Face) -> None:
    line = canvas.beginText(x - text_width(text, face, size) / 2, y)
    for font, piece in runs(text, face):
        line.setFont(font, size)
        line.textOut(piece)
    canvas.drawText(line)


def _star(canvas: Canvas, x: float, y: float, radius: float) -> None:
    inner = radius * 0.382
    path = canvas.beginPath()
    for point in range(10):
        reach = inner if point % 2 else radius
        angle = math.pi / 2 + point * math.pi / 5
        corner = (x + reach * math.cos(angle), y + reach * math.sin(angle))
        if point:
            path.lineTo(*corner)
        else:
            path.moveTo(*corner)
    path.close()
    canvas.drawPath(path, stroke=0, fill=1)
