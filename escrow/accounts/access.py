"""Who reads the life of a sub-account: officials once its lot's list is published."""

from kernel.permissions import Grants, Right, Role, roles


class AccountsRight(Right):
    """Doors of the rooms of sub-accounts."""

    SUB_ACCOUNT_READ = "sub-account.read"


GRANTS: Grants = {
    # Its holder reads it any time, by its token alone (deposit.holder).
    AccountsRight.SUB_ACCOUNT_READ: roles(Role.CENTRE, Role.SUPERVISOR),
}
