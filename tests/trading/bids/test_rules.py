"""Admission as a pure decision: who, what, when, after what, made of what."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.crypto.signatures import public_bytes
from kernel.pure.envelope import Header, PartName, Policy, commitment, parse_header
from kernel.pure.errors import Refused
from trading.bids.rules import (
    MOST_PER_REQUEST,
    MOST_REFUSALS,
    MOST_REFUSALS_OF_A_CODE,
    SEALED_CHUNK,
    Admitted,
    AlreadyAdmitted,
    Attempt,
    Earlier,
    LotTerms,
    SizeCaps,
    Uploaded,
    admit,
    live,
    piece_fits,
    refusal_fits,
    upload_fits,
    withdraw,
)

from .world import SMALL, Bidder, PublishedLot

T = datetime(2026, 12, 1, 1, 30, tzinfo=UTC)
ROOT = bytes(range(32))


def _lot() -> PublishedLot:
    tender, lot = uuid4(), uuid4()
    policy = Policy(
        tender=str(tender),
        lot=str(lot),
        version=1,
        documents=ROOT,
        deadline="2026-12-01T01:30:00Z",
        floor=3,
        threshold=2,
        trustees=tuple(
            (index, public_bytes(generate_private_key(SECP256R1()))) for index in (1, 2)
        ),
    )
    return PublishedLot(lot, tender, T, policy)


def _terms(lot: PublishedLot) -> LotTerms:
    return LotTerms(lot.tender, lot.id, True, lot.deadline, frozenset({lot.policy.digest()}))


BIDDER = Bidder(_lot())
TERMS = _terms(BIDDER.lot)
PARTS = {PartName.IDENTITY: (SMALL, ROOT), PartName.OPENING: (SMALL, ROOT)}
UPLOADS = tuple(Uploaded(part, SMALL + 16, SMALL + 16, ROOT) for part in PARTS)


def _attempt(
    sequence: int = 1,
    previous: bytes | None = None,
    earlier: tuple[Earlier, ...] = (),
    uploads: tuple[Uploaded, ...] = UPLOADS,
    bidder: Bidder = BIDDER,
    pseudonym: str | None = None,
    elsewhere: bool = False,
    header: Header | None = None,
) -> Attempt:
    raw, signature = bidder.header(PARTS, sequence=sequence, previous=previous)
    found = header or parse_header(raw)
    return Attempt(
        header=found,
        commitment=commitment(found, signature),
        pseudonym=pseudonym or bidder.pseudonym,
        earlier=earlier,
        uploads=uploads,
        elsewhere=elsewhere,
    )


def _code(terms: LotTerms, attempt: Attempt, now: datetime = T - timedelta(hours=1)) -> str:
    with pytest.raises(Refused) as caught:
        admit(terms, attempt, now)
    return caught.value.code


def _earlier(sequence: int, *, withdrawn: bool = False) -> Earlier:
    return Earlier(uuid4(), sequence, bytes([sequence]) * 32, withdrawn)


def test_a_first_envelope_is_admitted_and_supersedes_nothing() -> None:
    assert admit(TERMS, _attempt(), T - timedelta(microseconds=1)) == Admitted(1, None)


def test_a_second_supersedes_the_first() -> None:
    first = _earlier(1)
    attempt = _attempt(2, first.commitment, (first,))
    assert admit(TERMS, attempt, T - timedelta(hours=1)) == Admitted(2, first.commitment)


def test_after_a_withdrawal_the_next_supersedes_nothing_but_counts_on() -> None:
    first = _earlier(1, withdrawn=True)
    attempt = _attempt(2, first.commitment, (first,))
    assert admit(TERMS, attempt, T - timedelta(hours=1)) == Admitted(2, None)


@given(late=st.integers(min_value=0, max_value=10**12))
def test_from_the_deadline_on_everything_is_late(late: int) -> None:
    now = T + timedelta(microseconds=late)
    assert _code(TERMS, _attempt(), now) == "BID-1403"
    first = _earlier(1)
    assert _code(TERMS, _attempt(2, first.commitment, (first,)), now) == "BID-1402"


def test_the_very_same_envelope_is_answered_as_before_even_late() -> None:
    attempt = _attempt()
    again = Earlier(uuid4(), 1, attempt.commitment)
    repeated = Attempt(attempt.header, attempt.commitment, attempt.pseudonym, (again,), ())
    assert admit(TERMS, repeated, T + timedelta(days=1)) == AlreadyAdmitted(again.envelope_id)


def test_another_content_under_a_known_envelope_id_is_refused() -> None:
    attempt = _attempt()
    known = Earlier(UUID(attempt.header.context.envelope_id), 1, ROOT)
    taken = Attempt(attempt.header, attempt.commitment, attempt.pseudonym, (known,), UPLOADS)
    assert _code(TERMS, taken) == "BID-1409"
    assert _code(TERMS, _attempt(elsewhere=True)) == "BID-1409"


def test_foreign_envelopes_have_codes_of_their_own() -> None:
    other = Bidder(_lot())
    assert _code(TERMS, _attempt(bidder=other, pseudonym=other.pseudonym)) == "ENV-1101"
    assert _code(TERMS, _attempt(pseudonym="0" * 64)) == "ENV-1102"
    outdated = LotTerms(TERMS.tender, TERMS.lot, True, T, frozenset({bytes(32)}))
    assert _code(outdated, _attempt()) == "ENV-1103"


def test_a_closed_stage_is_not_lateness() -> None:
    held = LotTerms(TERMS.tender, TERMS.lot, False, T, TERMS.policies)
    assert _code(held, _attempt()) == "BID-1401"


@given(sequence=st.integers(1, 5), last=st.integers(0, 4), right=st.booleans())
def test_only_the_next_version_of_the_last_commitment_follows(
    sequence: int, last: int, right: bool
) -> None:
    earlier = tuple(_earlier(n) for n in range(1, last + 1))
    tip = earlier[-1].commitment if earlier else None
    previous = None if sequence == 1 else (tip if right and tip else bytes([99]) * 32)
    attempt = _attempt(sequence, previous, earlier)
    if sequence == last + 1 and previous == tip:
        assert admit(TERMS, attempt, T - timedelta(hours=1)) == Admitted(sequence, tip)
    else:
        assert _code(TERMS, attempt) == "BID-1408"


@given(
    broken=st.sampled_from(["missing", "extra", "incomplete", "unfinished", "root", "size"]),
    at=st.integers(0, 1),
)
def test_the_bytes_must_be_the_ones_the_header_names(broken: str, at: int) -> None:
    good, size = UPLOADS[at], SMALL + 16
    bad = {
        "missing": (),
        "extra": (good, Uploaded(PartName.TECHNICAL, SEALED_CHUNK, SEALED_CHUNK, ROOT)),
        "incomplete": (Uploaded(good.part, size, size - 1, None),),
        "unfinished": (Uploaded(good.part, size, size, None),),
        "root": (Uploaded(good.part, size, size, bytes(32)),),
        "size": (Uploaded(good.part, size + 1, size + 1, ROOT),),
    }[broken]
    code = _code(TERMS, _attempt(uploads=(*bad, UPLOADS[1 - at])))
    assert code == ("ENV-1201" if broken in ("root", "size") else "BID-1411")


def test_an_envelope_above_its_cap_is_refused() -> None:
    small = SizeCaps(envelope=SMALL)
    terms = LotTerms(TERMS.tender, TERMS.lot, True, T, TERMS.policies, small)
    assert _code(terms, _attempt()) == "BID-1413"


def test_withdrawal_takes_the_last_live_envelope_only() -> None:
    first, second = _earlier(1), _earlier(2)
    now = T - timedelta(hours=1)
    assert withdraw(TERMS, second.commitment, (first, second), now) is second
    gone = _earlier(2, withdrawn=True)
    assert withdraw(TERMS, gone.commitment, (first, gone), T + timedelta(days=1)) is gone
    for taken, earlier in ((first.commitment, (first, second)), (ROOT, (first,)), (ROOT, ())):
        with pytest.raises(Refused, match="BID-1410"):
            withdraw(TERMS, taken, earlier, now)
    with pytest.raises(Refused, match="BID-1402"):
        withdraw(TERMS, second.commitment, (first, second), T)
    assert live((first, gone)) is None
    assert live((first, second)) is second


@given(size=st.integers(1, 64 * SEALED_CHUNK))
@settings(max_examples=200)
def test_any_accepted_upload_can_be_sent_in_accepted_pieces(size: int) -> None:
    caps = SizeCaps()
    try:
        upload_fits(PartName.TECHNICAL, size, caps)
    except Refused as refused:
        assert refused.code == "BID-1206"
        assert size <= 16 or 0 < size % SEALED_CHUNK <= 16
        return
    offsets = [*range(0, size, MOST_PER_REQUEST), size]
    for start, end in pairwise(offsets):
        piece_fits(offset=start, length=end - start, size=size)


@pytest.mark.parametrize(
    ("offset", "length"),
    [
        (0, 0),
        (0, 100),
        (0, SEALED_CHUNK - 1),
        (0, MOST_PER_REQUEST + SEALED_CHUNK),
        (10 * SEALED_CHUNK, SEALED_CHUNK),
    ],
)
def test_torn_pieces_are_refused(offset: int, length: int) -> None:
    with pytest.raises(Refused, match="BID-1204"):
        piece_fits(offset=offset, length=length, size=10 * SEALED_CHUNK)


def test_refusals_are_logged_within_bounds() -> None:
    """A bad line repeats its own cause and leaves room for the others; all together end too."""
    of_one = {"BID-1201": MOST_REFUSALS_OF_A_CODE}
    assert not refusal_fits(of_one, "BID-1201")
    assert refusal_fits(of_one, "BID-1403")
    codes = MOST_REFUSALS // MOST_REFUSALS_OF_A_CODE
    everything = {f"BID-{1000 + n}": MOST_REFUSALS_OF_A_CODE for n in range(codes)}
    assert not refusal_fits(everything, "BID-1403")
