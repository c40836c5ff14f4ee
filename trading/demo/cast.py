"""The invented people and lots of the demonstration, as values read from `cast.toml`."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from kernel.identity.rules import with_check_character
from kernel.permissions import Role
from trading.tenders.rules import LotKind, OpeningMinutes, TrusteeRole

MAIN = "main"


@dataclass(frozen=True, slots=True)
class Account:
    """A filed basic account: number and bank."""

    number: str
    bank: str


@dataclass(frozen=True, slots=True)
class Organisation:
    """An organisation; `key` is its name within the cast."""

    key: str
    name: str
    credit_code: str
    account: Account | None


@dataclass(frozen=True, slots=True)
class Person:
    """A person with one role; `trustee` or `rescuer` is the seat the person's key holds, if any."""

    login: str
    name: str
    organisation: str
    role: Role
    trustee: TrusteeRole | None
    rescuer: TrusteeRole | None

    @property
    def seat(self) -> TrusteeRole | None:
        """Whom the person's registered key stands for."""
        return self.trustee or self.rescuer


@dataclass(frozen=True, slots=True)
class Room:
    """An opening room of the centre."""

    name: str
    place: str
    capacity: int
    equipment: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Site:
    """Where experts sit: 主场 (home) or 副场 (guest)."""

    name: str
    kind: str
    region: str


@dataclass(frozen=True, slots=True)
class Past:
    """An organisation an expert worked for, until so many days before the history begins."""

    organisation: str
    until_days_ago: int


@dataclass(frozen=True, slots=True)
class Expert:
    """An expert of the pool, employed by an organisation of the cast."""

    login: str
    name: str
    organisation: str
    site: str
    specialities: tuple[str, ...]
    past: tuple[Past, ...]


@dataclass(frozen=True, slots=True)
class Payer:
    """An account at the bank that is nobody's basic account."""

    account: str
    name: str
    kind: str


@dataclass(frozen=True, slots=True)
class Lot:
    """A lot and when its life happens, in days from the demonstration's present."""

    key: str
    project: str
    name: str
    tenderee: str
    sector: str
    kind: LotKind
    funding: str
    scope: str
    qualification: str
    evaluation: str
    estimate_fen: int
    ceiling_fen: int
    deposit_fen: int
    published_days_ago: int
    deadline_days: int
    documents_in_days: int
    minutes: OpeningMinutes | None
    hour: int
    """The opening is at half past it."""
    ended: str | None
    played: str | None
    """The stage that real players take it to before the demonstration begins."""
    draws: tuple[Mapping[str, Any], ...] = ()
    """What its documents let be drawn in the hall, as the evaluation plan tells it."""


@dataclass(frozen=True, slots=True)
class Cast:
    """Everyone and everything."""

    password: str
    region_code: str
    region_name: str
    organisations: tuple[Organisation, ...]
    people: tuple[Person, ...]
    rooms: tuple[Room, ...]
    sites: tuple[Site, ...]
    experts: tuple[Expert, ...]
    payers: tuple[Payer, ...]
    lots: tuple[Lot, ...]

    def lot(self, key: str) -> Lot:
        """The lot called `key`."""
        return next(lot for lot in self.lots if lot.key == key)

    def organisation(self, key: str) -> Organisation:
        """The organisation called `key`."""
        return next(one for one in self.organisations if one.key == key)


@cache
def cast() -> Cast:
    """The cast as the file tells it."""
    told = tomllib.loads(Path(__file__).with_name("cast.toml").read_text("utf-8"))
    return Cast(
        password=told["password"],
        region_code=told["centre"]["region_code"],
        region_name=told["centre"]["region_name"],
        organisations=tuple(_organisation(one) for one in told["organisations"]),
        people=(
            *(_person(one) for one in told["people"]),
            *(_person({**one, "role": "expert"}) for one in told["experts"]),
        ),
        rooms=tuple(Room(**{**one, "equipment": tuple(one["equipment"])}) for one in told["rooms"]),
        sites=tuple(Site(**one) for one in told["sites"]),
        experts=tuple(_expert(one) for one in told["experts"]),
        payers=tuple(Payer(**one) for one in told["payers"]),
        lots=tuple(_lot(one) for one in told["lots"]),
    )


def _organisation(told: dict[str, Any]) -> Organisation:
    account = told.get("account")
    return Organisation(
        key=told["key"],
        name=told["name"],
        credit_code=with_check_character(told["first17"]),
        account=Account(**account) if account else None,
    )


def _person(told: dict[str, Any]) -> Person:
    return Person(
        login=told["login"],
        name=told["name"],
        organisation=told["organisation"],
        role=Role(told["role"]),
        trustee=_seat(told.get("trustee")),
        rescuer=_seat(told.get("rescuer")),
    )


def _seat(role: str | None) -> TrusteeRole | None:
    return TrusteeRole(role) if role else None


def _expert(told: dict[str, Any]) -> Expert:
    return Expert(
        login=told["login"],
        name=told["name"],
        organisation=told["organisation"],
        site=told["site"],
        specialities=tuple(told["specialities"]),
        past=tuple(Past(**one) for one in told.get("past", ())),
    )


def _lot(told: dict[str, Any]) -> Lot:
    minutes = told.get("minutes")
    plain = {
        name: value for name, value in told.items() if name not in ("kind", "minutes", "draws")
    }
    defaults = {"documents_in_days": 0, "hour": 9, "ended": None, "played": None}
    return Lot(
        **{**defaults, **plain},
        kind=LotKind(told["kind"]),
        minutes=OpeningMinutes(**minutes) if minutes else None,
        draws=tuple(told.get("draws", ())),
    )
