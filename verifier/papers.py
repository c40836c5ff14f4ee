"""The small papers of a bundle as values: proofs, receipts, the close, refusals.

Shapes: docs/sealed-bid-envelope.md 9 and 11.1; reading.py reads them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Proof:
    """A leaf's text, its place, and the path to the root of a signed checkpoint."""

    leaf: str
    index: int
    tree_size: int
    path: tuple[bytes, ...]
    checkpoint: str


@dataclass(frozen=True, slots=True)
class Witnessed:
    """A checkpoint's note with the cosigners' lines and the stamp that came for it."""

    note: str
    cosignatures: tuple[str, ...]
    stamp: bytes | None


@dataclass(frozen=True, slots=True)
class Receipt:
    """A receipt, or a refusal with its `code` and time; `message` is what the platform signed."""

    commitment: bytes
    proof: Proof
    witnessed: Witnessed
    message: bytes
    platform_signature: bytes
    code: str | None = None
    at: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """A supervisor's word on a late close."""

    lot: str
    checkpoint: bytes
    manifest: bytes
    verdict: str
    chain: tuple[bytes, ...]
    message: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Close:
    """The close checkpoint, δ in seconds, the decision where it was late."""

    witnessed: Witnessed
    delta: int
    decision: Decision | None
    consistency: Mapping[int, tuple[bytes, ...]]


@dataclass(frozen=True, slots=True)
class RefusedRelease:
    """A trustee's release that did not hold; told without its shares."""

    trustee: int
    stage: str
    code: str
    at: str
    proof: Proof


@dataclass(frozen=True, slots=True)
class Declined:
    """A trustee's signed refusal to release; `value` is the whole object."""

    lot: str
    manifest: bytes
    trustee: int
    value: Mapping[str, Any]
    message: bytes
    signature: bytes
    proof: Proof


@dataclass(frozen=True, slots=True)
class Refusals:
    """Everything that was refused about a lot, under one last checkpoint."""

    submissions: tuple[Receipt, ...]
    releases: tuple[RefusedRelease, ...]
    declined: tuple[Declined, ...]
    checkpoint: str
    consistency: Mapping[int, tuple[bytes, ...]]
