"""When a statement is whole, and when a day may close: every reason by itself, and their order."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest

from escrow.banks.gateway import Statement
from escrow.bookings.rules import BookedEntry, Sign
from escrow.reconciliation.completeness import (
    SHANGHAI,
    Fault,
    Previous,
    Standing,
    check_close,
    faults,
    first_open,
)
from kernel.pure.errors import Refused

DAY = date(2026, 11, 22)
AT = datetime(2026, 11, 22, tzinfo=SHANGHAI)
NEW_YEAR = date(2027, 1, 1)


def entry(fen: int, sign: Sign = Sign.CREDIT, at: datetime = AT) -> BookedEntry:
    return BookedEntry("A", sign, fen, at, None, None)


def told(*entries: BookedEntry, closing: int, day: date = DAY, number: int | None = 8) -> Statement:
    return Statement("S", b"", day, number, 100, closing, entries)


@pytest.mark.parametrize(
    ("statement", "previous", "wrong"),
    [
        (told(closing=100), None, ()),
        (told(entry(5), entry(3, Sign.DEBIT), closing=102), None, ()),
        (told(entry(5), closing=104), None, (Fault.UNBALANCED,)),
        (told(entry(5, at=AT - timedelta(seconds=1)), closing=105), None, (Fault.WRONG_DAY,)),
        (told(entry(5, at=AT + timedelta(days=1)), closing=105), None, (Fault.WRONG_DAY,)),
        (told(closing=100), Previous(100, 7), ()),
        (told(closing=100), Previous(99, 7), (Fault.OPENING_DIFFERS,)),
        (told(closing=100), Previous(100, 6), (Fault.GAP,)),
        (told(closing=100), Previous(100, 8), (Fault.GAP,)),
        (told(closing=100), Previous(100, None), ()),
        (told(closing=100, number=None), Previous(100, 7), ()),
        (told(closing=100, number=1, day=NEW_YEAR), Previous(100, 365), ()),
        (told(closing=100, number=2, day=NEW_YEAR), Previous(100, 365), (Fault.GAP,)),
        (told(closing=100, number=1), Previous(100, 7), (Fault.GAP,)),
        (told(closing=100, number=1, day=date(2027, 2, 1)), Previous(100, 7), (Fault.GAP,)),
        (told(closing=100, number=1, day=date(2027, 1, 2)), Previous(100, 7), (Fault.GAP,)),
        (
            told(entry(5), closing=100),
            Previous(1, 1),
            (Fault.UNBALANCED, Fault.OPENING_DIFFERS, Fault.GAP),
        ),
    ],
)
def test_what_is_wrong_with_a_statement(
    statement: Statement, previous: Previous | None, wrong: tuple[Fault, ...]
) -> None:
    assert faults(statement, previous=previous) == wrong


GOOD = Standing(whole=True, reconciled=True, open_breaks=0, residual_fen=0, day_before_open=None)


@pytest.mark.parametrize(
    ("standing", "code"),
    [
        (replace(GOOD, whole=False, open_breaks=1), "ESC-1502"),
        (replace(GOOD, reconciled=False), "ESC-1502"),
        (replace(GOOD, open_breaks=1, residual_fen=1), "ESC-1503"),
        (replace(GOOD, residual_fen=-1, day_before_open=DAY), "ESC-1504"),
        (replace(GOOD, day_before_open=DAY), "ESC-1505"),
    ],
)
def test_why_a_day_does_not_close(standing: Standing, code: str) -> None:
    with pytest.raises(Refused, match=code):
        check_close(DAY, standing)
    check_close(DAY, GOOD)


def test_the_day_to_close_next() -> None:
    assert first_open(DAY, None) == DAY
    assert first_open(DAY, DAY) == DAY + timedelta(days=1)
