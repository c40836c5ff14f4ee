"""`./dev python -m tests.escrow.simulation [COUNT] [FIRST]`: so many seeds, beginning with FIRST.

Prints every seed that fails, with its acts; the same number replays it.
"""

import shutil
import sys
import tempfile
import time
from pathlib import Path

import migrations
from kernel import postgres
from kernel.postgres import Server
from tests import scratch
from tests.conftest import found_demonstration
from tests.escrow.simulation.base import Base, prepared
from tests.escrow.simulation.seeds import Failed, run


def main(arguments: list[str]) -> int:
    """Exit status 1 when a seed fails."""
    count, first = (*(int(one) for one in arguments), *((1000, 0)[len(arguments) :]))
    folder = scratch.folder()
    server = Server(folder, durable=False)
    try:
        server.start()
        for name in ("platform", "banks"):
            postgres.create_database(server.url(), name)
        migrations.upgrade(server.url("platform"))
        found_demonstration(server.url("platform"))
        with (
            tempfile.TemporaryDirectory() as state,
            prepared(server.url("platform"), server.url("banks"), Path(state)) as base,
        ):
            return _live(base, range(first, first + count))
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


def _live(base: Base, seeds: range) -> int:
    began, acts, kills, journals, failed = time.monotonic(), 0, 0, 0, []
    for seed in seeds:
        if seed % 50 == 0 and seed > seeds.start:
            print(f"at seed {seed}, {time.monotonic() - began:.0f} s", flush=True)
        try:
            told = run(base, seed)
        except Failed as error:
            failed.append(seed)
            print(error, flush=True)
            continue
        acts, kills = acts + len(told.acts), kills + told.kills
        journals += told.journals
    seconds = time.monotonic() - began
    processor = time.process_time()
    print(
        f"{len(seeds)} seeds in {seconds:.1f} s ({len(seeds) / seconds:.1f}/s), {processor:.1f} s"
        f" of Python, {acts} acts,"
        f" {journals} journals, {kills} kills; failed: {failed or 'none'}"
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
