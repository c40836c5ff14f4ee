"""Rights to deposits: whoever shows a sub-account's token, and the worker."""

from kernel.permissions import Grants, Right, any_of, anyone, the_system


class DepositRight(Right):
    """Doors of the deposit rooms."""

    DEPOSIT_HOLDER = "deposit.holder"
    DEPOSIT_RETURN_UNCLAIMED = "deposit.return-unclaimed"


GRANTS: Grants = {
    # The token itself is the proof of ownership; who carries it stays unknown on purpose.
    DepositRight.DEPOSIT_HOLDER: any_of(anyone),
    DepositRight.DEPOSIT_RETURN_UNCLAIMED: any_of(the_system),
}
