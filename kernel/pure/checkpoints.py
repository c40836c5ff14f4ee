"""Checkpoints of the log as C2SP tlog-checkpoint bodies in C2SP signed notes; log leaves.

Only texts: signature bytes are made and checked elsewhere.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from kernel.pure import jcs
from kernel.pure.errors import Refused

ED25519: Final = 0x01
MAX_NOTE: Final = 64 * 1024
_NAME: Final = re.compile(r"[^\s+]+")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,14}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state of the log: origin line, number of leaves, root (32 bytes), extension lines."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def body(self) -> str:
        """The signed text, ending in a newline. Raises ValueError when no line form holds it."""
        lines = (self.origin, str(self.size), _b64(self.root), *self.extensions)
        if any(not line or "\n" in line for line in lines) or len(self.root) != 32:
            raise ValueError("a checkpoint has non-empty single lines and a 32-byte root")
        return "".join(f"{line}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: signer's name, 4-byte key id, signature bytes."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A signed note: its text (with the last newline) and its signature lines in order."""

    text: str
    signatures: tuple[NoteSignature, ...]

    def by(self, name: str, key_id: bytes) -> NoteSignature | None:
        """The line of that signer and key, if any."""
        for line in self.signatures:
            if line.name == name and line.key_id == key_id:
                return line
        return None


def parse_body(text: str) -> Checkpoint:
    """Read a checkpoint body. Refuses LOG-1001."""
    lines = text.split("\n")
    if len(lines) < 4 or lines.pop() != "" or not all(lines):
        raise Refused("LOG-1001", what="lines")
    if _SIZE.fullmatch(lines[1]) is None:
        raise Refused("LOG-1001", what="size")
    root = _unb64(lines[2], "root")
    if len(root) != 32:
        raise Refused("LOG-1001", what="root")
    return Checkpoint(lines[0], int(lines[1]), root, tuple(lines[3:]))


def ed25519_key_id(name: str, public_key: bytes) -> bytes:
    """Key id of an Ed25519 signer: first 4 bytes of SHA-256(name ‖ LF ‖ 0x01 ‖ key)."""
    if _NAME.fullmatch(name) is None or len(public_key) != 32:
        raise ValueError("a signer has a name without spaces or plus, and a 32-byte key")
    return sha256(name.encode() + b"\n" + bytes([ED25519]) + public_key).digest()[:4]


def signature_line(name: str, key_id: bytes, signature: bytes) -> str:
    """One line "— name base64(key id ‖ signature)" with its newline."""
    return f"— {name} {_b64(key_id + signature)}\n"


def format_note(text: str, *lines: str) -> str:
    """A signed note of a text and lines made by `signature_line`."""
    if not text.endswith("\n") or not lines:
        raise ValueError("a note has a text ending in a newline, and signatures")
    return f"{text}\n{''.join(lines)}"


def parse_note(note: str) -> Note:
    """Split a signed note. Refuses LOG-1002."""
    text, blank, tail = note.rpartition("\n\n")
    if len(note) > MAX_NOTE or not blank or not tail.endswith("\n"):
        raise Refused("LOG-1002", what="form")
    lines = tail.removesuffix("\n").split("\n")
    return Note(f"{text}\n", tuple(_signature(line) for line in lines))


def leaf_bytes(kind: str, body: dict[str, object], salt: bytes) -> bytes:
    """The bytes of one log leaf; the salt keeps a guessable body from being confirmed."""
    return jcs.canonical({"body": body, "kind": kind, "salt": salt.hex()})


def _signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, space, encoded = rest.partition(" ")
    if dash != "—" or not space or _NAME.fullmatch(name) is None:
        raise Refused("LOG-1002", what="line")
    raw = _unb64(encoded, "signature")
    if len(raw) <= 4:
        raise Refused("LOG-1002", what="signature")
    return NoteSignature(name, raw[:4], raw[4:])


def _b64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _unb64(text: str, what: str) -> bytes:
    try:
        raw = b64decode(text, validate=True)
    except (Base64Error, ValueError):
        raise Refused("LOG-1001", what=what) from None
    if _b64(raw) != text:
        raise Refused("LOG-1001", what=what)
    return raw
