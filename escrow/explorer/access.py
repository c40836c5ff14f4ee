"""Who reads the ledger: the centre's finance staff and the supervisor; the worker opens seals."""

from kernel.permissions import Grants, Right, Role, any_of, roles, the_system


class ExplorerRight(Right):
    """Doors of the ledger."""

    LEDGER_READ = "ledger.read"
    LEDGER_OPEN = "ledger.open"
    LEDGER_ROUND = "ledger.round"


GRANTS: Grants = {
    ExplorerRight.LEDGER_READ: roles(Role.CENTRE, Role.SUPERVISOR),
    # What a bank sent names payers: each look is kept with the person who looked.
    ExplorerRight.LEDGER_OPEN: roles(Role.CENTRE, Role.SUPERVISOR),
    ExplorerRight.LEDGER_ROUND: any_of(the_system),
}
