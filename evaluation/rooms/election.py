"""The leader: one vote each, a tie means a new round, after the last round a draw. Pure.

评标委员会和评标方法暂行规定 9: the members choose their leader, who has a vote like any other.
"""

from collections import Counter
from datetime import datetime
from typing import Final

from evaluation.rooms import commands as c
from evaluation.rooms.states import Fact, Facts, Kind, MemberState, Room, Stage, enter, evolve
from kernel.pure.draws import Draw
from kernel.pure.errors import Refused
from kernel.pure.hkdf import labelled_hash

LEADER_FORMAT: Final = "sunbid leader draw/1"


def vote(r: Room, command: c.Vote, _now: datetime) -> Facts:
    """A pledged member's vote; the last one counts them. A vote is given once a ballot."""
    if r.member(command.seat).state is not MemberState.PLEDGED:
        raise Refused("EVA-2002")
    known = r.votes.get(command.seat)
    if known == command.candidate:
        return ()
    if r.leader is not None:
        raise Refused("EVA-2301")
    if known is not None:
        raise Refused("EVA-2302")
    if r.member(command.candidate).state is not MemberState.PLEDGED:
        raise Refused("EVA-2206", seat=command.candidate)
    voted = Fact(Kind.VOTED, seat=command.seat, candidate=command.candidate)
    return (voted, *_counted(evolve(r, (voted,))))


def _counted(r: Room) -> Facts:
    if len(r.votes) < r.seats:
        return ()
    tally = Counter(r.votes.values())
    most = max(tally.values())
    ahead = tuple(sorted(seat for seat, count in tally.items() if count == most))
    if len(ahead) == 1:
        return _elected(r, ahead[0], by="votes", votes=most)
    if r.round < r.leader_rounds:
        return (Fact(Kind.ROUND_TIED, round=r.round, seats=ahead),)
    seat = draw_leader(r, ahead)
    return _elected(r, seat, by="draw", votes=most, among=ahead)


def draw_leader(r: Room, among: tuple[int, ...]) -> int:
    """One of the seats in the tie, by the pool record, which no member has seen, and the votes."""
    seed = leader_seed(lot=r.lot, pool=r.pool.canonical(), ballot=r.ballot, votes=r.votes_in_order)
    return Draw(seed).choice(among)


def leader_seed(*, lot: str, pool: bytes, ballot: int, votes: tuple[int, ...]) -> bytes:
    """SHA-256("sunbid leader draw/1" ‖ 0 ‖ lot ‖ 0 ‖ pool record ‖ 0 ‖ ballot ‖ votes).

    Ballot and votes are one byte each, votes in the order of the voters' seats. Only the digest of
    the pool record is known before the report, so that nobody can vote towards a draw.
    """
    told = b"\0".join((b"", lot.encode(), pool, b""))
    return labelled_hash(LEADER_FORMAT.encode(), told, bytes((ballot, *votes)))


def _elected(r: Room, seat: int, **how: object) -> Facts:
    fact = Fact(Kind.LEADER_ELECTED, seat=seat, round=r.round, **how)
    return (fact, enter(Stage.QUALIFICATION)) if r.stage is Stage.ELECTION else (fact,)
