"""Both databases of a world within one transaction each, which the end of the world rolls back.

Every transaction of the platform is a savepoint here; what is deferred to a commit is judged when
the savepoint closes. A fuse kills the "process" at a commit: just before it, or just after.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from sqlalchemy import Connection, create_engine, text
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from escrow.banks.simulator.book import Book
from kernel.db import Database

VIRTUAL_CLOCK = (
    "CREATE OR REPLACE FUNCTION public.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE"
    " AS $$ SELECT current_setting('world.wall')::timestamptz $$"
)
# Ours before PostgreSQL's own function of that name.
OPTIONS = "-c timezone=UTC -c search_path=public,pg_catalog -c world.wall=2026-11-22T01:00:00Z"
JUDGE_DEFERRED = text("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")


class Killed(BaseException):
    """The process is gone; whatever it had not committed is gone with it."""


def address(url: str) -> str:
    return url.replace("postgresql://", "postgresql+psycopg://", 1)


class OneConnection:
    """One connection, whose transaction is never committed until somebody does it by hand."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(
            address(url), poolclass=NullPool, connect_args={"options": OPTIONS}
        )
        self.connection: Connection | None = None

    def open(self) -> None:
        if self.connection is None:
            self.connection = self.engine.connect()

    def set_clock(self, wall: datetime) -> None:
        self.open()
        assert self.connection is not None
        self.connection.execute(
            text("SELECT set_config('world.wall', :wall, false)"), {"wall": wall.isoformat()}
        )

    def end(self) -> None:
        if self.connection is not None:
            self.connection.close()
            self.connection = None

    def session(self) -> Session:
        self.open()
        return Session(
            self.connection, join_transaction_mode="create_savepoint", expire_on_commit=False
        )


class OneDatabase(Database):
    """The platform's database. `fuse` counts transactions down to the one that kills."""

    def __init__(self, url: str) -> None:
        super().__init__(url, pool_size=0)
        self.world = OneConnection(url)
        self.fuse: int | None = None
        self.before_commit = False
        self.depth = 0

    @contextmanager
    def writing(self) -> Iterator[Session]:
        session = self.world.session()
        self.depth += 1
        burnt = self._burnt()
        try:
            yield session
            session.flush()
            session.execute(JUDGE_DEFERRED)
            if burnt and self.before_commit:
                raise Killed
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            self.depth -= 1
            session.close()
        if burnt:
            raise Killed

    @contextmanager
    def reading(self) -> Iterator[Session]:
        session = self.world.session()
        self.depth += 1
        try:
            yield session
            assert not session.new and not session.dirty and not session.deleted
        finally:
            self.depth -= 1
            session.close()

    def _burnt(self) -> bool:
        if self.fuse is None:
            return False
        self.fuse -= 1
        if self.fuse >= 0:
            return False
        self.fuse = None
        return True

    def dispose(self) -> None:
        self.world.end()
        super().dispose()


class OneBook(Book):
    """The simulated banks' database."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.world: OneConnection | None = None
        self._url = url

    def begin_world(self) -> None:
        self.world = OneConnection(self._url)

    @contextmanager
    def session(self) -> Iterator[Session]:
        if self.world is None:
            with super().session() as session:
                yield session
            return
        session = self.world.session()
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()
