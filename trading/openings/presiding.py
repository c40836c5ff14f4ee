"""Who presides: only one person gives the host's acts; a deputy takes over by a recorded act.

Openings are locked in the order of their ids, then their sitting.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from kernel.identity import queries as identity
from kernel.permissions import Account, Actor, Role
from kernel.pure.errors import Refused
from trading.openings import hall as halls
from trading.openings.access import party_of
from trading.openings.hall import Hall
from trading.openings.states import FINISHED, Fact, Kind, Party, Stage
from trading.sittings import actions as sittings
from trading.sittings import queries
from trading.sittings.rules import Official
from trading.tenders.queries import lot_snapshot
from trading.tenders.rules import LotSnapshot

HOSTING = (Role.AGENCY, Role.TENDEREE)


@dataclass(frozen=True, slots=True)
class Named:
    """Whom the agency wants as host, and as deputy if any: people's ids."""

    host: UUID
    deputy: UUID | None


def stand(hall: Hall, actor: Actor) -> Party:
    """As whom the actor acts in this hall; a host's act is its acting host's alone.

    Whoever gives the first of them becomes host, unless one was named. Raises Refused OPN-1001,
    OPN-1302; SIT-1001 somebody else presides.
    """
    party = party_of(actor, hall.lot)
    if party is Party.HOST and isinstance(actor, Account):
        sittings.preside(hall.session, hall.lot.id, actor=actor)
    return party


def take_over(
    session: Session, lot_id: UUID, reason: str, *, actor: Account, now: datetime
) -> None:
    """The deputy, or the host coming back, presides from now; told on every lot's stream.

    Raises Refused OPN-1001; OPN-1801 without a reason; SIT-1004 neither of the two.
    """
    if not reason.strip():
        raise Refused("OPN-1801")
    entered = _entered(session, lot_id, now)
    _require_host(actor, entered[0].lot)
    change = sittings.take_over(session, lot_id, reason, actor=actor)
    if change is None:
        return
    for hall in entered:
        if hall.opening.stage not in FINISHED:
            halls.say(hall, Fact(Kind.HOST_CHANGED, **change))


def name(session: Session, lot_id: UUID, named: Named, *, actor: Account, now: datetime) -> None:
    """Name host and deputy, people of the agency or the tenderee.

    Raises Refused OPN-1001; SIT-1001, 1002, 1003 and 1005 (nobody of theirs).
    """
    entered = _entered(session, lot_id, now)
    lot = entered[0].lot
    _require_host(actor, lot)
    people = {who.person_id: who for who in candidates(session, lot)}
    if named.host not in people or (named.deputy and named.deputy not in people):
        raise Refused("SIT-1005")
    sittings.name(
        session,
        lot_id,
        people[named.host],
        people[named.deputy] if named.deputy else None,
        begun=any(hall.opening.stage is not Stage.WAITING for hall in entered),
        actor=actor,
    )


def part(session: Session, lot_id: UUID, *, actor: Account, now: datetime) -> None:
    """Open the lot apart from the others. Raises Refused OPN-1001; SIT-1006 too late or alone."""
    entered = _entered(session, lot_id, now)
    hall = next(hall for hall in entered if hall.lot.id == lot_id)
    _require_host(actor, hall.lot)
    if hall.opening.stage is not Stage.WAITING or len(entered) == 1:
        raise Refused("SIT-1006")
    sittings.part(session, hall.lot, now=now)


def join(session: Session, lot_id: UUID, other: UUID, *, actor: Account, now: datetime) -> None:
    """Open the lot together with another of its project due at the same time; repeatable.

    Raises Refused OPN-1001, TEN-1001; SIT-1006 begun already, or another project or deadline.
    """
    entered = _entered(session, lot_id, now, other)
    _require_host(actor, lot_snapshot(session, lot_id))
    if any(hall.opening.stage is not Stage.WAITING for hall in entered):
        raise Refused("SIT-1006")
    sittings.join(session, lot_id, other)


def candidates(session: Session, lot: LotSnapshot) -> tuple[Official, ...]:
    """The people who may preside over the lot's opening."""
    theirs = {Role.AGENCY: lot.agency_id, Role.TENDEREE: lot.tenderee_id}
    return tuple(
        Official(one.person_id, one.person_name, one.organisation_name)
        for role in HOSTING
        for one in identity.people_in_role(session, role)
        if one.organisation_id == theirs[role]
    )


def _entered(session: Session, lot_id: UUID, now: datetime, *more: UUID) -> list[Hall]:
    """The openings of the lot's sitting, and of other lots' ones, each under its row's lock."""
    wanted = {each for one in (lot_id, *more) for each in queries.lots_with(session, one)}
    return [halls.enter(session, each, now) for each in sorted(wanted)]


def _require_host(actor: Account, lot: LotSnapshot) -> None:
    if party_of(actor, lot) is not Party.HOST:
        raise Refused("OPN-1001", act="")
