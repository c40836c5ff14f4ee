"""What the agency or the tenderee signs in the browser, and the check of the answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.pure.errors import Refused
from trading.results import rules

SIGNATURE_BYTES = 64


@dataclass(frozen=True, slots=True)
class ToSign:
    """ECDSA P-256/SHA-256 is made over `message`; `digest` is its SHA-256."""

    body: dict[str, Any]
    message: bytes
    digest: bytes

    def as_json(self) -> dict[str, Any]:
        """The form in which the page's script receives it; binary values in hex."""
        return {"digest": self.digest.hex(), "message": self.message.hex(), "body": self.body}


@dataclass(frozen=True, slots=True)
class Signed:
    """The answer: the digest that was shown, raw r‖s, and the DER chain, leaf first."""

    digest: bytes
    signature: bytes
    certificate_chain: tuple[bytes, ...]


def to_sign(body: dict[str, Any]) -> ToSign:
    """A body as it is signed."""
    return ToSign(body, rules.message(body), rules.digest(body))


def read_signed(given: dict[str, Any]) -> Signed:
    """The signed answer from JSON, binary values in hex. Raises Refused RES-1006."""
    try:
        chain = tuple(bytes.fromhex(each) for each in given["certificate_chain"])
        signed = Signed(bytes.fromhex(given["digest"]), bytes.fromhex(given["signature"]), chain)
    except (KeyError, TypeError, ValueError):
        raise Refused("RES-1006") from None
    if not chain or len(signed.signature) != SIGNATURE_BYTES:
        raise Refused("RES-1006")
    return signed


def check_signed(
    session: Session,
    authority: Authority,
    draft: ToSign,
    signed: Signed,
    *,
    organisation_id: UUID,
    now: datetime,
) -> str:
    """The signer's name, when the organisation's certificate signed exactly this.

    Raises:
        Refused: RES-1005 it changed since it was shown; RES-1007 another organisation's
            certificate; RES-1006 the signature does not fit; IDN-13xx.
    """
    if draft.digest != signed.digest:
        raise Refused("RES-1005")
    holder = identity.verify_certificate(session, authority, signed.certificate_chain, now)
    owner = identity.organisation(session, organisation_id)
    if holder.credit_code != owner.credit_code:
        raise Refused("RES-1007", holder=holder.organisation_name, owner=owner.name)
    if not verify_p256(holder.public_key, draft.message, signed.signature):
        raise Refused("RES-1006")
    return holder.organisation_name
