"""Released scripts: the hash of everything a browser is served stands in the log.

Whoever serves a page's scripts could serve others to one bidder; docs/sealed-bid-envelope.md 15.
"""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import log
from kernel.clock import legal_now
from kernel.db import Base
from kernel.house import House
from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields

FORMAT = "sunbid scripts/1"
KIND = "scripts"
BUILT = Path(__file__).resolve().parents[1] / "static" / "dist" / "scripts.json"
MAX_FILES = 10_000


class ScriptRelease(Base):
    """One release as it was built: the list of its files, and its leaf. Append-only."""

    __tablename__ = "script_release"

    digest: Mapped[bytes] = mapped_column(primary_key=True)
    listing: Mapped[bytes]
    files: Mapped[int]
    leaf_id: Mapped[UUID]
    at: Mapped[datetime]


@dataclass(frozen=True, slots=True)
class Listing:
    """What a release serves: canonical text, its SHA-256, hash by path."""

    raw: bytes
    digest: bytes
    files: dict[str, bytes]


def read_listing(raw: bytes) -> Listing:
    """A listing from its exact bytes. Refuses ENV-1001, ENV-1002, LOG-1401 naming the field."""
    fields = Fields(jcs.parse(raw), code="LOG-1401")
    fields.choice("format", FORMAT)
    files: dict[str, bytes] = {}
    for each in fields.items("files", low=1, high=MAX_FILES):
        path = each.text("path", cap=400)
        if files and path <= max(files):
            raise Refused("LOG-1401", field="files")
        files[path] = each.hex("sha256", 32)
        each.done()
    fields.done()
    return Listing(raw, sha256(raw).digest(), files)


def publish(house: House, built: Path = BUILT) -> None:
    """Log the scripts that are served now, once for each release; nothing where none are built."""
    if not built.exists():
        return
    listing = read_listing(built.read_bytes())
    with house.database.writing() as session:
        if session.get(ScriptRelease, listing.digest) is None:
            _publish(session, listing)


def _publish(session: Session, listing: Listing) -> None:
    told = {"digest": listing.digest.hex(), "files": len(listing.files)}
    session.add(
        ScriptRelease(
            digest=listing.digest,
            listing=listing.raw,
            files=len(listing.files),
            leaf_id=log.append(session, KIND, told),
            at=legal_now(session),
        )
    )


def releases(session: Session) -> list[ScriptRelease]:
    """Every release, the newest first."""
    rows = session.scalars(select(ScriptRelease).order_by(ScriptRelease.at.desc()))
    return list(rows)


def release(session: Session, digest: bytes) -> ScriptRelease:
    """One release. Refuses LOG-3006."""
    found = session.get(ScriptRelease, digest)
    if found is None:
        raise Refused("LOG-3006")
    return found


def served_between(session: Session, start: int, end: int) -> list[dict[str, object]]:
    """Proofs of the releases in force while the log grew from leaf `start` to `end`.

    That is the last release before `start`, and every one until `end`, by their places.
    """
    found = [
        proof
        for row in session.scalars(select(ScriptRelease).order_by(ScriptRelease.at))
        if (proof := log.inclusion(session, row.leaf_id)) and proof.checkpoint.size <= end
    ]
    found.sort(key=lambda proof: proof.entry.index)
    before = [proof for proof in found if proof.entry.index < start][-1:]
    within = [proof for proof in found if proof.entry.index >= start]
    return [proof.as_json() for proof in (*before, *within)]
