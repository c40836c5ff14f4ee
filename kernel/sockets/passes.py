"""Passes: how a bidder's socket follows a stream as its seat, with a ticket and without a cookie.

A browser cannot sign a WebSocket's handshake. It asks for a pass by a request signed under its
ticket and shows it in `join`; the platform signs it, and every web process can read it.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from datetime import UTC, datetime, timedelta
from uuid import UUID

from kernel.permissions import Pseudonym
from kernel.pure.errors import Refused
from kernel.secrets import Keys

LIFETIME = timedelta(minutes=10)
PURPOSE = b"SBE/1 pass\n"


def issue(keys: Keys, holder: Pseudonym, live_id: UUID, *, at: datetime) -> str:
    """A pass for one stream; `at` is wall time."""
    claim = {
        "expires": int((at + LIFETIME).timestamp()),
        "live": str(live_id),
        "lot": str(holder.lot_id),
        "public_key": holder.public_key.hex(),
        "pseudonym": holder.pseudonym,
    }
    payload = json.dumps(claim, separators=(",", ":"), sort_keys=True).encode()
    return f"{_encode(payload)}.{_encode(keys.sign_as_platform(PURPOSE + payload))}"


def read(keys: Keys, shown: str, live_id: UUID, *, at: datetime) -> Pseudonym:
    """Whose pass it is; raises Refused WEB-1104 when it is none, run out, or for another stream."""
    try:
        payload, signature = (_decode(piece) for piece in shown.split(".", 1))
    except (ValueError, NotBase64):
        raise Refused("WEB-1104") from None
    if not keys.is_platforms(signature, PURPOSE + payload):
        raise Refused("WEB-1104")
    claim = json.loads(payload)
    late = datetime.fromtimestamp(claim["expires"], UTC) <= at
    if late or UUID(claim["live"]) != live_id:
        raise Refused("WEB-1104")
    return Pseudonym(UUID(claim["lot"]), claim["pseudonym"], bytes.fromhex(claim["public_key"]))


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
