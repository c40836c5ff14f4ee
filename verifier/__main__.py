"""`python -m verifier BUNDLE.zip`: exit 0 when every step holds, else 1 and the step's name."""

from __future__ import annotations

import sys
from hashlib import sha256
from pathlib import Path
from typing import Final

from verifier import bundle, steps
from verifier.failure import Failed

KEY_BYTES: Final = 32
"""A key is shown as it is; a certificate, which is longer, by its SHA-256."""


def main(arguments: list[str]) -> int:
    """Check one bundle and tell each step."""
    if len(arguments) != 1:
        print("usage: verify BUNDLE.zip", file=sys.stderr)
        return 2
    try:
        opened = bundle.read(Path(arguments[0]))
    except Failed as failed:
        print(f"FAILED contents: {failed}")
        return 1
    print("ok contents")
    for who, key in _keys(opened):
        print(f"key {key.hex() if len(key) == KEY_BYTES else sha256(key).hexdigest()} {who}")
    failure = steps.run(opened, lambda name: print(f"ok {name}"))
    if failure is not None:
        print(f"FAILED {failure}")
        return 1
    print(f"verified: lot {opened.lot}, {len(opened.opened)} bids opened{_after(opened)}")
    return 0


def _keys(opened: bundle.Bundle) -> list[tuple[str, bytes]]:
    """What everything rests on, and no step can judge: compare with what is published elsewhere."""
    log = opened.log
    told = [(f"log {log.name}", log.key), ("platform", opened.platform)]
    told += [(f"cosigner {name}", key) for name, key in log.cosigners]
    return told + [("stamping", der) for der in log.stamping]


def _after(opened: bundle.Bundle) -> str:
    """How far beyond the opening the bundle reaches."""
    if opened.evaluation is None:
        return ""
    told = f", {len(opened.evaluation.facts['result']['ranking'])} ranked"
    return f"{told}, awarded" if opened.award is not None else told


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
