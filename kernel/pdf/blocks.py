"""Record to pieces: title, facts, sections, signatures, room for the seal."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from kernel.pdf.flow import (
    LEFT,
    MEASURE,
    Draw,
    Group,
    Piece,
    baseline,
    gap,
    lines_piece,
    page_break,
)
from kernel.pdf.pen import MM, SHANGHAI, WIDTH, Pen
from kernel.pdf.record import (
    Block,
    Checks,
    Digest,
    Fact,
    Paragraph,
    Record,
    Section,
    Signature,
    Table,
)
from kernel.pdf.tables import table_pieces
from kernel.pdf.text import (
    BODY,
    HEADING,
    INK,
    LABEL,
    MONO,
    SIGNED,
    SIGNER,
    SUBTITLE,
    TITLE,
    Style,
    wrap,
)

HALF_GAP: Final = 6 * MM
LABEL_GAP: Final = 3 * MM
SIGN_COLUMNS: Final = 4
UNEVEN: Final = frozenset({5, 6, 9})
"""Numbers of signatures that stand better in rows of three than with one or two left over."""
SIGN_GAP: Final = 4 * MM
SEAL_SIDE: Final = 38 * MM


def body_pieces(record: Record) -> Iterator[Piece]:
    """Everything between the page heads and feet, in reading order."""
    yield from _title(record)
    yield from _facts(record.facts)
    for section in record.sections:
        yield from _section(section)
    if record.signatures:
        yield from _signatures(record.signatures)


def _centred(text: str, style: Style, tag: str) -> list[Piece]:
    group = Group(tag)

    def drawer(line: str) -> Draw:
        def draw(pen: Pen, top: float) -> None:
            # Letter spacing would read as blanks between the characters.
            with pen.tagged("Span", actual=line if style.tracking else None):
                pen.text(WIDTH / 2, baseline(top, style), line, style, align=0.5)

        return draw

    lines = wrap(text, style, MEASURE)
    return [Piece(style.leading, drawer(line), keep=True, group=group) for line in lines]


def _title(record: Record) -> Iterator[Piece]:
    yield from _centred(record.title, TITLE, "H1")
    if record.subtitle:
        yield from _centred(record.subtitle, SUBTITLE, "P")
    yield gap(4.5 * MM)


def _facts(facts: tuple[Fact, ...]) -> Iterator[Piece]:
    """Two columns of label and value; a wide or long fact takes a line of its own."""
    if not facts:
        return
    half = (MEASURE - HALF_GAP) / 2
    rows = _paired(facts, half)
    left = _label_width([row[0] for row in rows])
    right = _label_width([row[1] for row in rows if len(row) > 1])
    group = Group("Sect")
    for row in rows:
        measure = half if len(row) > 1 else MEASURE
        places = [(LEFT, left, row[0], measure - left)]
        if len(row) > 1:
            places.append((LEFT + half + HALF_GAP, right, row[1], half - right))
        wrapped = [
            (x, x + indent, fact.label, wrap(fact.value, BODY, room))
            for x, indent, fact, room in places
        ]
        height = max(len(lines) for *_, lines in wrapped) * BODY.leading
        yield Piece(height, _fact_row(wrapped), keep=True, group=group)
    yield gap(3.5 * MM, keep=False)


def _paired(facts: tuple[Fact, ...], half: float) -> list[tuple[Fact, ...]]:
    rows: list[tuple[Fact, ...]] = []
    waiting: Fact | None = None
    for fact in facts:
        long = BODY.width(fact.label + fact.value) + 2 * LABEL_GAP > half * 1.7
        if fact.wide or long:
            rows += [(waiting,), (fact,)] if waiting else [(fact,)]
            waiting = None
        elif waiting:
            rows.append((waiting, fact))
            waiting = None
        else:
            waiting = fact
    return [*rows, (waiting,)] if waiting else rows


def _label_width(facts: list[Fact]) -> float:
    return max((LABEL.width(fact.label) for fact in facts), default=0.0) + LABEL_GAP


def _fact_row(cells: list[tuple[float, float, str, tuple[str, ...]]]) -> Draw:
    def draw(pen: Pen, top: float) -> None:
        for x, value_x, label, lines in cells:
            with pen.tagged("P"):
                pen.text(x, baseline(top, LABEL), label, LABEL)
                for number, line in enumerate(lines):
                    pen.text(value_x, baseline(top - number * BODY.leading, BODY), line, BODY)

    return draw


def _section(section: Section) -> Iterator[Piece]:
    if section.new_page:
        yield page_break()
    if section.heading is not None:
        yield from _heading(section.heading)
    for number, block in enumerate(section.blocks):
        if number:
            yield gap(2 * MM)
        yield from _block(block)
    yield gap(1 * MM, keep=False)


def _heading(text: str) -> Iterator[Piece]:
    yield gap(4 * MM)

    def draw(pen: Pen, top: float) -> None:
        pen.bookmark(text, top=top + 6)
        with pen.tagged("H2"):
            pen.text(LEFT, baseline(top, HEADING), text, HEADING)

    yield Piece(HEADING.leading, draw, keep=True)
    yield gap(1.2 * MM)


def _block(block: Block) -> Iterator[Piece]:
    match block:
        case Paragraph():
            for text in block.text.split("\n"):
                yield from lines_piece(wrap(text, BODY, MEASURE), BODY)
        case Table():
            yield from table_pieces(block)
        case Checks():
            yield from _checks(block.items)
        case Digest():
            yield from _digest(block)


def _checks(items: tuple[str, ...]) -> Iterator[Piece]:
    """Two columns, filled downwards, each item with a tick."""
    group = Group("L")
    rows = (len(items) + 1) // 2
    room = (MEASURE - HALF_GAP) / 2 - 5 * MM
    style = Style(size=9.0, leading=14.0)
    for number in range(rows):
        pair = [
            (LEFT + column * (MEASURE + HALF_GAP) / 2, wrap(items[index], style, room))
            for column, index in enumerate((number, number + rows))
            if index < len(items)
        ]
        height = max(len(lines) for _, lines in pair) * style.leading
        yield Piece(height, _check_row(pair, style), group=group)


def _check_row(pair: list[tuple[float, tuple[str, ...]]], style: Style) -> Draw:
    def draw(pen: Pen, top: float) -> None:
        for x, lines in pair:
            y = baseline(top, style)
            tick = [(x + 0.5, y + 3.2), (x + 3.0, y + 0.6), (x + 8.0, y + 6.6)]
            pen.polyline(tick, weight=0.8)
            with pen.tagged("LI"):
                for number, line in enumerate(lines):
                    pen.text(x + 5 * MM, y - number * style.leading, line, style)

    return draw


def _digest(block: Digest) -> Iterator[Piece]:
    text = block.value.hex()
    grouped = " ".join(text[i : i + 4] for i in range(0, len(text), 4))
    label = LABEL.width(block.label) + LABEL_GAP
    lines = wrap(grouped, MONO, MEASURE - label)

    def draw(pen: Pen, top: float) -> None:
        with pen.tagged("P"):
            pen.text(LEFT, baseline(top, LABEL), block.label, LABEL)
            for number, line in enumerate(lines):
                y = baseline(top, LABEL) - number * MONO.leading
                pen.text(LEFT + label, y, line, MONO)

    yield Piece(max(LABEL.leading, len(lines) * MONO.leading), draw)


def _signatures(signatures: tuple[Signature, ...]) -> Iterator[Piece]:
    columns = 3 if len(signatures) in UNEVEN else SIGN_COLUMNS
    width = (MEASURE - (columns - 1) * SIGN_GAP) / columns
    yield from _heading("签署")
    for start in range(0, len(signatures), columns):
        row = [
            (LEFT + number * (width + SIGN_GAP), _signature_lines(signature, width))
            for number, signature in enumerate(signatures[start : start + columns])
        ]
        height = max(sum(s.leading for _, s in lines) for _, lines in row) + 5 * MM
        yield Piece(height, _signature_row(row, width))


def _signature_lines(signature: Signature, width: float) -> list[tuple[str, Style]]:
    # A company signs as well as a person: a long name is set smaller, never cut.
    name = SIGNER if len(signature.name) <= 4 else Style(SIGNER.face, 9.0, 13.5)
    lines = [(line, name) for line in wrap(signature.name, name, width)]
    lines += [(line, SIGNED) for line in wrap(signature.capacity, SIGNED, width)]
    if signature.at is not None:
        local = signature.at.astimezone(SHANGHAI)
        lines.append((local.strftime("%Y-%m-%d %H:%M:%S"), SIGNED))
    if signature.certificate_tail:
        lines.append((f"证书尾号 {signature.certificate_tail}", SIGNED))
    return lines


def _signature_row(row: list[tuple[float, list[tuple[str, Style]]]], width: float) -> Draw:
    def draw(pen: Pen, top: float) -> None:
        for x, lines in row:
            pen.rule(x, top, width, weight=0.75, colour=INK)
            y = top - 1.4 * MM
            with pen.tagged("P"):
                for line, style in lines:
                    pen.text(x, baseline(y, style), line, style)
                    y -= style.leading

    return draw
