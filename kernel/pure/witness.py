"""What a witness of the log may sign: C2SP tlog-witness as values and one decision.

A tree only ever grows; whoever signed one size signs a larger one only against its proof.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as Base64Error
from dataclasses import dataclass
from typing import Final

from kernel.pure import merkle
from kernel.pure.checkpoints import Checkpoint, Note, parse_body, parse_note
from kernel.pure.errors import Refused

MAX_REQUEST: Final = 64 * 1024
MAX_PROOF: Final = 63
_OLD: Final = re.compile(r"old (0|[1-9][0-9]{0,14})")


@dataclass(frozen=True, slots=True)
class Seen:
    """The tree signed last: number of leaves and root; nothing yet is 0 leaves."""

    size: int = 0
    root: bytes = merkle.EMPTY_ROOT


@dataclass(frozen=True, slots=True)
class Request:
    """An add-checkpoint request: the size the log thinks was signed last, the path from there."""

    old: int
    path: tuple[bytes, ...]
    note: Note
    checkpoint: Checkpoint


def format_request(old: int, path: tuple[bytes, ...], note: str) -> str:
    """The request's text."""
    lines = [f"old {old}", *(b64encode(step).decode() for step in path)]
    return "\n".join(lines) + f"\n\n{note}"


def read_request(text: str) -> Request:
    """Read an add-checkpoint request. Refuses LOG-1004, LOG-1001, LOG-1002."""
    head, blank, note = text.partition("\n\n")
    first, *steps = head.split("\n")
    old = _OLD.fullmatch(first)
    if len(text) > MAX_REQUEST or not blank or old is None or len(steps) > MAX_PROOF:
        raise Refused("LOG-1004")
    path = tuple(_step(step) for step in steps)
    signed = parse_note(note)
    return Request(int(old.group(1)), path, signed, parse_body(signed.text))


def judge(request: Request, seen: Seen) -> Seen:
    """What will have been signed once `request` is; the log's signature is the caller's to check.

    Refuses LOG-2101 `old` lies beyond the checkpoint; LOG-2102 `old` is not the size signed last
    (a rollback, or news to the log); LOG-2103 the same size with another root (a fork); LOG-2104
    the path does not prove that the tree grew.
    """
    new = request.checkpoint
    if request.old > new.size:
        raise Refused("LOG-2101", old=request.old, size=new.size)
    if request.old != seen.size:
        raise Refused("LOG-2102", size=seen.size)
    if new.size == seen.size:
        if new.root != seen.root or request.path:
            raise Refused("LOG-2103", size=seen.size)
        return seen
    if not _extends(request, seen):
        raise Refused("LOG-2104", size=seen.size)
    return Seen(new.size, new.root)


def _extends(request: Request, seen: Seen) -> bool:
    new = request.checkpoint
    if seen.size == 0:
        return not request.path
    return merkle.verify_consistency(
        old_size=seen.size,
        old_root=seen.root,
        size=new.size,
        root=new.root,
        path=request.path,
    )


def _step(line: str) -> bytes:
    try:
        raw = b64decode(line, validate=True)
    except (Base64Error, ValueError):
        raise Refused("LOG-1004") from None
    if len(raw) != 32 or b64encode(raw).decode() != line:
        raise Refused("LOG-1004")
    return raw
