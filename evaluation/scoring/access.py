"""Who may knock at the doors of scoring; whether it is their room, `member_of` says."""

from enum import StrEnum, unique

from kernel.permissions import Grants, Role, any_of, roles, the_system


@unique
class Right(StrEnum):
    """What can be asked of scoring."""

    MARK = "scoring.mark"
    READ_RESULTS = "scoring.read_results"
    REVEAL = "scoring.reveal"


GRANTS: Grants = {
    Right.MARK: roles(Role.EXPERT),
    # The supervisor reads what was revealed, never more; centre and parties wait for the report.
    Right.READ_RESULTS: roles(Role.EXPERT, Role.SUPERVISOR),
    Right.REVEAL: any_of(the_system),
}
