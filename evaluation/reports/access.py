"""Who may knock at the doors of a report; whose report it is, the acts and queries check."""

from enum import StrEnum, unique

from kernel.permissions import Grants, Role, any_of, anyone, roles, the_system


@unique
class Right(StrEnum):
    """What can be asked of a report."""

    ADVANCE = "reports.advance"
    DOWNLOAD = "reports.download"
    READ = "reports.read"
    RECORD_REFUSAL = "reports.record_refusal"
    SIGN = "reports.sign"


GRANTS: Grants = {
    Right.ADVANCE: any_of(the_system),
    # The public form once it is published; the whole one only for those whose report it is.
    Right.DOWNLOAD: any_of(anyone),
    Right.READ: roles(Role.EXPERT, Role.SUPERVISOR, Role.CENTRE),
    Right.RECORD_REFUSAL: roles(Role.SUPERVISOR, Role.CENTRE),
    Right.SIGN: roles(Role.EXPERT),
}
