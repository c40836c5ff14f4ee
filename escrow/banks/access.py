"""Rights around banks: the listener, the worker's rounds."""

from kernel.permissions import Grants, Right, any_of, anyone, the_system


class BankRight(Right):
    """Doors of the bank rooms."""

    BANK_CALLBACK = "bank.callback"
    BANK_ROUND = "bank.round"


GRANTS: Grants = {
    # A bank has no account here; its signature over the raw bytes is the permission.
    BankRight.BANK_CALLBACK: any_of(anyone),
    BankRight.BANK_ROUND: any_of(the_system),
}
