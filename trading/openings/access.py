"""Who may knock at the doors of the opening hall; whether it is their opening, `party_of` says."""

from enum import StrEnum, unique

from kernel.permissions import (
    Account,
    Actor,
    Grants,
    Pseudonym,
    Role,
    System,
    any_of,
    anyone,
    by_ticket,
    roles,
    signed_in,
    the_system,
)
from kernel.pure.errors import Refused
from trading.openings.states import Party
from trading.tenders.rules import LotSnapshot


@unique
class Right(StrEnum):
    """What can be asked of an opening."""

    ACT_UNDER_TICKET = "openings.act_under_ticket"
    ADVANCE = "openings.advance"
    ASK_RESCUE = "openings.ask_rescue"
    DOWNLOAD_RECORD = "openings.download_record"
    MODERATE = "openings.moderate"
    ORDER_PAUSE = "openings.order_pause"
    PRESIDE = "openings.preside"
    RELEASE_SHARES = "openings.release_shares"
    RESCUE = "openings.rescue"
    SPEAK = "openings.speak"
    SIGN_RECORD = "openings.sign_record"
    SUPERVISE = "openings.supervise"
    WATCH = "openings.watch"


GRANTS: Grants = {
    Right.ACT_UNDER_TICKET: any_of(by_ticket),
    Right.ADVANCE: any_of(the_system),
    # By account: whoever lost the pseudonym's key cannot act under it; the list is public by then.
    Right.ASK_RESCUE: roles(Role.BIDDER),
    Right.DOWNLOAD_RECORD: any_of(anyone),
    Right.MODERATE: roles(Role.AGENCY, Role.TENDEREE, Role.SUPERVISOR),
    Right.ORDER_PAUSE: roles(Role.AGENCY, Role.TENDEREE, Role.SUPERVISOR),
    Right.PRESIDE: roles(Role.AGENCY, Role.TENDEREE),
    # Any account may hold a seat; the act checks that this person does.
    Right.RELEASE_SHARES: any_of(signed_in),
    Right.RESCUE: any_of(signed_in),
    # By account and certificate: the list is public by then.
    Right.SIGN_RECORD: roles(Role.AGENCY, Role.TENDEREE, Role.BIDDER),
    # Bidders speak under ticket.
    Right.SPEAK: roles(Role.AGENCY, Role.TENDEREE, Role.SUPERVISOR, Role.CENTRE),
    Right.SUPERVISE: roles(Role.SUPERVISOR),
    Right.WATCH: any_of(anyone),
}


def is_witness(actor: Actor, lot: LotSnapshot) -> bool:
    """The trading centre's people witness its own openings."""
    return (
        isinstance(actor, Account)
        and actor.role is Role.CENTRE
        and actor.organisation_id == lot.centre_id
    )


def is_of_host(actor: Account, lot: LotSnapshot) -> bool:
    """Somebody of the agency or the tenderee, who may preside."""
    theirs = {Role.AGENCY: lot.agency_id, Role.TENDEREE: lot.tenderee_id}
    return theirs.get(actor.role) == actor.organisation_id


def party_of(actor: Actor, lot: LotSnapshot) -> Party:
    """As whom `actor` stands in this hall.

    Raises:
        Refused: OPN-1001 somebody else's opening; OPN-1302 a ticket for another lot.
    """
    match actor:
        case System():
            return Party.SYSTEM
        case Pseudonym():
            if actor.lot_id != lot.id:
                raise Refused("OPN-1302")
            return Party.BIDDER
        case Account(role=Role.SUPERVISOR):
            return Party.SUPERVISOR
        case Account() if is_of_host(actor, lot):
            return Party.HOST
        case _:
            raise Refused("OPN-1001", act="")
