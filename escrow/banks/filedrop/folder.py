"""The folder between us and a bank, as an SFTP mount shows it. Nobody removes what he did not put.

`to_bank/` holds our requests, `from_bank/replies/` the bank's word on each, `from_bank/<day>/` its
feed of that day in numbered files, and the day's statement once it is over.
"""

import contextlib
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from escrow.banks.filedrop.files import is_whole
from escrow.banks.gateway import BankUnreachableError, Cause, UnreadableError
from escrow.banks.safe_xml import MAX_BYTES

_SAFE: Final = re.compile(r"[A-Za-z0-9_]{1,80}")
_DAY: Final = re.compile(r"[0-9]{8}")


@dataclass(frozen=True, slots=True)
class Folder:
    """One bank's folder. Every method may raise BankUnreachableError: nothing is mounted there."""

    root: Path

    def is_there(self) -> bool:
        """Whether both halves can be reached."""
        return self._to.is_dir() and self._from.is_dir()

    def put(self, name: str, raw: bytes) -> None:
        """A request, all of it or none; one that lies there already stays as it is."""
        place = self._to / f"{_safe(name)}.txt"
        draft = self._to / f".{name}.{os.urandom(8).hex()}.part"
        with _mounted():
            if place.exists():
                return
            try:
                with draft.open("xb") as file:
                    file.write(raw)
                    file.flush()
                    os.fsync(file.fileno())
                draft.rename(place)
            finally:
                draft.unlink(missing_ok=True)
            _settle(self._to)

    def asked(self, prefix: str) -> list[str]:
        """Names of our requests that begin so."""
        with _mounted():
            return sorted(path.stem for path in self._to.iterdir() if path.stem.startswith(prefix))

    def has_asked(self, name: str) -> bool:
        """Whether that request lies there."""
        with _mounted():
            self._need()
            return (self._to / f"{_safe(name)}.txt").exists()

    def reply(self, name: str) -> bytes | None:
        """The whole reply to a request, None while there is none. Raises UnreadableError."""
        return self._whole(self._from / "replies" / f"{_safe(name)}.txt")

    def statement(self, day: date, name: str) -> bytes | None:
        """A day's whole statement, None while there is none. Raises UnreadableError."""
        return self._whole(self._from / f"{day:%Y%m%d}" / f"{_safe(name)}.txt")

    def feed(self, since: date, prefix: str) -> Iterator[bytes]:
        """Whole feed files of that day and later ones, the newest first. Raises UnreadableError."""
        with _mounted():
            self._need()
            days = sorted(
                (path for path in self._from.iterdir() if _DAY.fullmatch(path.name)), reverse=True
            )
        for day in days:
            if day.name < f"{since:%Y%m%d}":
                return
            with _mounted():
                found = sorted(
                    (p for p in day.iterdir() if p.name.startswith(prefix)), reverse=True
                )
            for path in found:
                raw = self._whole(path)
                if raw is not None:
                    yield raw

    @property
    def _to(self) -> Path:
        return self.root / "to_bank"

    @property
    def _from(self) -> Path:
        return self.root / "from_bank"

    def _need(self) -> None:
        if not self.is_there():
            raise BankUnreachableError("nothing is mounted")

    def _whole(self, path: Path) -> bytes | None:
        with _mounted():
            self._need()
            try:
                # What a link points at is nobody's message.
                handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
            except FileNotFoundError:
                return None
            with os.fdopen(handle, "rb") as file:
                raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise UnreadableError("file too large", Cause.TOO_LARGE)
        return raw if is_whole(raw) else None


@contextlib.contextmanager
def _mounted() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise BankUnreachableError(type(error).__name__) from error


def _safe(name: str) -> str:
    if _SAFE.fullmatch(name) is None:
        raise ValueError("no name for a file")
    return name


def _settle(folder: Path) -> None:
    """Make the name last as well as the bytes, where the file system can."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
