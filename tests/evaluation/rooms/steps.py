"""Rooms brought to a stage by their own commands, for tests of the rules."""

from datetime import UTC, date, datetime
from hashlib import sha256

from evaluation.experts.rules import (
    PARTIES,
    Candidate,
    DrawParty,
    Pool,
    draw_name,
    nonce_commitment,
)
from evaluation.rooms import commands as c
from evaluation.rooms.rules import decide
from evaluation.rooms.states import (
    ORDER,
    MemberState,
    Party,
    Room,
    Stage,
    evolve,
)

NOW = datetime(2026, 11, 22, 1, 0, tzinfo=UTC)
P, S, M = Party, Stage, MemberState
SEATS = range(1, 6)
SIDE = {DrawParty.AGENCY: P.AGENCY, DrawParty.CENTRE: P.CENTRE, DrawParty.SUPERVISOR: P.SUPERVISOR}


def a_pool(experts: int = 9) -> Pool:
    """One employer each, every third at the guest site."""
    return Pool(
        "lot",
        date(2026, 11, 22),
        3,
        5,
        (),
        tuple(
            Candidate(f"{n:064x}", f"{n:064x}", "副场" if n % 3 == 2 else "主场")
            for n in range(experts)
        ),
    )


def drawing(experts: int = 9) -> Room:
    return Room(S.DRAWING, "lot", seats=5, leader_rounds=3, floor=3, pool=a_pool(experts))


def nonce(party: DrawParty, turn: int = 1) -> bytes:
    return sha256(f"{party.value}{turn}".encode()).digest()


def committed(party: DrawParty, turn: int = 1) -> c.Commit:
    told = nonce_commitment(lot="lot", name=draw_name(turn), party=party, nonce=nonce(party, turn))
    return c.Commit(SIDE[party], party, told)


def revealed(party: DrawParty, turn: int = 1) -> c.Reveal:
    return c.Reveal(SIDE[party], party, nonce(party, turn))


def after(room: Room, *steps: c.Command) -> Room:
    for step in steps:
        room = evolve(room, decide(room, step, NOW))
    return room


def drawn(**options: int) -> Room:
    room = after(drawing(**options), *map(committed, PARTIES), *map(revealed, PARTIES))
    assert room.stage is S.INVITING
    return room


def arrive(room: Room, *seats: int) -> Room:
    for seat in seats:
        room = after(room, c.Accept(P.EXPERT, seat))
    for seat in seats:
        room = after(room, c.CheckIn(P.EXPERT, seat), c.Pledge(P.EXPERT, seat))
    return room


def electing(**options: int) -> Room:
    room = arrive(drawn(**options), *SEATS)
    assert room.stage is S.ELECTION
    return room


def votes(*candidates: int) -> tuple[c.Vote, ...]:
    return tuple(
        c.Vote(P.EXPERT, seat, candidate) for seat, candidate in enumerate(candidates, start=1)
    )


def working(stage: Stage = S.QUALIFICATION, **options: int) -> Room:
    room = after(electing(**options), *votes(1, 1, 1, 1, 1))
    for done in ORDER[ORDER.index(S.QUALIFICATION) : ORDER.index(stage)]:
        room = after(room, c.Finish(P.SYSTEM, done))
    assert room.stage is stage
    return room
