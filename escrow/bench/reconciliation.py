"""Reconciling a statement with planted breaks: how long, what is found, how it grows."""

import random
import time
from dataclasses import replace
from datetime import date, timedelta

from escrow.bookings.rules import Sign
from escrow.reconciliation.rules import BreakCode, Line, Outcome, reconcile
from kernel.bench import Bar, Bench, Figure, Side

LINES = 100_000
SMALL, LARGE = 10_000, 300_000
BROKEN = 50
DAY = date(2026, 11, 22)

Truth = set[tuple[BreakCode, str | None, str | None]]
Sides = tuple[list[Line], list[Line], Truth]


def measure(bench: Bench) -> list[Figure]:
    """Seconds for 100,000 lines, differences from the truth, and the slope up to 300,000."""
    seconds: dict[int, float] = {}
    wrong = 0
    for count in (SMALL, LINES, LARGE):
        lines, bookings, truth = _planted(count)
        began = time.perf_counter()
        found = reconcile(lines, bookings)
        seconds[count] = time.perf_counter() - began
        wrong += len(truth ^ _told(found))
    return [
        Figure(
            name=f"reconcile {LINES:,} lines, {100 // BROKEN} % planted breaks",
            value=seconds[LINES],
            unit="s",
            bar=Bar(Side.AT_MOST, 10, on_ratio=False),
        ),
        Figure(
            name="breaks found but not planted, or planted but not found",
            value=wrong,
            unit="breaks",
            bar=Bar(Side.AT_MOST, 0, on_ratio=False),
        ),
        # Sorting grows by a logarithm: 300,000 lines may take a third more each than 10,000.
        Figure(
            name=f"time per line, {LARGE:,} lines",
            value=seconds[LARGE] / LARGE * 1e6,
            unit="us",
            bar=Bar(Side.AT_MOST, 2),
            peer=f"{SMALL:,} lines",
            peer_value=seconds[SMALL] / SMALL * 1e6,
        ),
    ]


def _planted(count: int) -> Sides:
    """A statement and its bookings; one line in fifty is broken, in every way by turns."""
    chance = random.Random(20261122)  # noqa: S311 - a figure must be measured twice on the same
    codes = list(BreakCode)
    lines: list[Line] = []
    bookings: list[Line] = []
    truth: Truth = set()
    for place in range(count):
        booking = _booking(place)
        line = replace(booking, id=f"L{place:07}")
        if place % BROKEN == 0:
            _break(codes[place // BROKEN % len(codes)], line, booking, (lines, bookings, truth))
            continue
        if place % 10 == 0:
            line = replace(line, bank_ref=None)
        lines.append(line)
        bookings.append(booking)
    chance.shuffle(lines)
    chance.shuffle(bookings)
    return lines, bookings, truth


def _booking(place: int) -> Line:
    """Most deposits of a lot have one amount; every fourth line is a refund with our key."""
    debit = place % 4 == 0
    return Line(
        id=f"B{place:07}",
        bank_ref=f"R{place:07}",
        end_to_end=f"E{place:07}" if debit else None,
        number=f"62{place:07}",
        sign=Sign.DEBIT if debit else Sign.CREDIT,
        amount_fen=800_000_00,
        day=DAY,
    )


def _break(code: BreakCode, line: Line, booking: Line, sides: Sides) -> None:
    lines, bookings, truth = sides
    told: Line | None = line
    ours: Line | None = booking
    match code:
        case BreakCode.NOT_BOOKED:
            ours = None
        case BreakCode.NOT_ON_STATEMENT:
            told = None
        case BreakCode.DOUBLED:
            lines.append(replace(line, id=f"{line.id}x"))
            truth.add((code, f"{line.id}x", None))
        case BreakCode.AMOUNT_DIFFERS:
            told = replace(line, amount_fen=line.amount_fen + 1)
        case BreakCode.ACCOUNT_DIFFERS:
            told = replace(line, number=f"{line.number}9")
        case BreakCode.DAY_DIFFERS:
            told = replace(line, day=DAY + timedelta(days=1))
    lines.extend([told] if told else [])
    bookings.extend([ours] if ours else [])
    if code is not BreakCode.DOUBLED:
        truth.add((code, told.id if told else None, ours.id if ours else None))


def _told(found: Outcome) -> Truth:
    return {
        (one.code, one.line.id if one.line else None, one.booking.id if one.booking else None)
        for one in found.breaks
    }
