"""One PostgreSQL server per session, one migrated template, one fresh copy per test."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import FileSystemBytecodeCache

import migrations
from kernel import clock, postgres
from kernel.db import Database
from kernel.ids import new_id
from kernel.settings import Settings
from tests import scratch

Fresh = Callable[[], str]

# Every test builds the application anew; templates are the same and compiled once.
COMPILED = tempfile.TemporaryDirectory(prefix="sunbid-templates-")
Flask.jinja_options = {"bytecode_cache": FileSystemBytecodeCache(COMPILED.name)}

# No test asserts a time; a loaded machine is no failure.
hypothesis.settings.register_profile("sunbid", deadline=None)
hypothesis.settings.load_profile("sunbid")


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A server that may create databases: DATABASE_URL, or an embedded one for this session."""
    if given := os.environ.get("DATABASE_URL"):
        yield given
        return
    folder = scratch.folder()
    server = postgres.Server(folder, durable=False)
    try:
        server.start()
        yield server.url()
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def template(postgres_url: str) -> Iterator[str]:
    """Name of a database at the newest revision, founded as a demonstration."""
    if given := os.environ.get("SUNBID_TEST_TEMPLATE"):
        yield given
        return
    name = f"template_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name)
    url = postgres.beside(postgres_url, name)
    migrations.upgrade(url)
    found_demonstration(url)
    yield name
    postgres.drop_database(postgres_url, name)


def found_demonstration(url: str) -> None:
    """Found a migrated database as a demonstration whose clock runs with the wall."""
    database = Database(url, pool_size=0)
    with database.writing() as session:
        clock.found(session, demo=True, offset=timedelta(0), id=new_id())
    database.dispose()


def _lend(server: str, template: str | None) -> Iterator[Fresh]:
    lent: list[str] = []

    def fresh() -> str:
        name = f"test_{uuid4().hex[:12]}"
        postgres.create_database(server, name, template=template)
        lent.append(name)
        return postgres.beside(server, name)

    yield fresh
    for name in lent:
        postgres.drop_database(server, name)


@pytest.fixture
def fresh_database(postgres_url: str, template: str) -> Iterator[Fresh]:
    """Makes URLs of migrated databases, for a test that needs more than one."""
    yield from _lend(postgres_url, template)


@pytest.fixture
def empty_database(postgres_url: str) -> Iterator[Fresh]:
    """Makes URLs of empty databases: the bank simulator's book, tests of migrations."""
    yield from _lend(postgres_url, None)


@pytest.fixture
def database(fresh_database: Fresh) -> Iterator[Database]:
    """A fresh, migrated demonstration database."""
    database = Database(fresh_database(), pool_size=4)
    yield database
    database.dispose()


@pytest.fixture
def settings(database: Database, tmp_path: Path) -> Settings:
    """Settings of an installation of its own, on the test's database."""
    return Settings(database_url=database.url, state_dir=tmp_path)


@pytest.fixture
def app(settings: Settings) -> Flask:
    """The whole application, as the web process builds it."""
    from trading.app import create_app

    return create_app(settings)


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without cookies yet."""
    return app.test_client()


@pytest.fixture
def unfounded(postgres_url: str, empty_database: Fresh) -> Iterator[Database]:
    """A migrated database in which nothing has been founded yet."""
    url = empty_database()
    migrations.upgrade(url)
    database = Database(url, pool_size=4)
    yield database
    database.dispose()
