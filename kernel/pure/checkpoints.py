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
COSIGNATURE: Final = 0x04
SIGNATURE_BYTES: Final = 64
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


@dataclass(frozen=True, slots=True)
class Cosignature:
    """A cosigner's line: who, by which key, at which second of 1970, the 64 bytes that sign it."""

    name: str
    key_id: bytes
    time: int
    signature: bytes

    def line(self) -> str:
        """The line as JSON carries it, without its newline."""
        raw = self.time.to_bytes(8, "big") + self.signature
        return signature_line(self.name, self.key_id, raw).removesuffix("\n")


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
    return _key_id(name, ED25519, public_key)


def cosigner_key_id(name: str, public_key: bytes) -> bytes:
    """Key id of a cosigner: the same with type 0x04 (C2SP tlog-cosignature v1)."""
    return _key_id(name, COSIGNATURE, public_key)


def cosignature_message(time: int, body: str) -> bytes:
    """What a cosigner signs: the second since 1970 and the checkpoint's body."""
    return f"cosignature/v1\ntime {time}\n{body}".encode()


def read_cosignature(line: str) -> Cosignature:
    """Read one line, with or without its newline. Refuses LOG-1002."""
    found = _signature(line.removesuffix("\n"))
    if len(found.signature) != 8 + SIGNATURE_BYTES:
        raise Refused("LOG-1002", what="cosignature")
    time = int.from_bytes(found.signature[:8], "big")
    return Cosignature(found.name, found.key_id, time, found.signature[8:])


def format_vkey(name: str, kind: int, public_key: bytes) -> str:
    """A verifier key of the note specification: name+id+base64(type ‖ key)."""
    key_id = _key_id(name, kind, public_key)
    return f"{name}+{key_id.hex()}+{_b64(bytes([kind]) + public_key)}"


def parse_vkey(text: str) -> tuple[str, int, bytes]:
    """Name, type and 32-byte key of a verifier key. Refuses LOG-1003."""
    parts = text.split("+", 2)
    try:
        name, told, raw = parts[0], bytes.fromhex(parts[1]), _unb64(parts[2], "key")
        known = _key_id(name, raw[0], raw[1:])
    except (IndexError, ValueError, Refused):
        raise Refused("LOG-1003") from None
    if told != known:
        raise Refused("LOG-1003")
    return name, raw[0], raw[1:]


def _key_id(name: str, kind: int, public_key: bytes) -> bytes:
    if _NAME.fullmatch(name) is None or len(public_key) != 32:
        raise ValueError("a signer has a name without spaces or plus, and a 32-byte key")
    return sha256(name.encode() + b"\n" + bytes([kind]) + public_key).digest()[:4]


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
