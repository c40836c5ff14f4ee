"""Who may knock at the doors of the picture; whether it is their sitting, queries.standing says."""

from enum import StrEnum, unique

from kernel.permissions import Grants, Role, any_of, anyone, roles, the_system


@unique
class Right(StrEnum):
    """What can be asked of the picture."""

    JOIN = "media.join"
    KEEP = "media.keep"
    SHOW = "media.show"
    WATCH = "media.watch"


GRANTS: Grants = {
    # A direct line tells the other end one's address and takes one of few places.
    Right.JOIN: roles(Role.AGENCY, Role.TENDEREE, Role.BIDDER, Role.CENTRE, Role.SUPERVISOR),
    Right.KEEP: any_of(the_system),
    Right.SHOW: roles(Role.AGENCY, Role.TENDEREE),
    # The opening is public; what of the recording is, the view judges.
    Right.WATCH: any_of(anyone),
}
