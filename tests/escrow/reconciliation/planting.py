"""Two sides that agree, and breaks planted into them: the truth that reconciliation must find."""

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

from escrow.bookings.rules import Sign
from escrow.reconciliation.rules import Break, BreakCode, Line

DAY = date(2026, 11, 22)
Truth = set[tuple[BreakCode, str | None, str | None]]


@dataclass(frozen=True, slots=True)
class Planted:
    """Both sides after planting, and what was planted."""

    lines: list[Line]
    bookings: list[Line]
    truth: Truth


def told(breaks: tuple[Break, ...]) -> Truth:
    """Breaks by the names of their sides."""
    return {
        (one.code, one.line.id if one.line else None, one.booking.id if one.booking else None)
        for one in breaks
    }


def booking(place: int, chance: random.Random) -> Line:
    """Every third one is a refund with a key of ours; twins share account, amount and day."""
    pair = place // 2
    debit = place % 3 == 0
    return Line(
        id=f"B{place:07}",
        bank_ref=f"R{place:07}",
        end_to_end=f"E{place:07}" if debit else None,
        number=f"62{pair:07}",
        sign=Sign.DEBIT if debit else Sign.CREDIT,
        amount_fen=80_000_00 + pair % 7,
        day=DAY + timedelta(days=chance.randrange(3)),
    )


def plant(seed: int, *, count: int, every: int) -> Planted:
    """`count` bookings; about one in `every` is broken, in all the ways there are by turns."""
    chance = random.Random(seed)
    codes = list(BreakCode)
    lines: list[Line] = []
    bookings: list[Line] = []
    truth: Truth = set()
    for place in range(count):
        one = booking(place, chance)
        line = _as_told(replace(one, id=f"L{place:07}"), place)
        # A broken pair stands alone on its account, or L3 would rightly explain it by its twin.
        if chance.randrange(every) == 0:
            code = codes[chance.randrange(len(codes))]
            one, line = (replace(side, number=f"63{place:07}") for side in (one, line))
            line = replace(line, bank_ref=one.bank_ref)
            _break(code, line, one, lines, bookings, truth)
        else:
            lines.append(line)
            bookings.append(one)
    chance.shuffle(lines)
    chance.shuffle(bookings)
    return Planted(lines, bookings, truth)


def _as_told(line: Line, place: int) -> Line:
    """Some banks print another reference on the statement; a refund's key remains."""
    if place % 9 == 0 and line.end_to_end is not None:
        return replace(line, bank_ref=f"S{place:07}")
    return line


def _break(
    code: BreakCode,
    line: Line,
    one: Line,
    lines: list[Line],
    bookings: list[Line],
    truth: Truth,
) -> None:
    match code:
        case BreakCode.NOT_BOOKED:
            lines.append(line)
            truth.add((code, line.id, None))
        case BreakCode.NOT_ON_STATEMENT:
            bookings.append(one)
            truth.add((code, None, one.id))
        case BreakCode.DOUBLED:
            again = replace(line, id=f"{line.id}x")
            lines += [line, again]
            bookings.append(one)
            truth.add((code, again.id, None))
        case _:
            lines.append(_differing(code, line))
            bookings.append(one)
            truth.add((code, line.id, one.id))


def _differing(code: BreakCode, line: Line) -> Line:
    match code:
        case BreakCode.AMOUNT_DIFFERS:
            return replace(line, amount_fen=line.amount_fen + 1)
        case BreakCode.ACCOUNT_DIFFERS:
            return replace(line, number=f"{line.number}9")
        case _:
            return replace(line, day=line.day + timedelta(days=1))
