"""The policy a bid is sealed under: documents, time and trustees as the logged notice fixes them.

招标投标法 24、28、34 条：文件、截止时间、开标条件由招标公告确定，封标时即固定。
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.pure import jcs
from kernel.pure.fields import Fields
from kernel.pure.hkdf import labelled_hash

LABEL: Final = b"SBE/1 policy"
MAX_TRUSTEES: Final = 15


class HolderLock(StrEnum):
    """Whether a bid needs its bidder (or the bidder's recovery) to be opened."""

    BIDDER = "bidder"
    COMMITTEE_ONLY = "committee_only"


@dataclass(frozen=True, slots=True)
class Policy:
    """The frozen terms of sealing for one lot and notice version.

    `documents` is the 32-byte digest of the tender documents, `deadline` UTC text with seconds and
    Z, `trustees` pairs (index from 1, raw 65-byte P-256 key) in index order, `threshold` the m of
    m-of-n.
    """

    tender: str
    lot: str
    version: int
    documents: bytes
    deadline: str
    floor: int
    threshold: int
    trustees: tuple[tuple[int, bytes], ...]
    holder_lock: HolderLock = HolderLock.BIDDER

    def to_json(self) -> dict[str, object]:
        """The object whose canonical text is digested, logged and carried in headers."""
        return {
            "deadline": self.deadline,
            "documents": self.documents.hex(),
            "floor": self.floor,
            "holder_lock": self.holder_lock.value,
            "lot": self.lot,
            "tender": self.tender,
            "threshold": self.threshold,
            "trustees": [{"index": index, "key": key.hex()} for index, key in self.trustees],
            "version": self.version,
        }

    def digest(self) -> bytes:
        """SHA-256("SBE/1 policy" ‖ JCS): the context's policy_digest."""
        return labelled_hash(LABEL, jcs.canonical(self.to_json()))

    @classmethod
    def from_json(cls, value: object) -> Policy:
        """Read and check. Refuses ENV-1003 naming the field."""
        return read_policy(Fields(value, code="ENV-1003", where="policy"))


def read_policy(fields: Fields) -> Policy:
    """Read one policy object strictly. Refuses with the reader's own code."""
    trustees = []
    for number, seat in enumerate(fields.items("trustees", low=1, high=MAX_TRUSTEES), start=1):
        trustees.append((seat.integer("index", number, number), seat.hex("key", 65)))
        seat.done()
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
        trustees=tuple(trustees),
        holder_lock=HolderLock(fields.choice("holder_lock", *HolderLock)),
    )
    fields.done()
    return policy
