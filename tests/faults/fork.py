"""One prepared world that is run more than once from the same first moment.

Both runs start from copies of one state folder: the same rows, keys, logins and ports. Legal time
stands still in them, but for the steps a run takes: what differs was done in the run.
"""

import json
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import psycopg

from kernel import scripts
from kernel.clock import clock_timestamp, installation
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity.rules import cookie_name, with_check_character
from kernel.permissions import Role
from kernel.settings import Settings
from tests import scratch
from tests.faults.puppets import Puppets
from tests.faults.world import World, until
from trading import worker
from trading.demo import bank, single
from trading.demo.cast import Account, Cast, Organisation, Person, cast
from trading.installation import DOORS, PORTS, Installation

MORE_BIDDERS = tuple(range(5, 12))
STILL = (
    "CREATE TABLE still_clock (at timestamptz NOT NULL)",
    "INSERT INTO still_clock SELECT date_trunc('minute', legal_now()) + interval '1 minute'",
    """CREATE OR REPLACE FUNCTION legal_now() RETURNS timestamptz LANGUAGE sql VOLATILE AS
    $$ SELECT at FROM still_clock $$""",
    # The listener asks for the time too, under a role that may do little else.
    "GRANT SELECT ON still_clock TO PUBLIC",
)


@dataclass(frozen=True, slots=True)
class Run:
    """A world that runs, and the logins its officials have had since before the fork."""

    world: World
    lot: UUID
    cookies: dict[str, str]

    def go(self, to: datetime) -> None:
        """Step legal time forward and let what has fallen due happen."""
        self.world.advance(to)
        with psycopg.connect(self.world.house.database.url) as connection:
            connection.execute("UPDATE still_clock SET at = %s", (to,))
        until(self._is_idle, "due work")

    def _is_idle(self) -> bool:
        waiting = "SELECT 1 FROM due_work WHERE state = 'waiting' AND due_at <= legal_now()"
        untold = "SELECT 1 FROM outbox_event WHERE NOT fanned_out"
        return not self.world.rows(f"{waiting} UNION ALL {untold} LIMIT 1")


@dataclass(frozen=True, slots=True)
class Fork:
    """Copies of one state folder, none of which has run yet."""

    lot: UUID
    cookies: dict[str, str]
    folders: tuple[Path, ...]

    @contextmanager
    def run(self, number: int) -> Iterator[Run]:
        """All processes on one of the copies."""
        running = Installation(
            self.folders[number], prepare=_nothing, fixed_ports=True, durable=False
        )
        running.start()
        house = House.open(running.settings, pool_size=4)
        puppets = Puppets(running)
        try:
            yield Run(World(running, house, puppets, {}), self.lot, self.cookies)
        finally:
            puppets.stop()
            house.database.dispose()
            running.stop()


@contextmanager
def forked(name: str, logins: tuple[str, ...], *, hours_before: float) -> Iterator[Fork]:
    """A world of one lot, that many hours before its deadline, twice."""
    above = scratch.folder()
    first, second = above / "first", above / "second"
    first.mkdir(mode=0o755)
    (first / PORTS).write_text(json.dumps(dict(zip(DOORS, _free_ports(), strict=True))))
    told, lots, cookies = many_bidders(), {}, {}

    def prepare(settings: Settings) -> None:
        house = House.open(settings, pool_size=2)
        lots.update(single.publish(house, (name,), timedelta(hours=hours_before), told))
        _set_banks_clock(settings)
        bank.connect(house, told, only=("yunlan",))
        _settle(house)
        cookies.update(_enter(house, logins))
        with psycopg.connect(settings.database_url) as connection:
            for statement in STILL:
                connection.execute(statement)
        house.database.dispose()

    try:
        Installation(first, prepare=prepare, fixed_ports=True, durable=False).found()
        subprocess.run(("cp", "-a", first, second), check=True)
        yield Fork(lots[name], cookies, (first, second))
    finally:
        shutil.rmtree(above, ignore_errors=True)


def many_bidders() -> Cast:
    """The demonstration's cast with seven bidders more."""
    told = cast()
    companies = tuple(
        Organisation(
            key=f"bidder{no}",
            name=f"平行第{no}工程设计有限公司",
            credit_code=with_check_character(f"91330326MA29000{no:02d}"),
            account=Account(number=f"33010401600009990{no:02d}", bank="云澜银行营业部"),
        )
        for no in MORE_BIDDERS
    )
    people = tuple(
        Person(f"bidder-{no}", f"甲{no}", f"bidder{no}", Role.BIDDER, None, None)
        for no in MORE_BIDDERS
    )
    return replace(told, organisations=told.organisations + companies, people=told.people + people)


def _set_banks_clock(settings: Settings) -> None:
    """They ask the web for the time, which is not up yet: else they would tell of days ahead."""
    with psycopg.connect(settings.database_url) as connection:
        [(ahead,)] = connection.execute("SELECT clock_offset FROM installation").fetchall()
    with psycopg.connect(settings.simulator_database_url) as connection:
        connection.execute("UPDATE book_clock SET ahead = %s", (ahead,))


def _settle(house: House) -> None:
    """What an installation does once by itself is done before the fork."""
    scripts.publish(house)
    for _ in range(2):
        for tick in worker.ticks():
            worker.run_tick(house, tick)
        worker.drain(house)
    worker.sequence(house)


def _enter(house: House, logins: tuple[str, ...]) -> dict[str, str]:
    """Cookies of people who log in now."""
    with house.database.writing() as session:
        name = cookie_name(installation(session).id)
        found = {
            login: identity.log_in_demo(
                session, login=login, by_person=True, now=clock_timestamp(session)
            )
            for login in logins
        }
    return {login: f"{name}={one.token}" for login, one in found.items()}


def _free_ports() -> list[int]:
    probes = [socket.socket() for _ in DOORS]
    try:
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]
    finally:
        for probe in probes:
            probe.close()


def _nothing(_settings: Settings) -> None:
    """The copy is founded already."""
