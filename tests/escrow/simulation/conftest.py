"""One prepared base for every world of a session."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from kernel import postgres
from tests.escrow.simulation.base import Base, prepared


@pytest.fixture(scope="session")
def base(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Base]:
    names = [f"test_{uuid4().hex[:12]}" for _ in range(2)]
    for name, origin in zip(names, (template, None), strict=True):
        postgres.create_database(postgres_url, name, template=origin)
    urls = [postgres.beside(postgres_url, name) for name in names]
    folder: Path = tmp_path_factory.mktemp("worlds")
    with prepared(urls[0], urls[1], folder) as made:
        yield made
    for name in names:
        postgres.drop_database(postgres_url, name)
