"""The schema the revisions build is the schema the models declare."""

from collections.abc import Callable

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

import migrations
from kernel.db import Database


def test_models_and_migrations_agree(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, migrations.metadata()) == []


def test_history_is_one_line() -> None:
    script = ScriptDirectory.from_config(migrations.configuration("postgresql://"))
    revisions = [revision.revision for revision in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True)
    assert len(script.get_bases()) == len(script.get_heads()) == 1


def test_upgrading_twice_changes_nothing(empty_database: Callable[[], str]) -> None:
    url = empty_database()
    migrations.upgrade(url)
    migrations.upgrade(url)
    with Database(url, pool_size=0).engine.connect() as connection:
        assert connection.scalar(text("SELECT count(*) FROM alembic_version")) == 1
