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
from functools import partial
from pathlib import Path
from typing import Any, Final

# Imported before anything is forked: what takes long and is not changed.
import cryptography.x509
import flask
import lxml.etree
import psycopg
import pytest
import sqlalchemy.orm

from kernel import postgres
from kernel.postgres import Server
from tests import scratch
from tests.mutation.plugin import ROOT, change_at_import, fate_of, parsed

TARGETS: Final = Path(__file__).with_name("targets.toml")
LIMIT_SECONDS: Final = 120
PRELOADED: Final = (cryptography.x509, flask, lxml.etree, psycopg, sqlalchemy.orm)


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
    """Made by a process of its own: nothing that may be changed is imported here."""
    postgres.create_database(server.url(), "mutation")
    made = f"""import migrations; from tests.conftest import found_demonstration as found
url = {server.url("mutation")!r}; migrations.upgrade(url); found(url)"""
    subprocess.run([sys.executable, "-c", made], cwd=ROOT, check=True)
    return {"SUNBID_TEST_TEMPLATE": "mutation"}


def _mutated(module: str, tests: list[str], environment: dict[str, str]) -> list[dict[str, Any]]:
    with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as answers:
        told = {"SUNBID_MUTATED": module, "SUNBID_MUTATION_ANSWERS": answers.name}
        command = [sys.executable, "-m", "pytest", *_arguments(tests)]
        subprocess.run(
            command, cwd=ROOT, env={**environment, **told}, check=True, stdout=sys.stderr
        )
        found = [json.loads(line) for line in answers]
    for number, one in enumerate(parsed(module)[1]):
        if one.within is None:
            fate = fate_of(partial(_fails, module, number, tests, environment), LIMIT_SECONDS)
            told = {"module": module, "words": one.words, "fate": fate}
            found.append({**told, "number": number, "line": one.line})
    return sorted(found, key=lambda one: (one["line"], one["number"]))


def _fails(module: str, number: int, tests: list[str], environment: dict[str, str]) -> bool:
    """In a fork that has imported nothing of ours yet but this."""
    os.chdir(ROOT)
    os.environ.update(environment)
    change_at_import(module, number)
    return pytest.main([*_arguments(tests), "-x"]) != 0


def _arguments(tests: list[str]) -> list[str]:
    return ["-p", "tests.mutation.plugin", "-p", "no:xdist", "--timeout=600", *tests]


def _report(module: str, found: list[dict[str, Any]]) -> None:
    fates = Counter(one["fate"] for one in found)
    dead = fates["killed"] + fates["endless"]
    print(f"{module}: {dead} of {len(found)} killed, {time.strftime('%H:%M:%S')}", flush=True)
    for one in found:
        if one["fate"] in ("lived", "unreached"):
            print(f"  {one['fate']} :{one['line']} {one['words']}", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
