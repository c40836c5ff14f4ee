"""The short messages that pseudonyms, trustees and panels sign: requests, withdrawals, releases."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.fields import Fields
from kernel.pure.hkdf import labelled_hash
from kernel.pure.policy import MAX_PANEL

MAX_LIVE: Final = 1000
MAX_CHAIN: Final = 5
MAX_CERTIFICATE: Final = 8 * 1024
_RESCUE: Final = b"SBE/1 rescue release"


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


@dataclass(frozen=True, slots=True)
class RescueRequest:
    """An organisation asks the panel for its own bid; `cause` is the code of what failed before.

    `key` is the raw point of the leaf of `certificate_chain` (DER each, leaf first).
    """

    lot: str
    commitment: bytes
    cause: str
    key: bytes
    certificate_chain: tuple[bytes, ...]
    signature: bytes

    def message(self) -> bytes:
        """What the certificate signs: "SBE/1 rescue request" ‖ JCS without the signature."""
        value = self.to_json()
        del value["signature"]
        return b"SBE/1 rescue request" + jcs.canonical(value)

    def to_json(self) -> dict[str, object]:
        """The object as handed in and shown to the panel."""
        return {
            "cause": self.cause,
            "certificate_chain": [der.hex() for der in self.certificate_chain],
            "commitment": self.commitment.hex(),
            "format": "SBE/1 rescue request",
            "key": self.key.hex(),
            "lot": self.lot,
            "signature": self.signature.hex(),
        }


@dataclass(frozen=True, slots=True)
class RescueRelease:
    """One panel member's share (32 bytes) of one bid's s_holder. Goes to the platform alone."""

    lot: str
    commitment: bytes
    member: int
    share: bytes
    signature: bytes

    def message(self) -> bytes:
        """What the member's key signs: "SBE/1 rescue release" ‖ JCS without the signature."""
        value = self.to_json()
        del value["signature"]
        return _RESCUE + jcs.canonical(value)

    def digest(self) -> bytes:
        """What the log may say of it: k releases are the secret, so none is published."""
        return labelled_hash(_RESCUE, jcs.canonical(self.to_json()))

    def to_json(self) -> dict[str, object]:
        """The object as handed in."""
        return {
            "commitment": self.commitment.hex(),
            "format": "SBE/1 rescue release",
            "lot": self.lot,
            "member": self.member,
            "share": self.share.hex(),
            "signature": self.signature.hex(),
        }


def read_rescue_request(value: object) -> RescueRequest:
    """A request from its JSON object; signature and chain are checked elsewhere. ENV-4004."""
    fields = Fields(value, code="ENV-4004")
    fields.choice("format", "SBE/1 rescue request")
    request = RescueRequest(
        lot=fields.uuid("lot"),
        commitment=fields.hex("commitment", 32),
        cause=fields.text("cause", pattern=r"[A-Z]{3}-[0-9]{4}"),
        key=fields.hex("key", 65),
        certificate_chain=fields.hexes(
            "certificate_chain", low=1, high=MAX_CHAIN, size=MAX_CERTIFICATE
        ),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return request


def read_rescue_release(value: object) -> RescueRelease:
    """A release from its JSON object; signature and share are checked elsewhere. ENV-4003."""
    fields = Fields(value, code="ENV-4003")
    fields.choice("format", "SBE/1 rescue release")
    release = RescueRelease(
        lot=fields.uuid("lot"),
        commitment=fields.hex("commitment", 32),
        member=fields.integer("member", 1, MAX_PANEL),
        share=fields.hex("share", 32),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return release


def withdrawal_message(*, lot: str, pseudonym: str, commitment: bytes) -> bytes:
    """What a pseudonym signs to take an envelope back."""
    value = {"commitment": commitment.hex(), "lot": lot, "pseudonym": pseudonym}
    return b"SBE/1 withdrawal" + jcs.canonical(value)


def request_message(*, method: str, path: str, body: bytes, timestamp: int) -> bytes:
    """What a pseudonym signs on each HTTP request (X-Signature); timestamp in Unix seconds."""
    return f"{method}\n{path}\n{sha256(body).hexdigest()}\n{timestamp}".encode()
