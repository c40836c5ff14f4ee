"""Rights to what the kernel itself serves: the clock, replay of streams, display choices."""

from kernel.permissions import Grants, Right, any_of, anyone, by_ticket


class KernelRight(Right):
    """Doors of the kernel."""

    CLOCK_READ = "clock.read"
    COMPONENTS_SEE = "components.see"
    DISPLAY_CHOOSE = "display.choose"
    LIVE_PASS = "live.pass"  # noqa: S105 - a right, no password
    LIVE_REPLAY = "live.replay"


GRANTS: Grants = {
    KernelRight.CLOCK_READ: any_of(anyone),
    # Registered in demonstrations only.
    KernelRight.COMPONENTS_SEE: any_of(anyone),
    KernelRight.DISPLAY_CHOOSE: any_of(anyone),
    # Whether the ticket has a seat there, the stream says.
    KernelRight.LIVE_PASS: any_of(by_ticket),
    # The stream's own right is asked besides this one.
    KernelRight.LIVE_REPLAY: any_of(anyone),
}
