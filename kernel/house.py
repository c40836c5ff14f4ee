"""What every edge (web, socket, job) hands to an action: the house and one call into it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from kernel.blobs import BlobStore
from kernel.db import Database
from kernel.permissions import Actor
from kernel.secrets import Keys
from kernel.settings import Settings
from kernel.witnesses import Witnesses, told_by


@dataclass(frozen=True, slots=True)
class House:
    """The parts of one running installation."""

    settings: Settings
    database: Database
    blobs: BlobStore
    keys: Keys
    witnesses: Witnesses

    @classmethod
    def open(cls, settings: Settings, *, pool_size: int = 20) -> "House":
        """Open database, blob folder, keys and witnesses as the settings name them."""
        return cls(
            settings=settings,
            database=Database(settings.database_url, pool_size=pool_size),
            blobs=BlobStore(settings.blobs_dir),
            keys=Keys(settings.keys_dir),
            witnesses=told_by(settings),
        )


@dataclass(frozen=True, slots=True)
class Call:
    """One request, socket event or job: its transaction, who acts, the legal time it began."""

    session: Session
    actor: Actor
    now: datetime
    house: House
