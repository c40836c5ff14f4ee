"""RFC 3161 time-stamp tokens as values: form and digests are checked here, keys by the caller.

Strict: one signer, SHA-256 throughout, signed attributes; anything else is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum
from hashlib import sha256
from typing import Final

from kernel.pure import der
from kernel.pure.der import Element
from kernel.pure.errors import Refused

MAX_TOKEN: Final = 64 * 1024
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
SHA256: Final = "2.16.840.1.101.3.4.2.1"
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
_TIME: Final = re.compile(rb"([0-9]{14})(?:\.([0-9]{0,8}[1-9]))?Z")


class Algorithm(Enum):
    """How a token is signed, always over SHA-256."""

    ECDSA = "1.2.840.10045.4.3.2"
    RSA = "1.2.840.113549.1.1.11"


_ALGORITHMS: Final = {
    Algorithm.ECDSA.value: Algorithm.ECDSA,
    Algorithm.RSA.value: Algorithm.RSA,
    # Many authorities name the bare key type; the digest stands beside it.
    "1.2.840.113549.1.1.1": Algorithm.RSA,
}


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says, and what its signer's key must have signed.

    `signed` are the attributes as a DER SET, `signature` as in the token (DER for ECDSA). The
    signer is known by `issuer` (DER name) and `serial`; the token's `signer_hash` is SHA-256 of
    its certificate where the attribute names one. `certificates` are DER, in the token's order.
    """

    imprint: bytes
    at: datetime
    nonce: int | None
    signed: bytes
    signature: bytes
    algorithm: Algorithm
    issuer: bytes
    serial: int
    signer_hash: bytes | None
    certificates: tuple[bytes, ...]


def read_token(token: bytes) -> Token:
    """Read a TimeStampToken (DER). Refuses LOG-1201 (no DER), LOG-1202 (another form)."""
    if len(token) > MAX_TOKEN:
        raise Refused("LOG-1202", what="size")
    kind, wrapped = _several(der.read(token).within(der.SEQUENCE), 2, "token")
    if kind.oid() != SIGNED_DATA:
        raise Refused("LOG-1202", what="content type")
    [data] = _several(wrapped.within(0xA0), 1, "signed data")
    parts = data.within(der.SEQUENCE)
    if len(parts) < 4:
        raise Refused("LOG-1202", what="signed data")
    info = _content(parts[2])
    [signer] = _several(parts[-1].within(der.SET), 1, "signers")
    issuer, serial, attributes, algorithm, signature = _signer(signer)
    found = _attributes(attributes)
    if _values(found, MESSAGE_DIGEST).octets() != sha256(info).digest():
        raise Refused("LOG-1202", what="message digest")
    if _values(found, CONTENT_TYPE).oid() != TST_INFO:
        raise Refused("LOG-1202", what="content type")
    imprint, at, nonce = _info(info)
    return Token(
        imprint=imprint,
        at=at,
        nonce=nonce,
        signed=bytes([der.SET]) + attributes.raw[1:],
        signature=signature,
        algorithm=algorithm,
        issuer=issuer,
        serial=serial,
        signer_hash=_signer_hash(found),
        certificates=_certificates(parts[3:-1]),
    )


def _content(wrapped: Element) -> bytes:
    kind, held = _several(wrapped.within(der.SEQUENCE), 2, "content")
    if kind.oid() != TST_INFO:
        raise Refused("LOG-1202", what="content type")
    [octets] = _several(held.within(0xA0), 1, "content")
    return octets.octets()


def _certificates(between: tuple[Element, ...]) -> tuple[bytes, ...]:
    for part in between:
        if part.tag == 0xA0:
            return tuple(each.raw for each in part.parts() if each.tag == der.SEQUENCE)
    return ()


def _signer(signer: Element) -> tuple[bytes, int, Element, Algorithm, bytes]:
    parts = signer.within(der.SEQUENCE)
    if len(parts) < 6 or parts[3].tag != 0xA0:
        raise Refused("LOG-1202", what="signer")
    issuer, serial = _several(parts[1].within(der.SEQUENCE), 2, "signer")
    if _algorithm(parts[2]) != SHA256:
        raise Refused("LOG-1202", what="digest")
    algorithm = _ALGORITHMS.get(_algorithm(parts[4]))
    if algorithm is None:
        raise Refused("LOG-1202", what="signature algorithm")
    return issuer.raw, serial.integer(), parts[3], algorithm, parts[5].octets()


def _attributes(held: Element) -> dict[str, Element]:
    found: dict[str, Element] = {}
    for attribute in held.parts():
        kind, values = _several(attribute.within(der.SEQUENCE), 2, "attribute")
        name = kind.oid()
        if name in found:
            raise Refused("LOG-1202", what="attribute")
        found[name] = values
    return found


def _values(found: dict[str, Element], name: str) -> Element:
    """The one value of an attribute."""
    if name not in found:
        raise Refused("LOG-1202", what="attribute")
    [value] = _several(found[name].within(der.SET), 1, "attribute")
    return value


def _signer_hash(found: dict[str, Element]) -> bytes | None:
    """SHA-256 of the signer's certificate; the older attribute has SHA-1 only, proving none."""
    if SIGNING_CERTIFICATE_V2 not in found:
        _values(found, SIGNING_CERTIFICATE)
        return None
    value = _values(found, SIGNING_CERTIFICATE_V2)
    parts = _first(_first(value.within(der.SEQUENCE)).within(der.SEQUENCE)).within(der.SEQUENCE)
    if parts and parts[0].tag == der.SEQUENCE:
        if _algorithm(parts[0]) != SHA256:
            return None
        parts = parts[1:]
    return _first(parts).octets()


def _first(parts: tuple[Element, ...]) -> Element:
    if not parts:
        raise Refused("LOG-1202", what="signing certificate")
    return parts[0]


def _info(raw: bytes) -> tuple[bytes, datetime, int | None]:
    parts = der.read(raw).within(der.SEQUENCE)
    if len(parts) < 5 or parts[0].integer() != 1:
        raise Refused("LOG-1202", what="version")
    algorithm, digest = _several(parts[2].within(der.SEQUENCE), 2, "imprint")
    if _algorithm(algorithm) != SHA256 or len(digest.octets()) != 32:
        raise Refused("LOG-1202", what="imprint")
    nonce = [part.integer() for part in parts[5:] if part.tag == der.INTEGER]
    return digest.octets(), _moment(parts[4]), nonce[0] if nonce else None


def _moment(element: Element) -> datetime:
    shown = _TIME.fullmatch(element.content) if element.tag == der.TIME else None
    if shown is None:
        raise Refused("LOG-1202", what="time")
    try:
        whole = datetime.strptime(shown.group(1).decode(), "%Y%m%d%H%M%S").replace(tzinfo=UTC)
    except ValueError:
        raise Refused("LOG-1202", what="time") from None
    fraction = (shown.group(2) or b"0").decode()
    return whole + timedelta(microseconds=int(fraction.ljust(6, "0")[:6]))


def _algorithm(element: Element) -> str:
    parts = element.within(der.SEQUENCE)
    if not parts:
        raise Refused("LOG-1202", what="algorithm")
    return parts[0].oid()


def _several(parts: tuple[Element, ...], count: int, what: str) -> tuple[Element, ...]:
    if len(parts) != count:
        raise Refused("LOG-1202", what=what)
    return parts
