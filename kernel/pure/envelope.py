"""Mathematics of the sealed envelope SBE/1: digests, places, key schedule; no encryption here.

Specification: docs/sealed-bid-envelope.md; 招标投标法 36 条，20 号令 22–28 条。
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final

from kernel.pure import hkdf, jcs
from kernel.pure.errors import Refused
from kernel.pure.header import Context, Header, Part, PartName, chunk_count, size_class
from kernel.pure.header_reader import parse_header
from kernel.pure.hkdf import labelled_hash
from kernel.pure.policy import HolderLock, Policy

__all__ = [
    "Context",
    "Header",
    "HolderLock",
    "Part",
    "PartKeys",
    "PartName",
    "Policy",
    "binding_message",
    "check_place",
    "check_upload",
    "chunk_count",
    "commitment",
    "draw_part",
    "hpke_info",
    "known_roots",
    "nonce",
    "parse_header",
    "part_cek",
    "part_keys",
    "size_class",
]

_LAST: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class PartKeys:
    """AES-256 key, 12-byte nonce base and the 32-byte commitment to both."""

    key: bytes
    base: bytes
    commitment: bytes


def check_place(
    header: Header,
    *,
    tender: str,
    lot: str,
    pseudonym: str,
    policies: Collection[bytes],
    stage: int = 1,
) -> None:
    """An envelope belongs where it is handed in.

    `policies` are the digests of the lot's logged policies still admitted. Refuses ENV-1101
    (another tender, lot or stage), ENV-1102 (another pseudonym), ENV-1103 (unknown or outdated
    policy).
    """
    context = header.context
    if (context.tender, context.lot, context.stage) != (tender, lot, stage):
        raise Refused("ENV-1101", lot=context.lot)
    if context.pseudonym != pseudonym:
        raise Refused("ENV-1102")
    if bytes.fromhex(context.policy_digest) not in policies:
        raise Refused("ENV-1103", version=header.policy.version)


def check_upload(part: Part, *, size: int, chunk_count: int, merkle_root: bytes) -> None:
    """The stored object is the one the header names. Refuses ENV-1201."""
    if (size, chunk_count, merkle_root) != (part.sealed_size, part.chunk_count, part.merkle_root):
        raise Refused("ENV-1201", part=part.name.value)


def commitment(header: Header, signature: bytes) -> bytes:
    """C = SHA-256("SBE/1" ‖ commitment_salt ‖ header ‖ signature): its name in the log."""
    return labelled_hash(b"SBE/1", header.commitment_salt, header.raw, signature)


def binding_message(header: Header) -> bytes:
    """What the bidder's certificate signs: "SBE/1 binding" ‖ JCS(header less identity and locks).

    The signature stands inside `identity`, so neither that part nor the locks can be in it.
    """
    value: dict[str, object] = json.loads(header.raw)
    del value["locks"]
    value["parts"] = [part.to_json() for part in header.parts if part.name is not PartName.IDENTITY]
    return b"SBE/1 binding" + jcs.canonical(value)


def hpke_info(role: str, context: Context) -> bytes:
    """HPKE info of a lock: role "trustee 3" or "bid key", bound to the context."""
    return f"SBE/1 {role}".encode() + context.canonical()


def part_cek(name: PartName, context: Context, *, secret: bytes) -> bytes:
    """Content key of a part; `secret` is s_list for `identity`, else s_open ‖ s_holder."""
    return hkdf.derive(secret, salt=b"SBE/1", info=name.value.encode() + context.canonical())


def part_keys(part: Part, context: Context, *, cek: bytes) -> PartKeys:
    """key ‖ base ‖ commitment = HKDF-Expand(cek, "SBE/1" ‖ part ‖ salt ‖ context)."""
    info = b"SBE/1" + part.name.value.encode() + part.salt + context.canonical()
    raw = hkdf.expand(cek, info, 32 + 12 + 32)
    return PartKeys(raw[:32], raw[32:44], raw[44:])


def nonce(base: bytes, index: int, *, last: bool) -> bytes:
    """Nonce of chunk `index`: base ⊕ (flag 2^32 when last, plus index) as a 96-bit number."""
    counter = index + (_LAST if last else 0)
    return (int.from_bytes(base, "big") ^ counter).to_bytes(12, "big")


def draw_part(s_open: bytes) -> bytes:
    """An envelope's part in the seed of the lot's draws."""
    return hkdf.expand(s_open, b"SBE/1 draw part", 32)


def known_roots(headers: Iterable[Header]) -> dict[bytes, tuple[str, PartName]]:
    """Whose part each ciphertext root belongs to: tells a swapped part from a damaged one."""
    return {
        part.merkle_root: (header.context.envelope_id, part.name)
        for header in headers
        for part in header.parts
    }
