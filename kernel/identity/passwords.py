"""Argon2id hashes (RFC 9106, second recommended choice), never computed on the event loop."""

from __future__ import annotations

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from kernel.hub import off_hub

_HASHER = PasswordHasher(time_cost=3, memory_cost=64 * 1024, parallelism=1)


def hash_password(password: str) -> str:
    """The string to store; holds salt and parameters."""
    return off_hub(lambda: _HASHER.hash(password))


def is_password(stored: str | None, password: str) -> bool:
    """Whether `password` is the one; as slow for an unknown login as for a known one."""
    reference = stored or _nobody()
    return off_hub(lambda: _verify(reference, password)) and stored is not None


def _verify(stored: str, password: str) -> bool:
    try:
        return _HASHER.verify(stored, password)
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody has this password")
