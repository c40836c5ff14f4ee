"""Who may knock at the doors of a room; whether it is their room, `party_of` and `admits` say."""

from enum import StrEnum, unique
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts.models import ExpertRow
from evaluation.experts.rules import DrawParty
from evaluation.rooms.models import MemberRow, RoomRow
from evaluation.rooms.states import MemberState, Party
from kernel.permissions import Account, Actor, Grants, Role, System, roles
from kernel.pure.errors import Refused


@unique
class Right(StrEnum):
    """What can be asked of an evaluation room."""

    ANSWER = "rooms.answer"
    DRAW = "rooms.draw"
    ENTER = "rooms.enter"
    ORDER = "rooms.order"
    READ_BIDS = "rooms.read_bids"
    SUPERVISE = "rooms.supervise"
    WATCH = "rooms.watch"


GRANTS: Grants = {
    Right.ANSWER: roles(Role.EXPERT),
    Right.DRAW: roles(Role.AGENCY, Role.CENTRE, Role.SUPERVISOR),
    Right.ENTER: roles(Role.EXPERT, Role.CENTRE, Role.SUPERVISOR),
    Right.ORDER: roles(Role.CENTRE, Role.SUPERVISOR),
    Right.READ_BIDS: roles(Role.EXPERT),
    Right.SUPERVISE: roles(Role.SUPERVISOR),
    Right.WATCH: roles(Role.EXPERT, Role.CENTRE, Role.SUPERVISOR),
}

INSIDE = frozenset({MemberState.ACCEPTED, MemberState.CHECKED_IN, MemberState.PLEDGED})


def party_of(actor: Actor, row: RoomRow) -> Party:
    """As whom `actor` stands in this room; an expert's seat is asked for separately.

    Raises:
        Refused: EVA-2001 somebody else's evaluation.
    """
    match actor:
        case System():
            return Party.SYSTEM
        case Account(role=Role.EXPERT):
            return Party.EXPERT
        case Account(role=Role.SUPERVISOR):
            return Party.SUPERVISOR
        case Account(role=Role.CENTRE, organisation_id=row.centre_ref):
            return Party.CENTRE
        case Account(role=Role.AGENCY, organisation_id=row.agency_ref):
            return Party.AGENCY
        case _:
            raise Refused("EVA-2001")


def draw_party_of(actor: Actor, row: RoomRow) -> DrawParty:
    """As which party of the draw. Raises Refused EVA-2001, EVA-2005."""
    party = party_of(actor, row)
    if party.value not in {each.value for each in DrawParty}:
        raise Refused("EVA-2005")
    return DrawParty(party.value)


def admits(session: Session, actor: Actor, ref: UUID) -> bool:
    """Whether `actor` may follow the room's stream: its members, its centre, the supervisor."""
    row = session.get(RoomRow, ref)
    if row is None:
        return False
    try:
        party = party_of(actor, row)
    except Refused:
        return False
    if party is Party.EXPERT:
        return seat_of(session, row.id, actor, states=INSIDE) is not None
    return party in {Party.SUPERVISOR, Party.CENTRE}


def seat_of(
    session: Session, room_id: UUID, actor: Actor, *, states: frozenset[MemberState] | None = None
) -> int | None:
    """The seat an account holds in the room now, in one of `states`; None when it holds none."""
    if not isinstance(actor, Account) or actor.role is not Role.EXPERT:
        return None
    found = session.execute(
        select(MemberRow.seat, MemberRow.state)
        .join(ExpertRow, ExpertRow.id == MemberRow.expert_id)
        .where(
            MemberRow.room_id == room_id,
            MemberRow.out_at.is_(None),
            ExpertRow.person_id == actor.person_id,
        )
    ).one_or_none()
    if found is None or (states is not None and found.state not in states):
        return None
    return int(found.seat)
