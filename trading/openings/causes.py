"""Where a listed bid stands, and why one could not be opened: the fault follows from the cause."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class BidState(StrEnum):
    """Where one listed bid stands."""

    LISTED = "listed"
    UNLOCKED = "unlocked"
    OPENED = "opened"
    REVOKED = "revoked_bidder_fault"
    WITHDRAWN = "withdrawn_not_bidder_fault"
    UNSIGNED = "refused_unsigned"


class Cause(StrEnum):
    """Why a bid could not be opened. Fault is derived from the cause, never chosen."""

    NOT_DECRYPTED = "not_decrypted"
    NO_KEY_LEFT = "no_key_left"
    RESCUE_SHORT = "rescue_short"
    WRONG_SECRET = "wrong_secret"  # noqa: S105 - a cause, not a password
    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    STORAGE_DAMAGED = "storage_damaged"
    NOT_AS_LOGGED = "not_as_logged"
    SERVICE_DOWN = "service_down"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a cause makes of a bid, and its code."""

    state: BidState
    code: str


CAUSES: Mapping[Cause, Outcome] = MappingProxyType(
    {
        Cause.NOT_DECRYPTED: Outcome(BidState.REVOKED, "OPN-2114"),
        Cause.NO_KEY_LEFT: Outcome(BidState.REVOKED, "OPN-2121"),
        Cause.RESCUE_SHORT: Outcome(BidState.REVOKED, "OPN-2122"),
        Cause.WRONG_SECRET: Outcome(BidState.REVOKED, "OPN-2115"),
        Cause.UNREADABLE: Outcome(BidState.REVOKED, "OPN-2116"),
        Cause.UNSIGNED: Outcome(BidState.UNSIGNED, "OPN-2117"),
        Cause.STORAGE_DAMAGED: Outcome(BidState.WITHDRAWN, "OPN-2118"),
        Cause.NOT_AS_LOGGED: Outcome(BidState.WITHDRAWN, "OPN-2119"),
        Cause.SERVICE_DOWN: Outcome(BidState.WITHDRAWN, "OPN-2120"),
    }
)


LATE = frozenset({Cause.NOT_DECRYPTED, Cause.NO_KEY_LEFT, Cause.RESCUE_SHORT})
"""What the end of the window makes of a bid still locked; a reopened window takes it back."""
WRONG_RESCUE = "OPN-2111"
ATTEMPTS = frozenset(
    {
        "OPN-2101",
        "OPN-2102",
        "OPN-2103",
        "OPN-2104",
        "OPN-2105",
        "OPN-2106",
        "OPN-2107",
        WRONG_RESCUE,
    }
)
"""Codes of single attempts that failed; each has its next act on the page of failures."""
