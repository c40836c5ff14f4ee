"""Rights around banks: the liaison's board, the listener, the worker's rounds."""

from kernel.permissions import Grants, Right, Role, any_of, anyone, roles, the_system


class BankRight(Right):
    """Doors of the bank rooms."""

    BANK_BOARD_READ = "bank.board.read"
    BANK_CALLBACK = "bank.callback"
    BANK_ROUND = "bank.round"


GRANTS: Grants = {
    # Before a list the board shows links and completeness only, to the liaison as to the centre.
    BankRight.BANK_BOARD_READ: roles(Role.BANK, Role.CENTRE),
    # A bank has no account here; its signature over the raw bytes is the permission.
    BankRight.BANK_CALLBACK: any_of(anyone),
    BankRight.BANK_ROUND: any_of(the_system),
}
