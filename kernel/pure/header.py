"""The header of a sealed envelope SBE/1: its values and their JSON form.

docs/sealed-bid-envelope.md is the specification; `envelope.py` holds the mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.policy import Policy

FORMAT: Final = "SBE/1"
SUITE: Final = 1
STAGES: Final = 2
MAX_HEADER: Final = 64 * 1024
CHUNK: Final = 1024 * 1024
TAG: Final = 16
SMALL: Final = 64 * 1024
"""Padded size of the structured parts `identity` and `opening`."""
MAX_PART: Final = 8 * 1024**3
WRAP_BYTES: Final = 64 + TAG
LOCK_BYTES: Final = 32 + TAG
_CLASS_BITS: Final = 4


class PartName(StrEnum):
    """Parts in the order in which a header names them."""

    IDENTITY = "identity"
    OPENING = "opening"
    TECHNICAL = "technical"
    COMMERCIAL = "commercial"
    ATTACHMENTS = "attachments"


REQUIRED: Final = (PartName.IDENTITY, PartName.OPENING)


@dataclass(frozen=True, slots=True)
class Context:
    """What every key of an envelope is bound to."""

    envelope_id: str
    tender: str
    lot: str
    stage: int
    pseudonym: str
    sequence: int
    policy_digest: str
    suite: int = SUITE

    def to_json(self) -> dict[str, object]:
        """The canonicalised object."""
        return {
            "envelope_id": self.envelope_id,
            "lot": self.lot,
            "policy_digest": self.policy_digest,
            "pseudonym": self.pseudonym,
            "sequence": self.sequence,
            "stage": self.stage,
            "suite": self.suite,
            "tender": self.tender,
        }

    def canonical(self) -> bytes:
        """JCS bytes, the `context` of HKDF and HPKE."""
        return jcs.canonical(self.to_json())


@dataclass(frozen=True, slots=True)
class Part:
    """One sealed part: padded plaintext size, key salt, key commitment, tree over ciphertext."""

    name: PartName
    size_class: int
    salt: bytes
    key_commitment: bytes
    chunk_count: int
    merkle_root: bytes

    def to_json(self) -> dict[str, object]:
        """The header's object for this part."""
        return {
            "chunk_count": self.chunk_count,
            "key_commitment": self.key_commitment.hex(),
            "merkle_root": self.merkle_root.hex(),
            "name": self.name.value,
            "salt": self.salt.hex(),
            "size_class": self.size_class,
        }

    @property
    def sealed_size(self) -> int:
        """Bytes of ciphertext with one tag for each chunk."""
        return self.size_class + self.chunk_count * TAG


@dataclass(frozen=True, slots=True)
class Wrap:
    """One trustee's two shares, sealed to that trustee, with the SHA-256 of each share."""

    index: int
    enc: bytes
    ciphertext: bytes
    list_share: bytes
    open_share: bytes

    def to_json(self) -> dict[str, object]:
        """The header's object for this trustee."""
        return {
            "ciphertext": self.ciphertext.hex(),
            "enc": self.enc.hex(),
            "index": self.index,
            "list_share": self.list_share.hex(),
            "open_share": self.open_share.hex(),
        }


@dataclass(frozen=True, slots=True)
class BidKeyLock:
    """s_holder sealed to the bidder's own bid key."""

    key: bytes
    enc: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class RecoveryLock:
    """s_holder sealed under a printed recovery code."""

    salt: bytes
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class RescueWrap:
    """One panel member's share of s_holder, sealed to that member, with the share's SHA-256."""

    index: int
    enc: bytes
    ciphertext: bytes
    share: bytes


@dataclass(frozen=True, slots=True)
class RescueLock:
    """s_holder shared over the rescue panel: there only with the bidder's consent."""

    threshold: int
    wraps: tuple[RescueWrap, ...]

    def wrap(self, index: int) -> RescueWrap | None:
        """The wrap of member `index`, None outside the panel."""
        return next((wrap for wrap in self.wraps if wrap.index == index), None)


@dataclass(frozen=True, slots=True)
class SecretHashes:
    """SHA-256 of s_list, s_open and s_holder."""

    list: bytes
    open: bytes
    holder: bytes


@dataclass(frozen=True, slots=True)
class Header:
    """A parsed header; `raw` are its exact, canonical, signed bytes."""

    raw: bytes
    context: Context
    previous_commitment: bytes | None
    commitment_salt: bytes
    signing_key: bytes
    policy: Policy
    secrets: SecretHashes
    draw_part_hash: bytes
    parts: tuple[Part, ...]
    wraps: tuple[Wrap, ...]
    threshold: int
    bid_key: BidKeyLock | None
    recovery: RecoveryLock | None
    rescue: RescueLock | None

    def part(self, name: PartName) -> Part | None:
        """The part of that name, None when the envelope has none."""
        return next((part for part in self.parts if part.name == name), None)

    def wrap(self, index: int) -> Wrap | None:
        """The wrap of trustee `index`, None outside the committee."""
        return next((wrap for wrap in self.wraps if wrap.index == index), None)


def size_class(content: int, *, small: bool = False) -> int:
    """Padded plaintext size for `content` bytes (8 bytes of length included).

    Small parts have one class of 64 KiB; others eight classes to each doubling, in whole MiB, so
    padding costs at most an eighth above 8 MiB. Refuses ENV-1008 when no class is large enough.
    """
    needed = content + 8
    if small:
        if not 8 <= needed <= SMALL:
            raise Refused("ENV-1008", what="size", size=content)
        return SMALL
    if not 8 <= needed <= MAX_PART:
        raise Refused("ENV-1008", what="size", size=content)
    step = max(CHUNK, 1 << max((needed - 1).bit_length() - _CLASS_BITS, 0))
    return -(-needed // step) * step


def chunk_count(padded: int) -> int:
    """Chunks of 1 MiB that hold a padded part."""
    return max(1, -(-padded // CHUNK))
