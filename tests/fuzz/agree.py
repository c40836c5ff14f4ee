"""Two verifiers and any bundle: the command line's and the page's must name the same step."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

from tests.fuzz.cover import exchanged
from tests.fuzz.targets import whole_files, zipped
from verifier import bundle, steps
from verifier.failure import Failed

SCRIPT = Path(__file__).with_name("bundles.mjs")
BATCH = 40


def changed(chance: random.Random) -> bytes:
    """A whole bundle with one or two small faults in a file, its name, or the ZIP."""
    files = dict(whole_files())
    for _ in range(chance.choice((1, 1, 2))):
        name = chance.choice(sorted(files))
        kind = chance.random()
        if kind < 0.8:
            files[name] = exchanged(files[name], chance, often=1) or _flipped(files[name], chance)
        elif kind < 0.9:
            files[name] = _flipped(files[name], chance)
        elif kind < 0.95:
            del files[name]
        else:
            files[chance.choice(("x.json", name.replace("a", "b"), "../x"))] = files[name]
    whole = zipped(files)
    return _flipped(whole, chance) if chance.random() < 0.1 else whole


def _flipped(raw: bytes, chance: random.Random) -> bytes:
    if not raw:
        return b"x"
    at = chance.randrange(len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << chance.randrange(8)]) + raw[at + 1 :]


def by_command(path: Path) -> str:
    """What `./dev verify` says."""
    try:
        read = bundle.read(path)
    except Failed as failed:
        return f"contents: {failed}"
    return steps.run(read, lambda _: None) or "holds"


def differing(seed: int, folder: Path, count: int = BATCH) -> dict[str, tuple[str, str]]:
    """Bundles about which the two disagree, left in the folder; the others are removed."""
    told = {}
    for number in range(count):
        path = folder / f"{seed}-{number}.zip"
        path.write_bytes(changed(random.Random(seed * count + number)))
        told[path.name] = by_command(path)
    node = shutil.which("node") or "node"
    done = subprocess.run((node, str(SCRIPT), str(folder)), capture_output=True, check=True)
    page: dict[str, str] = json.loads(done.stdout)
    found = {}
    for name, ours in told.items():
        if ours.partition(":")[0] == page[name].partition(":")[0]:
            (folder / name).unlink()
        else:
            found[name] = (ours, page[name])
    return found


def main(seconds: float) -> bool:
    """Whether they agreed about everything for so long."""
    ends = time.monotonic() + seconds
    tried, found = 0, 0
    with tempfile.TemporaryDirectory() as scratch:
        seed = int(time.time())
        while time.monotonic() < ends:
            for name, (ours, page) in differing(seed, Path(scratch)).items():
                print(f"DIFFERS {name}\n  command: {ours[:200]}\n  page: {page[:200]}", flush=True)
                (Path(scratch) / name).unlink()
                found += 1
            seed, tried = seed + 1, tried + BATCH
    print(f"two verifiers: {tried} bundles, {found} named otherwise", flush=True)
    return found == 0
