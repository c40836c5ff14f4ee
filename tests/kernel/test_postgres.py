"""The embedded server keeps what was committed, whatever ends it."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from kernel import postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's own system user can enter."""
    path = Path(tempfile.mkdtemp(prefix="sunbid-test-", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path, ignore_errors=True)


def remember(server: postgres.Server) -> None:
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept (n int)")
        connection.execute("INSERT INTO kept VALUES (1)")


def remembered(server: postgres.Server) -> int:
    with psycopg.connect(server.url()) as connection:
        row = connection.execute("SELECT count(*) FROM kept").fetchone()
    assert row is not None
    return int(row[0])


def test_it_starts_again_after_a_stop_a_kill_and_a_lost_owner(folder: Path) -> None:
    server = postgres.Server(folder)
    server.start()
    try:
        remember(server)
        server.stop()
        assert not server.running()
        server.start()
        remember(server)
        server.kill()
        server.start()
        assert remembered(server) == 2
        # A second owner finds the first's server still running and takes its place.
        heir = postgres.Server(folder)
        heir.start()
        try:
            assert remembered(heir) == 2
            assert not server.running()
        finally:
            heir.stop()
    finally:
        server.stop()


def test_it_listens_on_no_network(folder: Path) -> None:
    server = postgres.Server(folder, durable=False)
    server.start()
    try:
        with psycopg.connect(server.url()) as connection:
            assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
            assert connection.execute("SHOW server_encoding").fetchone() == ("UTF8",)
    finally:
        server.stop()


def test_a_folder_with_a_long_name_still_gets_a_socket(folder: Path) -> None:
    deep = folder / ("x" * 60) / ("y" * 60)
    deep.mkdir(parents=True)
    server = postgres.Server(deep, durable=False)
    server.start()
    try:
        psycopg.connect(server.url()).close()
    finally:
        server.stop()


def test_databases_come_from_templates_and_go(postgres_url: str) -> None:
    assert not postgres.database_exists(postgres_url, "house_test")
    postgres.create_database(postgres_url, "house_test", template="template0")
    assert postgres.database_exists(postgres_url, "house_test")
    psycopg.connect(postgres.beside(postgres_url, "house_test")).close()
    postgres.drop_database(postgres_url, "house_test")
    assert not postgres.database_exists(postgres_url, "house_test")
