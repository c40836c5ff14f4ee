"""Rights to reconciliation: so far the worker's alone."""

from kernel.permissions import Grants, Right, any_of, the_system


class ReconciliationRight(Right):
    """Doors of reconciliation."""

    RECONCILIATION_ROUND = "reconciliation.round"


GRANTS: Grants = {
    ReconciliationRight.RECONCILIATION_ROUND: any_of(the_system),
}
