"""Numbered files of a feed, and how far an unbroken chain of them proves it complete. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise

from escrow.banks.filedrop.files import File, entry_of, fen, moment
from escrow.banks.gateway import Cause, UnreadableError
from escrow.bookings.rules import BookedEntry


@dataclass(frozen=True, slots=True)
class Feed:
    """One file: everything that was recorded after `begins` and up to `ends`."""

    number: int
    begins: datetime
    ends: datetime
    entries: tuple[BookedEntry, ...]
    raw: bytes = field(repr=False)


def feed_of(file: File, account: str, raw: bytes) -> Feed:
    """A file of kind MX about our account. Raises UnreadableError."""
    if file.kind != "MX":
        raise UnreadableError("not a feed", Cause.UNKNOWN_MESSAGE)
    if file.account != account:
        raise UnreadableError("not our account")
    begins, ends = moment(file.field(1)), moment(file.field(2))
    number = fen(file.field(0))
    if number < 1 or ends <= begins:
        raise UnreadableError("a file of no time")
    return Feed(number, begins, ends, tuple(entry_of(row) for row in file.rows), raw)


def complete_until(feeds: Sequence[Feed]) -> datetime:
    """To the end of the unbroken chain from the first file; beyond a missing one nothing is proven.

    `feeds` are in the order of their numbers, at least one.
    """
    ends = feeds[0].ends
    for one, other in pairwise(feeds):
        if other.number != one.number + 1 or other.begins != one.ends:
            break
        ends = other.ends
    return ends
