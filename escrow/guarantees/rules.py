"""What a guarantee says, whether it secures a bid, and its life after the list. Pure.

招标投标法实施条例 26: as long as the bid, for the amount, to the tenderee, for this lot. The
document is canonical JSON that the issuer's certificate signed; docs/guarantees.md is its format.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from escrow.deposits.rules import Finality, Outcome, Verdict, folded_name
from kernel.pure import jcs
from kernel.pure.money import MAX_FEN

FORMAT: Final = "sunbid guarantee/1"
SIGNED_ASIDE: Final = ("certificate", "signature")
TEXT_MOST: Final = 400
CERTIFICATE_MOST: Final = 4096
_FIELDS: Final = frozenset(
    {
        "format",
        "number",
        "issuer",
        "principal",
        "beneficiary",
        "lot",
        "project",
        "amount_fen",
        "valid_from",
        "valid_until",
        "issued_at",
        "terms",
        *SIGNED_ASIDE,
    }
)
_NUMBER: Final = re.compile(r"[0-9A-Z-]{6,40}")


class Word(StrEnum):
    """What an issuer says of a guarantee; UNKNOWN: it issued none of that number and content."""

    APPLIED = "applied"
    PAID = "paid"
    ISSUED = "issued"
    RELEASED = "released"
    CLAIMED = "claimed"
    PAID_OUT = "paid_out"
    ANNULLED = "annulled"
    UNKNOWN = "unknown"


class GuaranteeState(StrEnum):
    """A guarantee's life from the list on; before it there is no row."""

    RECEIVED = "received"
    REFUSED = "refused"
    VERIFIED = "verified"
    RELEASED = "released"
    CLAIMED = "claimed"
    PAID_OUT = "paid_out"
    EXPIRED = "expired"


_S = GuaranteeState
TRANSITIONS: Final[dict[GuaranteeState, frozenset[GuaranteeState]]] = {
    _S.RECEIVED: frozenset({_S.REFUSED, _S.VERIFIED, _S.RELEASED}),
    _S.VERIFIED: frozenset({_S.RELEASED, _S.CLAIMED, _S.EXPIRED}),
    # A claim made in time is paid whenever the issuer pays.
    _S.CLAIMED: frozenset({_S.PAID_OUT}),
    _S.REFUSED: frozenset(),
    _S.RELEASED: frozenset(),
    _S.PAID_OUT: frozenset(),
    _S.EXPIRED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Named:
    """A company as documents name it."""

    name: str
    credit_code: str

    def matches(self, other: "Named") -> bool:
        """The same code, and the same name after folding."""
        return self.credit_code == other.credit_code and folded_name(self.name) == folded_name(
            other.name
        )


@dataclass(frozen=True, slots=True)
class Document:
    """A guarantee as its issuer signed it; `lot` is the lot's public number."""

    number: str
    issuer: Named
    principal: Named
    beneficiary: Named
    lot: str
    project: str
    amount_fen: int
    valid_from: date
    valid_until: date
    issued_at: datetime
    terms: str
    certificate: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """What a lot asks of the guarantee of one bidder; valid from `begins` through `through`."""

    amount_fen: int
    begins: date
    through: date
    lot: str
    beneficiary: Named
    principal: Named


@dataclass(frozen=True, slots=True)
class Signer:
    """What was found of the signature: a known issuer's certificate in force, and that it fits."""

    known: bool
    fits: bool
    holder: Named | None = None


def message(value: Mapping[str, Any]) -> bytes:
    """The bytes that the issuer's certificate signs (ECDSA P-256 with SHA-256)."""
    told = {name: each for name, each in value.items() if name not in SIGNED_ASIDE}
    return FORMAT.encode() + b"\x00" + jcs.canonical(told)


def read(value: object) -> Document:
    """The document of a JSON value. Raises ValueError for what is none."""
    if not isinstance(value, Mapping) or set(value) != _FIELDS or value["format"] != FORMAT:
        raise ValueError("no guarantee of this format")
    amount, number = value["amount_fen"], _text(value["number"])
    if type(amount) is not int or not 0 < amount <= MAX_FEN or not _NUMBER.fullmatch(number):
        raise ValueError("amount or number")
    issued = datetime.fromisoformat(_text(value["issued_at"]))
    certificate = bytes.fromhex(_text(value["certificate"], 2 * CERTIFICATE_MOST))
    if issued.tzinfo is None:
        raise ValueError("issued_at has no zone")
    return Document(
        number=number,
        issuer=_named(value["issuer"]),
        principal=_named(value["principal"]),
        beneficiary=_named(value["beneficiary"]),
        lot=_text(value["lot"]),
        project=_text(value["project"]),
        amount_fen=amount,
        valid_from=date.fromisoformat(_text(value["valid_from"])),
        valid_until=date.fromisoformat(_text(value["valid_until"])),
        issued_at=issued,
        terms=_text(value["terms"]),
        certificate=certificate,
        signature=bytes.fromhex(_text(value["signature"])),
    )


def fault(document: Document, asked: Asked, signer: Signer) -> Outcome | None:
    """The first reason why it does not secure the bid, None when it does as far as paper tells."""
    holder = signer.holder
    if not signer.known or holder is None or not holder.matches(document.issuer):
        return Outcome.GUARANTEE_ISSUER
    if not signer.fits:
        return Outcome.GUARANTEE_SIGNATURE
    if not document.principal.matches(asked.principal):
        return Outcome.GUARANTEE_PRINCIPAL
    if not document.beneficiary.matches(asked.beneficiary):
        return Outcome.GUARANTEE_BENEFICIARY
    if document.lot != asked.lot:
        return Outcome.GUARANTEE_LOT
    if document.amount_fen < asked.amount_fen:
        return Outcome.GUARANTEE_AMOUNT
    if document.valid_from > asked.begins or document.valid_until < asked.through:
        return Outcome.GUARANTEE_VALIDITY
    return None


def confirmed(word: Word | None) -> tuple[Outcome, Finality]:
    """What a sound document is worth by its issuer's word; None while he has not answered."""
    if word is None:
        return Outcome.GUARANTEED, Finality.PROVISIONAL
    if word is Word.ISSUED:
        return Outcome.GUARANTEED, Finality.FINAL
    return Outcome.GUARANTEE_UNCONFIRMED, Finality.FINAL


def verdict(
    outcome: Outcome, finality: Finality, *, required_fen: int, guaranteed_fen: int
) -> Verdict:
    """The verdict in the form that every security's has; no money has arrived."""
    return Verdict(
        outcome=outcome,
        finality=finality,
        required_fen=required_fen,
        received_fen=guaranteed_fen if outcome is Outcome.GUARANTEED else 0,
        payments=(),
        complete_until=None,
    )


def _named(value: object) -> Named:
    if not isinstance(value, Mapping) or set(value) != {"name", "credit_code"}:
        raise ValueError("a company has a name and a credit code")
    return Named(_text(value["name"]), _text(value["credit_code"]))


def _text(value: object, most: int = TEXT_MOST) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= most:
        raise ValueError("a text is missing or too long")
    return value
