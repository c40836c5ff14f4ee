"""The simulated bank that works by files: it looks into its folder in rounds and never calls.

Written apart from the platform's codec on purpose, so that the two test each other.
"""

import hashlib
import logging
import threading
from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from escrow.banks.simulator import days, orders
from escrow.banks.simulator.book import Book, BookEntry, DeclinedError, bank_now
from escrow.banks.simulator.houses import houses
from escrow.banks.simulator.teller import SHANGHAI
from escrow.banks.simulator.tills import Till, till

LOG = logging.getLogger("simulator")
DIALECT = "file_drop"
LOOK_EVERY = 0.5
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


class Clerk:
    """Goes round the folders under `root`; what a fault held back follows a round later."""

    def __init__(self, book: Book, root: Path) -> None:
        self._book = book
        self._late: dict[Path, bytes] = {}
        self._stop = threading.Event()
        with book.session() as session:
            for one in houses():
                if one.dialect == DIALECT:
                    _set_up(till(session, one.code), root / one.code)

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._rounds, daemon=True).start()

    def stop(self) -> None:
        """No further round."""
        self._stop.set()

    def turn(self, *, now: bool = False) -> None:
        """A round at every bank where one is due, or at all of them `now`."""
        for one in houses():
            if one.dialect == DIALECT:
                with self._book.session() as session:
                    self._turn(till(session, one.code), now=now)

    def _rounds(self) -> None:
        while not self._stop.wait(LOOK_EVERY):
            try:
                self.turn()
            except Exception:
                LOG.exception("a round failed")

    def _turn(self, at: Till, *, now: bool) -> None:
        folder = Path(at.state.folder)
        if not _is_mounted(at, folder):
            return
        ends = bank_now(at.session).replace(microsecond=0)
        begins = at.state.told_until or LONG_AGO
        if not now and ends - begins < timedelta(seconds=at.house.every):
            return
        self._catch_up()
        for request in sorted((folder / "to_bank").glob("*.txt")):
            _reply(at, folder, request)
        if ends > begins:
            self._tell(at, folder, begins, ends)

    def _catch_up(self) -> None:
        for path, raw in self._late.items():
            _put(path, raw)
        self._late.clear()

    def _tell(self, at: Till, folder: Path, begins: datetime, ends: datetime) -> None:
        entries = _recorded(at, begins, ends)
        at.state.files += 1
        at.state.told_until = ends
        raw = _file("MX", at, (f"{at.state.files}", _time(begins), _time(ends)), entries)
        name = f"MX_{at.state.master_number}_{at.state.files:08d}.txt"
        path = folder / "from_bank" / f"{ends.astimezone(SHANGHAI):%Y%m%d}" / name
        self._drop(at, path, raw)
        for day in _over(at, begins, entries):
            told = days.of(at, day)
            if told is not None:
                _put_statement(at, folder, told)

    def _drop(self, at: Till, path: Path, raw: bytes) -> None:
        """Put a file, or what a fault makes of it; the right one follows with the next round."""
        middle = len(raw) // 2
        if at.fault("lose_answer") is not None:
            spoiled = None
        elif at.fault("slow_answer") is not None:
            spoiled = raw[:middle]
        elif at.fault("damaged_answer") is not None:
            spoiled = raw[:middle] + b"\xff\xff" + raw[middle:]
        else:
            _put(path, raw)
            return
        self._late[path] = raw
        if spoiled is not None:
            _put(path, spoiled)


def _set_up(at: Till, folder: Path) -> None:
    """A folder without files is told everything from the beginning, whatever was told elsewhere."""
    at.state.folder = str(folder)
    if _away(folder).exists():
        _away(folder).rename(folder)
    for part in ("to_bank", "from_bank/replies"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    if not any(folder.glob("from_bank/*/MX_*")):
        at.state.files, at.state.told_until = 0, None


def address(at: Till, _origin: str) -> str:
    """Where the folder is."""
    return Path(at.state.folder).resolve().as_uri()


def _is_mounted(at: Till, folder: Path) -> bool:
    """A bank that is down takes its folder away and brings it back later."""
    away = _away(folder)
    if at.is_down():
        if folder.exists():
            folder.rename(away)
        return False
    if away.exists():
        away.rename(folder)
    return True


def _away(folder: Path) -> Path:
    return folder.with_name(f"{folder.name}.away")


def _reply(at: Till, folder: Path, request: Path) -> None:
    place = folder / "from_bank" / "replies" / request.name
    if place.exists():
        return
    try:
        kind, head, rows = orders.read(request.read_bytes(), account=at.state.master_number)
        told = orders.obey(at, kind, head, rows)
    except (DeclinedError, ArithmeticError, ValueError) as error:
        LOG.warning("a file was not understood: %s", error)
        return
    if told is not None:
        result, numbers = told
        lines = [("D", number) for number in numbers]
        _put(place, _closed([("H", f"{kind}R", *_own(at), request.stem, result), *lines]))


def _recorded(at: Till, begins: datetime, ends: datetime) -> list[BookEntry]:
    known = func.greatest(BookEntry.booked_at, BookEntry.recorded_at)
    found = at.session.scalars(
        select(BookEntry)
        .where(BookEntry.account == at.state.master_number, known > begins, known <= ends)
        .order_by(BookEntry.seq)
    )
    return list(found)


def _over(at: Till, begins: datetime, entries: Iterable[BookEntry]) -> list[date]:
    """Days to tell of: those that are over since, and all after one to which something was added.

    Yesterday is told anew each round, so that what a fault spoiled is mended.
    """
    yesterday = _day(bank_now(at.session)) - timedelta(days=1)
    changed = {_day(one.booked_at) for one in entries}
    if begins != LONG_AGO:
        changed.add(_day(begins))
    first = min((*changed, yesterday))
    return [first + timedelta(days=n) for n in range((yesterday - first).days + 1)]


def _day(at: datetime) -> date:
    return at.astimezone(SHANGHAI).date()


def _put_statement(at: Till, folder: Path, told: days.Day) -> None:
    full = len(told.entries)
    told, sequence = days.spoiled(at, told, told.day.toordinal())
    head = (str(sequence), f"{told.day:%Y%m%d}", str(told.opening_fen), str(told.closing_fen))
    raw = _file("DZ", at, head, told.entries, full=full)
    name = f"DZ_{at.state.master_number}_{told.day:%Y%m%d}.txt"
    _put(folder / "from_bank" / f"{told.day:%Y%m%d}" / name, raw)


def _file(
    kind: str, at: Till, head: tuple[str, ...], entries: Iterable[BookEntry], *, full: int = -1
) -> bytes:
    told = list(entries)
    into, out = (
        sum(one.amount_fen for one in told if one.sign == sign) for sign in ("CRDT", "DBIT")
    )
    lines = [("H", kind, *_own(at), *head), *(_row(one) for one in told)]
    return _closed(lines, into=into, out=out, full=full)


def _own(at: Till) -> tuple[str]:
    return (at.state.master_number,)


def _row(one: BookEntry) -> tuple[str, ...]:
    return (
        "D",
        one.bank_ref,
        "C" if one.sign == "CRDT" else "D",
        str(one.amount_fen),
        _time(one.booked_at),
        one.sub_account or "",
        one.other_name,
        one.other_number,
        "2" if one.other_personal else "1",
        "1" if one.interest else "2" if one.returned else "0",
        one.end_to_end or "",
        one.reverses or "",
    )


def _closed(lines: list[tuple[str, ...]], *, into: int = 0, out: int = 0, full: int = -1) -> bytes:
    text = "".join("|".join(part.replace("|", "｜") for part in line) + "\n" for line in lines)
    said = text.encode("gb18030")
    count = len(lines) - 1 if full < 0 else full
    tail = f"T|{count}|{into}|{out}|{hashlib.sha256(said).hexdigest()}\n"
    return said + tail.encode()


def _time(at: datetime) -> str:
    return at.astimezone(SHANGHAI).strftime("%Y%m%d%H%M%S")


def _put(path: Path, raw: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.part")
    draft.write_bytes(raw)
    draft.rename(path)
