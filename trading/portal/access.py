"""Rights of the public pages: everyone reads the same, signed in or not."""

from kernel.permissions import Grants, Right, any_of, anyone


class PortalRight(Right):
    """Doors of the portal."""

    CHECK = "portal.check"
    READ = "portal.read"


GRANTS: Grants = {
    PortalRight.CHECK: any_of(anyone),
    PortalRight.READ: any_of(anyone),
}
