"""Tickets and signed requests: how a bidder acts for a lot without an account.

A ticket binds a lot to a public key and is signed by the platform, which writes nothing: no row,
no audit, no log line joins the account that asked to the pseudonym that acts.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from binascii import Error as NotBase64
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto.signatures import verify_p256
from kernel.permissions import Pseudonym
from kernel.pure.errors import Refused
from kernel.secrets import Keys

LIFETIME = timedelta(hours=12)
WINDOW = timedelta(minutes=5)
PURPOSE = b"SBE/1 ticket\n"
POINT_BYTES = 65
REHEARSAL = UUID(int=0)
"""The lot of rehearsals. No such lot exists, so nothing done for it can count."""


@dataclass(frozen=True, slots=True)
class TicketRequest:
    """A request under ticket as it came; `path` has no query string.

    `signature` is the header X-Signature: unix seconds, a dot, 64 bytes r‖s in hex.
    """

    authorization: str
    signature: str
    method: str
    path: str
    body_digest: bytes


class TooLate(Refused):
    """A request by a ticket's own holder whose ticket, or whose signature, has run out."""

    def __init__(self, code: str, /, *, holder: Pseudonym, **facts: object) -> None:
        super().__init__(code, **facts)
        self.holder = holder


def pseudonym_of(public_key: bytes) -> str:
    """Hex SHA-256 of the raw uncompressed P-256 point."""
    return hashlib.sha256(public_key).hexdigest()


def issue(keys: Keys, *, lot_id: UUID, public_key: bytes, now: datetime) -> tuple[str, datetime]:
    """A ticket for `public_key` on a lot and when it expires (wall time).

    Raises Refused BID-1305 when the key is no P-256 point.
    """
    load_point(public_key)
    expires = now + LIFETIME
    claim = {
        "lot": str(lot_id),
        "public_key": _encode(public_key),
        "expires": int(expires.timestamp()),
    }
    payload = json.dumps(claim, separators=(",", ":"), sort_keys=True).encode()
    return f"{_encode(payload)}.{_encode(keys.sign_as_platform(PURPOSE + payload))}", expires


def read(keys: Keys, ticket: str) -> tuple[Pseudonym, datetime]:
    """Who holds this ticket and until when; raises Refused BID-1301 (not ours)."""
    try:
        payload, signature = (_decode(piece) for piece in ticket.split(".", 1))
    except (ValueError, NotBase64):
        raise Refused("BID-1301") from None
    if not keys.is_platforms(signature, PURPOSE + payload):
        raise Refused("BID-1301")
    claim = json.loads(payload)
    public_key = _decode(claim["public_key"])
    holder = Pseudonym(UUID(claim["lot"]), pseudonym_of(public_key), public_key)
    return holder, datetime.fromtimestamp(claim["expires"], UTC)


def authenticate(keys: Keys, shown: TicketRequest, at: datetime) -> Pseudonym:
    """The pseudonym behind a request; `at` is wall time.

    Raises Refused BID-1301 or BID-1303 (signature) when nobody is known to have sent it, TooLate
    BID-1302 (ticket) or BID-1304 (outside the window) when its holder did.
    """
    scheme, _, ticket = shown.authorization.partition(" ")
    if scheme != "Ticket":
        raise Refused("BID-1301")
    holder, expires = read(keys, ticket)
    stamp, _, encoded = shown.signature.partition(".")
    try:
        signed_at = datetime.fromtimestamp(int(stamp), UTC)
        signature = bytes.fromhex(encoded)
    except (ValueError, OverflowError, OSError):
        raise Refused("BID-1303") from None
    parts = (shown.method, shown.path, shown.body_digest.hex(), stamp)
    if not verify_p256(holder.public_key, "\n".join(parts).encode(), signature):
        raise Refused("BID-1303")
    if expires <= at:
        raise TooLate("BID-1302", holder=holder)
    if abs(signed_at - at) > WINDOW:
        raise TooLate("BID-1304", holder=holder, window=int(WINDOW.total_seconds()))
    return holder


def load_point(public_key: bytes) -> ec.EllipticCurvePublicKey:
    """A raw uncompressed P-256 point; raises Refused BID-1305 for anything else."""
    if len(public_key) != POINT_BYTES:
        raise Refused("BID-1305")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), public_key)
    except ValueError:
        raise Refused("BID-1305") from None


def _encode(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def _decode(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
