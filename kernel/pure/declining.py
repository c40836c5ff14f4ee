"""A trustee's signed refusal to release: docs/sealed-bid-envelope.md, section 10."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.fields import Fields
from kernel.pure.messages import ReleaseStage

FORMAT: Final = "SBE/1 release refusal"
MAX_REASON: Final = 500


@dataclass(frozen=True, slots=True)
class Declined:
    """Why trustee number `trustee` gives no share of `stage` for this manifest (32 bytes)."""

    lot: str
    manifest: bytes
    stage: ReleaseStage
    trustee: int
    reason: str
    signature: bytes

    def message(self) -> bytes:
        """What the trustee's key signs: the format's name ‖ JCS without the signature."""
        value = self.to_json()
        del value["signature"]
        return FORMAT.encode() + jcs.canonical(value)

    def to_json(self) -> dict[str, object]:
        """The object as handed in and published."""
        return {
            "format": FORMAT,
            "lot": self.lot,
            "manifest": self.manifest.hex(),
            "reason": self.reason,
            "signature": self.signature.hex(),
            "stage": self.stage.value,
            "trustee": self.trustee,
        }

    def digest(self) -> bytes:
        """SHA-256 over the JCS of the whole: what the log holds of it."""
        return sha256(jcs.canonical(self.to_json())).digest()


def read_declined(value: object) -> Declined:
    """A refusal from its JSON object; the signature is checked elsewhere. Refuses ENV-4005."""
    fields = Fields(value, code="ENV-4005")
    fields.choice("format", FORMAT)
    declined = Declined(
        lot=fields.uuid("lot"),
        manifest=fields.hex("manifest", 32),
        stage=ReleaseStage(fields.choice("stage", *ReleaseStage)),
        trustee=fields.integer("trustee", 1, 15),
        reason=fields.text("reason", cap=MAX_REASON),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return declined
