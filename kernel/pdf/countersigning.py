"""Further PAdES signatures on a sealed record, each an incremental revision, made by a browser.

The server prepares the revision and says which bytes are signed (the CMS signed attributes); the
signer's own key signs them elsewhere; the server puts the signature in. Nothing before is changed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from kernel.hub import off_hub


@dataclass(frozen=True, slots=True)
class Prepared:
    """A revision with room for its signature at `start` to `end`; `attributes` (DER) are signed."""

    pdf: bytes
    start: int
    end: int
    attributes: bytes


@dataclass(frozen=True, slots=True)
class Signer:
    """Whose certificate (DER chain, leaf first) signs, by which name, for what, at which time."""

    chain: tuple[bytes, ...]
    name: str
    reason: str
    at: datetime


def prepare(pdf: bytes, *, field: str, signer: Signer) -> Prepared:
    """The next revision of `pdf`, with an empty signature in a new field. About 40 ms."""
    from kernel.pdf import incremental

    return off_hub(lambda: incremental.prepare(pdf, field=field, signer=signer))


def complete(prepared: Prepared, *, chain: tuple[bytes, ...], signature: bytes) -> bytes:
    """The revision with its signature: raw r‖s, ECDSA-P256-SHA256 over `attributes`.

    The caller has verified it. Raises ValueError when it does not fit the room.
    """
    from kernel.pdf import incremental

    return off_hub(lambda: incremental.complete(prepared, chain=chain, signature=signature))
