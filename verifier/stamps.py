"""RFC 3161 time stamps: what a token says and who signed it. docs/sealed-bid-envelope.md 9.

The token is taken apart by asn1crypto, another reader than the platform's own.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from asn1crypto import cms, tsp
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, ExtendedKeyUsage, ExtensionNotFound
from cryptography.x509.oid import ExtendedKeyUsageOID

from verifier import marks
from verifier.failure import Failed

MAX_TOKEN: Final = 64 * 1024
_SIGNATURES: Final = ("sha256_ecdsa", "sha256_rsa", "rsassa_pkcs1v15")
_ATTRIBUTES: Final = ("content_type", "message_digest")


def stamped_at(token: bytes, body: bytes, trusted: Sequence[bytes]) -> datetime:
    """`genTime` of a token over `body` by one of the `trusted` (DER). Raises Failed."""
    if len(token) > MAX_TOKEN:
        raise Failed("a stamp is too long")
    try:
        return _stamped(token, body, trusted)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError) as error:
        raise Failed(f"a stamp cannot be read ({type(error).__name__})") from None


def _stamped(token: bytes, body: bytes, trusted: Sequence[bytes]) -> datetime:
    outer = cms.ContentInfo.load(token, strict=True)
    if outer["content_type"].native != "signed_data":
        raise Failed("a stamp is no signed data")
    data = outer["content"]
    held = data["encap_content_info"]
    if held["content_type"].native != "tst_info" or len(data["signer_infos"]) != 1:
        raise Failed("a stamp holds something else, or has several signers")
    raw = bytes(held["content"])
    info, signer = tsp.TSTInfo.load(raw, strict=True), data["signer_infos"][0]
    imprint = info["message_imprint"]
    if imprint["hash_algorithm"]["algorithm"].native != "sha256":
        raise Failed("a stamp is over another hash")
    if imprint["hashed_message"].native != sha256(body).digest():
        raise Failed("a stamp is over another checkpoint")
    moment: datetime = info["gen_time"].native
    holder = _holder(data, signer, trusted, moment)
    _attributes(signer, raw, holder)
    _signed(signer, holder)
    return moment


def _holder(data: Any, signer: Any, trusted: Sequence[bytes], moment: datetime) -> Certificate:
    """The signer's certificate: trusted, or issued by one that is; for stamping alone; valid."""
    if signer["sid"].name != "issuer_and_serial_number":
        raise Failed("a stamp does not name its signer by issuer and serial number")
    issuer = signer["sid"].chosen["issuer"].dump()
    serial = signer["sid"].chosen["serial_number"].native
    sent = [each.chosen.dump() for each in data["certificates"] if each.name == "certificate"]
    known = [marks.certificate(der) for der in (*trusted, *sent)]
    named = [
        each
        for each in known
        if each.issuer.public_bytes() == issuer and each.serial_number == serial
    ]
    roots = known[: len(trusted)]
    for each in named:
        if each in roots or any(marks.issued_by(each, root) for root in roots):
            _for_stamping(each)
            if not each.not_valid_before_utc <= moment <= each.not_valid_after_utc:
                raise Failed("a stamp was made outside its certificate's validity")
            return each
    raise Failed("a stamp is by an authority that is not trusted")


def _for_stamping(holder: Certificate) -> None:
    try:
        usage = holder.extensions.get_extension_for_class(ExtendedKeyUsage)
    except ExtensionNotFound:
        raise Failed("a stamp's certificate is not for stamping") from None
    if not usage.critical or list(usage.value) != [ExtendedKeyUsageOID.TIME_STAMPING]:
        raise Failed("a stamp's certificate is not for stamping alone")


def _attributes(signer: Any, raw: bytes, holder: Certificate) -> None:
    """Content type, digest of the content, hash of the signer's certificate; each once."""
    found: dict[str, Any] = {}
    for attribute in signer["signed_attrs"]:
        name = attribute["type"].native
        if name in found or len(attribute["values"]) != 1:
            raise Failed("an attribute of a stamp is there twice")
        found[name] = attribute["values"][0]
    if found["content_type"].native != "tst_info":
        raise Failed("a stamp signs something else")
    if signer["digest_algorithm"]["algorithm"].native != "sha256":
        raise Failed("a stamp is signed over another hash")
    if found["message_digest"].native != sha256(raw).digest():
        raise Failed("a stamp's content is not what was signed")
    der = holder.public_bytes(Encoding.DER)
    newer = found.get("signing_certificate_v2")
    if newer is None:
        found["signing_certificate"]  # the older attribute names a SHA-1, which proves nothing
        return
    first = newer["certs"][0]
    if first["hash_algorithm"]["algorithm"].native != "sha256":
        return
    if first["cert_hash"].native != sha256(der).digest():
        raise Failed("a stamp names another certificate")


def _signed(signer: Any, holder: Certificate) -> None:
    raw = signer["signed_attrs"].dump()
    message = b"\x31" + raw[1:]  # signed as a SET, sent under its implicit tag (RFC 5652 5.4)
    signature = signer["signature"].native
    if signer["signature_algorithm"]["algorithm"].native not in _SIGNATURES:
        raise Failed("a stamp is signed in another way")
    key = holder.public_key()
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, message, padding.PKCS1v15(), SHA256())
        elif isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
            key.verify(signature, message, ec.ECDSA(SHA256()))
        else:
            raise Failed("a stamp is by another kind of key")
    except InvalidSignature:
        raise Failed("signature of a stamp") from None
