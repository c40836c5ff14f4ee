"""How a committee comes to sit: commit and reveal, invitation, check-in, pledge, replacement. Pure.

招标投标法 37; 实施条例 46, 48: a replaced member leaves nothing, the successor reviews anew.
"""

from datetime import datetime

from evaluation.experts import rules as experts
from evaluation.experts.rules import PARTIES
from evaluation.rooms import commands as c
from evaluation.rooms.states import (
    Fact,
    Facts,
    Kind,
    Member,
    MemberState,
    Room,
    Stage,
    enter,
    evolve,
)
from kernel.pure.errors import Refused

S, M = Stage, MemberState


def commit_to(r: Room, command: c.Commit, _now: datetime) -> Facts:
    """One commitment per party and draw; another one later would be a choice."""
    known = r.commitments.get(command.party)
    if known is not None:
        if known != command.commitment:
            raise Refused("EVA-2102")
        return ()
    return (Fact(Kind.NONCE_COMMITTED, party=command.party, commitment=command.commitment),)


def reveal(r: Room, command: c.Reveal, _now: datetime) -> Facts:
    """Only after all have committed, and only what was committed to; the last one draws."""
    if set(r.commitments) != set(PARTIES):
        raise Refused("EVA-2103")
    name = experts.draw_name(r.turn)
    told = experts.nonce_commitment(lot=r.lot, name=name, party=command.party, nonce=command.nonce)
    if told != r.commitments[command.party]:
        raise Refused("EVA-2104")
    if command.party in r.nonces:
        return ()
    revealed = Fact(Kind.NONCE_REVEALED, party=command.party, nonce=command.nonce)
    after = evolve(r, (revealed,))
    if set(after.nonces) != set(PARTIES):
        return (revealed,)
    return (revealed, _drawn(after, name), enter(S.INVITING))


def _drawn(r: Room, name: str) -> Fact:
    seed = experts.draw_seed(lot=r.lot, name=name, pool_digest=r.pool.digest(), nonces=r.nonces)
    order = experts.draw_order(seed, r.pool)
    seating = experts.first_seating(r.pool, order)
    members = tuple(
        Member(seat, 1, token) for seat, token in enumerate(seating, start=1) if token is not None
    )
    return Fact(Kind.DRAWN, seed=seed, order=order, members=members)


def restart(r: Room, command: c.RestartDraw, _now: datetime) -> Facts:
    """The supervisor names who did not reveal; the old commitments stay in the record."""
    if not command.reason.strip():
        raise Refused("EVA-2007")
    asked = r.nonces if set(r.commitments) == set(PARTIES) else r.commitments
    silent = tuple(party.value for party in PARTIES if party not in asked)
    fact = Fact(
        Kind.DRAW_RESTARTED,
        turn=r.turn + 1,
        pool=command.pool,
        reason=command.reason,
        silent=silent,
    )
    return (fact,) if r.stage is S.DRAWING else (fact, enter(S.DRAWING))


def accept(r: Room, command: c.Accept, _now: datetime) -> Facts:
    """Once every seat has accepted, check-in begins; a successor may come at any time."""
    if r.member(command.seat).state is not M.INVITED:
        return ()
    accepted = Fact(Kind.INVITATION_ACCEPTED, seat=command.seat)
    return (accepted, *_onward(evolve(r, (accepted,))))


def decline(r: Room, command: c.Decline, _now: datetime) -> Facts:
    """The next of the order is invited."""
    if r.member(command.seat).state is not M.INVITED:
        raise Refused("EVA-2201")
    fact = Fact(Kind.INVITATION_DECLINED, seat=command.seat, reason=command.reason)
    return _succeed(r, fact)


def check_in(r: Room, command: c.CheckIn, _now: datetime) -> Facts:
    """After accepting, once."""
    member = r.member(command.seat)
    if member.state is M.INVITED:
        raise Refused("EVA-2002")
    if member.state is not M.ACCEPTED:
        return ()
    return (Fact(Kind.CHECKED_IN, seat=command.seat),)


def pledge(r: Room, command: c.Pledge, _now: datetime) -> Facts:
    """After check-in, once; the last pledge lets the election begin."""
    member = r.member(command.seat)
    if member.state is M.PLEDGED:
        return ()
    if member.state is not M.CHECKED_IN:
        raise Refused("EVA-2002")
    pledged = Fact(Kind.PLEDGED, seat=command.seat)
    return (pledged, *_onward(evolve(r, (pledged,))))


def recuse(r: Room, command: c.Recuse, _now: datetime) -> Facts:
    """回避: a relation declared early or late; the reason stands in the record."""
    if not command.reason.strip():
        raise Refused("EVA-2007")
    fact = Fact(Kind.MEMBER_RECUSED, seat=command.seat, reason=command.reason)
    return _succeed(r, fact)


def replace(r: Room, command: c.Replace, _now: datetime) -> Facts:
    """更换: by order, for a relation found late or a member who does not come."""
    if not command.reason.strip():
        raise Refused("EVA-2007")
    fact = Fact(Kind.REPLACEMENT_ORDERED, seat=command.seat, by=command.by, reason=command.reason)
    return _succeed(r, fact)


def _onward(r: Room) -> Facts:
    if r.stage is S.INVITING and len(r.members) == r.seats:
        accepted = all(member.state is not M.INVITED for member in r.members)
        return (enter(S.CHECK_IN),) if accepted else ()
    if r.stage is S.CHECK_IN and r.complete:
        return (enter(S.ELECTION),)
    return ()


def _succeed(r: Room, out: Fact) -> Facts:
    """Who leaves, who follows by the drawn order, and what becomes void."""
    leaving = r.member(out["seat"])
    gone = evolve(r, (out,))
    facts = [out, _successor(gone, leaving)]
    if r.leader == leaving.seat:
        facts.append(Fact(Kind.LEADER_GONE, seat=leaving.seat))
    elif r.leader is None and r.votes:
        facts.append(Fact(Kind.VOTES_VOID, seat=leaving.seat))
    # 条例 48: the successor reviews from the first stage on; the others' sheets stand.
    if leaving.state is M.PLEDGED and r.stage in {S.TECHNICAL, S.PRICE}:
        facts.append(enter(S.QUALIFICATION))
    return tuple(facts)


def _successor(r: Room, leaving: Member) -> Fact:
    sitting = {member.seat: member.expert for member in r.members}
    seating = tuple(sitting.get(seat) for seat in range(1, r.seats + 1))
    found = experts.reseat(r.pool, r.order, seating, seat=leaving.seat, gone=r.gone)
    expert = found[leaving.seat - 1]
    if expert is None:
        return Fact(Kind.SEAT_VACANT, seat=leaving.seat)
    return Fact(
        Kind.MEMBER_REPLACED,
        seat=leaving.seat,
        turn=leaving.turn + 1,
        old=leaving.expert,
        expert=expert,
    )
