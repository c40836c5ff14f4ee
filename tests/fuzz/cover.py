"""One target under atheris, led by coverage: `python -m tests.fuzz.cover TARGET SECONDS FOLDER`.

FOLDER keeps the inputs that reached something new, and what made a fault.
"""

from __future__ import annotations

import json
import random
import sys
from pathlib import Path
from typing import Any, Final

from tests.fuzz.mutations import paths

VALUES: Final[tuple[object, ...]] = (
    *(None, True, -1, 0, 1, 2**53 - 1, 2**53, 0.5, "", "0", "00" * 32, "00" * 65, "x" * 3000),
    *([], {}, [[]], "SBE/1", "open", "envelope", "withdrawal"),
)


def main(name: str, seconds: str, folder: str) -> None:
    """Ends with the process: the fuzzer does not return."""
    import atheris

    with atheris.instrument_imports(include=["kernel.pure", "verifier"]):
        from tests.fuzz.targets import TARGETS, run
    target = next(each for each in TARGETS if each.name == name)
    corpus, faults = Path(folder) / "corpus", Path(folder) / "faults"
    for place in (corpus, faults):
        place.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds()):
        (corpus / f"seed-{number}").write_bytes(seed)

    def one(data: bytes) -> None:
        run(target, data)

    def near(data: bytes, most: int, seed: int) -> bytes:
        other = exchanged(data, random.Random(seed))
        mutated: bytes = atheris.Mutate(data, most) if other is None else other
        return mutated[:most]

    flags = (f"-max_total_time={seconds}", f"-artifact_prefix={faults}/", "-max_len=70000")
    arguments = [sys.argv[0], *flags, "-rss_limit_mb=2048", "-print_final_stats=1", str(corpus)]
    atheris.Setup(arguments, one, custom_mutator=near)
    atheris.Fuzz()


def exchanged(data: bytes, chance: random.Random, *, often: float = 0.7) -> bytes | None:
    """JSON that stays canonical with another value somewhere: bytes alone rarely get that far.

    None when it is no JSON, and so often as told when it is.
    """
    head = data[:1] if data[:1] not in (b"{", b"[") else b""
    if chance.random() > often:
        return None
    try:
        value: Any = json.loads(data[len(head) :])
    except (ValueError, RecursionError):
        return None
    ways = paths(value)
    if not ways:
        return None
    *way, last = chance.choice(ways)
    place = value
    for step in way:
        place = place[step]
    if chance.random() < 0.2:
        del place[last]
    elif chance.random() < 0.3:
        place[last] = _at(value, chance.choice(ways))
    else:
        place[last] = chance.choice(VALUES)
    try:
        text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    except (ValueError, RecursionError):
        return None  # exchanged for what it lies in
    return head + text.encode("utf-8", "surrogatepass")


def _at(value: Any, way: tuple[str | int, ...]) -> Any:
    for step in way:
        value = value[step]
    return value


if __name__ == "__main__":
    main(*sys.argv[1:])
