"""Who presides over a sitting and who may speak in it. Pure; numbers come as values.

招标投标法 35: the tenderee, or the agency it named, presides over the opening.
"""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from kernel.pure.errors import Refused


class Office(StrEnum):
    """Which of the two named people presides."""

    HOST = "host"
    DEPUTY = "deputy"


class Speaking(StrEnum):
    """As whom somebody speaks."""

    HOST = "host"
    BIDDER = "bidder"
    SUPERVISOR = "supervisor"
    WITNESS = "witness"


@dataclass(frozen=True, slots=True)
class Official:
    """Somebody of the agency or the tenderee, by the name it had when it was named."""

    person_id: UUID
    name: str
    organisation: str


@dataclass(frozen=True, slots=True)
class Chair:
    """Who was named, and which of them presides; nobody named yet is both None."""

    host: Official | None = None
    deputy: Official | None = None
    presiding: Office = Office.HOST

    @property
    def acting(self) -> Official | None:
        """Whoever presides now."""
        return self.host if self.presiding is Office.HOST else self.deputy


def preside(chair: Chair, who: Official) -> Chair:
    """The chair under which `who` gives a host's act: the first who acts becomes host.

    Raises:
        Refused: SIT-1001 somebody else presides.
    """
    acting = chair.acting
    if acting is None:
        return Chair(who, chair.deputy)
    if acting.person_id != who.person_id:
        raise Refused("SIT-1001", host=acting.name, organisation=acting.organisation)
    return chair
