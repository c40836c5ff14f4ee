"""Bundles made to exhaust whoever reads them: refused as `contents`, by both, in little memory."""

from __future__ import annotations

import json
import re
import shutil
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Final

SCRIPT: Final = Path(__file__).parents[1] / "fuzz" / "bundles.mjs"
MIB: Final = 1 << 20
# Of address space, interpreter and libraries included; a bomb that goes off needs more.
ENOUGH: Final = 400 * MIB


def _zip(files: dict[str, bytes]) -> bytes:
    told = BytesIO()
    with zipfile.ZipFile(told, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return told.getvalue()


def _sizes(raw: bytes, size: int) -> bytes:
    """Every header tells this unpacked size, whatever is inside."""
    changed = bytearray(raw)
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        for found in re.finditer(mark, raw):
            struct.pack_into("<L", changed, found.start() + at, size)
    return bytes(changed)


def _count(raw: bytes, count: int) -> bytes:
    """The end record tells this number of files."""
    changed = bytearray(raw)
    struct.pack_into("<2H", changed, len(raw) - 14, count, count)
    return bytes(changed)


def _overlapping() -> bytes:
    """Many names for the same bytes: every directory entry points at the first file."""
    names = [f"openings/{number:064x}.sealed" for number in range(50)]
    raw = bytearray(_zip({name: bytes(MIB) for name in names[:1]} | dict.fromkeys(names[1:], b"")))
    for found in re.finditer(b"PK\x01\x02", bytes(raw)):
        struct.pack_into("<L", raw, found.start() + 42, 0)
    return bytes(raw)


def _nested() -> bytes:
    raw = _zip({"facts.json": b"{}"})
    for _ in range(3):
        raw = _zip({"bundle.json": raw})
    return raw


BOMBS: Final[dict[str, tuple[str, Callable[[], bytes]]]] = {
    "a file above its cap": ("too large", lambda: _zip({"facts.json": bytes(17 * MIB)})),
    "64 MiB in a file that tells 100 bytes": (
        "another size",
        lambda: _sizes(_zip({"facts.json": bytes(64 * MIB)}), 100),
    ),
    "files that tell 272 MiB together": (
        "too large",
        lambda: _sizes(
            _zip({f"openings/{number:064x}.sealed": b"" for number in range(17)}), 16 * MIB
        ),
    ),
    "60,000 files": ("too many files", lambda: _count(_zip({"facts.json": b"{}"}), 60_000)),
    "one file under fifty names": ("another name", _overlapping),
    "a ZIP in a ZIP in a ZIP": ("", _nested),
    "JSON 400,000 lists deep": ("", lambda: _zip({"bundle.json": b"[" * 400_000})),
    "JSON of 700,000 values": (
        "",
        lambda: _zip({"bundle.json": b"[" + b"0," * 700_000 + b"0]"}),
    ),
    "JSON with a number of a million digits": ("", lambda: _zip({"bundle.json": b"9" * MIB})),
}


READ: Final = """
import json, resource, sys
from pathlib import Path
from verifier import bundle
from verifier.failure import Failed

resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[1]),) * 2)
told = {}
for path in map(Path, sys.argv[2:]):
    try:
        bundle.read(path)
    except Failed as failed:
        told[path.name] = f"contents: {failed}"
print(json.dumps(told))
"""


def test_bombs_are_refused_before_they_go_off(tmp_path: Path) -> None:
    paths = {name: tmp_path / f"{at}.zip" for at, name in enumerate(BOMBS)}
    for name, path in paths.items():
        path.write_bytes(BOMBS[name][1]())
    each = list(map(str, paths.values()))
    command, page = (
        json.loads(subprocess.run(line, capture_output=True, check=True).stdout)
        for line in (
            (sys.executable, "-c", READ, str(ENOUGH), *each),
            (shutil.which("node") or "node", str(SCRIPT), str(tmp_path)),
        )
    )
    for name, path in paths.items():
        for told in (command[path.name], page[path.name]):
            assert told.startswith("contents:"), name
            assert BOMBS[name][0] in told, (name, told)
