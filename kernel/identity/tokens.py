"""Session tokens: 32 random bytes in the cookie, only their SHA-256 in the database."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import Final

TOKEN_BYTES: Final = 32


def new_token() -> str:
    """A fresh token as it stands in the cookie."""
    return base64.urlsafe_b64encode(secrets.token_bytes(TOKEN_BYTES)).decode().rstrip("=")


def token_hash(token: str) -> bytes | None:
    """What the database keeps; None for text that is no token."""
    raw = _raw(token)
    return hashlib.sha256(raw).digest() if raw is not None else None


def csrf_token(token: str) -> str:
    """Derived from the session's token, so that nothing more is kept; "" for no token."""
    raw = _raw(token)
    return hmac.new(raw, b"sunbid csrf", hashlib.sha256).hexdigest() if raw is not None else ""


def _raw(token: str) -> bytes | None:
    try:
        raw = base64.b64decode(token + "=", altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == TOKEN_BYTES else None
