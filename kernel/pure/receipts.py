"""Receipts, and refusals in the same form: what a bidder holds against us, checked without us.

Format: docs/sealed-bid-envelope.md, section 9. Signatures are checked by whoever is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from kernel.pure import checkpoints, jcs, merkle
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields

RECEIPT: Final = "SBE/1 receipt"
REFUSAL: Final = "SBE/1 refusal"
REFUSED_KIND: Final = "bid.refusal"
KINDS: Final = {RECEIPT: ("bid.commitment", "bid.withdrawal"), REFUSAL: (REFUSED_KIND,)}
MAX_LEAF: Final = 4096
MAX_PATH: Final = 64
_STEP: Final = re.compile(r"[0-9a-f]{64}")

Holds = Callable[[bytes, bytes, bytes], bool]
"""Whether (key, message, signature) is a valid Ed25519 signature."""


@dataclass(frozen=True, slots=True)
class LogKey:
    """The log as everybody knows it: its signer name and raw Ed25519 key (32 bytes)."""

    name: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Proven:
    """What a receipt proves: the log held a leaf about `subject`, told at `at`.

    `code` is the reason of a refusal, None for what was taken.
    """

    subject: bytes
    at: str
    code: str | None
    index: int
    checkpoint: checkpoints.Checkpoint


def attempt_digest(*, pseudonym: str, lot: str, method: str, path: str, body: bytes) -> bytes:
    """The subject of a refusal that concerns no readable envelope; `body` is its SHA-256."""
    value = {"body": body.hex(), "lot": lot, "method": method, "path": path, "pseudonym": pseudonym}
    return sha256(b"SBE/1 attempt" + jcs.canonical(value)).digest()


def prove(value: object, log: LogKey, holds: Holds) -> Proven:
    """What a receipt or a refusal proves.

    Refuses LOG-1005 (form), LOG-2001 (the leaf tells otherwise), LOG-2002 (not in the tree of its
    checkpoint), LOG-2003 (checkpoint not signed by this log), LOG-1001, LOG-1002.
    """
    fields = Fields(value, code="LOG-1005")
    form = fields.choice("format", RECEIPT, REFUSAL)
    subject = fields.hex("commitment", 32)
    leaf = fields.text("leaf", cap=MAX_LEAF)
    told = {"commitment": subject.hex()}
    if form == REFUSAL:
        told |= {"code": fields.text("code"), "at": fields.text("at")}
    body = _told_by(leaf, form)
    if any(body.get(name) != said for name, said in told.items()):
        raise Refused("LOG-2001")
    if set(body) != {"at", "commitment", *told}:
        raise Refused("LOG-2001")
    index, point = _included(fields, leaf, log, holds)
    return Proven(subject, str(body["at"]), told.get("code"), index, point)


def _told_by(leaf: str, form: str) -> dict[str, jcs.JsonValue]:
    """The body of a leaf whose kind fits the receipt's format: a refusal is no receipt."""
    content = jcs.parse(leaf.encode())
    if not isinstance(content, dict) or content.get("kind") not in KINDS[form]:
        raise Refused("LOG-2001")
    body = content.get("body")
    if not isinstance(body, dict):
        raise Refused("LOG-2001")
    return body


def _included(
    fields: Fields, leaf: str, log: LogKey, holds: Holds
) -> tuple[int, checkpoints.Checkpoint]:
    note = checkpoints.parse_note(fields.text("checkpoint", cap=checkpoints.MAX_NOTE))
    line = note.by(log.name, checkpoints.ed25519_key_id(log.name, log.key))
    if line is None or not holds(log.key, note.text.encode(), line.signature):
        raise Refused("LOG-2003")
    point = checkpoints.parse_body(note.text)
    if point.origin != log.name:
        raise Refused("LOG-2003")
    index = fields.integer("index", 0, jcs.SAFE_INTEGER)
    held = merkle.verify_inclusion(
        leaf=merkle.leaf_hash(leaf.encode()),
        index=index,
        size=point.size,
        path=_path(fields.value("path")),
        root=point.root,
    )
    if not held or fields.value("tree_size") != point.size:
        raise Refused("LOG-2002")
    return index, point


def _path(value: object) -> tuple[bytes, ...]:
    if not isinstance(value, list) or len(value) > MAX_PATH:
        raise Refused("LOG-1005", field="path")
    if not all(isinstance(step, str) and _STEP.fullmatch(step) for step in value):
        raise Refused("LOG-1005", field="path")
    return tuple(map(bytes.fromhex, value))
