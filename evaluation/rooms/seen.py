"""What other features and pages may know of a room: frozen views, made by queries.py."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from evaluation.experts.rules import SiteKind
from evaluation.plans.rules import Plan
from evaluation.rooms.dossier import Security
from evaluation.rooms.states import READING, MemberState, Party, Stage
from kernel.pure.errors import Refused


@dataclass(frozen=True, slots=True)
class BidView:
    """One bid of the room; `parts` are the names that can be read."""

    number: int
    bidder_ref: UUID
    commitment: bytes
    organisation: str
    credit_code: str
    price_fen: int
    offer: Mapping[str, Any]
    draw_part: bytes | None
    security: Security | None
    parts: tuple[str, ...]

    @property
    def unsecured(self) -> str | None:
        """Why the security does not hold; None when it does, or is not decided."""
        lost = self.security is not None and self.security.sound is False
        return self.security.word if lost and self.security else None


@dataclass(frozen=True, slots=True)
class MemberView:
    """Who sits on a seat now. `public_key` (65 bytes) is the checked-in certificate's.

    `expert` is the token of the pool record, `since` when the seat fell to this member, `turn` the
    how-manieth holder of the seat, `submitted` how many sheets of the present stage are in.
    """

    seat: int
    turn: int
    expert_id: UUID
    expert: str
    person_id: UUID
    name: str
    employer: str
    employer_code: str
    site: str
    site_kind: SiteKind
    state: MemberState
    certificate: bytes | None
    public_key: bytes | None
    since: datetime
    submitted: int

    @property
    def pledged(self) -> bool:
        """At work: checked in and pledged."""
        return self.state is MemberState.PLEDGED


@dataclass(frozen=True, slots=True)
class RoomView:
    """One room as the features above see it. `session_epoch` grows when somebody's work is void."""

    id: UUID
    lot_ref: UUID
    tender_ref: UUID
    centre_ref: UUID
    agency_ref: UUID
    tenderee_ref: UUID
    live_id: UUID
    title: str
    number: str
    stage: Stage
    paused_at: datetime | None
    paused_by: Party | None
    plan: Plan
    close_root: bytes
    ceiling_fen: int | None
    unopened: Mapping[bytes, bytes | None]
    drawn: Mapping[str, str | None]
    bids: tuple[BidView, ...]
    members: tuple[MemberView, ...]
    leader: int | None
    public_key: bytes
    session_epoch: int
    convened_at: datetime
    finished_at: datetime | None

    @property
    def seats(self) -> int:
        """How many members the committee has."""
        return self.plan.seats

    @property
    def complete(self) -> bool:
        """Every seat is held by a member who has pledged."""
        return len(self.members) == self.seats and all(m.pledged for m in self.members)

    @property
    def undecided(self) -> bool:
        """Whether some bid's security still waits for its bank or issuer."""
        return any(bid.security is not None and bid.security.sound is None for bid in self.bids)

    @property
    def readable(self) -> bool:
        """Bids may be read just now."""
        return self.stage in READING and self.paused_at is None

    def bid(self, number: int) -> BidView:
        """A bid by number. Raises Refused EVA-2402."""
        for bid in self.bids:
            if bid.number == number:
                return bid
        raise Refused("EVA-2402")

    def member(self, seat: int) -> MemberView:
        """Who sits on a seat. Raises Refused EVA-2206."""
        for member in self.members:
            if member.seat == seat:
                return member
        raise Refused("EVA-2206", seat=seat)


@dataclass(frozen=True, slots=True)
class SiteSeats:
    """How a site is manned; `kind` is home or guest."""

    name: str
    kind: str
    seats: int
    checked_in: int


@dataclass(frozen=True, slots=True)
class Alarm:
    """Something the supervisor should look at."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class RoomSummary:
    """A room as boards show it: never a name, never a mark. `since` is when the stage began."""

    room_id: UUID
    lot_ref: UUID
    live_id: UUID
    title: str
    number: str
    stage: str
    word: str
    since: datetime
    paused: bool
    paused_reason: str | None
    seats: int
    checked_in: int
    sites: tuple[SiteSeats, ...]
    alarms: tuple[Alarm, ...]
    convened_at: datetime
    finished_at: datetime | None
