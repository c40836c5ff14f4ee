"""The manifest of a lot: every envelope and withdrawal in log order, and which envelopes are live.

Trustees release for one manifest only (docs/sealed-bid-envelope.md; 招标投标法 28、29、36 条).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

from kernel.pure import jcs
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.hkdf import labelled_hash

FORMAT: Final = "SBE/1 manifest"
MAX_ENTRIES: Final = 20_000


@dataclass(frozen=True, slots=True)
class Sealed:
    """One admitted envelope; commitment 32 bytes, envelope_id and pseudonym as hexadecimal text."""

    commitment: bytes
    envelope_id: str
    pseudonym: str
    sequence: int
    log_index: int

    def to_json(self) -> dict[str, object]:
        """The manifest's object for this envelope."""
        return {
            "commitment": self.commitment.hex(),
            "envelope_id": self.envelope_id,
            "kind": "envelope",
            "log_index": self.log_index,
            "pseudonym": self.pseudonym,
            "sequence": self.sequence,
        }


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """One withdrawal; `commitment` names the envelope that was taken back."""

    commitment: bytes
    pseudonym: str
    log_index: int

    def to_json(self) -> dict[str, object]:
        """The manifest's object for this withdrawal."""
        return {
            "commitment": self.commitment.hex(),
            "kind": "withdrawal",
            "log_index": self.log_index,
            "pseudonym": self.pseudonym,
        }


Entry: TypeAlias = Sealed | Withdrawn


@dataclass(frozen=True, slots=True)
class Manifest:
    """All entries of a lot in log order; `live` is derived, never told."""

    lot: str
    entries: tuple[Entry, ...]

    def to_json(self) -> dict[str, object]:
        """The canonicalised object."""
        return {
            "entries": [entry.to_json() for entry in self.entries],
            "format": FORMAT,
            "live": [sealed.commitment.hex() for sealed in live(self.entries)],
            "lot": self.lot,
        }

    def digest(self) -> bytes:
        """SHA-256("SBE/1 manifest" ‖ JCS)."""
        return labelled_hash(FORMAT.encode(), jcs.canonical(self.to_json()))


def live(entries: tuple[Entry, ...]) -> tuple[Sealed, ...]:
    """The last envelope of each pseudonym that was not withdrawn, in log order (法 29)."""
    last: dict[str, Sealed] = {}
    for entry in entries:
        if isinstance(entry, Sealed):
            last[entry.pseudonym] = entry
        else:
            last.pop(entry.pseudonym, None)
    return tuple(sorted(last.values(), key=lambda sealed: sealed.log_index))


def read_manifest(value: object) -> Manifest:
    """A manifest from its JSON object. Refuses ENV-4001 naming the field."""
    fields = Fields(value, code="ENV-4001")
    fields.choice("format", FORMAT)
    entries = tuple(_read_entry(e) for e in fields.items("entries", low=0, high=MAX_ENTRIES))
    manifest = Manifest(fields.uuid("lot"), entries)
    told = fields.value("live")
    fields.done()
    indexes = [entry.log_index for entry in entries]
    if indexes != sorted(set(indexes)):
        raise Refused("ENV-4001", field="entries")
    if told != manifest.to_json()["live"]:
        raise Refused("ENV-4001", field="live")
    return manifest


def _read_entry(fields: Fields) -> Entry:
    kind = fields.choice("kind", "envelope", "withdrawal")
    commitment = fields.hex("commitment", 32)
    pseudonym = fields.hex("pseudonym", 32).hex()
    log_index = fields.integer("log_index", 0, jcs.SAFE_INTEGER)
    entry: Entry = Withdrawn(commitment, pseudonym, log_index)
    if kind == "envelope":
        envelope_id = fields.hex("envelope_id", 16).hex()
        sequence = fields.integer("sequence", 1, 100_000)
        entry = Sealed(commitment, envelope_id, pseudonym, sequence, log_index)
    fields.done()
    return entry
