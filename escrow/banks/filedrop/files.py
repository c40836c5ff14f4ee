"""The drop's files: GBK lines of fields between bars, a head, rows, a tail that vouches. Pure.

`H|kind|account|…` then `D|…` for each row, then `T|rows|credits|debits|SHA-256 of all before`, each
line ended by LF; amounts are fen, times Beijing's. Several files one behind another are read too:
so a report of many files is kept as one message.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from escrow.banks.gateway import Cause, UnreadableError
from escrow.bookings.rules import BookedEntry, Party, Sign
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.money import MAX_FEN

ENCODING: Final = "gb18030"
TIMES: Final = "%Y%m%d%H%M%S"
_SIGNS: Final = {"C": Sign.CREDIT, "D": Sign.DEBIT}
_BOOKING_FIELDS: Final = 11
# What would part fields or lines is written as what looks like it.
_HARMLESS: Final = str.maketrans({"|": "｜", "\n": " ", "\r": " "})


@dataclass(frozen=True, slots=True)
class File:
    """One whole file; `head` is what follows kind and account."""

    kind: str
    account: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...] = ()

    def field(self, place: int) -> str:
        """A field of the head that must be there. Raises UnreadableError."""
        if place >= len(self.head) or not self.head[place]:
            raise UnreadableError("a field of the head is missing")
        return self.head[place]


def write(file: File, *, out_fen: int = 0) -> bytes:
    """A file of ours; `out_fen` is the sum it orders paid."""
    lines = [("H", file.kind, file.account, *file.head), *(("D", *row) for row in file.rows)]
    said = b"".join(_line(line) for line in lines)
    tail = ("T", str(len(file.rows)), "0", str(out_fen), hashlib.sha256(said).hexdigest())
    return said + _line(tail)


def is_whole(raw: bytes) -> bool:
    """Whether the file has its tail: one without is still being written."""
    return raw.endswith(b"\n") and raw[raw.rfind(b"\n", 0, -1) + 1 :].startswith(b"T|")


def read_all(raw: bytes) -> list[File]:
    """Files one behind another, at least one. Raises UnreadableError."""
    found = list(_files(raw))
    if not found:
        raise UnreadableError("no file", Cause.MALFORMED)
    return found


def read(raw: bytes, *, kind: str, account: str) -> File:
    """The one file of a kind about our account. Raises UnreadableError."""
    found = read_all(raw)
    if len(found) != 1 or found[0].kind != kind:
        raise UnreadableError(f"not a {kind} file", Cause.UNKNOWN_MESSAGE)
    if found[0].account != account:
        raise UnreadableError("not our account")
    return found[0]


def moment(told: str) -> datetime:
    """A time of Beijing. Raises UnreadableError."""
    try:
        return datetime.strptime(told, TIMES).replace(tzinfo=SHANGHAI)
    except ValueError as error:
        raise UnreadableError("no time") from error


def fen(told: str) -> int:
    """An amount of either sign. Raises UnreadableError."""
    digits = told.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) <= 18) or int(digits) > MAX_FEN:
        raise UnreadableError("no amount")
    return int(told)


def entry_of(row: Sequence[str]) -> BookedEntry:
    """A row of a feed or statement as a booking. Raises UnreadableError."""
    if len(row) != _BOOKING_FIELDS:
        raise UnreadableError("a row of another length")
    ref, sign, amount, at, number, name, account, party_kind, kind, order, original = row
    if sign not in _SIGNS or not ref or fen(amount) <= 0:
        raise UnreadableError("neither credit nor debit")
    return BookedEntry(
        bank_ref=ref,
        sign=_SIGNS[sign],
        amount_fen=fen(amount),
        booked_at=moment(at),
        number=number or None,
        party=Party(name, account, personal=party_kind == "2") if name and account else None,
        end_to_end=order or None,
        reverses=original or None,
        returned=kind == "2",
        interest=kind == "1",
    )


def _line(fields: Sequence[str]) -> bytes:
    return "|".join(one.translate(_HARMLESS) for one in fields).encode(ENCODING) + b"\n"


def _files(raw: bytes) -> Iterator[File]:
    begins = 0
    lines: list[tuple[str, ...]] = []
    place = 0
    for line in raw.splitlines(keepends=True):
        fields = _fields(line)
        if fields[0] == "T":
            yield _checked(lines, fields, raw[begins:place])
            begins, lines = place + len(line), []
        else:
            lines.append(fields)
        place += len(line)
    if lines:
        raise UnreadableError("a file without its tail", Cause.MALFORMED)


def _fields(line: bytes) -> tuple[str, ...]:
    try:
        return tuple(line.decode(ENCODING).rstrip("\r\n").split("|"))
    except UnicodeDecodeError as error:
        raise UnreadableError("damaged GBK", Cause.MALFORMED) from error


def _checked(lines: list[tuple[str, ...]], tail: tuple[str, ...], said: bytes) -> File:
    if not lines or lines[0][0] != "H" or len(lines[0]) < 3:
        raise UnreadableError("a file without its head", Cause.MALFORMED)
    if len(tail) != 5 or tail[4] != hashlib.sha256(said).hexdigest():
        raise UnreadableError("another checksum", Cause.CHECKSUM)
    if any(line[0] != "D" for line in lines[1:]):
        raise UnreadableError("a line that is no row", Cause.MALFORMED)
    file = File(lines[0][1], lines[0][2], lines[0][3:], tuple(line[1:] for line in lines[1:]))
    if tail[1] != str(len(file.rows)):
        raise UnreadableError("rows are missing", Cause.CHECKSUM)
    if file.kind in ("MX", "DZ") and (fen(tail[2]), fen(tail[3])) != _sums(file):
        raise UnreadableError("other sums", Cause.CHECKSUM)
    return file


def _sums(file: File) -> tuple[int, int]:
    booked = [entry_of(row) for row in file.rows]
    into, out = (sum(one.amount_fen for one in booked if one.sign is sign) for sign in Sign)
    return into, out
