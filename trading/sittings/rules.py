"""Who presides over a sitting and who may speak in it. Pure; numbers come as values.

招标投标法 35: the tenderee, or the agency it named, presides over the opening.
"""

import unicodedata
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from math import ceil
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
        spare = chair.deputy if not _is(chair.deputy, who) else None
        return Chair(who, spare)
    if not _is(acting, who):
        raise Refused("SIT-1001", host=acting.name, organisation=acting.organisation)
    return chair


def name(
    chair: Chair, who: Official, host: Official, deputy: Official | None, *, begun: bool
) -> Chair:
    """Name host and deputy; once the session has begun the acting host may change the other one.

    Raises:
        Refused: SIT-1001 somebody else presides; SIT-1002 whoever presides stays; SIT-1003 one
            person for both.
    """
    if _is(deputy, host):
        raise Refused("SIT-1003")
    named = Chair(host, deputy)
    if begun and chair.acting is not None:
        preside(chair, who)
        named = replace(named, presiding=chair.presiding)
        if not _is(named.acting, chair.acting):
            raise Refused("SIT-1002")
    return named


def take_over(chair: Chair, who: Official) -> Chair:
    """The other of the two presides from now; without a deputy anyone of their side becomes it.

    Repeating it changes nothing. Raises Refused SIT-1004: neither host nor deputy.
    """
    if chair.acting is None or _is(chair.acting, who):
        return preside(chair, who)
    if chair.deputy is None:
        return Chair(chair.host, who, Office.DEPUTY)
    if chair.presiding is Office.HOST and _is(chair.deputy, who):
        return replace(chair, presiding=Office.DEPUTY)
    if chair.presiding is Office.DEPUTY and _is(chair.host, who):
        return replace(chair, presiding=Office.HOST)
    raise Refused("SIT-1004", deputy=chair.deputy.name)


def in_office(chair: Chair, who: Official) -> None:
    """Host and deputy speak for their side, and whoever is there while nobody was named.

    Raises:
        Refused: SIT-1001 a colleague who watches.
    """
    acting = chair.acting
    if acting is not None and not _is(chair.host, who) and not _is(chair.deputy, who):
        raise Refused("SIT-1001", host=acting.name, organisation=acting.organisation)


def _is(one: Official | None, other: Official | None) -> bool:
    return one is not None and other is not None and one.person_id == other.person_id


@dataclass(frozen=True, slots=True)
class Talk:
    """How much may be said: characters of a line, lines at once, seconds until another one."""

    characters: int
    burst: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many lines a speaker may still say at once, as it stood at a moment."""

    left: float
    at: datetime


def spend(talk: Talk, bucket: Bucket | None, now: datetime) -> Bucket:
    """The speaker's bucket after one more line. Raises Refused SIT-1103: too fast."""
    left = float(talk.burst)
    if bucket is not None:
        gained = max((now - bucket.at).total_seconds(), 0.0) / talk.seconds
        left = min(left, bucket.left + gained)
    if left < 1:
        raise Refused("SIT-1103", seconds=ceil((1 - left) * talk.seconds))
    return Bucket(left - 1, now)


def clean(words: str, most: int) -> str:
    """A line as it is kept: one line of text without controls, overrides or invisible marks.

    Raises:
        Refused: SIT-1104 nothing is left of it, or it is too long.
    """
    kept = "".join(_seen(each) for each in unicodedata.normalize("NFC", words))
    line = " ".join(kept.split())
    if not line or len(line) > most:
        raise Refused("SIT-1104", most=most, length=len(line))
    return line


def _seen(character: str) -> str:
    """Breaks become spaces; what steers a terminal or turns the reading order is taken out."""
    if character in "\n\r\t\v\f\x85\u2028\u2029":
        return " "
    # Cc controls, Cf formats (bidi overrides and isolates among them), Cs surrogates, Co private.
    return "" if unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Cn"} else character
