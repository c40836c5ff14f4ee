"""Words that are stored: the database allows exactly what the code can say, and they never change.

A word once written stays in rows, digests and messages; renaming a member must not rename it.
"""

import re

import pytest
from sqlalchemy import Enum, text

from escrow import features
from escrow.interest.terms import published_terms
from kernel.db import Base, Database

assert features.FEATURES
# Escrow's own: a run of all tests knows the other packages' tables too.
OWN = {
    mapper.local_table.name  # type: ignore[attr-defined]
    for mapper in Base.registry.mappers
    if mapper.class_.__module__.startswith("escrow.")
}
TABLES = sorted(
    name
    for name, table in Base.metadata.tables.items()
    if name in OWN and any(isinstance(column.type, Enum) for column in table.columns)
)


def test_the_database_allows_exactly_the_words_of_the_code(shared_database: Database) -> None:
    with shared_database.reading() as session:
        rows = session.execute(
            text(
                "SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint"
                " WHERE contype = 'c'"
            )
        ).all()
    allowed: dict[str, list[set[str]]] = {}
    for table, definition in rows:
        if " = ANY (" in definition or " IN (" in definition:
            allowed.setdefault(table, []).append(set(re.findall(r"'([^']*)'::", definition)))
    missing = [
        (name, column.name)
        for name in TABLES
        for column in Base.metadata.tables[name].columns
        if isinstance(column.type, Enum)
        and column.type.create_constraint
        and set(column.type.enums) not in allowed.get(name, [])
    ]
    assert len(TABLES) > 10 and missing == []


@pytest.mark.parametrize("bank", sorted(published_terms()))
def test_every_table_of_terms_reads(bank: str) -> None:
    assert published_terms()[bank].rates
