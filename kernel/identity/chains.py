"""Certificate chains (RFC 5280, the part that occurs here): issuer, period, use. Offline."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.oid import NameOID, ObjectIdentifier

from kernel.identity.rules import Holder
from kernel.pure.errors import Refused

MAX_LINKS: Final = 4


def verify_chain(chain: Sequence[bytes], *, root: bytes, at: datetime) -> Holder:
    """The holder of `chain[0]`, when the chain leads to `root` and was valid at `at`.

    `chain` is DER, leaf first; the root may be left out. Refuses IDN-1301 (unreadable), IDN-1302
    (does not lead to the root), IDN-1303 (not yet valid), IDN-1304 (expired), IDN-1306 (not for
    signing, or without a credit code). Revocation is the caller's question.
    """
    links = _parsed(chain)
    anchor = x509.load_der_x509_certificate(root)
    if links[-1] != anchor:
        links.append(anchor)
    for issued, issuer in pairwise(links):
        _check_issued(issued, issuer)
    for link in links:
        _check_period(link, at)
    return _holder(links[0])


def serial_of(certificate: bytes) -> str:
    """The serial number of a DER certificate in hexadecimal. Refuses IDN-1301."""
    return f"{_parsed([certificate])[0].serial_number:x}"


def public_key_of(certificate: bytes) -> bytes:
    """The raw P-256 point a DER certificate certifies. Refuses IDN-1301, IDN-1306."""
    return _point(_parsed([certificate])[0])


def _parsed(chain: Sequence[bytes]) -> list[x509.Certificate]:
    if not 1 <= len(chain) <= MAX_LINKS:
        raise Refused("IDN-1301")
    try:
        return [x509.load_der_x509_certificate(der) for der in chain]
    except ValueError:
        raise Refused("IDN-1301") from None


def _check_issued(issued: x509.Certificate, issuer: x509.Certificate) -> None:
    try:
        issued.verify_directly_issued_by(issuer)
        constraints = issuer.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, TypeError, InvalidSignature, x509.ExtensionNotFound):
        raise Refused("IDN-1302") from None
    if not constraints.ca:
        raise Refused("IDN-1302")


def _check_period(link: x509.Certificate, at: datetime) -> None:
    if at < link.not_valid_before_utc:
        raise Refused("IDN-1303", since=link.not_valid_before_utc)
    if at > link.not_valid_after_utc:
        raise Refused("IDN-1304", until=link.not_valid_after_utc)


def _holder(leaf: x509.Certificate) -> Holder:
    try:
        usage = leaf.extensions.get_extension_for_class(x509.KeyUsage).value
        constraints = leaf.extensions.get_extension_for_class(x509.BasicConstraints).value
    except (ValueError, x509.ExtensionNotFound):
        raise Refused("IDN-1306") from None
    organisation = _attribute(leaf, NameOID.ORGANIZATION_NAME)
    code = _attribute(leaf, NameOID.SERIAL_NUMBER)
    common = _attribute(leaf, NameOID.COMMON_NAME)
    fit = usage.digital_signature and not constraints.ca and organisation and code
    if not fit:
        raise Refused("IDN-1306")
    return Holder(
        organisation_name=organisation,
        credit_code=code,
        person_name=common if common != organisation else None,
        serial=f"{leaf.serial_number:x}",
        public_key=_point(leaf),
    )


def _point(certificate: x509.Certificate) -> bytes:
    public_key = certificate.public_key()
    if not isinstance(public_key, ec.EllipticCurvePublicKey):
        raise Refused("IDN-1306")
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _attribute(certificate: x509.Certificate, oid: ObjectIdentifier) -> str:
    found = certificate.subject.get_attributes_for_oid(oid)
    return str(found[0].value) if found else ""
