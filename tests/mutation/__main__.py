"""`./dev python -m tests.mutation [MODULE...]`: every small wrong change, and the tests.

Without a module: all of `targets.toml`. Prints what lived; the share of the killed among those that
are not listed as equal (docs/mutation-escrow.md) must reach 95 %.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any, Final

from kernel import postgres
from kernel.postgres import Server
from tests import scratch
from tests.mutation.plugin import ROOT, parsed

TARGETS: Final = Path(__file__).with_name("targets.toml")
LIMIT_SECONDS: Final = 120


def targets() -> dict[str, list[str]]:
    """Modules and the tests that must notice their mutants."""
    told = tomllib.loads(TARGETS.read_text("utf-8"))["target"]
    return {one["module"]: one["tests"] for one in told}


def main(arguments: list[str]) -> int:
    """Exit status 1 when a module's tests fail unchanged."""
    known = targets()
    folder = scratch.folder()
    server = Server(folder, durable=False)
    try:
        server.start()
        environment = {**os.environ, "DATABASE_URL": server.url(), **_template(server)}
        for module in arguments or list(known):
            found = _mutated(module, known[module], environment)
            _report(module, found)
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
    return 0


def _template(server: Server) -> dict[str, str]:
    import migrations
    from tests.conftest import found_demonstration

    postgres.create_database(server.url(), "mutation")
    url = server.url("mutation")
    migrations.upgrade(url)
    found_demonstration(url)
    return {"SUNBID_TEST_TEMPLATE": "mutation"}


def _mutated(module: str, tests: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as answers:
        told = {"SUNBID_MUTATED": module, "SUNBID_MUTATION_ANSWERS": answers.name}
        subprocess.run(
            _pytest(tests), cwd=ROOT, env={**environment, **told}, check=True, stdout=sys.stderr
        )
        found = [json.loads(line) for line in answers]
    for number, one in enumerate(parsed(module)[1]):
        if one.within is None:
            one_by_one = {"SUNBID_MUTATED": module, "SUNBID_MUTANT": str(number)}
            told = {"module": module, "number": str(number)}
            fate = _alone(tests, {**environment, **one_by_one})
            found.append({**told, "line": one.line, "words": one.words, "fate": fate})
    return sorted(found, key=lambda one: (one["line"], int(one["number"])))


def _alone(tests: list[str], environment: dict[str, str]) -> str:
    try:
        done = subprocess.run(
            [*_pytest(tests), "-x"],
            cwd=ROOT,
            env=environment,
            check=False,
            capture_output=True,
            timeout=LIMIT_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return "endless"
    return "lived" if done.returncode == 0 else "killed"


def _pytest(tests: list[str]) -> list[str]:
    plugins = ("-p", "tests.mutation.plugin", "-p", "no:xdist", "--timeout=60")
    return [sys.executable, "-m", "pytest", *plugins, *tests]


def _report(module: str, found: list[dict[str, Any]]) -> None:
    fates = Counter(one["fate"] for one in found)
    dead = fates["killed"] + fates["endless"]
    print(f"{module}: {dead} of {len(found)} killed, {time.strftime('%H:%M:%S')}", flush=True)
    for one in found:
        if one["fate"] in ("lived", "unreached"):
            print(f"  {one['fate']} :{one['line']} {one['words']}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
