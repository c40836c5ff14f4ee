"""The short messages that pseudonyms and trustees sign: requests, withdrawals, releases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.fields import Fields

MAX_LIVE: Final = 1000


class ReleaseStage(StrEnum):
    """Which of a trustee's two shares an act gives out."""

    LIST = "list"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class ReleasedShare:
    """One trustee's share (32 bytes) for one live envelope."""

    commitment: bytes
    envelope_id: str
    share: bytes

    def to_json(self) -> dict[str, object]:
        """The release's object for this envelope."""
        return {
            "commitment": self.commitment.hex(),
            "envelope_id": self.envelope_id,
            "share": self.share.hex(),
        }


@dataclass(frozen=True, slots=True)
class Release:
    """One trustee's act for one manifest: the shares of one stage for every live envelope."""

    lot: str
    manifest: bytes
    stage: ReleaseStage
    trustee: int
    shares: tuple[ReleasedShare, ...]
    signature: bytes

    def message(self) -> bytes:
        """What the trustee's key signs: "SBE/1 release" ‖ JCS without the signature."""
        value = self.to_json()
        del value["signature"]
        return b"SBE/1 release" + jcs.canonical(value)

    def to_json(self) -> dict[str, object]:
        """The object as handed in and published."""
        return {
            "format": "SBE/1 release",
            "lot": self.lot,
            "manifest": self.manifest.hex(),
            "shares": [share.to_json() for share in self.shares],
            "signature": self.signature.hex(),
            "stage": self.stage.value,
            "trustee": self.trustee,
        }


def read_release(value: object) -> Release:
    """A release from its JSON object; the signature is checked elsewhere. Refuses ENV-4002."""
    fields = Fields(value, code="ENV-4002")
    fields.choice("format", "SBE/1 release")
    release = Release(
        lot=fields.uuid("lot"),
        manifest=fields.hex("manifest", 32),
        stage=ReleaseStage(fields.choice("stage", *ReleaseStage)),
        trustee=fields.integer("trustee", 1, 15),
        shares=tuple(_read_share(item) for item in fields.items("shares", low=1, high=MAX_LIVE)),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return release


def _read_share(fields: Fields) -> ReleasedShare:
    share = ReleasedShare(
        fields.hex("commitment", 32), fields.hex("envelope_id", 16).hex(), fields.hex("share", 32)
    )
    fields.done()
    return share


def withdrawal_message(*, lot: str, pseudonym: str, commitment: bytes) -> bytes:
    """What a pseudonym signs to take an envelope back."""
    value = {"commitment": commitment.hex(), "lot": lot, "pseudonym": pseudonym}
    return b"SBE/1 withdrawal" + jcs.canonical(value)


def request_message(*, method: str, path: str, body: bytes, timestamp: int) -> bytes:
    """What a pseudonym signs on each HTTP request (X-Signature); timestamp in Unix seconds."""
    return f"{method}\n{path}\n{sha256(body).hexdigest()}\n{timestamp}".encode()
