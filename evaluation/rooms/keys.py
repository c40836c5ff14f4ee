"""The key of a room: sheets are sealed to it in the browser, only the worker opens them.

Derived from the installation's own secret, so that no private key rests in the database.
"""

from typing import Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from kernel.crypto.signatures import public_bytes
from kernel.secrets import Keys

__all__ = ["public_bytes", "room_key"]

_CURVE: Final = ec.SECP256R1()
_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_PURPOSE: Final = b"sunbid evaluation room/1\0"


def room_key(keys: Keys, room_id: UUID) -> ec.EllipticCurvePrivateKey:
    """The room's private key: for the worker's jobs; `public_bytes` of it stands on the room."""
    purpose = _PURPOSE + room_id.bytes
    wide = HKDF(algorithm=SHA256(), length=48, salt=None, info=purpose).derive(
        keys.raw("evaluation-rooms")
    )
    # A scalar from 48 derived bytes: the bias of the reduction is below 2^-128.
    return ec.derive_private_key(int.from_bytes(wide, "big") % (_ORDER - 1) + 1, _CURVE)
