"""L0: whether a statement is whole. Pure. What is not whole is quarantined, whatever it says."""

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from escrow.banks.gateway import Statement
from escrow.bookings.rules import BookedEntry, Sign
from kernel.pure.errors import Refused

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


class StatementState(StrEnum):
    """Proven whole, or set aside until the bank sends a better one."""

    WHOLE = "whole"
    QUARANTINED = "quarantined"


class Fault(StrEnum):
    """Why a statement is not whole."""

    UNREADABLE = "unreadable"
    UNBALANCED = "unbalanced"
    WRONG_DAY = "wrong_day"
    GAP = "gap"
    OPENING_DIFFERS = "opening_differs"


@dataclass(frozen=True, slots=True)
class Previous:
    """What the whole statement of the day before said last."""

    closing_fen: int
    sequence: int | None


def day_of(entry: BookedEntry) -> date:
    """The day of booking, in Beijing."""
    return entry.booked_at.astimezone(SHANGHAI).date()


def faults(statement: Statement, *, previous: Previous | None) -> tuple[Fault, ...]:
    """Everything that is wrong with a statement; `previous` is None for a bank's first one."""
    found: list[Fault] = []
    moved = sum(
        one.amount_fen if one.sign is Sign.CREDIT else -one.amount_fen for one in statement.entries
    )
    if statement.opening_fen + moved != statement.closing_fen:
        found.append(Fault.UNBALANCED)
    if any(day_of(one) != statement.day for one in statement.entries):
        found.append(Fault.WRONG_DAY)
    if previous is not None:
        if previous.closing_fen != statement.opening_fen:
            found.append(Fault.OPENING_DIFFERS)
        if not _follows(statement, previous.sequence):
            found.append(Fault.GAP)
    return tuple(found)


def _follows(statement: Statement, before: int | None) -> bool:
    """Numbers run on by one; many banks begin them anew with the year."""
    if before is None or statement.sequence is None or statement.sequence == before + 1:
        return True
    return statement.sequence == 1 and (statement.day.month, statement.day.day) == (1, 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """A day as far as closing it is concerned.

    `residual_fen` is the bank's balance less ours less every break: what nothing explains.
    """

    whole: bool
    reconciled: bool
    open_breaks: int
    residual_fen: int
    day_before_open: date | None


def check_close(day: date, standing: Standing) -> None:
    """Refuses ESC-1502 (not whole), ESC-1503 (a break is open), ESC-1504, ESC-1505."""
    if not (standing.whole and standing.reconciled):
        raise Refused("ESC-1502", day=day.isoformat())
    if standing.open_breaks:
        raise Refused("ESC-1503", day=day.isoformat())
    if standing.residual_fen:
        raise Refused("ESC-1504", day=day.isoformat())
    if standing.day_before_open is not None:
        raise Refused("ESC-1505", before=standing.day_before_open.isoformat())


def first_open(begins: date, last_closed: date | None) -> date:
    """The day that is to be closed next."""
    return begins if last_closed is None else last_closed + timedelta(days=1)
