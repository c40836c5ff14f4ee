"""What an evaluation room is at one moment, and how a fact changes it. Pure; rules.py decides.

招标投标法 37, 40; 实施条例 46, 48, 53: drawn committee, secret names, replaced members, signatures.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from functools import reduce
from types import MappingProxyType
from typing import Any

from evaluation.experts.rules import DrawParty, Pool
from kernel.pure.errors import Refused


class Stage(StrEnum):
    """The stations of an evaluation, in order; the last two end it."""

    DRAWING = "drawing"
    INVITING = "inviting"
    CHECK_IN = "check_in"
    ELECTION = "election"
    QUALIFICATION = "qualification"
    TECHNICAL = "technical"
    PRICE = "price"
    SIGNING = "signing"
    CLOSED = "closed"
    FAILED = "failed"


FINISHED = frozenset({Stage.CLOSED, Stage.FAILED})
ORDER = tuple(stage for stage in Stage if stage is not Stage.FAILED)
RUNNING = frozenset(Stage) - FINISHED
MANNED = frozenset({Stage.ELECTION, Stage.QUALIFICATION, Stage.TECHNICAL, Stage.PRICE})
"""Members are at work: a relation declared now still takes its member out."""
READING = frozenset({Stage.QUALIFICATION, Stage.TECHNICAL, Stage.PRICE, Stage.SIGNING})
"""The window in which bids may be read."""
SEATED = frozenset({Stage.INVITING, Stage.CHECK_IN}) | MANNED
WORK = (Stage.QUALIFICATION, Stage.TECHNICAL, Stage.PRICE, Stage.SIGNING)


class Party(StrEnum):
    """Who acts in a room; the edge derives it from the actor and the room."""

    AGENCY = "agency"
    CENTRE = "centre"
    SUPERVISOR = "supervisor"
    EXPERT = "expert"
    SYSTEM = "system"


class MemberState(StrEnum):
    """How far a drawn expert has come; the last three are out."""

    INVITED = "invited"
    ACCEPTED = "accepted"
    CHECKED_IN = "checked_in"
    PLEDGED = "pledged"
    DECLINED = "declined"
    RECUSED = "recused"
    REPLACED = "replaced"


OUT = frozenset({MemberState.DECLINED, MemberState.RECUSED, MemberState.REPLACED})


class Kind(StrEnum):
    """The facts of a room; each is one numbered event of the room's stream."""

    CONVENED = "convened"
    STAGE_CHANGED = "stage_changed"
    NONCE_COMMITTED = "nonce_committed"
    NONCE_REVEALED = "nonce_revealed"
    DRAWN = "drawn"
    DRAW_RESTARTED = "draw_restarted"
    INVITATION_ACCEPTED = "invitation_accepted"
    INVITATION_DECLINED = "invitation_declined"
    CHECKED_IN = "member_checked_in"
    PLEDGED = "member_pledged"
    MEMBER_RECUSED = "member_recused"
    REPLACEMENT_ORDERED = "replacement_ordered"
    MEMBER_REPLACED = "member_replaced"
    SEAT_VACANT = "seat_vacant"
    VOTED = "vote_cast"
    VOTES_VOID = "votes_void"
    ROUND_TIED = "round_tied"
    LEADER_ELECTED = "leader_elected"
    LEADER_GONE = "leader_gone"
    SHEET_SUBMITTED = "sheet_submitted"
    WORK_DONE = "work_done"
    PAUSED = "paused"
    RESUMED = "resumed"
    FAILED = "failed"
    CLOSED = "closed"


class Fact:
    """One thing that happened: its kind and its named values. Immutable by custom of use."""

    __slots__ = ("kind", "values")

    def __init__(self, kind: Kind, /, **values: Any) -> None:
        self.kind = kind
        self.values: Mapping[str, Any] = MappingProxyType(values)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Fact) and (self.kind, dict(self.values)) == (
            other.kind,
            dict(other.values),
        )

    def __hash__(self) -> int:
        return hash((self.kind, tuple(sorted(self.values))))

    def __repr__(self) -> str:
        return f"Fact({self.kind.value}, {dict(self.values)!r})"


Facts = tuple[Fact, ...]


def enter(stage: Stage) -> Fact:
    """The fact of a stage beginning."""
    return Fact(Kind.STAGE_CHANGED, stage=stage)


@dataclass(frozen=True, slots=True)
class Member:
    """Who sits on a seat: `expert` is the token of the pool record, `turn` counts the holders."""

    seat: int
    turn: int
    expert: str
    state: MemberState = MemberState.INVITED
    submitted: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """All that the rules need to know of one room.

    `members` are those who sit now; a seat without one is vacant. `commitments` and `nonces` are
    of the present draw `turn`, `votes` of the present `ballot` (voter's seat → candidate's seat).
    `epoch` grows whenever somebody's work becomes void.
    """

    stage: Stage
    lot: str
    seats: int
    leader_rounds: int
    floor: int
    pool: Pool
    turn: int = 1
    commitments: Mapping[DrawParty, bytes] = field(default_factory=dict)
    nonces: Mapping[DrawParty, bytes] = field(default_factory=dict)
    seed: bytes | None = None
    order: tuple[str, ...] = ()
    gone: frozenset[str] = frozenset()
    members: tuple[Member, ...] = ()
    leader: int | None = None
    round: int = 1
    ballot: int = 1
    votes: Mapping[int, int] = field(default_factory=dict)
    epoch: int = 1
    paused_at: datetime | None = None
    paused_by: Party | None = None

    def member(self, seat: int) -> Member:
        """Who sits on a seat. Raises Refused EVA-2206 when nobody does."""
        for member in self.members:
            if member.seat == seat:
                return member
        raise Refused("EVA-2206", seat=seat)

    def with_member(self, seat: int, **changes: Any) -> "Room":
        """The same room with one member changed."""
        return replace(
            self,
            members=tuple(replace(m, **changes) if m.seat == seat else m for m in self.members),
        )

    @property
    def votes_in_order(self) -> tuple[int, ...]:
        """The candidates by the voters' seats."""
        return tuple(self.votes[seat] for seat in sorted(self.votes))

    @property
    def complete(self) -> bool:
        """Every seat is held by a member who has pledged."""
        return len(self.members) == self.seats and all(
            member.state is MemberState.PLEDGED for member in self.members
        )


def evolve(room: Room, facts: Facts) -> Room:
    """Fold facts into the snapshot; the database rows are a projection of the result."""
    return reduce(_fold, facts, room)


def _fold(r: Room, fact: Fact) -> Room:
    match fact.kind:
        case Kind.STAGE_CHANGED:
            members = tuple(replace(m, submitted=0) for m in r.members)
            return replace(r, stage=fact["stage"], members=members)
        case Kind.NONCE_COMMITTED:
            return replace(r, commitments={**r.commitments, fact["party"]: fact["commitment"]})
        case Kind.NONCE_REVEALED:
            return replace(r, nonces={**r.nonces, fact["party"]: fact["nonce"]})
        case Kind.DRAWN:
            return replace(r, seed=fact["seed"], order=fact["order"], members=fact["members"])
        case Kind.DRAW_RESTARTED:
            return replace(
                r,
                turn=fact["turn"],
                pool=fact["pool"],
                commitments={},
                nonces={},
                seed=None,
                order=(),
                gone=frozenset(),
                members=(),
                epoch=r.epoch + 1,
            )
        case Kind.PAUSED:
            return replace(r, paused_at=fact["at"], paused_by=fact["by"])
        case Kind.RESUMED | Kind.FAILED:
            return replace(r, paused_at=None, paused_by=None)
        case Kind.VOTED | Kind.VOTES_VOID | Kind.ROUND_TIED | Kind.LEADER_ELECTED:
            return _fold_vote(r, fact)
        case Kind.LEADER_GONE:
            return replace(r, leader=None, round=1, ballot=r.ballot + 1, votes={})
        case _:
            return _fold_member(r, fact)


def _fold_vote(r: Room, fact: Fact) -> Room:
    match fact.kind:
        case Kind.VOTED:
            return replace(r, votes={**r.votes, fact["seat"]: fact["candidate"]})
        case Kind.VOTES_VOID:
            return replace(r, ballot=r.ballot + 1, votes={})
        case Kind.ROUND_TIED:
            return replace(r, round=r.round + 1, ballot=r.ballot + 1, votes={})
        case _:
            return replace(r, leader=fact["seat"])


def _fold_member(r: Room, fact: Fact) -> Room:
    match fact.kind:
        case Kind.INVITATION_ACCEPTED:
            return r.with_member(fact["seat"], state=MemberState.ACCEPTED)
        case Kind.CHECKED_IN:
            return r.with_member(fact["seat"], state=MemberState.CHECKED_IN)
        case Kind.PLEDGED:
            return r.with_member(fact["seat"], state=MemberState.PLEDGED)
        case Kind.SHEET_SUBMITTED:
            return r.with_member(fact["seat"], submitted=fact["submitted"])
        case Kind.INVITATION_DECLINED | Kind.MEMBER_RECUSED | Kind.REPLACEMENT_ORDERED:
            out = r.member(fact["seat"])
            return replace(
                r,
                gone=r.gone | {out.expert},
                members=tuple(m for m in r.members if m.seat != out.seat),
                epoch=r.epoch + 1,
            )
        case Kind.MEMBER_REPLACED:
            members = (*r.members, Member(fact["seat"], fact["turn"], fact["expert"]))
            return replace(r, members=tuple(sorted(members, key=lambda m: m.seat)))
        case _:
            return r
