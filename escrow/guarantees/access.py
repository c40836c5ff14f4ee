"""Rights to guarantees: the centre's people and the supervisor read them after the list."""

from kernel.permissions import Grants, Right, Role, any_of, roles, the_system


class GuaranteeRight(Right):
    """Doors of the guarantee rooms."""

    GUARANTEE_READ = "guarantee.read"
    GUARANTEE_ROUND = "guarantee.round"


GRANTS: Grants = {
    # A row exists only after the list has published its bidder.
    GuaranteeRight.GUARANTEE_READ: roles(Role.CENTRE, Role.SUPERVISOR),
    GuaranteeRight.GUARANTEE_ROUND: any_of(the_system),
}
