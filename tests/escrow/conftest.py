"""An installation with its bank: listener, simulator as its own process, worker's rounds."""

import asyncio
import http.client
import json
import os
import socket
import subprocess
import sys
import threading
import time
import urllib.parse
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy.orm import Session
from werkzeug.serving import make_server

import escrow as escrow_package
import kernel
from escrow import features, public
from escrow.banks import jobs as bank_jobs
from escrow.listener.access import LINES
from escrow.listener.doors import Listener
from kernel import access, pages, postgres, views, web
from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import Call, House
from kernel.permissions import Account, PermissionTable, Role, System
from kernel.refusals import Catalogue
from kernel.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
PAYERS = [
    {"name": "霁川交通规划设计研究院有限公司", "account": "33010401", "kind": "basic"},
    {"name": "禾屿公路勘察设计（云澜）有限公司", "account": "33010402", "kind": "basic"},
    {"name": "澄怀工程设计咨询有限公司", "account": "33010403", "kind": "basic"},
    {"name": "云栖商贸有限公司", "account": "33010490", "kind": "company"},
    {"name": "梁砚舟", "account": "62220201", "kind": "personal"},
]
RICH = 5_000_000_00


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True, slots=True)
class Simulator:
    """The simulated bank, spoken to by its public API only."""

    url: str

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        address = urllib.parse.urlsplit(self.url)
        connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
        try:
            raw = None if body is None else json.dumps(body)
            connection.request(method, path, raw, {"Content-Type": "application/json"})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        assert answer.status < 400, (answer.status, content)
        return json.loads(content) if content else None

    def enrolments(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", "/api/enrolments")
        return found

    def master(self, code: str = "yunlan") -> str:
        """The number of our account at a bank."""
        [number] = [one["master_number"] for one in self.enrolments() if one["code"] == code]
        return str(number)

    def pay(
        self, payer: str, number: str, fen: int, *, booked_at: datetime | None = None
    ) -> dict[str, Any]:
        told: dict[str, Any] = {
            "payer_account": payer,
            "sub_account": number,
            "amount_fen": fen,
        }
        if booked_at is not None:
            told["booked_at"] = booked_at.isoformat()
        answer: dict[str, Any] = self.ask("POST", "/api/payments", told)
        return answer

    def fault(self, kind: str, *, times: int = 1, seconds: int = 0, bank: str = "yunlan") -> None:
        told = {"bank": bank, "kind": kind, "times": times, "seconds": seconds}
        self.ask("POST", "/api/faults", told)

    def book(self, account: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = self.ask("GET", f"/api/book?account={account}")
        return found

    def balance(self, account: str) -> int:
        return int(self.ask("GET", f"/api/accounts/{account}")["balance_fen"])


@dataclass(frozen=True, slots=True)
class Town:
    """Platform, bank and worker of one test."""

    house: House
    bank: Simulator

    @property
    def database(self) -> Database:
        return self.house.database

    def now(self) -> datetime:
        with self.database.reading() as session:
            return legal_now(session)

    def turn(self) -> None:
        """One round of everything the worker does for banks."""
        with self.database.writing() as session:
            call = Call(session, System("test"), legal_now(session), self.house)
            for tick in bank_jobs.jobs.ticks:
                tick.run(call)

    def until(self, holds: Callable[[Session], bool], *, seconds: float = 60) -> None:
        """Turn until it holds; fails after `seconds`."""
        end = time.monotonic() + seconds
        while True:
            self.turn()
            with self.database.reading() as session:
                if holds(session):
                    return
            assert time.monotonic() < end, "did not come to hold"
            time.sleep(0.1)

    def claim(self) -> public.SubAccount:
        with self.database.writing() as session:
            return public.claim_sub_account(session, bank="yunlan", now=legal_now(session))


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


@pytest.fixture
def platform(house: House) -> Flask:
    return platform_of(house)


@pytest.fixture(scope="module")
def shared_database(postgres_url: str, template: str) -> Iterator[Database]:
    """One database for a module whose tests keep to banks of their own."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=template)
    database = Database(postgres.beside(postgres_url, name), pool_size=4)
    yield database
    database.dispose()
    postgres.drop_database(postgres_url, name)


@pytest.fixture(scope="module")
def town(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Town]:
    """One bank for a module: enrolled, its payers in place, the pool filled."""
    names = [f"test_{uuid4().hex[:12]}" for _ in range(2)]
    for name, origin in zip(names, (template, None), strict=True):
        postgres.create_database(postgres_url, name, template=origin)
    urls = [postgres.beside(postgres_url, name) for name in names]
    settings = Settings(
        database_url=urls[0],
        state_dir=tmp_path_factory.mktemp("town"),
        simulator_database_url=urls[1],
        public_url=f"http://127.0.0.1:{free_port()}",
        bank_url=f"http://127.0.0.1:{free_port()}",
    )
    settings = with_listener(settings)
    house = House.open(settings, pool_size=4)
    with (
        simulator(settings) as bank,
        listening(platform_of(house), settings.public_url),
        listening_for_banks(settings),
    ):
        town = Town(house, bank)
        settle_in(town)
        yield town
    house.database.dispose()
    for name in names:
        postgres.drop_database(postgres_url, name)


def settle_in(town: Town) -> None:
    """Payers, enrolment, the first round."""
    town.bank.ask("PUT", "/api/payers", [{**one, "balance_fen": RICH} for one in PAYERS])
    with town.database.writing() as session:
        for enrolment in town.bank.enrolments()[:1]:
            public.register_bank(session, enrolment=enrolment, now=legal_now(session))
    town.turn()


def by_role(session: Session, cookie: str, now: datetime) -> Account | None:
    """Whoever shows a role's name as cookie acts in it: identity is not escrow's matter."""
    try:
        role = Role(cookie)
    except ValueError:
        return None
    return Account(uuid4(), uuid4(), role, "蒋闻", "云澜银行", uuid4(), "csrf")


def no_tickets(**_: Any) -> Any:
    raise AssertionError("escrow has no ticket routes")


def platform_of(house: House, *, read_account: web.AccountReader = by_role) -> Flask:
    """The kernel's edge with escrow's doors, as the application mounts them."""
    folder = Path(str(kernel.__file__)).parent
    app = Flask(
        "platform",
        static_folder=str(house.settings.static_dir),
        template_folder=str(folder / "templates"),
    )
    catalogues = (folder, Path(str(escrow_package.__file__)).parent)
    edge = web.Edge(
        house=house,
        table=PermissionTable([access.GRANTS, *features.GRANTS]),
        catalogue=Catalogue(path / "refusals.toml" for path in catalogues),
        read_account=read_account,
        read_ticket=no_tickets,
        cookie_name="sunbid",
    )
    pages.install(app, house.settings)
    web.mount(app, edge, [views.feature, *features.FEATURES])
    return app


@contextmanager
def listening(app: Flask, url: str) -> Iterator[None]:
    """The platform on its port."""
    port = urllib.parse.urlsplit(url).port or 0
    server = make_server("127.0.0.1", port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def with_listener(settings: Settings) -> Settings:
    """The settings with free addresses for a listener."""
    lines = ",".join(f"{one}=tcp://127.0.0.1:{free_port()}" for one in LINES)
    url = f"http://127.0.0.1:{free_port()}"
    return replace(settings, listener_url=url, listener_lines=lines)


@contextmanager
def listening_for_banks(settings: Settings) -> Iterator[None]:
    """The listener on its ports, in a loop and a thread of its own."""
    loop, stop = asyncio.new_event_loop(), asyncio.Event()
    serving = threading.Thread(
        target=lambda: loop.run_until_complete(Listener(settings).serve(stop))
    )
    serving.start()
    address = urllib.parse.urlsplit(settings.listener_url)
    try:
        _until_open(address.hostname or "", address.port or 0, serving)
        yield
    finally:
        loop.call_soon_threadsafe(stop.set)
        serving.join()
        loop.close()


def _until_open(host: str, port: int, serving: threading.Thread) -> None:
    end = time.monotonic() + 30
    while True:
        assert serving.is_alive() and time.monotonic() < end, "the listener did not start"
        try:
            socket.create_connection((host, port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return


@contextmanager
def simulator(settings: Settings) -> Iterator[Simulator]:
    """The bank as its own process."""
    environment = {
        **os.environ,
        "DATABASE_URL": settings.database_url,
        "SUNBID_STATE_DIR": str(settings.state_dir / "bank"),
        "SUNBID_SIMULATOR_DATABASE_URL": settings.simulator_database_url,
        "SUNBID_PUBLIC_URL": settings.public_url,
        "SUNBID_BANK_URL": settings.bank_url,
        "SUNBID_LISTENER_URL": settings.listener_url,
        "SUNBID_LISTENER_LINES": settings.listener_lines,
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "escrow.banks.simulator"], cwd=ROOT, env=environment
    )
    bank = Simulator(settings.bank_url)
    try:
        _wait_for(bank, process)
        yield bank
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(bank: Simulator, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        assert process.poll() is None, "the simulator ended"
        try:
            bank.ask("GET", "/health")
        except OSError:
            assert time.monotonic() < end, "the simulator did not start"
            time.sleep(0.1)
        else:
            return
