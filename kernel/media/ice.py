"""STUN and TURN as the settings name them; a relay's password lives hours (coturn's REST form)."""

import hashlib
import hmac
from base64 import b64encode
from datetime import datetime, timedelta
from typing import Any

from kernel.settings import Settings

LIFE = timedelta(hours=4)


def servers(settings: Settings, wall: datetime) -> list[dict[str, Any]]:
    """RTCIceServer values for a page; empty when none is set: one's own network then suffices."""
    urls = [url.strip() for url in settings.ice_urls.split(",") if url.strip()]
    plain = [url for url in urls if not url.startswith("turn")]
    relays = [url for url in urls if url.startswith("turn")]
    found: list[dict[str, Any]] = [{"urls": plain}] if plain else []
    if relays and settings.turn_secret:
        username = str(int((wall + LIFE).timestamp()))
        digest = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1)
        password = b64encode(digest.digest()).decode()
        found.append({"urls": relays, "username": username, "credential": password})
    return found
