"""PAdES signatures (ETSI EN 319 142, level B-B) with a centre's seal, and their verification.

The signing library takes half a second to load; a process that neither signs nor verifies, as web
processes mostly are, never loads it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from kernel.pdf.record import Rendered
from kernel.pdf.seal import Seal

if TYPE_CHECKING:
    from pyhanko.sign.timestamps import TimeStamper

__all__ = ["Seal", "SealCheck", "Unsigned", "apply_seal", "verify_seal"]


@dataclass(frozen=True, slots=True)
class SealCheck:
    """What verification found.

    `intact`: the signed bytes are unaltered; `trusted`: the chain ends in the given root and was
    valid at the time asked; `whole`: nothing was added after the last signature. Of several
    signatures the first is told; all have to hold, and `cosigners` names the later ones.
    """

    intact: bool
    trusted: bool
    whole: bool
    signer: str
    serial: str
    signed_at: datetime | None
    cosigners: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """All three hold."""
        return self.intact and self.trusted and self.whole


class Unsigned(Exception):
    """The file is no PDF, or carries no signature."""


def apply_seal(
    rendered: Rendered,
    *,
    seal: Seal,
    at: datetime,
    reason: str,
    stamper: TimeStamper | None = None,
) -> bytes:
    """Sign a rendered record as its centre, with the visible seal in the room left for it.

    `at` (aware) is the claimed time; `stamper` raises the level to B-T. About 60 ms of processor
    time and an event loop of its own: call it in the worker or on a thread, not on the hub.
    """
    from kernel.pdf import pades

    return pades.sign(rendered, seal=seal, at=at, reason=reason, stamper=stamper)


def verify_seal(pdf: bytes, *, root: bytes, at: datetime | None = None) -> SealCheck:
    """Verify the signatures of `pdf` against one root, offline, at `at` or the claimed time.

    Covers every byte outside the signature container, as PAdES does. Raises Unsigned when there is
    no signature. Never raises for a broken one: it reports one.
    """
    from kernel.pdf import pades

    return pades.verify(pdf, root=root, at=at)
