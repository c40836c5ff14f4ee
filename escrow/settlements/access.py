"""Rights to settlements: the trading centre's people read and approve them, each for himself."""

from kernel.permissions import Grants, Right, Role, roles


class SettlementRight(Right):
    """Doors of the settlement rooms."""

    SETTLEMENT_APPROVE = "settlement.approve"
    SETTLEMENT_READ = "settlement.read"


GRANTS: Grants = {
    # Names stand here only after the list has published them.
    SettlementRight.SETTLEMENT_APPROVE: roles(Role.CENTRE),
    SettlementRight.SETTLEMENT_READ: roles(Role.CENTRE),
}
