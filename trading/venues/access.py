"""Who looks at the rooms, asks for one, and decides; whose lot it is, the actions say."""

from kernel.permissions import Grants, Right, Role, roles


class VenueRight(Right):
    """Doors of the service calendar."""

    ASK = "venues.ask"
    DECIDE = "venues.decide"
    LOOK = "venues.look"


GRANTS: Grants = {
    VenueRight.ASK: roles(Role.AGENCY),
    VenueRight.DECIDE: roles(Role.CENTRE),
    VenueRight.LOOK: roles(Role.AGENCY, Role.CENTRE, Role.SUPERVISOR, Role.TENDEREE),
}
