"""Rights of what follows a report; which lot is whose is a rule, not a right."""

from kernel.permissions import Grants, Right, Role, any_of, anyone, roles, the_system


class ResultRight(Right):
    """Doors of results."""

    ARCHIVE = "results.archive"
    AWARD = "results.award"
    DESK = "results.desk"
    HAND_OVER = "results.hand_over"
    OBJECT = "results.object"
    PUBLISH = "results.publish"
    READ = "results.read"
    RECORD = "results.record"
    WRITE_PDF = "results.write_pdf"


_PARTIES = (Role.AGENCY, Role.TENDEREE)

GRANTS: Grants = {
    ResultRight.ARCHIVE: roles(Role.AGENCY),
    ResultRight.AWARD: roles(Role.TENDEREE),
    ResultRight.DESK: roles(*_PARTIES),
    ResultRight.HAND_OVER: roles(Role.AGENCY),
    ResultRight.OBJECT: roles(Role.BIDDER),
    ResultRight.PUBLISH: roles(Role.AGENCY),
    ResultRight.READ: any_of(anyone),
    ResultRight.RECORD: roles(*_PARTIES),
    ResultRight.WRITE_PDF: any_of(the_system),
}
