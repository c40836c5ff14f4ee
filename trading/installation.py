"""One installation on one machine: its database, its processes, its ports.

`./dev run` starts one, and so do browser and fault tests, each in a state folder of its own.
"""

import fcntl
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import IO

import migrations
from kernel import postgres
from kernel.clock import installation
from kernel.cosigner.book import Book
from kernel.db import Database
from kernel.own_clock import OwnClock
from kernel.pure.checkpoints import ED25519, format_vkey
from kernel.secrets import Keys
from kernel.settings import Settings
from kernel.stamping import authority
from kernel.supervisor import Program, Supervisor

ROOT = Path(__file__).resolve().parents[1]
DATABASE = "sunbid"
SIMULATOR = "sunbid_simulator"
LISTENER = "sunbid_listener"
LINES = ("jiangsu", "prefix12")
DOORS = ("public", "upload", "bank", "cosigner", "stamping", "listener", *LINES)
FIRST_PORT = 8080
PORTS = "ports.json"
PATIENCE = 60.0
ATTEMPTS = 4

Prepare = Callable[[Settings], None]


class AlreadyRunning(RuntimeError):
    """Another process runs the installation of this state folder."""


class NotAnswering(RuntimeError):
    """A process did not answer in time; the message names its log."""


class Installation:
    """The processes of one state folder.

    `prepare` is called once the database is migrated and the bank answers, before the web starts:
    it must leave a founded installation. `fixed_ports` keeps the same ports between runs.
    `durable=False` lets PostgreSQL forget a power cut, for tests; `web_options` are gunicorn's.
    `web_processes` serve pages and sockets, each on a port of its own, the first at `url`.
    """

    def __init__(
        self,
        state_dir: Path,
        *,
        prepare: Prepare,
        database_url: str | None = None,
        fixed_ports: bool = False,
        durable: bool = True,
        echo: bool = False,
        web_options: tuple[str, ...] = (),
        web_processes: int = 1,
    ) -> None:
        self.state_dir = state_dir.resolve()
        self._prepare = prepare
        self._given = database_url
        self._fixed = fixed_ports
        self._web_options = web_options
        self._others = tuple(f"web-{number}" for number in range(2, web_processes + 1))
        self._server = postgres.Server(self.state_dir / "postgres", durable=durable)
        self._lock: IO[str] | None = None
        self.supervisor = Supervisor(self.state_dir / "logs", echo=echo)
        self.settings = Settings(database_url="", state_dir=self.state_dir)
        self._doors: dict[str, int] = {}

    @property
    def url(self) -> str:
        """Address of the pages."""
        return self.settings.public_url

    @property
    def web_urls(self) -> dict[str, str]:
        """Address of each web process, by its name."""
        others = {name: f"http://localhost:{self._doors[name]}" for name in self._others}
        return {"web": self.url, **others}

    def start(self) -> None:
        """Bring everything up and return when the first page answers.

        Raises AlreadyRunning, kernel.postgres.CannotStart or NotAnswering.
        """
        self._take_lock()
        try:
            programs = self._begin()
            serving = ("web", *self._others, "upload", "cosigner", "stamping", "listener", "worker")
            self.supervisor.start(*(programs[name] for name in serving))
            for name, url in self.web_urls.items():
                self.wait_for(name, url)
            self.wait_for("upload", self.settings.upload_url)
            self.wait_for("listener", self.settings.listener_url)
        except BaseException:
            self.stop()
            raise

    def found(self) -> None:
        """Let `prepare` found the installation and stop again, before any door opens."""
        self._take_lock()
        try:
            self._begin()
        finally:
            self.stop()

    def _begin(self) -> dict[str, Program]:
        """The database, the bank, and what `prepare` does; returns all programs."""
        self.settings = self._settle()
        migrations.upgrade(self.settings.database_url)
        programs = self._programs()
        self.supervisor.start(programs["bank"])
        self.wait_for("bank", self.settings.bank_url)
        self._prepare(self.settings)
        self._introduce()
        return programs

    def add(self, name: str, *command: str) -> None:
        """Have one more process run with the installation's settings."""
        self.supervisor.start(self._program(name, *command))

    def run(self, *command: str) -> None:
        """Run a command to its end with the installation's settings.

        Raises subprocess.CalledProcessError when it fails.
        """
        program = self._program("", *command)
        subprocess.run(
            program.command, cwd=program.folder, env=dict(program.environment), check=True
        )

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Kill one process by name (web, upload, worker, cosigner, …, postgres); it comes back."""
        if name == "postgres":
            self._server.kill()
            self._server.start()
        else:
            self.supervisor.kill(name, number)

    def stop(self) -> None:
        """End every process, the database last."""
        self.supervisor.stop()
        self._server.stop()
        if self._lock is not None:
            self._lock.close()
            self._lock = None

    def wait_for(self, name: str, address: str, seconds: float = PATIENCE) -> None:
        """Return once `address` answers at all; raises NotAnswering."""
        deadline = time.monotonic() + seconds
        while not answers(address):
            hopeless = self.supervisor.starts(name) >= ATTEMPTS
            if hopeless or time.monotonic() > deadline:
                log = self.state_dir / "logs" / f"{name}.log"
                words = log.read_text(errors="replace")[-2000:] if log.exists() else ""
                raise NotAnswering(f"{name} does not answer at {address}; {log} ends:\n{words}")
            time.sleep(0.05)

    def _take_lock(self) -> None:
        self.state_dir.mkdir(mode=0o755, parents=True, exist_ok=True)
        self._lock = lock(self.state_dir)

    def _settle(self) -> Settings:
        """Start or find the database, choose ports."""
        if self._given:
            server = main = own = self._given
            name = f"{main.partition('?')[0].rpartition('/')[2]}_simulator"
        else:
            self._server.start()
            server, name = self._server.url(), SIMULATOR
            main = self._server.url(DATABASE)
            own = self._server.url(DATABASE, user=LISTENER)
            if not postgres.database_exists(server, DATABASE):
                postgres.create_database(server, DATABASE)
        if not postgres.database_exists(server, name):
            postgres.create_database(server, name)
        ports = self._doors = self._ports()
        told = Settings(
            database_url=main,
            state_dir=self.state_dir,
            simulator_database_url=postgres.beside(server, name),
            public_url=f"http://localhost:{ports['public']}",
            upload_url=f"http://localhost:{ports['upload']}",
            bank_url=f"http://localhost:{ports['bank']}",
            other_urls=",".join(f"http://localhost:{ports[name]}" for name in self._others),
            listener_url=f"http://localhost:{ports['listener']}",
            listener_lines=",".join(f"{one}=tcp://localhost:{ports[one]}" for one in LINES),
            listener_database_url=own,
        )
        return self._witnessed(told, ports)

    def _witnessed(self, told: Settings, ports: dict[str, int]) -> Settings:
        """Found this machine's own cosigner and authority; the settings with both named."""
        name = f"sunbid/demo/cosigner/{os.urandom(4).hex()}"
        cosigner = Book(self.state_dir / "cosigner").found(name)
        stamping = self.state_dir / "stamping"
        authority.found(stamping, now=OwnClock().now())
        return replace(
            told,
            cosigners=f"{cosigner.vkey} http://localhost:{ports['cosigner']}",
            stamping_url=f"http://localhost:{ports['stamping']}",
            stamping_certificates=str(stamping / authority.ROOT),
        )

    def _introduce(self) -> None:
        """Tell the cosigner which log it may sign, now that one is founded."""
        database = Database(self.settings.database_url, pool_size=0)
        with database.reading() as session:
            origin = installation(session).log_origin
        database.dispose()
        key = Keys(self.settings.keys_dir).log_public_key
        Book(self.state_dir / "cosigner").trust(format_vkey(origin, ED25519, key))

    def _ports(self) -> dict[str, int]:
        doors = (*DOORS, *self._others)
        if not self._fixed:
            return dict(zip(doors, free_ports(len(doors)), strict=True))
        kept = self.state_dir / PORTS
        ports: dict[str, int] = json.loads(kept.read_text()) if kept.exists() else {}
        following = FIRST_PORT
        for door in doors:
            while door not in ports or not is_free(ports[door]):
                ports[door] = following
                following += 1
            following = max(following, ports[door] + 1)
        kept.write_text(json.dumps(ports))
        return ports

    def _programs(self) -> dict[str, Program]:
        upload = _port(self.settings.upload_url)
        granian = ("--interface", "wsgi", "--factory", "--workers", "1", "--no-ws", "--http", "1")
        programs = (
            *(self._web(name, _port(url)) for name, url in self.web_urls.items()),
            self._program(
                "upload",
                "granian",
                *granian,
                *("--blocking-threads", "8", "--log-level", "error"),
                *("--port", str(upload), "trading.bids.upload:create_app"),
            ),
            self._program("worker", "python", "-m", "trading.worker"),
            self._program("listener", "python", "-m", "escrow.listener"),
            self._program("bank", "python", "-m", "escrow.banks.simulator"),
            self._witness("cosigner"),
            self._witness("stamping"),
        )
        return {program.name: program for program in programs}

    def _web(self, name: str, port: int) -> Program:
        bind = ("--bind", f"127.0.0.1:{port}")
        return self._program(name, "gunicorn", *self._web_options, *bind, "wsgi:app")

    def _witness(self, name: str) -> Program:
        """A process of its own folder; the demonstration lends it its shifted time."""
        port, folder = self._doors[name], str(self.state_dir / name)
        clock = ("--clock", self.settings.public_url)
        return self._program(
            name, "python", "-m", f"kernel.{name}", folder, "--port", str(port), *clock
        )

    def _program(self, name: str, *command: str) -> Program:
        own = Path(sys.executable).with_name(command[0])
        first = str(own) if own.exists() else command[0]
        environment = {
            **self.settings.environment(),
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "PATH": os.pathsep.join((str(own.parent), self.settings.environment()["PATH"])),
        }
        return Program(name, (first, *command[1:]), environment, ROOT)


def lock(state_dir: Path) -> IO[str]:
    """Hold the state folder until the file is closed; raises AlreadyRunning with the address."""
    handle = (state_dir / "lock").open("a+")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        handle.close()
        kept = state_dir / PORTS
        at = f"http://localhost:{json.loads(kept.read_text())['public']}" if kept.exists() else ""
        raise AlreadyRunning(f"already running {at or f'in {state_dir}'}") from None
    return handle


def forget(state_dir: Path) -> None:
    """Remove everything an installation that is not running has kept, its ports excepted."""
    if not state_dir.exists():
        return
    with lock(state_dir):
        for path in state_dir.iterdir():
            if path.is_dir():
                shutil.rmtree(path)


def answers(address: str) -> bool:
    """Whether anything at all answers HTTP there."""
    try:
        urllib.request.urlopen(address, timeout=5).close()  # noqa: S310 - our own address
    except urllib.error.HTTPError as error:
        return error.code < 500
    except (OSError, ValueError):
        return False
    return True


def is_free(port: int) -> bool:
    """Whether a server could take the port, a connection of the last run notwithstanding."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_ports(count: int) -> list[int]:
    """Ports that nothing listens on at this moment."""
    probes = [socket.socket() for _ in range(count)]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _port(address: str) -> int:
    return int(address.rpartition(":")[2])
