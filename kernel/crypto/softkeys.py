"""Soft keys: a P-256 private key in a JSON file under a passphrase, read alike in browser and Node.

PBKDF2-SHA-256 and AES-256-GCM over PKCS#8, because WebCrypto has exactly these.
"""

from __future__ import annotations

import os
from hashlib import pbkdf2_hmac
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_der_private_key,
)

from kernel.crypto.signatures import public_bytes
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields

FORMAT: Final = "sunbid softkey"
KDF: Final = "PBKDF2-SHA256"
ITERATIONS: Final = 600_000
_MIN_ITERATIONS: Final = 1_000
_MAX_ITERATIONS: Final = 10_000_000
_MAX_CIPHERTEXT: Final = 512


def write(
    key: ec.EllipticCurvePrivateKey, passphrase: str, *, iterations: int = ITERATIONS
) -> dict[str, object]:
    """The JSON object of a key file; the ciphertext is bound to the public key."""
    salt, iv, public = os.urandom(16), os.urandom(12), public_bytes(key)
    plain = key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    sealed = AESGCM(_derive(passphrase, salt, iterations)).encrypt(iv, plain, public)
    return {
        "format": FORMAT,
        "kdf": {"name": KDF, "iterations": iterations, "salt": salt.hex()},
        "iv": iv.hex(),
        "ciphertext": sealed.hex(),
        "public": public.hex(),
    }


def read(value: object, passphrase: str) -> ec.EllipticCurvePrivateKey:
    """The key of a file. Refuses ENV-5001 (wrong passphrase) and ENV-5002 (no such file)."""
    fields = Fields(value, code="ENV-5002")
    fields.choice("format", FORMAT)
    kdf = fields.inner("kdf")
    kdf.choice("name", KDF)
    iterations = kdf.integer("iterations", _MIN_ITERATIONS, _MAX_ITERATIONS)
    salt = kdf.hex("salt", 16)
    iv = fields.hex("iv", 12)
    sealed = bytes.fromhex(
        fields.text("ciphertext", cap=2 * _MAX_CIPHERTEXT, pattern="([0-9a-f]{2})+")
    )
    public = fields.hex("public", 65)
    kdf.done()
    fields.done()
    try:
        plain = AESGCM(_derive(passphrase, salt, iterations)).decrypt(iv, sealed, public)
    except InvalidTag:
        raise Refused("ENV-5001") from None
    key = load_der_private_key(plain, password=None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or public_bytes(key) != public:
        raise Refused("ENV-5002", field="public")
    return key


def _derive(passphrase: str, salt: bytes, iterations: int) -> bytes:
    return pbkdf2_hmac("sha256", passphrase.encode(), salt, iterations)
