"""`./dev test`: the checks, JavaScript's tests, then Python's; green only if all are.

Arguments go to pytest (`./dev test -k receipts`), and then the checks are left out; `--slow` runs
the slow lane instead (tests/fuzz), `--storm MINUTES [SEED]` the storm over running processes for
that long (tests/faults/test_storm.py).
"""

import os
import subprocess
import sys
import time

from tests import check

PYTEST = (sys.executable, "-m", "pytest")


def javascript() -> bool:
    """Every tests/**/*.test.mjs by Node's own runner; none found is a failure too."""
    files = sorted(str(path) for path in (check.ROOT / "tests").rglob("*.test.mjs"))
    if not files:
        print("FAILED node: no tests found", flush=True)
        return False
    command = ("node", "--test", "--test-reporter=dot", *files)
    done = subprocess.run(command, cwd=check.ROOT, check=False)
    print(f"{'ok' if done.returncode == 0 else 'FAILED'} node, {len(files)} files", flush=True)
    return done.returncode == 0


def python(arguments: list[str]) -> bool:
    """pytest, whose summary closes the run."""
    return subprocess.run((*PYTEST, *arguments), cwd=check.ROOT, check=False).returncode == 0


def storm(minutes: str, seed: str = "") -> bool:
    """Ever other scenarios, each from the seed it prints; the first from `seed`."""
    told = {"SUNBID_STORM_MINUTES": minutes, "SUNBID_STORM_SEED": seed}
    command = (*PYTEST, "tests/faults/test_storm.py", "-s")
    done = subprocess.run(command, cwd=check.ROOT, env={**os.environ, **told}, check=False)
    return done.returncode == 0


def main(arguments: list[str]) -> int:
    """Exit status."""
    if arguments[:1] == ["--slow"]:
        from tests.fuzz.__main__ import main as fuzz

        return fuzz(arguments[1:])
    if arguments[:1] == ["--storm"]:
        return 0 if storm(*arguments[1:]) else 1
    if arguments:
        return 0 if python(arguments) else 1
    began = time.monotonic()
    good = [check.run_all(), javascript()]
    words = "are good" if all(good) else "FAILED (see above)"
    print(f"checks and JavaScript {words}, {time.monotonic() - began:.0f} s", flush=True)
    # Whole files on two workers: a file's tests share its running installation.
    good.append(
        python(["-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--durations=15"])
    )
    return 0 if all(good) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
