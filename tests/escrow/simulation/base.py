"""What every world starts from: enrolled banks with numbers in the pool, payers, made once."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from flask import Flask
from sqlalchemy import select, text

from escrow.banks import actions as bank_actions
from escrow.banks.reaching import reach
from escrow.banks.simulator.app import create_app
from escrow.banks.simulator.book import BankState
from escrow.banks.simulator.dialects import enrolment
from escrow.banks.simulator.houses import house
from escrow.banks.simulator.tills import add_payers, till
from escrow.bookings.seals import worker_key
from escrow.deposits import actions as deposits
from escrow.ledger.models import Bank
from escrow.public import line_key
from kernel.blobs import BlobStore
from kernel.house import House
from kernel.secrets import Keys
from kernel.settings import Settings
from kernel.witnesses import told_by
from tests.escrow.simulation.connections import VIRTUAL_CLOCK, OneBook, OneConnection, OneDatabase
from tests.escrow.simulation.wire import ORIGIN, Wire, joined

START = datetime.fromisoformat("2026-11-22T09:00:00+08:00")
NUMBERS = 12
RICH = 10**12
FILES = "file_drop"
"""Works in rounds through folders, beside every wire."""
OWN_ACCOUNTS = {
    "33010401": "霁川交通规划设计研究院有限公司",
    "33010402": "禾屿公路勘察设计(云澜)有限公司",
    "33010403": "澄怀工程设计咨询ABC有限公司",
    "33010404": "松壑工程检测有限公司",
}
COMPANY, PERSON = "33010490", "62220201"


@dataclass(frozen=True, slots=True)
class Base:
    """Both databases as prepared, and the processes' insides."""

    house: House
    database: OneDatabase
    book: OneBook
    app: Flask
    ports: dict[int, str]
    codes: tuple[str, ...]


@contextmanager
def prepared(platform_url: str, book_url: str, folder: Path) -> Iterator[Base]:
    """Banks enrolled and committed; every world begins here and leaves nothing behind."""
    database, book = OneDatabase(platform_url), OneBook(book_url)
    settings = Settings(database_url=platform_url, state_dir=folder, bank_url=ORIGIN)
    keys = Keys(settings.keys_dir)
    blobs = BlobStore(settings.blobs_dir)
    house = House(settings, database, blobs, keys, told_by(settings))
    app = create_app(settings, book)
    with database.writing() as session:
        session.execute(text(VIRTUAL_CLOCK))
    _commit(database.world)
    codes, ports = _open_banks(book, keys)
    base = Base(house, database, book, app, ports, codes)
    wire = Wire(app, book, ports, lambda: database.depth, lambda: None, set())
    book.begin_world()
    with joined(wire):
        _enrol(base)
    assert book.world is not None
    _commit(database.world)
    _commit(book.world)
    book.world = None
    try:
        yield base
    finally:
        database.dispose()
        book.engine.dispose()


def _commit(world: OneConnection) -> None:
    """Only here what was done on a world's connection is kept."""
    assert world.connection is not None
    world.connection.commit()
    world.end()


def _open_banks(book: OneBook, keys: Keys) -> tuple[tuple[str, ...], dict[int, str]]:
    ports: dict[int, str] = {}
    with book.session() as session:
        session.execute(text(VIRTUAL_CLOCK))
        for number, state in enumerate(
            session.scalars(select(BankState).order_by(BankState.code)), start=1
        ):
            state.port, state.partner_key = number, line_key(keys)
            ports[number] = state.code
        payers = [(number, name, "basic", RICH) for number, name in OWN_ACCOUNTS.items()]
        payers += [
            (COMPANY, "云栖商贸有限公司", "company", RICH),
            (PERSON, "梁砚舟", "personal", RICH),
        ]
        add_payers(till(session, "yunlan"), payers)
        codes = tuple(code for code in ports.values() if house(code).dialect != FILES)
    return codes, ports


def _enrol(base: Base) -> None:
    for code in base.codes:
        with base.book.session() as book:
            told = enrolment(till(book, code), ORIGIN)
        with base.database.writing() as session:
            bank_id = bank_actions.register_bank(session, enrolment=told, now=START)
            bank_actions.publish_sealing_key(session, worker_key(base.house.keys), now=START)
            bank = session.get_one(Bank, bank_id)
            gateway = reach(session, bank, base.house.keys)
        numbers = gateway.open_sub_accounts(NUMBERS)
        with base.database.writing() as session:
            deposits.open_sub_accounts(session, bank, numbers)


def chance_of(seed: int) -> random.Random:
    """The one source of a world's chances."""
    return random.Random(f"escrow world {seed}")
