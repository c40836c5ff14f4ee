"""House numbers of the line to the banks, read once from `terms.toml`."""

import tomllib
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("terms.toml")


@dataclass(frozen=True, slots=True)
class Terms:
    """What a push may cost us, and when an unanswered payment calls a person.

    `patience` and `idle` are in seconds: for a whole message, and for a quiet connection.
    """

    window: timedelta
    most_bytes: int
    patience: float
    idle: float
    most_connections: int
    most_waiting_bytes: int
    most_in_commit: int
    call_after: timedelta


@cache
def terms() -> Terms:
    """The terms of this house."""
    told = tomllib.loads(FILE.read_text("utf-8"))
    push = told["push"]
    return Terms(
        window=timedelta(seconds=push["window_seconds"]),
        most_bytes=push["most_bytes"],
        patience=push["patience_seconds"],
        idle=push["idle_seconds"],
        most_connections=push["most_connections"],
        most_waiting_bytes=push["most_waiting_bytes"],
        most_in_commit=push["most_in_commit"],
        call_after=timedelta(hours=told["payment"]["call_after_hours"]),
    )
