"""Rights to reconciliation: the centre acts, bank and supervisor read, the worker makes rounds."""

from kernel.permissions import Grants, Right, Role, any_of, roles, the_system


class ReconciliationRight(Right):
    """Doors of reconciliation."""

    RECONCILIATION_ACT = "reconciliation.act"
    RECONCILIATION_READ = "reconciliation.read"
    RECONCILIATION_ROUND = "reconciliation.round"


GRANTS: Grants = {
    ReconciliationRight.RECONCILIATION_ACT: roles(Role.CENTRE),
    # States only: no figure stands here from which one could tell who paid.
    ReconciliationRight.RECONCILIATION_READ: roles(Role.CENTRE, Role.BANK, Role.SUPERVISOR),
    ReconciliationRight.RECONCILIATION_ROUND: any_of(the_system),
}
