"""Who watches the banks: the centre, the supervisor, and each bank for itself."""

from kernel.permissions import Grants, Right, Role, roles


class BoardRight(Right):
    """The bank board and its stream."""

    BANK_BOARD_READ = "bank.board.read"


GRANTS: Grants = {
    # Before a list links and completeness only, to everybody; of figures a bank sees its own.
    BoardRight.BANK_BOARD_READ: roles(Role.BANK, Role.CENTRE, Role.SUPERVISOR),
}
