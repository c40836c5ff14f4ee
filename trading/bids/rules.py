"""Which envelope is admitted, replaced or withdrawn, and why one is refused.

招标投标法 29, 36; 实施条例 35, 36, 51; 20号令 27. Pure: facts in, a decision or a refusal out.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from kernel.pure.envelope import Header, PartName, check_place, check_upload
from kernel.pure.errors import Refused
from kernel.pure.header import CHUNK, REQUIRED, TAG

SEALED_CHUNK = CHUNK + TAG
MOST_PER_REQUEST = 8 * SEALED_CHUNK
MOST_UPLOADS = 64
MOST_REFUSALS = 128
MOST_REFUSALS_OF_A_CODE = 16
MOST_REHEARSED = 32 * SEALED_CHUNK
KEPT_AFTER_DEADLINE = timedelta(days=1)
KEPT_WHEN_ABANDONED = timedelta(days=7)
KEPT_REHEARSAL = timedelta(minutes=90)


class EnvelopeState(StrEnum):
    """What has become of an envelope; derived from rows, never stored."""

    LIVE = "live"
    SUPERSEDED = "superseded"
    WITHDRAWN = "withdrawn"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class SizeCaps:
    """Most bytes of ciphertext, per part and per envelope. Source: house default, rule set 1."""

    structured: int = 4 * SEALED_CHUNK
    document: int = 2048 * SEALED_CHUNK
    envelope: int = 3072 * SEALED_CHUNK

    def of(self, part: PartName) -> int:
        """The cap of one part, in bytes."""
        return self.structured if part in REQUIRED else self.document


CAPS = SizeCaps()


@dataclass(frozen=True, slots=True)
class LotTerms:
    """What a lot asks of an envelope, read under its row lock.

    `policies` are the digests an envelope may be sealed under: the current one and earlier ones
    that no amendment has set aside.
    """

    tender: UUID
    lot: UUID
    open: bool
    deadline: datetime
    policies: frozenset[bytes]
    caps: SizeCaps = CAPS


@dataclass(frozen=True, slots=True)
class Uploaded:
    """One part as the server holds it; `root` is the server's own, None until finished."""

    part: PartName
    size: int
    offset: int
    root: bytes | None


@dataclass(frozen=True, slots=True)
class Earlier:
    """An envelope of the same pseudonym, lot and stage that was admitted before."""

    envelope_id: UUID
    sequence: int
    commitment: bytes
    withdrawn: bool = False


@dataclass(frozen=True, slots=True)
class Attempt:
    """All that bears on one submission; `pseudonym` is the ticket's.

    `earlier` is in order of sequence; `elsewhere` says that this envelope id is known to the
    server otherwise; `uploads` are the ones named, still bound to no envelope.
    """

    header: Header
    commitment: bytes
    pseudonym: str
    earlier: tuple[Earlier, ...] = ()
    uploads: tuple[Uploaded, ...] = ()
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Admitted:
    """The envelope is the bidder's bid from now on; `supersedes` names the one it replaces."""

    sequence: int
    supersedes: bytes | None


@dataclass(frozen=True, slots=True)
class AlreadyAdmitted:
    """The very same envelope was admitted before: answer as then, write nothing."""

    envelope_id: UUID


def admit(terms: LotTerms, attempt: Attempt, now: datetime) -> Admitted | AlreadyAdmitted:
    """Decide on one submission at legal time `now`, taken under the lot's lock.

    Raises Refused, in the order of the checks: ENV-1101 to ENV-1103 foreign; BID-1409 seen;
    BID-1401 to BID-1403 not the time; BID-1408 does not follow the last version; BID-1411,
    ENV-1201, BID-1413 not the bytes the header names.
    """
    check_place(
        attempt.header,
        tender=str(terms.tender),
        lot=str(terms.lot),
        pseudonym=attempt.pseudonym,
        policies=terms.policies,
    )
    repeated = _repeated(attempt)
    if repeated is not None:
        return repeated
    last = attempt.earlier[-1] if attempt.earlier else None
    in_time(terms, now, sequence=attempt.header.context.sequence, earlier=last)
    _follows(attempt.header, last)
    _complete(terms, attempt)
    standing = live(attempt.earlier)
    return Admitted(attempt.header.context.sequence, standing.commitment if standing else None)


def withdraw(
    terms: LotTerms, commitment: bytes, earlier: tuple[Earlier, ...], now: datetime
) -> Earlier:
    """The envelope a withdrawal takes back: the last one, before the deadline (条例35).

    Returns an already withdrawn envelope as it is, so that a repeated request is harmless.
    Raises Refused BID-1410 when there is no such live envelope, BID-1402 when it is late.
    """
    last = earlier[-1] if earlier else None
    if last is None or last.commitment != commitment:
        raise Refused("BID-1410")
    if not last.withdrawn:
        in_time(terms, now, sequence=last.sequence, earlier=last)
    return last


def in_time(terms: LotTerms, now: datetime, *, sequence: int, earlier: Earlier | None) -> None:
    """Raise Refused BID-1401 outside the stage; at or after the deadline BID-1402, BID-1403.

    1402 says which earlier version still stands, 1403 that none does.
    """
    if now >= terms.deadline:
        stands = earlier is not None and not earlier.withdrawn
        code = "BID-1402" if stands else "BID-1403"
        previous = earlier.sequence if earlier else 0
        raise Refused(code, sequence=sequence, at=now, previous=previous)
    if not terms.open:
        raise Refused("BID-1401")


def not_over(deadline: datetime, now: datetime) -> None:
    """Raise Refused BID-1403 at or after the deadline: what is incomplete then is withdrawn."""
    if now >= deadline:
        raise Refused("BID-1403", sequence=0, at=now, previous=0)


def live(earlier: tuple[Earlier, ...]) -> Earlier | None:
    """The pseudonym's bid: its last envelope, unless that was withdrawn (法29)."""
    last = earlier[-1] if earlier else None
    return None if last is None or last.withdrawn else last


def _repeated(attempt: Attempt) -> AlreadyAdmitted | None:
    for earlier in attempt.earlier:
        if earlier.commitment == attempt.commitment:
            return AlreadyAdmitted(earlier.envelope_id)
    known = {earlier.envelope_id for earlier in attempt.earlier}
    if attempt.elsewhere or UUID(attempt.header.context.envelope_id) in known:
        raise Refused("BID-1409")
    return None


def _follows(header: Header, last: Earlier | None) -> None:
    sequence = last.sequence if last else 0
    previous = last.commitment if last else None
    stated = header.context.sequence
    if stated != sequence + 1 or header.previous_commitment != previous:
        raise Refused("BID-1408", sequence=stated, previous=sequence)


def _complete(terms: LotTerms, attempt: Attempt) -> None:
    uploads = {upload.part: upload for upload in attempt.uploads}
    if set(uploads) != {part.name for part in attempt.header.parts}:
        raise Refused("BID-1411")
    for part in attempt.header.parts:
        held = uploads[part.name]
        if held.root is None or held.offset != held.size:
            raise Refused("BID-1411")
        check_upload(part, size=held.size, chunk_count=chunks_of(held.size), merkle_root=held.root)
    if sum(held.size for held in uploads.values()) > terms.caps.envelope:
        raise Refused("BID-1413", most=terms.caps.envelope >> 20)


def upload_fits(part: PartName, size: int, caps: SizeCaps) -> None:
    """Raise Refused BID-1206 unless `size` sealed bytes can be one part."""
    last = size % SEALED_CHUNK
    if not TAG < size <= caps.of(part) or 0 < last <= TAG:
        raise Refused("BID-1206", most=caps.of(part))


def piece_fits(*, offset: int, length: int, size: int) -> None:
    """Raise Refused BID-1204 unless a request carries whole sealed chunks, or the end."""
    whole = length % SEALED_CHUNK == 0 or offset + length == size
    if not 0 < length <= MOST_PER_REQUEST or offset + length > size or not whole:
        raise Refused("BID-1204", most=MOST_PER_REQUEST)


def chunks_of(size: int) -> int:
    """How many sealed chunks make up `size` bytes of ciphertext."""
    return -(-size // SEALED_CHUNK)


def refusal_fits(logged: Mapping[str, int], code: str) -> bool:
    """Whether a further refusal of a pseudonym is logged, given how many of each code are.

    A cause that repeats itself on a bad line leaves room for the others.
    """
    return logged.get(code, 0) < MOST_REFUSALS_OF_A_CODE and sum(logged.values()) < MOST_REFUSALS
