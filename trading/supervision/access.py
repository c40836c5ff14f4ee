"""Rights of oversight: supervisor and trading centre read the day's board."""

from kernel.permissions import Grants, Right, Role, roles


class SupervisionRight(Right):
    """Doors of supervision."""

    BOARD = "supervision.board"


GRANTS: Grants = {SupervisionRight.BOARD: roles(Role.SUPERVISOR, Role.CENTRE)}
