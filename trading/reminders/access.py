"""Who has an inbox: officials. Bidders' reminders come from their own vault, never from here."""

from kernel.permissions import Grants, Right, Role, any_of, roles, the_system


class ReminderRight(Right):
    """Doors of the inbox, and the worker's turns."""

    DELIVER = "reminders.deliver"
    READ = "reminders.read"


OFFICIALS = (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR, Role.TENDEREE, Role.TRUSTEE)
GRANTS: Grants = {
    ReminderRight.DELIVER: any_of(the_system),
    ReminderRight.READ: roles(*OFFICIALS),
}
