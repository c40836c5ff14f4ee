"""The bid reader: a range of one part, decrypted chunk by chunk in memory, each access recorded.

招标投标法 38, 40: only the committee reads, only while it sits. AES-GCM tags vouch for every chunk.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy.orm import Session

from evaluation.rooms import queries
from evaluation.rooms.convening import key_context
from evaluation.rooms.models import ReadingRow, RoomPartRow
from kernel.house import Call, House
from kernel.pure import envelope
from kernel.pure.envelope import Part, PartKeys, PartName, nonce, parse_header
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, TAG

PREFIX: Final = 8
"""A part begins with the length of its content; what follows the content is padding."""
RANGE: Final = re.compile(r"bytes=(\d*)-(\d*)")
READABLE: Final = frozenset({PartName.TECHNICAL, PartName.COMMERCIAL, PartName.ATTACHMENTS})


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes `first` … `last` of `size`; `whole` when no range was asked for."""

    first: int
    last: int
    size: int
    whole: bool


@dataclass(frozen=True, slots=True)
class Served:
    """A piece of a document: its bytes come as they are decrypted."""

    span: Span
    is_pdf: bool
    chunks: Iterator[bytes]


class Document:
    """One sealed part that opens chunk by chunk; holds the file, never more than one chunk."""

    def __init__(self, file: BinaryIO, part: Part, keys: PartKeys) -> None:
        self._file = file
        self._part = part
        self._base = keys.base
        self._cipher = AESGCM(keys.key)
        first = self._chunk(0)
        self.size = int.from_bytes(first[:PREFIX], "big")
        if self.size > part.size_class - PREFIX:
            raise Refused("EVA-2405", code="ENV-2009")
        self.is_pdf = first[PREFIX : PREFIX + 5] == b"%PDF-"

    def between(self, first: int, last: int) -> Iterator[bytes]:
        """The content from `first` to `last`, both included, at most 1 MiB at a time."""
        try:
            at, end = first + PREFIX, last + PREFIX + 1
            while at < end:
                index, within = divmod(at, CHUNK)
                piece = self._chunk(index)[within : within + end - at]
                yield piece
                at += len(piece)
        finally:
            self.close()

    def close(self) -> None:
        """Give the file back."""
        self._file.close()

    def _chunk(self, index: int) -> bytes:
        part = self._part
        last = index == part.chunk_count - 1
        self._file.seek(index * (CHUNK + TAG))
        sealed = self._file.read(CHUNK + TAG)
        try:
            plain = self._cipher.decrypt(nonce(self._base, index, last=last), sealed, None)
        except (InvalidTag, ValueError):
            raise Refused("EVA-2405", code="ENV-2003") from None
        expected = part.size_class - index * CHUNK if last else CHUNK
        if len(plain) != expected:
            raise Refused("EVA-2405", code="ENV-2009")
        return plain


def serve(call: Call, room_id: UUID, number: int, name: str, asked: str | None) -> Served:
    """A pledged member reads bytes of a bid; the access is on record before the first byte leaves.

    `asked` is the request's Range header. Raises Refused EVA-2001, 2002 not a pledged member;
    EVA-2401 outside the window or paused; EVA-2402, 2403, 2404, 2405.
    """
    room = queries.room(call.session, room_id)
    member = queries.member_of(room, call.actor)
    if not room.readable:
        raise Refused("EVA-2401")
    bid = room.bid(number)
    document = _open(call.house, _part(call.session, room_id, number, name), bid.commitment)
    try:
        span = read_range(asked, document.size)
        # A request that reads cannot write; the record has a transaction of its own, done first.
        with call.house.database.writing() as session:
            _record(session, call, room_id, number, name, member.seat, member.expert_id, span)
    except BaseException:
        document.close()
        raise
    return Served(span, document.is_pdf, document.between(span.first, span.last))


def _part(session: Session, room_id: UUID, number: int, name: str) -> RoomPartRow:
    found = session.get(RoomPartRow, (room_id, number, name))
    if found is None or name not in {each.value for each in READABLE}:
        raise Refused("EVA-2402")
    if found.cek is None:
        raise Refused("EVA-2404")
    return found


def _open(house: House, row: RoomPartRow, commitment: bytes) -> Document:
    header = parse_header(row.header)
    part = header.part(PartName(row.name))
    if part is None or row.cek is None:
        raise Refused("EVA-2402")
    try:
        cek = house.keys.unwrap(row.cek, context=key_context(commitment, row.name))
        file = house.blobs.open(row.blob_key)
    except (ValueError, FileNotFoundError):
        raise Refused("EVA-2405", code="ENV-2001") from None
    keys = envelope.part_keys(part, header.context, cek=cek)
    try:
        if keys.commitment != part.key_commitment:
            raise Refused("EVA-2405", code="ENV-2002")
        return Document(file, part, keys)
    except BaseException:
        file.close()
        raise


def read_range(asked: str | None, size: int) -> Span:
    """One range of a document of `size` bytes (RFC 9110 14); anything else means the whole.

    Raises Refused EVA-2403 when the range lies beyond the end.
    """
    matched = RANGE.fullmatch(asked or "")
    if matched is None or not any(matched.groups()):
        return Span(0, size - 1, size, whole=True)
    start, end = matched.groups()
    if not start:
        first, last = max(size - int(end), 0), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    if first > last or first >= size:
        raise Refused("EVA-2403", size=size)
    return Span(first, last, size, whole=False)


def _record(
    session: Session,
    call: Call,
    room_id: UUID,
    number: int,
    name: str,
    seat: int,
    expert_id: UUID,
    span: Span,
) -> None:
    session.add(
        ReadingRow(
            room_id=room_id,
            number=number,
            part=name,
            seat=seat,
            expert_id=expert_id,
            first=span.first,
            last=span.last,
            at=call.now,
        )
    )
