"""A lot's close: the checkpoint, who vouched for it and when, and what a late one needs.

Format: docs/sealed-bid-envelope.md, section 9. Signatures are checked by whoever is handed in.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.checkpoints import MAX_NOTE
from kernel.pure.fields import Fields
from kernel.pure.timestamps import MAX_TOKEN

MAX_DELTA: Final = 60
FORMAT: Final = "SBE/1 late close"
MAX_REASON: Final = 1000
MAX_CHAIN: Final = 5
MAX_CERTIFICATE: Final = 16 * 1024


class Verdict(StrEnum):
    """What a supervisor decides about a late close."""

    GO_ON = "go_on"
    RETURN = "return"


@dataclass(frozen=True, slots=True)
class Decision:
    """A supervisor's signed word on one close: digests of 32 bytes, DER chain with leaf first."""

    lot: str
    checkpoint: bytes
    manifest: bytes
    verdict: Verdict
    reason: str
    chain: tuple[bytes, ...]
    signature: bytes

    def message(self) -> bytes:
        """What the certificate's key signs."""
        return FORMAT.encode() + jcs.canonical(self._body())

    def to_json(self) -> dict[str, jcs.JsonValue]:
        """The decision as it is handed over, stored and published."""
        chain: list[jcs.JsonValue] = [der.hex() for der in self.chain]
        return {
            **self._body(),
            "certificate_chain": chain,
            "signature": self.signature.hex(),
        }

    def digest(self) -> bytes:
        """What the log holds of it."""
        return sha256(jcs.canonical(self.to_json())).digest()

    def _body(self) -> dict[str, jcs.JsonValue]:
        return {
            "format": FORMAT,
            "lot": self.lot,
            "checkpoint": self.checkpoint.hex(),
            "manifest": self.manifest.hex(),
            "verdict": self.verdict.value,
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class Close:
    """A close as published: signed note, cosignature lines, DER token, seconds of grace."""

    checkpoint: str
    cosignatures: tuple[str, ...]
    stamp: bytes | None
    delta: int
    decision: Decision | None


def is_in_time(
    *,
    deadline: datetime,
    delta: int,
    cosigned: Iterable[datetime],
    stamped: datetime | None,
) -> bool:
    """Whether a cosignature and the stamp both lie in [T, T + δ], T in whole seconds."""
    start = deadline.replace(microsecond=0)
    end = start + timedelta(seconds=delta)
    return (
        stamped is not None
        and start <= stamped <= end
        and any(start <= at <= end for at in cosigned)
    )


def read_decision(value: object) -> Decision:
    """Read a decision. Refuses LOG-1301 naming the field."""
    fields = Fields(value, code="LOG-1301")
    fields.choice("format", FORMAT)
    found = Decision(
        lot=fields.uuid("lot"),
        checkpoint=fields.hex("checkpoint", 32),
        manifest=fields.hex("manifest", 32),
        verdict=Verdict(fields.choice("verdict", *Verdict)),
        reason=fields.text("reason", cap=MAX_REASON),
        chain=fields.hexes("certificate_chain", low=1, high=MAX_CHAIN, size=MAX_CERTIFICATE),
        signature=fields.hex("signature", 64),
    )
    fields.done()
    return found


def read_close(fields: Fields) -> Close:
    """Read a close out of an object that may hold more. Refuses the object's code, LOG-1301."""
    return Close(
        checkpoint=fields.text("checkpoint", cap=MAX_NOTE),
        cosignatures=fields.texts("cosignatures", low=0, high=16, cap=1024),
        stamp=fields.optional("stamp", lambda name: fields.blob(name, cap=MAX_TOKEN)),
        delta=fields.integer("delta", 1, MAX_DELTA),
        decision=fields.optional("decision", lambda name: read_decision(fields.value(name))),
    )
