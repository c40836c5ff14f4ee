"""Who can sign and unwrap with a certificate's key, wherever the key lives; docs/signer.md.

The soft driver keeps it in memory; the browser's counterpart is static/src/sealing/signer.js.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed, decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding
from cryptography.hazmat.primitives.serialization.pkcs12 import (
    load_pkcs12,
    serialize_key_and_certificates,
)

from kernel.crypto import hpke
from kernel.pure.errors import Refused


class Signer(Protocol):
    """A certificate and the use of its key."""

    def certificates(self) -> tuple[bytes, ...]:
        """The chain in DER, leaf first."""
        ...

    def sign(self, digest: bytes) -> bytes:
        """ECDSA P-256 over a SHA-256 digest: r and s, 32 bytes each, as WebCrypto writes them."""
        ...

    def unwrap(self, enc: bytes, ciphertext: bytes, *, info: bytes) -> bytes:
        """Open what was HPKE-sealed to the certificate's key. Refuses ENV-3101."""
        ...


@dataclass(frozen=True, slots=True)
class SoftCertificate:
    """A key in memory and the chain that certifies it (DER, leaf first)."""

    private_key: ec.EllipticCurvePrivateKey
    chain: tuple[bytes, ...]

    def __repr__(self) -> str:
        return "SoftCertificate()"


@dataclass(frozen=True, slots=True)
class SoftSigner:
    """The soft driver."""

    soft: SoftCertificate

    def certificates(self) -> tuple[bytes, ...]:
        """The chain in DER, leaf first."""
        return self.soft.chain

    def sign(self, digest: bytes) -> bytes:
        """ECDSA P-256 over a SHA-256 digest: r and s, 32 bytes each."""
        signature = self.soft.private_key.sign(digest, ec.ECDSA(Prehashed(SHA256())))
        r, s = decode_dss_signature(signature)
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def unwrap(self, enc: bytes, ciphertext: bytes, *, info: bytes) -> bytes:
        """Open what was HPKE-sealed to the key. Refuses ENV-3101."""
        return hpke.unseal(self.soft.private_key, enc, ciphertext, info=info)


def to_pkcs12(soft: SoftCertificate, passphrase: str) -> bytes:
    """A .p12 file for other programs, encrypted under `passphrase`."""
    leaf, *others = (x509.load_der_x509_certificate(der) for der in soft.chain)
    return serialize_key_and_certificates(
        b"sunbid", soft.private_key, leaf, others, BestAvailableEncryption(passphrase.encode())
    )


def from_pkcs12(content: bytes, passphrase: str) -> SoftCertificate:
    """Read a .p12 file. Refuses IDN-1307: wrong passphrase, unreadable, or no key on P-256."""
    try:
        held = load_pkcs12(content, passphrase.encode())
    except ValueError:
        raise Refused("IDN-1307") from None
    if held.cert is None or not isinstance(held.key, ec.EllipticCurvePrivateKey):
        raise Refused("IDN-1307")
    if not isinstance(held.key.curve, ec.SECP256R1):
        raise Refused("IDN-1307")
    links = [held.cert.certificate, *(other.certificate for other in held.additional_certs)]
    return SoftCertificate(held.key, tuple(link.public_bytes(Encoding.DER) for link in links))
