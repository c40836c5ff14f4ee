"""Rights to forfeits: the centre's people decide, each for himself; the supervisor reads."""

from kernel.permissions import Grants, Right, Role, roles


class ForfeitRight(Right):
    """Doors of the forfeit rooms."""

    FORFEIT_APPROVE = "forfeit.approve"
    FORFEIT_READ = "forfeit.read"


GRANTS: Grants = {
    # Names stand here only after the list has published them.
    ForfeitRight.FORFEIT_APPROVE: roles(Role.CENTRE),
    ForfeitRight.FORFEIT_READ: roles(Role.CENTRE, Role.SUPERVISOR),
}
