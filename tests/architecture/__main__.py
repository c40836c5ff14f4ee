"""Prints every breach of the laws and every untold refusal; exit status 1 if there is one."""

import sys
from pathlib import Path

from tests.architecture import refusals, source

ROOT = Path(__file__).resolve().parents[2]
CHECKS = (
    *source.LAWS.values(),
    refusals.uncatalogued,
    refusals.unused,
    refusals.badly_told,
    refusals.facts_missing,
)


def main() -> int:
    """Exit status."""
    found = [f"{check.__name__}: {line}" for check in CHECKS for line in check(ROOT)]
    for line in found:
        print(line)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
