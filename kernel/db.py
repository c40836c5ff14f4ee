"""The database and its one transaction edge: nothing else in the house opens or commits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    DateTime,
    Enum,
    LargeBinary,
    MetaData,
    Text,
    Uuid,
    create_engine,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, MappedColumn, Session, mapped_column
from sqlalchemy.pool import NullPool, QueuePool

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


OPTIONS = "-c timezone=UTC -c lock_timeout=30s"


class Base(DeclarativeBase):
    """Declarative base: UUID keys, aware timestamps, text, bytea and JSONB by annotation."""

    metadata = MetaData(naming_convention=NAMING)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: DateTime(timezone=True),
        UUID: Uuid(),
        bytes: LargeBinary(),
        dict[str, Any]: JSONB(),
        list[Any]: JSONB(),
        str: Text(),
        int: BigInteger(),
    }


def enum_column(
    kind: type[StrEnum], *, check: str | None = None, **options: Any
) -> MappedColumn[Any]:
    """A StrEnum kept as text under a CHECK, so that a wrong state cannot be stored.

    `check` names the constraint where one table holds the same enumeration twice.
    """
    words = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind.__name__)
    return mapped_column(
        Enum(
            kind,
            name=check or words.lstrip("_"),
            native_enum=False,
            create_constraint=True,
            length=64,
            values_callable=lambda members: [member.value for member in members],
        ),
        **options,
    )


def append_only(table: str) -> tuple[str, ...]:
    """SQL statements for a migration: refuse UPDATE, DELETE and TRUNCATE on `table`."""
    refuse = "EXECUTE FUNCTION refuse_change()"
    row = f"BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    whole = f"BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"
    return (
        f"CREATE TRIGGER {table}_append_only {row}",
        f"CREATE TRIGGER {table}_no_truncate {whole}",
    )


class Database:
    """One PostgreSQL database; `writing` and `reading` are the only doors to it.

    With `role` everything is done with that role's rights instead of the login's own.
    """

    def __init__(self, url: str, *, pool_size: int = 20, role: str = "") -> None:
        address = url.replace("postgresql://", "postgresql+psycopg://", 1)
        pool: dict[str, Any] = (
            {"poolclass": QueuePool, "pool_size": pool_size, "max_overflow": 20}
            if pool_size
            else {"poolclass": NullPool}
        )
        self.url = url
        self.engine = create_engine(
            address,
            pool_pre_ping=True,
            connect_args={"options": OPTIONS + (f" -c role={role}" if role else "")},
            # Driver errors would otherwise repeat bound values in logs.
            hide_parameters=True,
            **pool,
        )

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One read-write transaction, committed when the block ends without an exception."""
        session = Session(self.engine, expire_on_commit=False)
        try:
            yield session
            session.commit()
        except BaseException:
            session.rollback()
            raise
        finally:
            session.close()

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """One transaction in which PostgreSQL itself refuses every write.

        All its queries see one moment: a page told of event 76 and of the stage before it would
        wait for ever for what it believes to have heard.
        """
        session = Session(self.engine, expire_on_commit=False)
        try:
            session.connection(
                execution_options={
                    "isolation_level": "REPEATABLE READ",
                    "postgresql_readonly": True,
                }
            )
            yield session
        finally:
            # Closing rolls back and leaves what was read readable.
            session.close()

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()
