"""Alembic's environment: one transaction per revision, under a lock, never waiting for ever."""

from alembic import context
from sqlalchemy import create_engine, pool, text

from kernel.db import Base

ADVISORY_LOCK = 0x53756E626964  # "Sunbid"
OPTIONS = "-c timezone=UTC -c lock_timeout=10s -c statement_timeout=10min"


def run() -> None:
    url: str = context.config.attributes["url"]
    engine = create_engine(
        url.replace("postgresql://", "postgresql+psycopg://", 1),
        poolclass=pool.NullPool,
        connect_args={"options": OPTIONS},
    )
    with engine.connect() as guard, engine.connect() as connection:
        # Held by a session of its own, so that it outlives every revision's transaction.
        guard.execute(text("SELECT pg_advisory_lock(:lock)"), {"lock": ADVISORY_LOCK})
        context.configure(
            connection=connection,
            # Only for its naming convention: revisions name constraints as models do.
            target_metadata=Base.metadata,
            transaction_per_migration=True,
        )
        with context.begin_transaction():
            context.run_migrations()
    engine.dispose()


run()
