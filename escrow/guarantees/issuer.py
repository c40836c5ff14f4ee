"""What every issuer of guarantees must do for us. Adapters are transport and codec only.

Before a list the platform passes on sealed questions that it cannot read; afterwards it asks, gives
back and claims in its own name, each under a key that is never used for two things.
"""

from dataclasses import dataclass
from typing import Any, Final, Protocol

from escrow.guarantees.rules import Word

SEALED_ASK: Final = 65 + 4096 + 16
SEALED_ANSWER: Final = 65 + 16384 + 16
"""Sizes of every question and every answer: neither tells what is in it."""


class IssuerUnreachableError(RuntimeError):
    """No usable answer: refused connection, timeout, or a status that promises nothing."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A demand for the guaranteed sum, as two people of the centre approved it."""

    number: str
    digest: bytes
    amount_fen: int
    reason: str
    document: bytes
    to_name: str
    to_account: str
    approved_by: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        """For storage and for issuers that speak JSON."""
        return {
            "number": self.number,
            "digest": self.digest.hex(),
            "amount_fen": self.amount_fen,
            "reason": self.reason,
            "document": self.document.hex(),
            "to_name": self.to_name,
            "to_account": self.to_account,
            "approved_by": list(self.approved_by),
        }


class GuaranteeIssuer(Protocol):
    """An issuer. Every method may raise IssuerUnreachableError."""

    def relay(self, sealed: bytes) -> bytes:
        """Pass on a bidder's sealed question (SEALED_ASK bytes); SEALED_ANSWER bytes come back."""

    def standing(self, number: str, digest: bytes) -> Word:
        """What becomes of the guarantee of that number and content (SHA-256 of its JCS)."""

    def release(self, number: str, digest: bytes, *, key: str) -> Word:
        """Give it back; again under the same key changes nothing."""

    def claim(self, claim: dict[str, Any], *, key: str) -> Word:
        """Demand the sum (`Claim.as_json`); again under the same key changes nothing."""
