"""When sums may be shown. Pure.

A sub-account is open to officials once it was judged, which happens with its lot's list. Whatever
sums over all of them (balances, statements, unknown payments) would count the payments of lots
whose list is still sealed: it is shown for the days before the first notice of such a lot.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class LotName:
    """A lot in the words of officials; `href` leads to its public page."""

    ref: UUID
    number: str
    title: str
    deadline: datetime
    href: str


class BlockKind(StrEnum):
    """What keeps a deposit from going back."""

    OBJECTION = "objection"
    PAUSED = "paused"
    FORFEIT = "forfeit"


@dataclass(frozen=True, slots=True)
class Block:
    """What holds deposits, and until when if that is known."""

    kind: BlockKind
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """The first day (Asia/Shanghai) whose sums are sealed; None when every list is published."""

    sealed_from: date | None

    def shows(self, day: date) -> bool:
        """Whether sums of that day may be shown."""
        return self.sealed_from is None or day < self.sealed_from


SEALED: Final = Horizon(date.min)
"""Nothing may be shown: what holds where nobody says which lists are published."""


def horizon_of(sealed_since: datetime | None) -> Horizon:
    """The horizon when bids of an unlisted lot may have been paid for since that moment."""
    return Horizon(sealed_since.astimezone(SHANGHAI).date() if sealed_since else None)
