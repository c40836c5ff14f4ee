"""The draw of a committee: the same for whoever recomputes it, and lawful whatever is drawn."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from hashlib import sha256
from uuid import UUID

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from evaluation.experts.rules import (
    PARTIES,
    Avoidance,
    Candidate,
    DrawParty,
    PastToken,
    Pool,
    Seating,
    avoidance,
    can_be_seated,
    draw_name,
    draw_order,
    draw_seed,
    employer_token,
    expert_token,
    first_seating,
    nonce_commitment,
    read_pool,
    redraw,
    reseat,
    years_before,
)
from kernel.pure import jcs

ON = date(2026, 11, 22)
LOT = "01999999-0000-7000-8000-000000000001"
NONCES = {party: sha256(party.value.encode()).digest() for party in PARTIES}


def token(word: object) -> str:
    return sha256(str(word).encode()).hexdigest()


def candidate(number: int, employer: int, site: str = "主场", *past: PastToken) -> Candidate:
    return Candidate(token(f"expert {number}"), token(f"employer {employer}"), site, past)


def pool(candidates: tuple[Candidate, ...], *, avoid: tuple[int, ...] = (), seats: int = 5) -> Pool:
    tokens = tuple(token(f"employer {each}") for each in avoid)
    return Pool(LOT, ON, 3, seats, tokens, candidates)


@st.composite
def pools(draw: st.DrawFn) -> Pool:
    """Any pool of up to 24 experts of up to 12 employers at two sites, some of them related."""
    count = draw(st.integers(1, 24))
    return pool(
        tuple(
            candidate(number, draw(st.integers(1, 12)), draw(st.sampled_from(["主场", "副场"])))
            for number in range(count)
        ),
        avoid=tuple(draw(st.sets(st.integers(1, 12), max_size=3))),
    )


def seed_of(some: Pool, nonces: Mapping[DrawParty, bytes] = NONCES) -> bytes:
    return draw_seed(lot=LOT, name="experts", pool_digest=some.digest(), nonces=nonces)


def check_lawful(some: Pool, seating: Seating, gone: frozenset[str] = frozenset()) -> None:
    sitting = [some.candidate(each) for each in seating if each is not None]
    assert len({each.employer for each in sitting}) == len(sitting) == len({*sitting})
    assert all(avoidance(each, some) is None and each.expert not in gone for each in sitting)
    if None not in seating:
        assert {each.site for each in sitting} == {each.site for each in some.eligible}


@given(some=pools())
def test_a_pool_that_can_be_seated_is_seated_whatever_is_drawn(some: Pool) -> None:
    seating = first_seating(some, draw_order(seed_of(some), some))
    check_lawful(some, seating)
    sites = {each.site for each in some.eligible}
    assert (None not in seating and len(sites) == 2) == can_be_seated(some)


@given(some=pools(), data=st.data())
def test_the_order_in_which_experts_were_registered_changes_nothing(
    some: Pool, data: st.DataObject
) -> None:
    shuffled = tuple(data.draw(st.permutations(some.candidates)))
    other = replace(some, candidates=shuffled, avoid=tuple(reversed(some.avoid)))
    assert other.digest() == some.digest()
    order = draw_order(seed_of(some), some)
    assert draw_order(seed_of(other), other) == order
    assert first_seating(other, order) == first_seating(some, order)


@given(some=pools(), data=st.data())
@settings(max_examples=60)
def test_a_record_recomputes_to_what_happened(some: Pool, data: st.DataObject) -> None:
    assume(can_be_seated(some))
    order = draw_order(seed_of(some), some)
    seatings = [first_seating(some, order)]
    gone: frozenset[str] = frozenset()
    outs = []
    for seat in data.draw(st.lists(st.integers(1, 5), max_size=6)):
        expert = seatings[-1][seat - 1]
        if expert is None:
            continue
        gone |= {expert}
        outs.append({"seat": seat, "expert": expert})
        seatings.append(reseat(some, order, seatings[-1], seat=seat, gone=gone))
        check_lawful(some, seatings[-1], gone)
    told = redraw(record(some, outs))
    assert told.order == order
    assert told.seatings == tuple(seatings)
    assert told.pool_digest == some.digest()
    assert told.seed == seed_of(some)


def record(some: Pool, outs: list[dict[str, object]]) -> dict[str, object]:
    told = jcs.parse(some.canonical())
    parties = [{"party": party.value, "nonce": NONCES[party].hex()} for party in PARTIES]
    return {"name": "experts", "pool": told, "parties": parties, "outs": outs}


@given(some=pools())
def test_a_record_is_read_as_it_was_written(some: Pool) -> None:
    told = jcs.parse(some.canonical())
    assert isinstance(told, dict)
    assert read_pool(told).canonical() == some.canonical()


@given(party=st.sampled_from(PARTIES), byte=st.integers(0, 31))
def test_every_nonce_counts(party: DrawParty, byte: int) -> None:
    some = pool(tuple(candidate(n, n) for n in range(6)))
    changed = bytearray(NONCES[party])
    changed[byte] ^= 1
    assert seed_of(some, {**NONCES, party: bytes(changed)}) != seed_of(some)


def test_the_seed_waits_for_every_party() -> None:
    some = pool((candidate(1, 1),))
    with pytest.raises(KeyError):
        seed_of(some, {DrawParty.AGENCY: bytes(32), DrawParty.CENTRE: bytes(32)})
    with pytest.raises(ValueError, match="32 bytes"):
        seed_of(some, {**NONCES, DrawParty.CENTRE: b"short"})


def test_a_seed_by_hand() -> None:
    """The formula of the docstring, written out once more."""
    some = pool((candidate(1, 1),))
    told = b"sunbid experts draw/1\0" + LOT.encode() + b"\0experts\0" + some.digest()
    told += b"".join(NONCES[party] for party in PARTIES)
    assert seed_of(some) == sha256(told).digest()
    raw = b"sunbid draw nonce/1\0" + LOT.encode() + b"\0experts\0agency\0" + bytes(32)
    commitment = nonce_commitment(lot=LOT, name="experts", party=DrawParty.AGENCY, nonce=bytes(32))
    assert commitment == sha256(raw).digest()


def test_a_commitment_is_one_partys_and_one_draws() -> None:
    told = {
        nonce_commitment(lot=lot, name=name, party=party, nonce=bytes(32))
        for lot in (LOT, "another")
        for name in (draw_name(1), draw_name(2))
        for party in PARTIES
    }
    assert len(told) == 12


@pytest.mark.parametrize(
    ("some", "found"),
    [
        (candidate(1, 1), None),
        (candidate(1, 7), Avoidance.EMPLOYER),
        (candidate(1, 1, "主场", PastToken(token("employer 7"), date(2023, 11, 22))), "past"),
        (candidate(1, 1, "主场", PastToken(token("employer 7"), date(2023, 11, 21))), None),
        (candidate(1, 1, "主场", PastToken(token("employer 8"), date(2026, 1, 1))), None),
        (replace(candidate(1, 1), declared=True), Avoidance.DECLARED),
    ],
    ids=["free", "employed", "three-years", "a-day-earlier", "elsewhere", "declared"],
)
def test_who_must_stay_out(some: Candidate, found: Avoidance | str | None) -> None:
    """条例 9: employed by a party now, or within three years to the day."""
    expected = Avoidance.PAST_EMPLOYER if found == "past" else found
    assert avoidance(some, pool((some,), avoid=(7,))) is expected


def test_the_29th_of_february_is_followed_back() -> None:
    assert years_before(date(2028, 2, 29), 3) == date(2025, 2, 28)


def test_the_last_expert_of_a_site_is_kept_for_it() -> None:
    """Seat by seat the draw leaves room for the guest site, however late it comes in the order."""
    many = tuple(candidate(n, n) for n in range(8))
    guest = candidate(9, 9, "副场")
    some = pool((*many, guest))
    order = (*(each.expert for each in many), guest.expert)
    assert first_seating(some, order)[4] == guest.expert


def test_an_employer_shared_by_both_sites_does_not_lock_the_guest_site_out() -> None:
    some = pool(
        (*(candidate(n, n) for n in range(1, 6)), candidate(6, 1, "副场")),
    )
    order = tuple(each.expert for each in some.candidates)
    seating = first_seating(some, order)
    check_lawful(some, seating)
    assert seating[0] == candidate(2, 2).expert


def test_tokens_of_two_rooms_have_nothing_in_common() -> None:
    expert = UUID(LOT)
    assert expert_token(b"a" * 32, expert) != expert_token(b"b" * 32, expert)
    assert employer_token(b"a" * 32, "X") != employer_token(b"b" * 32, "X")
    assert expert_token(b"a" * 32, expert) != employer_token(b"a" * 32, LOT)


def test_an_out_who_never_sat_there_is_noticed() -> None:
    some = pool((*(candidate(n, n) for n in range(6)), candidate(7, 7, "副场")))
    with pytest.raises(ValueError, match="sat there"):
        redraw(record(some, [{"seat": 1, "expert": token("nobody")}]))
