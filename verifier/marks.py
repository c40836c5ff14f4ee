"""Signatures, AEAD and certificates for the check: a few lines over `cryptography`."""

from __future__ import annotations

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509 import Certificate, load_der_x509_certificate
from cryptography.x509.oid import NameOID

from verifier.failure import Failed


def p256_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether a raw r‖s signature over `message` is by the raw point."""
    try:
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
        der = encode_dss_signature(
            int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
        )
        key.verify(der, message, ec.ECDSA(SHA256()))
    except (InvalidSignature, ValueError):
        return False
    return len(signature) == 64


def ed25519_holds(public_key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether an Ed25519 signature over `message` is by the raw key."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def decrypted(key: bytes, nonce: bytes, sealed: bytes) -> bytes:
    """AES-256-GCM without associated data. Raises Failed when the tag does not hold."""
    try:
        return AESGCM(key).decrypt(nonce, sealed, None)
    except (InvalidTag, ValueError):
        raise Failed("a sealed part does not open under the published key") from None


def certificate(der: bytes) -> Certificate:
    """A certificate from DER. Raises Failed."""
    try:
        return load_der_x509_certificate(der)
    except ValueError:
        raise Failed("a certificate cannot be read") from None


def point_of(holder: Certificate) -> bytes:
    """The certificate's P-256 key as a raw point. Raises Failed for other keys."""
    key = holder.public_key()
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise Failed("a certificate has no P-256 key")
    return key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def subject_of(held: Certificate) -> tuple[str, str]:
    """Organisation and credit code that a certificate names, empty where it names none."""
    subject = held.subject
    named = (
        subject.get_attributes_for_oid(oid)
        for oid in (NameOID.ORGANIZATION_NAME, NameOID.SERIAL_NUMBER)
    )
    organisation, code = (str(found[0].value) if found else "" for found in named)
    return organisation, code


def issued_by(holder: Certificate, issuer: Certificate) -> bool:
    """Whether `issuer` signed `holder`."""
    try:
        holder.verify_directly_issued_by(issuer)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True
