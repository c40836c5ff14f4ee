"""What is handed over for evaluation: one frozen value, so that trading's tables are never read.

招标投标法 40: the committee judges by the documents' method. Parts stay sealed until read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from evaluation.plans.rules import Plan
from kernel.pure.errors import Refused

COMMITMENT_BYTES = 32


@dataclass(frozen=True, slots=True)
class DossierPart:
    """One sealed part: its name, the envelope's header, where the ciphertext lies, its key.

    `header` are the exact bytes of the envelope's header (the same for every part of a bid),
    `cek` the 32-byte content key of this part.
    """

    name: str
    header: bytes
    blob_key: str
    cek: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Security:
    """What secures a bid (投标保证金, 投标保函), as escrow judged it: its outcome and words for it.

    `sound` is None while bank or issuer has not spoken; a bid whose security is not sound is
    rejected (评标委员会和评标方法暂行规定 25).
    """

    outcome: str
    word: str
    sound: bool | None

    def to_json(self) -> dict[str, Any]:
        """As it is kept and reported."""
        return {"outcome": self.outcome, "word": self.word, "sound": self.sound}


@dataclass(frozen=True, slots=True)
class DossierBid:
    """One opened bid; `related` are credit codes of its parent, managers and the like.

    `security` is None where the documents ask for none.
    """

    number: int
    bidder_ref: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    price_fen: int
    offer: Mapping[str, Any]
    related: tuple[str, ...] = ()
    draw_part: bytes | None = None
    security: Security | None = None
    parts: tuple[DossierPart, ...] = ()


@dataclass(frozen=True, slots=True)
class Dossier:
    """All that an evaluation needs to know of a lot. `*_ref` are opaque organisation ids."""

    lot_ref: UUID
    tender_ref: UUID
    centre_ref: UUID
    agency_ref: UUID
    tenderee_ref: UUID
    title: str
    number: str
    plan: Plan
    close_root: bytes
    ceiling_fen: int | None
    bids: tuple[DossierBid, ...]
    unopened: Mapping[bytes, bytes | None] = field(default_factory=dict)
    """Draw parts of listed bids that were not opened, by commitment; None if nothing rebuilds."""
    drawn: Mapping[str, str | None] = field(default_factory=dict)
    """What the hall drew for the plan's `draws`, by name: exact decimal text, or a commitment."""

    def check(self) -> None:
        """Refuse EVA-2501 when numbers or commitments repeat, or there are too few bids."""
        numbers = {bid.number for bid in self.bids}
        commitments = {bid.commitment for bid in self.bids}
        if len(numbers) < len(self.bids) or len(commitments) < len(self.bids):
            raise Refused("EVA-2501", what="投标序号或指纹重复")
        if any(len(each) != COMMITMENT_BYTES for each in (self.close_root, *commitments)):
            raise Refused("EVA-2501", what="指纹长度不对")
        if set(self.drawn) != {each.name for each in self.plan.draws}:
            raise Refused("EVA-2501", what="抽取的参数与评标办法不符")
        if len(self.bids) < self.plan.floor:
            raise Refused("EVA-2501", what=f"可评审的投标少于 {self.plan.floor} 家")
