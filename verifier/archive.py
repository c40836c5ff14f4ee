"""The ZIP of a bundle, read as a stranger's file: docs/sealed-bid-envelope.md 11.2.

Everything that bounds memory is checked before anything is unpacked.
"""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from pathlib import Path
from typing import BinaryIO, Final

from verifier.failure import Failed

MAX_PACKED: Final = 256 * 1024 * 1024
MAX_FILE: Final = 16 * 1024 * 1024
MAX_TOTAL: Final = 256 * 1024 * 1024
MAX_ENTRIES: Final = 50_000
MAX_DIRECTORY: Final = 16 * 1024 * 1024
MAX_MARKS: Final = 500_000
_END: Final = struct.Struct("<4s4H2LH")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_ZIP64: Final = 1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def files(path: Path, names: re.Pattern[str]) -> dict[str, bytes]:
    """Every file of the ZIP by its name. Raises Failed with what is wrong."""
    try:
        _end(path)
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
        _entries(entries, names)
        with path.open("rb") as packed:
            return {entry.filename: _unpacked(packed, entry) for entry in entries}
    except (OSError, zipfile.BadZipFile, NotImplementedError, ValueError, zlib.error) as error:
        raise Failed(f"the bundle cannot be read: {error}") from None


def _end(path: Path) -> None:
    """The end record stands last and tells a directory of bearable size."""
    size = path.stat().st_size
    if size > MAX_PACKED:
        raise Failed("the bundle is too large")
    with path.open("rb") as file:
        file.seek(max(0, size - _END.size))
        raw = file.read()
    if len(raw) < _END.size or not raw.startswith(b"PK\x05\x06"):
        raise Failed("the bundle cannot be read: it does not end as a ZIP")
    _, disk, first, here, count, directory, offset, comment = _END.unpack(raw)
    if disk or first or here != count or comment:
        raise Failed("the bundle cannot be read: it is no ZIP of one piece")
    if count > MAX_ENTRIES or directory > MAX_DIRECTORY:
        raise Failed("the bundle holds too many files")
    if offset + directory + _END.size != size:
        raise Failed("the bundle cannot be read: its directory is not where it says")


def _entries(entries: list[zipfile.ZipInfo], names: re.Pattern[str]) -> None:
    known: set[str] = set()
    total = 0
    for entry in entries:
        name = entry.filename
        if name != entry.orig_filename or names.fullmatch(name) is None:
            raise Failed(f"unexpected file {entry.orig_filename[:80]!r}")
        if name in known:
            raise Failed(f"{name} is there twice")
        known.add(name)
        if entry.flag_bits & 1 or entry.compress_type not in _METHODS or _is_zip64(entry):
            raise Failed(f"{name} is packed in a way that is not read")
        total += entry.file_size
        if entry.file_size > MAX_FILE or total > MAX_TOTAL:
            raise Failed(f"{name} is too large")


def _is_zip64(entry: zipfile.ZipInfo) -> bool:
    rest = entry.extra
    while len(rest) >= 4:
        kind, size = struct.unpack("<HH", rest[:4])
        if kind == _ZIP64:
            return True
        rest = rest[4 + size :]
    return False


def _unpacked(packed: BinaryIO, entry: zipfile.ZipInfo) -> bytes:
    """What one entry holds: the told size and not a byte more, under its CRC-32."""
    name = entry.filename
    packed.seek(entry.header_offset)
    local = packed.read(_LOCAL.size)
    if len(local) < _LOCAL.size or not local.startswith(b"PK\x03\x04"):
        raise Failed(f"{name} is not where the directory says")
    named, extra = _LOCAL.unpack(local)[-2:]
    if packed.read(named) != name.encode():
        raise Failed(f"{name} has another name in front of it")
    packed.seek(extra, 1)
    raw = packed.read(entry.compress_size)
    if entry.compress_type == zipfile.ZIP_DEFLATED:
        inflater = zlib.decompressobj(-zlib.MAX_WBITS)
        raw = inflater.decompress(raw, entry.file_size + 1)
        if not inflater.eof or inflater.unused_data:
            raise Failed(f"{name} has another size than told")
    if len(raw) != entry.file_size or zlib.crc32(raw) != entry.CRC:
        raise Failed(f"{name} has another size or sum than told")
    if name.endswith(".json") and sum(map(raw.count, (b",", b"[", b"{"))) > MAX_MARKS:
        raise Failed(f"{name} holds too many values")
    return raw
