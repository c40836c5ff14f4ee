"""The slow lane: `./dev test --slow [MINUTES]` (15 if not told); green only if nothing is found.

Every reader of strangers' bytes: under Hypothesis, under atheris led by coverage, the browser's
readers under mutation, and both verifiers on changed bundles. What makes a fault is kept under
.state/fuzz.
"""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

from tests.fuzz import agree
from tests.fuzz.targets import TARGETS

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES_A_SECOND = 60
_EXECUTED = re.compile(r"stat::number_of_executed_units:\s*(\d+)")


def hypothesis(seconds: float) -> bool:
    """So many examples of each target as about fit into the time."""
    each = max(100, round(seconds / len(TARGETS) * EXAMPLES_A_SECOND))
    environment = {**os.environ, "SUNBID_EXAMPLES": str(each)}
    command = (sys.executable, "-m", "pytest", "tests/fuzz", "--timeout=0", "--no-header")
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False)
    print(f"hypothesis: {each} examples of each of {len(TARGETS)} readers", flush=True)
    return done.returncode == 0


def atheris(seconds: float, folder: Path) -> bool:
    """Each target in a process of its own, one after the other."""
    if importlib.util.find_spec("atheris") is None:
        print("atheris has no wheel for this machine: left out", flush=True)
        return True
    good = True
    each = max(5, round(seconds / len(TARGETS)))
    for target in TARGETS:
        kept = folder / target.name
        kept.mkdir(parents=True, exist_ok=True)
        command = (sys.executable, "-m", "tests.fuzz.cover", target.name, str(each), str(kept))
        done = subprocess.run(command, cwd=ROOT, capture_output=True, check=False)
        words = (done.stdout + done.stderr).decode(errors="replace")
        found = _EXECUTED.search(words)
        verdict = "ok" if done.returncode == 0 else f"FAULT, see {kept / 'faults'}"
        told = found.group(1) if found else "?"
        print(f"atheris {target.name}: {told} inputs in {each} s, {verdict}", flush=True)
        if done.returncode:
            print(words[-3000:], flush=True)
            good = False
    return good


def javascript(seconds: float) -> bool:
    """The browser's readers in Node."""
    command = (shutil.which("node") or "node", "tests/fuzz/readers.mjs", str(round(seconds)))
    return subprocess.run(command, cwd=ROOT, check=False).returncode == 0


def main(arguments: list[str]) -> int:
    """Exit status."""
    minutes = float(arguments[0]) if arguments else 15
    began, seconds = time.monotonic(), minutes * 60
    folder = Path(os.environ.get("SUNBID_STATE", ROOT / ".state")) / "fuzz"
    good = [
        hypothesis(seconds * 0.2),
        atheris(seconds * 0.5, folder),
        javascript(seconds * 0.1),
        agree.main(seconds * 0.2),
    ]
    words = "good" if all(good) else "FAILED (see above)"
    print(f"slow lane {words}, {time.monotonic() - began:.0f} s", flush=True)
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
