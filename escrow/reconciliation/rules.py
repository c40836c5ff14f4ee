"""Matching a bank's statement with our own bookings of a day. Pure; linear in the lines.

Two identical lines are two payments: everything is a multiset, and what could be matched in two
ways is not matched. The order of the lines never matters.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from escrow.bookings.rules import Sign
from escrow.reconciliation.nearness import isolated, nearest

NEAR_DAYS: Final = 2
SUGGEST_DAYS: Final = 10
MOST_SUGGESTIONS: Final = 3


class Level(StrEnum):
    """By what a line was matched: L1, L2, L3."""

    REFERENCE = "reference"
    END_TO_END = "end_to_end"
    UNIQUE = "unique"


class BreakCode(StrEnum):
    """What is wrong: on one side only, twice on the statement, or told differently."""

    NOT_BOOKED = "not_booked"
    NOT_ON_STATEMENT = "not_on_statement"
    DOUBLED = "doubled"
    AMOUNT_DIFFERS = "amount_differs"
    ACCOUNT_DIFFERS = "account_differs"
    DAY_DIFFERS = "day_differs"


@dataclass(frozen=True, slots=True)
class Line:
    """A booking as one side tells it. `id` names it within its side and never changes.

    `day` is the day of booking (Asia/Shanghai); `number` the sub-account.
    """

    id: str
    bank_ref: str | None
    end_to_end: str | None
    number: str | None
    sign: Sign
    amount_fen: int
    day: date

    @property
    def signed_fen(self) -> int:
        """Into the account above zero, out of it below."""
        return self.amount_fen if self.sign is Sign.CREDIT else -self.amount_fen


@dataclass(frozen=True, slots=True)
class Match:
    """A line of the statement and the booking that it is."""

    line: Line
    booking: Line
    level: Level


@dataclass(frozen=True, slots=True)
class Break:
    """What people must explain; both sides stand here where both tell of it, differently."""

    code: BreakCode
    line: Line | None
    booking: Line | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """L4: bookings that an unmatched line may be; nothing is done about it."""

    line: Line
    bookings: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """Every line and every booking stands in exactly one match or break."""

    matches: tuple[Match, ...]
    breaks: tuple[Break, ...]
    suggestions: tuple[Suggestion, ...]


@dataclass(frozen=True, slots=True)
class _Found:
    matches: list[Match]
    breaks: list[Break]


def reconcile(lines: Iterable[Line], bookings: Iterable[Line]) -> Outcome:
    """Match a statement's `lines` with our `bookings`: L1, then L2, then L3; L4 only suggests."""
    found = _Found([], [])
    left = sorted(lines, key=_order), sorted(bookings, key=_order)
    left = _by_key(found, *left, key=_reference, level=Level.REFERENCE)
    left = _by_key(found, *left, key=_end_to_end, level=Level.END_TO_END)
    rest_lines, rest_bookings = _by_uniqueness(found, *left)
    suggestions = tuple(_suggestions(rest_lines, rest_bookings))
    found.breaks.extend(Break(BreakCode.NOT_BOOKED, line, None) for line in rest_lines)
    found.breaks.extend(Break(BreakCode.NOT_ON_STATEMENT, None, one) for one in rest_bookings)
    return Outcome(tuple(found.matches), tuple(found.breaks), suggestions)


def _order(line: Line) -> tuple[date, str]:
    return line.day, line.id


def _reference(line: Line) -> Hashable | None:
    return line.bank_ref


def _end_to_end(line: Line) -> Hashable | None:
    """A refund, the interest in it and its return carry one key in two directions."""
    return (line.end_to_end, line.sign) if line.end_to_end is not None else None


def _by_key(
    found: _Found,
    lines: Sequence[Line],
    bookings: Sequence[Line],
    *,
    key: Callable[[Line], Hashable | None],
    level: Level,
) -> tuple[list[Line], list[Line]]:
    """Settle every key that both sides know; returns what the key says nothing of."""
    ours = _grouped(bookings, key)
    theirs = _grouped(lines, key)
    both = ours.keys() & theirs.keys()
    for name in theirs:
        if name in both:
            _settle(found, theirs[name], ours[name], level)
    return (
        [line for line in lines if key(line) not in both],
        [one for one in bookings if key(one) not in both],
    )


def _settle(found: _Found, lines: list[Line], bookings: list[Line], level: Level) -> None:
    """One key: the equal ones first, then what differs, then what one side has too often."""
    lines, bookings = _pair_equal(found, lines, bookings, level)
    for line, booking in zip(lines, bookings, strict=False):
        found.breaks.append(Break(BreakCode.AMOUNT_DIFFERS, line, booking))
    paired = min(len(lines), len(bookings))
    found.breaks.extend(Break(BreakCode.DOUBLED, line, None) for line in lines[paired:])
    found.breaks.extend(
        Break(BreakCode.NOT_ON_STATEMENT, None, booking) for booking in bookings[paired:]
    )


def _pair_equal(
    found: _Found, lines: list[Line], bookings: list[Line], level: Level
) -> tuple[list[Line], list[Line]]:
    """Pair by sign and amount, those of the same account and day before the others."""
    for same in (_exactly, _signed):
        ours = {name: deque(some) for name, some in _grouped(bookings, same).items()}
        rest: list[Line] = []
        for line in lines:
            candidates = ours.get(same(line))
            if candidates:
                _paired(found, line, candidates.popleft(), level)
            else:
                rest.append(line)
        lines = rest
        bookings = sorted((one for some in ours.values() for one in some), key=_order)
    return lines, bookings


def _exactly(line: Line) -> Hashable:
    return line.sign, line.amount_fen, line.number, line.day


def _signed(line: Line) -> Hashable:
    return line.sign, line.amount_fen


def _paired(found: _Found, line: Line, booking: Line, level: Level) -> None:
    """A booking without a sub-account (a refund, money in suspense) says nothing against one."""
    told = line.number, booking.number
    if None not in told and line.number != booking.number:
        found.breaks.append(Break(BreakCode.ACCOUNT_DIFFERS, line, booking))
    elif level is Level.REFERENCE and line.day != booking.day:
        found.breaks.append(Break(BreakCode.DAY_DIFFERS, line, booking))
    else:
        found.matches.append(Match(line, booking, level))


def _by_uniqueness(
    found: _Found, lines: Sequence[Line], bookings: Sequence[Line]
) -> tuple[list[Line], list[Line]]:
    """L3: the only line and the only booking of an amount on a sub-account within two days."""
    ours = _grouped(bookings, _on_account)
    gone: tuple[set[str], set[str]] = (set(), set())
    for name, group in _grouped(lines, _on_account).items():
        pairs = isolated(group, ours.get(name, []), within=NEAR_DAYS)
        for line in group:
            booking = pairs.get(line.id)
            if booking is not None:
                gone[0].add(line.id)
                gone[1].add(booking.id)
                found.matches.append(Match(line, booking, Level.UNIQUE))
    return (
        [line for line in lines if line.id not in gone[0]],
        [one for one in bookings if one.id not in gone[1]],
    )


def _on_account(line: Line) -> Hashable | None:
    """Without a sub-account an amount alone is no evidence."""
    return (line.number, line.sign, line.amount_fen) if line.number is not None else None


def _suggestions(lines: Sequence[Line], bookings: Sequence[Line]) -> Iterator[Suggestion]:
    ours = _grouped(bookings, _signed)
    for name, group in _grouped(lines, _signed).items():
        near = nearest(group, ours.get(name, []), within=SUGGEST_DAYS, most=MOST_SUGGESTIONS)
        for line, few in zip(group, near, strict=True):
            if few:
                yield Suggestion(line, few)


def _grouped(
    lines: Iterable[Line], key: Callable[[Line], Hashable | None]
) -> dict[Hashable, list[Line]]:
    groups: dict[Hashable, list[Line]] = defaultdict(list)
    for line in lines:
        name = key(line)
        if name is not None:
            groups[name].append(line)
    return dict(groups)
