"""Sealing of raw bank messages and payers (HPKE, RFC 9180, P-256, AES-256-GCM), and tokens.

The worker's key, not mathematics, keeps a payer from the platform; the token opens it as well, so
that a web process can judge for the owner without holding any key.
"""

import base64
import binascii
import hashlib
import json
import os
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from escrow.bookings.rules import Party
from kernel.secrets import Keys

_SUITE: Final = Suite(KEM.P256, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PAYER: Final = b"sunbid escrow payer"
_PAYER_BYTES: Final = 1024
TOKEN_BYTES: Final = 32


def seal(public_key: bytes, plaintext: bytes, *, info: bytes) -> bytes:
    """Seal to a raw P-256 public key (65 bytes); `info` binds the place."""
    key = ec.EllipticCurvePublicKey.from_encoded_point(_CURVE, public_key)
    return _SUITE.encrypt(plaintext, key, info=info)


def unseal(private_key: ec.EllipticCurvePrivateKey, sealed: bytes, *, info: bytes) -> bytes:
    """Undo `seal`; raises ValueError for another key, place or altered bytes."""
    try:
        return _SUITE.decrypt(sealed, private_key, info=info)
    except InvalidTag as error:
        raise ValueError("sealed bytes do not open here") from error


def worker_key(keys: Keys) -> ec.EllipticCurvePrivateKey:
    """The escrow worker's private key, from the installation's key folder."""
    return _derive(keys.raw("escrow-seal"), b"sunbid escrow worker")


def public_bytes(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The raw public key, 65 bytes."""
    return key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def new_token() -> str:
    """A bearer token for one sub-account: 32 random bytes as base64url text."""
    return base64.urlsafe_b64encode(os.urandom(TOKEN_BYTES)).rstrip(b"=").decode()


def token_bytes(token: str) -> bytes | None:
    """The 32 bytes of a token, None when the text is no token."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    return raw if len(raw) == TOKEN_BYTES else None


def token_hash(token: bytes) -> bytes:
    """What the database keeps of a token."""
    return hashlib.sha256(b"sunbid escrow token" + token).digest()


def token_key(token: bytes) -> ec.EllipticCurvePrivateKey:
    """The key pair that a token stands for; its public half seals payers for the owner."""
    return _derive(token, b"sunbid escrow owner")


def seal_party(public_key: bytes, party: Party, *, bank_ref: str) -> bytes:
    """Seal a payer for one entry, padded so that its length tells no name."""
    fields = {"name": party.name, "account": party.account, "personal": party.personal}
    text = json.dumps(fields, ensure_ascii=False).encode()
    return seal(public_key, text.ljust(_PAYER_BYTES), info=_PAYER + bank_ref.encode())


def open_party(private_key: ec.EllipticCurvePrivateKey, sealed: bytes, *, bank_ref: str) -> Party:
    """Undo `seal_party`; raises ValueError."""
    fields = json.loads(unseal(private_key, sealed, info=_PAYER + bank_ref.encode()))
    return Party(fields["name"], fields["account"], fields["personal"])


def _derive(secret: bytes, purpose: bytes) -> ec.EllipticCurvePrivateKey:
    """A scalar from 48 derived bytes: the bias of the reduction is below 2^-128."""
    wide = HKDF(algorithm=SHA256(), length=48, salt=None, info=purpose).derive(secret)
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, _CURVE)
