"""The annexes of a report: every member's marks as tables that stay legible at any size.

Rows are checks or items, columns are bids, cut into as many tables as the page is wide.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from evaluation.plans.rules import Plan
from evaluation.reports.naming import Names
from kernel.pdf.record import Align, Block, Cell, Column, Paragraph, Section, Strong, Table
from kernel.pure.money import format_yuan
from kernel.pure.parameters import plain

POINT_COLUMNS: Final = 10
MONEY_COLUMNS: Final = 5
NAME_WIDTH: Final = 5.0
MOST_WIDTH: Final = 1.3
VERDICTS: Final = {"pass": "合格", "fail": "不合格"}

Facts = Mapping[str, Any]


def annexes(told: Facts, plan: Plan, names: Names) -> Iterator[Section]:
    """Qualification and technical marks, one section for each member; then the members' means."""
    for seat in sorted(member["seat"] for member in told["committee"]):
        blocks = (*_qualification(told, plan, seat), *_technical(told, plan, names, seat))
        yield Section(f"附件 {seat}　{names.member(seat)}的评审表", blocks, new_page=True)


def _qualification(told: Facts, plan: Plan, seat: int) -> Iterator[Block]:
    marks = _marks(told, "qualification", seat)
    rows = [(check.key, check.name, "") for check in plan.checks]
    yield from _grid("资格审查", told["bids"], rows, _verdict(marks), POINT_COLUMNS)
    yield from _notes(marks, {key: name for key, name, _ in rows}, told["bids"])


def _technical(told: Facts, plan: Plan, names: Names, seat: int) -> Iterator[Block]:
    marks = _marks(told, "technical", seat)
    scored = {bid["number"]: bid for bid in told["result"]["bids"]}
    bids = [bid for bid in told["bids"] if bid["number"] in scored]
    points = names.points
    rows = [(i.key, i.name, plain(i.maximum) if points else "") for i in plan.items]
    totals = {
        number: next(m["total"] for m in bid["members"] if m["seat"] == seat)
        for number, bid in scored.items()
    }
    title, width = ("技术评分", POINT_COLUMNS) if points else ("量化偏差加价（元）", MONEY_COLUMNS)
    figure = _points if points else _money
    yield from _grid(title, bids, rows, _value(marks, figure), width, totals=totals, figure=figure)
    yield from _notes(marks, {item.key: item.name for item in plan.items}, bids)


Marks = Mapping[tuple[int, str], Mapping[str, str]]
"""By number of the bid and key of the item: value and note."""


def _marks(told: Facts, stage: str, seat: int) -> Marks:
    numbers = {bid["commitment"]: bid["number"] for bid in told["bids"]}
    return {
        (numbers[sheet["bid"]], key): mark
        for sheet in told["sheets"]
        if sheet["stage"] == stage and sheet["seat"] == seat
        for key, mark in sheet["marks"].items()
    }


def _verdict(marks: Marks) -> Callable[[int, str], Cell]:
    def cell(number: int, key: str) -> Cell:
        word = VERDICTS[marks[number, key]["value"]]
        return Strong(word) if word == VERDICTS["fail"] else word

    return cell


def _value(marks: Marks, figure: Callable[[str], str]) -> Callable[[int, str], Cell]:
    return lambda number, key: figure(marks[number, key]["value"])


def _points(text: str) -> str:
    return plain(Decimal(text))


def _money(text: str) -> str:
    return format_yuan(int(Decimal(text))).removeprefix("¥")


def _grid(
    title: str,
    bids: Sequence[Facts],
    rows: Sequence[tuple[str, str, str]],
    cell: Callable[[int, str], Cell],
    width: int,
    *,
    totals: Mapping[int, str] | None = None,
    figure: Callable[[str], str] = str,
) -> Iterator[Table]:
    """`rows` are (key, name, maximum); a maximum anywhere gives a column of its own."""
    most = any(each for _, _, each in rows)
    for part in _parts(bids, width):
        numbers = [bid["number"] for bid in part]
        columns = (
            Column("项目", NAME_WIDTH),
            *((Column("满分", MOST_WIDTH, Align.RIGHT),) if most else ()),
            *(Column(_short(bid), _share(len(part)), Align.RIGHT) for bid in part),
        )
        lines: list[tuple[Cell, ...]] = [
            (name, *((top,) if most else ()), *(cell(number, key) for number in numbers))
            for key, name, top in rows
        ]
        if totals is not None:
            sums = (Strong(figure(totals[number])) for number in numbers)
            whole = (Strong(_sum(rows)),) if most else ()
            lines.append((Strong("合计"), *whole, *sums))
        span = f"投标人 {numbers[0]} 至 {numbers[-1]}" if len(bids) > width else ""
        caption = f"{title}　{span}".rstrip("　")
        yield Table(columns, tuple(lines), caption=caption, dense=True)


def _parts(bids: Sequence[Facts], width: int) -> Iterator[Sequence[Facts]]:
    """Tables of nearly equal width, so that none is left with a single column."""
    tables = -(-len(bids) // width)
    start = 0
    for number in range(tables):
        size = (len(bids) - start) // (tables - number)
        yield bids[start : start + size]
        start += size


def _share(columns: int) -> float:
    return max(14.0 / max(columns, 1), 1.2) if columns > 4 else 2.4


def _short(bid: Facts) -> str:
    """The number, and enough of the name to recognise it by; the whole stands in the list."""
    return f"{bid['number']}\n{str(bid['organisation'])[:4]}"


def _sum(rows: Iterable[tuple[str, str, str]]) -> str:
    return plain(sum((Decimal(top) for _, _, top in rows if top), Decimal(0)))


def _notes(marks: Marks, names: Mapping[str, str], bids: Sequence[Facts]) -> Iterator[Block]:
    """What the member wrote beside a mark, by bid and item."""
    order = {key: place for place, key in enumerate(names)}
    shown = {bid["number"] for bid in bids}
    lines = [
        f"投标人 {number}，{names[key]}：{mark['note'].strip()}"
        for (number, key), mark in sorted(marks.items(), key=lambda m: (m[0][0], order[m[0][1]]))
        if mark["note"].strip() and number in shown
    ]
    if lines:
        yield Paragraph("说明\n" + "\n".join(lines))


def percent(exact: str) -> str:
    """A fraction as percent with one place, for people; the exact value stays in the facts."""
    value = Fraction(exact) * 100
    return f"{Decimal(value.numerator) / Decimal(value.denominator):.1f} %"
