"""One linear history of the schema, applied by `upgrade`."""

import importlib
import pkgutil
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import MetaData

from kernel.db import Base

PACKAGES = ("kernel", "evaluation", "escrow", "trading")
KERNEL_TABLES = ("clock", "jobs", "outbox", "live", "log", "blobs", "testimony", "scripts")


def configuration(url: str) -> Config:
    """Alembic's configuration for one database; the URL stays out of files and interpolation."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    config.attributes["url"] = url
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to `revision`; waits for another process doing the same."""
    command.upgrade(configuration(url), revision)


def metadata() -> MetaData:
    """Every table the code declares, with all model modules imported."""
    for name in KERNEL_TABLES:
        importlib.import_module(f"kernel.{name}")
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, f"{package}."):
            if module.name.rpartition(".")[2].endswith("models"):
                importlib.import_module(module.name)
    return Base.metadata
