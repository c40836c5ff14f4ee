"""Bare web processes for the live benches: a founded database, one stream, nothing else running."""

import http.client
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import migrations
from kernel import clock, live, postgres
from kernel.db import Database
from kernel.ids import new_id
from kernel.postgres import Server
from kernel.settings import Settings
from kernel.supervisor import Program, Supervisor
from trading.installation import ROOT, answers, free_ports

TICK = os.sysconf("SC_CLK_TCK")
PATIENCE = 60.0
UNLIMITED = 1_000_000
GUNICORN = (str(Path(sys.executable).with_name("gunicorn")),)


@dataclass(frozen=True, slots=True)
class Hall:
    """A stream that anybody may follow, and the web processes that serve it: web-1 and on."""

    database: Database
    live_id: UUID
    urls: list[str]
    supervisor: Supervisor
    logs: Path

    @property
    def processes(self) -> list[int]:
        """Their process ids, web-1 first."""
        names = (f"web-{number}" for number in range(1, len(self.urls) + 1))
        return [pid for name in names if (pid := self.supervisor.pid(name)) is not None]

    def say(self, seq: int, text: str) -> None:
        """Append one event; its time is taken before anything else is done."""
        at = time.monotonic_ns()
        with self.database.writing() as session:
            live.append(session, self.live_id, "said", {"t": at, "n": seq, "text": text})


@contextmanager
def hall(
    server: Server, work: Path, *, processes: int = 1, burst: int = UNLIMITED, rate: int = 50
) -> Iterator[Hall]:
    """Our own web processes on a database of their own; `burst` and `rate` as the settings."""
    name = f"hall_{new_id().hex[:8]}"
    postgres.create_database(server.url(), name)
    url = server.url(name)
    migrations.upgrade(url)
    database = Database(url, pool_size=2)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
        live_id = live.open_session(session, kind="opening", ref=new_id())
    ports = free_ports(processes)
    urls = [f"http://localhost:{port}" for port in ports]
    settings = Settings(
        database_url=url,
        state_dir=work / name,
        public_url=urls[0],
        other_urls=",".join(urls[1:]),
        live_address_burst=burst,
        live_address_rate=rate,
    )
    logs = settings.state_dir / "logs"
    supervisor = Supervisor(logs)
    try:
        for number, port in enumerate(ports, start=1):
            command = (*GUNICORN, "--bind", f"127.0.0.1:{port}", "wsgi:app")
            environment = {**settings.environment(), "PYTHONPATH": str(ROOT)}
            supervisor.start(Program(f"web-{number}", command, environment, ROOT))
        for each in urls:
            wait_for(each)
        yield Hall(database, live_id, urls, supervisor, logs)
    finally:
        supervisor.stop()
        database.dispose()


def wait_for(url: str) -> None:
    """Return when anything answers; raises TimeoutError."""
    until = time.monotonic() + PATIENCE
    while not answers(url):
        if time.monotonic() > until:
            raise TimeoutError(f"nothing answers at {url}")
        time.sleep(0.1)


def post(url: str, body: bytes) -> None:
    """One POST on a connection of its own."""
    host, _, port = url.removeprefix("http://").partition(":")
    line = http.client.HTTPConnection("127.0.0.1" if host == "localhost" else host, int(port))
    line.request("POST", "/", body, {"Content-Type": "application/json"})
    line.getresponse().read()
    line.close()


def processor_seconds(pid: int) -> float:
    """Spent so far by a process and its children."""
    pids = [pid, *map(int, _children(pid))]
    fields = [Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split() for each in pids]
    return sum(int(each[11]) + int(each[12]) for each in fields) / TICK


def _children(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
