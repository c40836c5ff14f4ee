"""`./dev check`: formats, lint, strict types, import contracts, laws, JavaScript, side by side."""

import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PYTHON = Path(sys.executable).parent
NODE = ROOT / "node_modules" / ".bin"
AT_ONCE = 2


@dataclass(frozen=True, slots=True)
class Check:
    """One command that must succeed."""

    name: str
    command: tuple[str | Path, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a check ended: `status` 0 is good; `output` is what it said."""

    name: str
    status: int
    output: str
    seconds: float


# Longest first, so that the last one to end began early.
CHECKS = (
    Check("types", (PYTHON / "mypy",)),
    Check("imports", (PYTHON / "lint-imports", "--no-cache")),
    Check("laws", (sys.executable, "-m", "tests.architecture")),
    Check("javascript types", (NODE / "tsc",)),
    Check("javascript lint", (NODE / "eslint", "--max-warnings=0", ".")),
    Check("javascript format", (NODE / "prettier", "--check", "--log-level=warn", ".")),
    Check("python lint", (PYTHON / "ruff", "check", "--quiet", ".", "dev")),
    Check("python format", (PYTHON / "ruff", "format", "--check", "--quiet", ".", "dev")),
)


def run(check: Check) -> Outcome:
    """Run one check; a check that cannot start has failed."""
    began = time.monotonic()
    try:
        done = subprocess.run(
            check.command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        status, output = done.returncode, done.stdout
    except OSError as error:
        status, output = 127, f"cannot run: {error}\n"
    return Outcome(check.name, status, output, time.monotonic() - began)


def run_all() -> bool:
    """Run every check, print one line each and the words of those that failed."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = list(pool.map(run, CHECKS))
    for outcome in outcomes:
        verdict = "ok" if outcome.status == 0 else "FAILED"
        print(f"{verdict:6} {outcome.name} ({outcome.seconds:.1f} s)", flush=True)
        if outcome.status:
            print(outcome.output, flush=True)
    return all(outcome.status == 0 for outcome in outcomes)


if __name__ == "__main__":
    sys.exit(0 if run_all() else 1)
