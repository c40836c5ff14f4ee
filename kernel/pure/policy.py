"""The policy a bid is sealed under: documents, time and trustees as the logged notice fixes them.

招标投标法 24、28、34 条：文件、截止时间、开标条件由招标公告确定，封标时即固定。
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.hkdf import labelled_hash

LABEL: Final = b"SBE/1 policy"
MAX_TRUSTEES: Final = 15
MAX_PANEL: Final = 15

Seats = tuple[tuple[int, bytes], ...]
"""Pairs (index from 1, raw 65-byte P-256 key) in index order."""


class HolderLock(StrEnum):
    """Whether a bid needs its bidder (or the bidder's recovery) to be opened."""

    BIDDER = "bidder"
    COMMITTEE_ONLY = "committee_only"


@dataclass(frozen=True, slots=True)
class Rescue:
    """The panel that may stand in for a bidder who lost key and code: any `threshold` of it."""

    threshold: int
    panel: Seats

    def to_json(self) -> dict[str, object]:
        """The policy's object for the panel."""
        return {"panel": _seats_json(self.panel), "threshold": self.threshold}


@dataclass(frozen=True, slots=True)
class Policy:
    """The frozen terms of sealing for one lot and notice version.

    `documents` is the 32-byte digest of the tender documents, `deadline` UTC text with seconds and
    Z, `threshold` the m of m-of-n, `rescue` None where the documents allow no panel.
    """

    tender: str
    lot: str
    version: int
    documents: bytes
    deadline: str
    floor: int
    threshold: int
    trustees: Seats
    holder_lock: HolderLock = HolderLock.BIDDER
    rescue: Rescue | None = None

    def to_json(self) -> dict[str, object]:
        """The object whose canonical text is digested, logged and carried in headers."""
        return {
            "deadline": self.deadline,
            "documents": self.documents.hex(),
            "floor": self.floor,
            "holder_lock": self.holder_lock.value,
            "lot": self.lot,
            "rescue": self.rescue.to_json() if self.rescue else None,
            "tender": self.tender,
            "threshold": self.threshold,
            "trustees": _seats_json(self.trustees),
            "version": self.version,
        }

    def digest(self) -> bytes:
        """SHA-256("SBE/1 policy" ‖ JCS): the context's policy_digest."""
        return labelled_hash(LABEL, jcs.canonical(self.to_json()))

    @classmethod
    def from_json(cls, value: object) -> Policy:
        """Read and check. Refuses ENV-1003 naming the field, ENV-1011."""
        return read_policy(Fields(value, code="ENV-1003", where="policy"))


def read_policy(fields: Fields) -> Policy:
    """Read one policy object strictly. Refuses with the reader's own code, ENV-1011."""
    trustees = _read_seats(fields, "trustees", MAX_TRUSTEES)
    policy = Policy(
        tender=fields.uuid("tender"),
        lot=fields.uuid("lot"),
        version=fields.integer("version", 1, 10_000),
        documents=fields.hex("documents", 32),
        deadline=fields.text(
            "deadline", pattern=r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z"
        ),
        floor=fields.integer("floor", 1, 100),
        threshold=fields.integer("threshold", 1, len(trustees)),
        trustees=trustees,
        holder_lock=HolderLock(fields.choice("holder_lock", *HolderLock)),
        rescue=fields.optional("rescue", lambda name: _read_rescue(fields.inner(name))),
    )
    fields.done()
    check_panel(policy)
    return policy


def check_panel(policy: Policy) -> None:
    """No key has two seats, so the panel are other people than the trustees. Refuses ENV-1011."""
    if policy.rescue is not None and policy.holder_lock is HolderLock.COMMITTEE_ONLY:
        raise Refused("ENV-1011", what="committee_only")
    panel = policy.rescue.panel if policy.rescue else ()
    keys = [key for _, key in policy.trustees + panel]
    if len(set(keys)) != len(keys):
        raise Refused("ENV-1011", what="key")


def _read_rescue(fields: Fields) -> Rescue:
    panel = _read_seats(fields, "panel", MAX_PANEL)
    rescue = Rescue(fields.integer("threshold", 1, len(panel)), panel)
    fields.done()
    return rescue


def _read_seats(fields: Fields, name: str, high: int) -> Seats:
    seats = []
    for number, seat in enumerate(fields.items(name, low=1, high=high), start=1):
        seats.append((seat.integer("index", number, number), seat.hex("key", 65)))
        seat.done()
    return tuple(seats)


def _seats_json(seats: Seats) -> list[dict[str, object]]:
    return [{"index": index, "key": key.hex()} for index, key in seats]
