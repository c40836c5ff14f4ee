"""Who may do what in bidding. Acts for a lot are asked for by ticket, never by account."""

from enum import StrEnum, unique

from kernel.permissions import Grants, Role, any_of, anyone, by_ticket, roles, the_system


@unique
class Right(StrEnum):
    """The rights of this feature."""

    ACT_UNDER_TICKET = "bids.act_under_ticket"
    ERASE_ABANDONED = "bids.erase_abandoned"
    ERASE_RETURNED = "bids.erase_returned"
    KEEP_VAULT = "bids.keep_vault"
    PREPARE = "bids.prepare"
    READ_TERMS = "bids.read_terms"
    TAKE_TICKET = "bids.take_ticket"


GRANTS: Grants = {
    Right.ACT_UNDER_TICKET: any_of(by_ticket),
    Right.ERASE_ABANDONED: any_of(the_system),
    Right.ERASE_RETURNED: any_of(the_system),
    Right.KEEP_VAULT: roles(Role.BIDDER),
    Right.PREPARE: roles(Role.BIDDER),
    Right.READ_TERMS: any_of(anyone),
    Right.TAKE_TICKET: roles(Role.BIDDER),
}
