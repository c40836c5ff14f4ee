"""Reader of sealed envelopes SBE/1: signatures, secrets, and parts opened chunk by chunk.

Memory is constant: at most one sealed and one opened chunk. Every failure has its own code.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.crypto import sharing
from kernel.crypto.signatures import verify_p256
from kernel.pure import envelope, jcs, merkle
from kernel.pure.envelope import Header, HolderLock, Part, PartKeys, PartName, nonce
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, TAG
from kernel.pure.messages import ReleaseStage

_PREFIX: Final = 8
_NO_ROOTS: Final[Mapping[bytes, tuple[str, PartName]]] = {}


@dataclass(frozen=True, slots=True)
class Secrets:
    """What is known of an envelope's secrets, 32 bytes each."""

    list: bytes | None = None
    open: bytes | None = None
    holder: bytes | None = None


def verify_header(raw: bytes, signature: bytes) -> Header:
    """Parse and check the pseudonym's signature. Refuses ENV-1001 … 1012 and ENV-1006."""
    header = envelope.parse_header(raw)
    if not verify_p256(header.signing_key, raw, signature):
        raise Refused("ENV-1006")
    return header


def holder_secret(header: Header, s_holder: bytes | None) -> bytes:
    """The bidder's secret, checked; 32 zero bytes under `committee_only`. Refuses ENV-3004."""
    if header.policy.holder_lock is HolderLock.COMMITTEE_ONLY:
        return bytes(32)
    if s_holder is None or not _same(s_holder, header.secrets.holder):
        raise Refused("ENV-3004")
    return s_holder


def committee_secret(header: Header, stage: ReleaseStage, shares: Mapping[int, bytes]) -> bytes:
    """s_list or s_open from trustees' shares. Refuses ENV-3001, 3002, 3003, and 3005.

    ENV-3005: the draw part of s_open is not the one the header names (the bidder's fault).
    """
    opening = stage is ReleaseStage.OPEN
    secret = sharing.rebuild(
        shares,
        hashes={w.index: w.open_share if opening else w.list_share for w in header.wraps},
        threshold=header.threshold,
        secret_hash=header.secrets.open if opening else header.secrets.list,
    )
    if opening and not _same(envelope.draw_part(secret), header.draw_part_hash):
        raise Refused("ENV-3005")
    return secret


def check_binding(header: Header, certificate_key: bytes, signature: bytes) -> None:
    """The certificate inside `identity` signed this envelope. Refuses ENV-3006 (条例 51)."""
    if not verify_p256(certificate_key, envelope.binding_message(header), signature):
        raise Refused("ENV-3006")


def open_part(
    header: Header,
    name: PartName,
    secrets: Secrets,
    chunks: Iterable[bytes],
    *,
    known_roots: Mapping[bytes, tuple[str, PartName]] = _NO_ROOTS,
) -> Iterator[bytes]:
    """The content of a part, piece by piece, from its sealed chunks in storage order.

    Each piece is authentic when it comes, the part as a whole only once the iterator ends without
    a refusal. `known_roots` (envelope.known_roots of the lot's headers) tells a swapped part from
    a damaged one. Refuses ENV-2001 … ENV-2011.
    """
    part = header.part(name)
    if part is None:
        raise Refused("ENV-2011", part=name.value)
    keys = _keys(header, part, secrets)
    reading = _Reading(part, keys, known_roots)
    return _content(part, reading.opened(chunks))


def read_json(
    header: Header,
    name: PartName,
    secrets: Secrets,
    chunks: Iterable[bytes],
    *,
    known_roots: Mapping[bytes, tuple[str, PartName]] = _NO_ROOTS,
) -> dict[str, jcs.JsonValue]:
    """A structured part (`identity`, `opening`). Refuses ENV-2010 when it is no such object."""
    opened = open_part(header, name, secrets, chunks, known_roots=known_roots)
    raw = b"".join(opened)
    try:
        value = jcs.parse(raw)
    except Refused:
        raise Refused("ENV-2010", part=name.value) from None
    if not isinstance(value, dict):
        raise Refused("ENV-2010", part=name.value)
    return value


def part_cek(header: Header, name: PartName, secrets: Secrets) -> bytes:
    """Content key of a part once its secrets are right; the bundle publishes that of `opening`.

    Refuses ENV-2001 naming the secret that is missing or wrong.
    """
    if name is PartName.IDENTITY:
        secret = _checked(secrets.list, header.secrets.list, "list")
    else:
        secret = _checked(secrets.open, header.secrets.open, "open")
        secret += _checked(secrets.holder, header.secrets.holder, "holder")
    return envelope.part_cek(name, header.context, secret=secret)


def _keys(header: Header, part: Part, secrets: Secrets) -> PartKeys:
    cek = part_cek(header, part.name, secrets)
    keys = envelope.part_keys(part, header.context, cek=cek)
    if not hmac.compare_digest(keys.commitment, part.key_commitment):
        raise Refused("ENV-2002", part=part.name.value)
    return keys


def _checked(secret: bytes | None, expected: bytes, which: str) -> bytes:
    if secret is None or not _same(secret, expected):
        raise Refused("ENV-2001", secret=which)
    return secret


def _same(secret: bytes, expected: bytes) -> bool:
    return hmac.compare_digest(sha256(secret).digest(), expected)


class _Reading:
    """One pass over a part's chunks: lengths, tags, order, count, and at last the tree."""

    def __init__(
        self, part: Part, keys: PartKeys, known_roots: Mapping[bytes, tuple[str, PartName]]
    ) -> None:
        self._part = part
        self._known = known_roots
        self._base = keys.base
        self._cipher = AESGCM(keys.key)
        self._tree = merkle.Frontier()

    def opened(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        source = iter(chunks)
        for sealed in source:
            index = self._tree.size
            self._tree.add(merkle.leaf_hash(sealed))
            if index >= self._part.chunk_count:
                raise self._refused("ENV-2008", index)
            yield self._open(sealed, index, source)
        if self._tree.size < self._part.chunk_count:
            raise self._refused("ENV-2004", self._tree.size)
        if self._tree.root() != self._part.merkle_root:
            raise self._refused("ENV-2006", self._tree.size)

    def _open(self, sealed: bytes, index: int, rest: Iterator[bytes]) -> bytes:
        last = index == self._part.chunk_count - 1
        try:
            plain = self._cipher.decrypt(nonce(self._base, index, last=last), sealed, None)
        except (InvalidTag, ValueError):
            raise self._diagnosed(sealed, index, rest) from None
        expected = self._part.size_class - index * CHUNK if last else CHUNK
        if len(plain) != expected:
            raise self._refused("ENV-2009", index)
        return plain

    def _diagnosed(self, sealed: bytes, index: int, rest: Iterator[bytes]) -> Refused:
        """Why a chunk does not open: moved, repeated, cut, taken from elsewhere, or damaged."""
        true_index = self._found_at(sealed)
        if true_index is not None:
            return self._refused("ENV-2007" if true_index < index else "ENV-2005", index)
        length = len(sealed)
        for later in rest:
            self._tree.add(merkle.leaf_hash(later))
        owner = self._known.get(self._tree.root())
        if owner is not None and self._tree.root() != self._part.merkle_root:
            return self._refused("ENV-2012", index)
        if length < min(self._part.size_class - index * CHUNK, CHUNK) + TAG:
            return self._refused("ENV-2004", index)
        return self._refused("ENV-2003", index)

    def _found_at(self, sealed: bytes) -> int | None:
        """The place of a genuine chunk of this part that stands elsewhere."""
        count = self._part.chunk_count
        for index in range(count):
            try:
                self._cipher.decrypt(
                    nonce(self._base, index, last=index == count - 1), sealed, None
                )
            except (InvalidTag, ValueError):
                continue
            return index
        return None

    def _refused(self, code: str, index: int) -> Refused:
        return Refused(code, part=self._part.name.value, chunk=index)


def _content(part: Part, opened: Iterator[bytes]) -> Iterator[bytes]:
    """Strip the 8-byte length and the zero padding. Refuses ENV-2009 when they are not so."""
    left: int | None = None
    for plain in opened:
        piece = plain
        if left is None:
            left = int.from_bytes(plain[:_PREFIX], "big")
            piece = plain[_PREFIX:]
            if left > part.size_class - _PREFIX:
                raise Refused("ENV-2009", part=part.name.value, chunk=0)
        content, padding = piece[:left], piece[left:]
        left -= len(content)
        if padding.count(0) != len(padding):
            raise Refused("ENV-2009", part=part.name.value)
        if content:
            yield content
