"""Who has an office in a lot's opening: presiding, holding a share, supervising, on duty."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.identity import queries as identity
from kernel.permissions import Role
from kernel.pure.errors import Refused
from trading.reminders.rules import Office
from trading.sittings import queries as sittings
from trading.tenders.models import Lot, LotTrustee, Trustee


def of_lot(session: Session, lot: Lot, offices: frozenset[Office]) -> set[UUID]:
    """The people of some offices. Host and deputy once named, until then the whole agency."""
    found: set[UUID] = set()
    if Office.HOST in offices:
        found |= _hosts(session, lot)
    if Office.DEPUTY in offices:
        found |= _deputies(session, lot)
    if Office.TRUSTEE in offices:
        found |= set(trustees(session, lot.id).values())
    if Office.SUPERVISOR in offices:
        found |= _people(session, Role.SUPERVISOR)
    if Office.CENTRE in offices:
        found |= _people(session, Role.CENTRE, lot.centre_id)
    return found


def trustees(session: Session, lot_id: UUID) -> dict[int, UUID]:
    """Who holds which share of a lot."""
    rows = session.execute(
        select(LotTrustee.index, Trustee.person_id)
        .join(Trustee, Trustee.id == LotTrustee.trustee_id)
        .where(LotTrustee.lot_id == lot_id)
    )
    return {index: person for index, person in rows}  # noqa: C416 - rows are not pairs


def centre(session: Session, centre_id: UUID) -> set[UUID]:
    """The centre's people."""
    return _people(session, Role.CENTRE, centre_id)


def _hosts(session: Session, lot: Lot) -> set[UUID]:
    try:
        sitting = sittings.of_lot(session, lot.id)
    except Refused:
        return _people(session, Role.AGENCY, lot.project.agency_id)
    named = {each.person_id for each in (sitting.host, sitting.deputy) if each is not None}
    return named or _people(session, Role.AGENCY, lot.project.agency_id)


def _deputies(session: Session, lot: Lot) -> set[UUID]:
    """Whoever may go on in the host's place: the other of the two, or anyone of the agency."""
    chair = sittings.of_lot(session, lot.id).chair
    acting = {chair.acting.person_id} if chair.acting else set()
    return (_hosts(session, lot) - acting) or (
        _people(session, Role.AGENCY, lot.project.agency_id) - acting
    )


def _people(session: Session, role: Role, organisation: UUID | None = None) -> set[UUID]:
    return {
        each.person_id
        for each in identity.people_in_role(session, role)
        if organisation is None or each.organisation_id == organisation
    }
