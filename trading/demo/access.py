"""Rights of the demonstration's own doors; they exist in demonstration installations only."""

from kernel.permissions import Grants, Right, any_of, anyone, signed_in


class DemoRight(Right):
    """Doors of the demonstration."""

    KEY_READ = "demo.key.read"
    TIME_MOVE = "demo.time.move"
    TIME_READ = "demo.time.read"


GRANTS: Grants = {
    DemoRight.KEY_READ: any_of(signed_in),
    DemoRight.TIME_MOVE: any_of(anyone),
    DemoRight.TIME_READ: any_of(anyone),
}
