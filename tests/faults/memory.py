"""What processes hold in memory: every readable page of /proc/<pid>/mem, searched for plain text.

Needs the right to trace: root, or one's own processes where the kernel lets a parent look.
"""

import base64
import json
import os
import re
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PROC = Path("/proc")
WINDOW = 1 << 20
OVERLAP = 256
_MAP = re.compile(r"([0-9a-f]+)-([0-9a-f]+) (r\S{3}) ([0-9a-f]+) (\S+) (\d+) *(.*)")


@dataclass(slots=True)
class Scan:
    """One process: its command, bytes searched, and which of the needles stand in them."""

    pid: int
    command: str
    size: int = 0
    found: set[bytes] = field(default_factory=set)


def text_needles(value: str) -> list[bytes]:
    """A text as programs hold it: UTF-8, UTF-16 (JavaScript, Python), escaped, hex, base64."""
    raw = value.encode()
    forms = [raw, value.encode("utf-16-le"), json.dumps(value)[1:-1].encode(), raw.hex().encode()]
    for before in range(3):
        whole = base64.b64encode(bytes(before) + raw)
        forms.append(whole[-(-before * 8 // 6) : (before + len(raw)) * 8 // 6])
    return forms


def family(roots: Iterable[int]) -> list[int]:
    """The processes and all that they started."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        if entry.name.isdigit() and (told := _read(entry / "stat")):
            parent = int(told.rpartition(b")")[2].split()[1])
            children.setdefault(parent, []).append(int(entry.name))
    found: list[int] = []
    waiting = sorted(set(roots))
    while waiting:
        pid = waiting.pop()
        if pid not in found:
            found.append(pid)
            waiting += children.get(pid, [])
    return found


def of_folder(folder: Path) -> list[int]:
    """All processes of an installation: those that were given its state folder, and PostgreSQL."""
    given = [
        int(entry.name)
        for entry in PROC.iterdir()
        if entry.name.isdigit() and os.fsencode(folder) in _read(entry / "environ")
    ]
    lines = _read(folder / "postgres" / "data" / "postmaster.pid").split()
    return sorted(set(family([*given, *(int(line) for line in lines[:1])])))


def scan(pids: Iterable[int], needles: Iterable[bytes]) -> list[Scan]:
    """Search each process; memory that several share is searched with the first of them.

    A process that ends meanwhile is left out. Raises PermissionError.
    """
    wanted = sorted(set(needles))
    assert wanted and not any(b"\n" in needle or len(needle) < 6 for needle in wanted)
    seen: set[tuple[str, ...]] = set()
    with tempfile.NamedTemporaryFile() as patterns:
        patterns.write(b"".join(needle + b"\n" for needle in wanted))
        patterns.flush()
        scans = [_scan(pid, patterns.name, seen) for pid in pids]
    return [found for found in scans if found is not None]


def _scan(pid: int, patterns: str, seen: set[tuple[str, ...]]) -> Scan | None:
    words = _read(PROC / str(pid) / "cmdline").decode(errors="replace").split("\0")
    told = Scan(pid, " ".join(word.rpartition("/")[2] for word in words).strip()[:60])
    # One pass for all needles, in C; a window a line, for grep holds a whole line.
    with tempfile.TemporaryFile() as found:
        with subprocess.Popen(
            ("grep", "-aoF", "-f", patterns),
            stdin=subprocess.PIPE,
            stdout=found,
            env={"LC_ALL": "C", "PATH": os.environ["PATH"]},
        ) as searcher:
            assert searcher.stdin is not None
            try:
                for window in _memory(pid, seen):
                    told.size += len(window)
                    searcher.stdin.write(window + b"\n")
            except (ProcessLookupError, FileNotFoundError):
                return None
        found.seek(0)
        told.found = set(found.read().splitlines())
    return told


def _memory(pid: int, seen: set[tuple[str, ...]]) -> Iterator[bytes]:
    """All that a process may read but its program files, in overlapping windows without zeros."""
    with (PROC / str(pid) / "mem").open("rb", buffering=0) as memory:
        for start, end in _regions(pid, seen):
            for at in range(start, end, WINDOW):
                try:
                    memory.seek(at)
                    window = memory.read(min(WINDOW + OVERLAP, end - at))
                except (OSError, OverflowError):
                    continue
                if window.count(0) < len(window):
                    yield window


def _regions(pid: int, seen: set[tuple[str, ...]]) -> Iterator[tuple[int, int]]:
    for line in (PROC / str(pid) / "maps").read_text().splitlines():
        found = _MAP.match(line)
        if found is None:
            continue
        start, end, rights, offset, device, inode, name = found.groups()
        of_a_file = inode != "0" and not name.startswith(("/dev/", "/SYSV", "/memfd:"))
        if name in ("[vvar]", "[vvar_vclock]", "[vsyscall]") or (of_a_file and "w" not in rights):
            continue
        shared = (device, inode, offset, str(int(end, 16) - int(start, 16)))
        if rights.endswith("s"):
            if shared in seen:
                continue
            seen.add(shared)
        yield int(start, 16), int(end, 16)


def _read(path: Path) -> bytes:
    """A file of /proc; nothing where the process has gone or is somebody else's."""
    try:
        return path.read_bytes()
    except (FileNotFoundError, PermissionError, ProcessLookupError):
        return b""
