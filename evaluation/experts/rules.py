"""Who may sit on a committee and who is drawn: avoidance, commit–reveal seed, seating. Pure.

招标投标法 37, 实施条例 9 and 46: related experts stay out, experts are drawn at random, one member
per employer. A pool record holds tokens, no names, so that anybody may recompute the draw.
"""

import hmac
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from kernel.pure import jcs
from kernel.pure.draws import Draw
from kernel.pure.hkdf import labelled_hash

POOL_FORMAT: Final = "sunbid pool/1"
DRAW_FORMAT: Final = "sunbid experts draw/1"
NONCE_BYTES: Final = 32


class SiteKind(StrEnum):
    """主场 and 副场 of one centre."""

    HOME = "home"
    GUEST = "guest"


class DrawParty(StrEnum):
    """Who commits to a nonce, in the order in which the seed takes them."""

    AGENCY = "agency"
    CENTRE = "centre"
    SUPERVISOR = "supervisor"


PARTIES: Final = tuple(DrawParty)


class Avoidance(StrEnum):
    """Why an expert may not sit for a lot."""

    EMPLOYER = "employer"
    PAST_EMPLOYER = "past_employer"
    DECLARED = "declared"


@dataclass(frozen=True, slots=True)
class Site:
    """A place where experts sit; `name` is unique."""

    name: str
    kind: SiteKind
    region: str


@dataclass(frozen=True, slots=True)
class Past:
    """Somebody an expert worked for, until a date."""

    employer_code: str
    until: date


@dataclass(frozen=True, slots=True)
class ExpertEntry:
    """An expert of the pool: `employer_code` is a credit code, `site` the name of a site."""

    person_id: UUID
    name: str
    employer: str
    employer_code: str
    region: str
    site: str
    specialities: tuple[str, ...] = ()
    past: tuple[Past, ...] = ()


@dataclass(frozen=True, slots=True)
class PastToken:
    """A past employer as a token."""

    employer: str
    until: date


@dataclass(frozen=True, slots=True)
class Candidate:
    """An expert as the pool record knows one: tokens (hex) instead of names and credit codes."""

    expert: str
    employer: str
    site: str
    past: tuple[PastToken, ...] = ()
    declared: bool = False

    def to_json(self) -> dict[str, Any]:
        """The record's object for this expert."""
        return {
            "expert": self.expert,
            "employer": self.employer,
            "site": self.site,
            "past": [{"employer": p.employer, "until": p.until.isoformat()} for p in self.past],
            "declared": self.declared,
        }


@dataclass(frozen=True, slots=True)
class Pool:
    """All experts asked about for one lot, as frozen and logged before anybody commits.

    `avoid` are the tokens of bidders, tenderee, agency and whoever controls them; `on` is the
    Shanghai date of the freeze. Order of input does not matter: `to_json` sorts.
    """

    lot: str
    on: date
    years: int
    seats: int
    avoid: tuple[str, ...]
    candidates: tuple[Candidate, ...]

    def to_json(self) -> dict[str, Any]:
        """The canonical record."""
        return {
            "format": POOL_FORMAT,
            "lot": self.lot,
            "on": self.on.isoformat(),
            "years": self.years,
            "seats": self.seats,
            "avoid": sorted(set(self.avoid)),
            "candidates": [c.to_json() for c in sorted(self.candidates, key=lambda c: c.expert)],
        }

    def canonical(self) -> bytes:
        """The bytes that are kept and whose digest is logged."""
        return jcs.canonical(self.to_json())

    def digest(self) -> bytes:
        """SHA-256("sunbid pool/1" ‖ canonical record)."""
        return labelled_hash(POOL_FORMAT.encode(), self.canonical())

    def candidate(self, expert: str) -> Candidate:
        """The candidate behind a token. Raises KeyError."""
        for each in self.candidates:
            if each.expert == expert:
                return each
        raise KeyError(expert)

    @property
    def eligible(self) -> tuple[Candidate, ...]:
        """Whoever may be drawn, sorted by token."""
        free = (c for c in self.candidates if avoidance(c, self) is None)
        return tuple(sorted(free, key=lambda c: c.expert))


def read_pool(record: Mapping[str, Any]) -> Pool:
    """The pool of a record; raises KeyError, TypeError or ValueError when it is none."""
    if record["format"] != POOL_FORMAT:
        raise ValueError("not a pool record")
    return Pool(
        lot=str(record["lot"]),
        on=date.fromisoformat(record["on"]),
        years=int(record["years"]),
        seats=int(record["seats"]),
        avoid=tuple(record["avoid"]),
        candidates=tuple(_read_candidate(each) for each in record["candidates"]),
    )


def _read_candidate(value: Mapping[str, Any]) -> Candidate:
    return Candidate(
        expert=str(value["expert"]),
        employer=str(value["employer"]),
        site=str(value["site"]),
        past=tuple(
            PastToken(str(each["employer"]), date.fromisoformat(each["until"]))
            for each in value["past"]
        ),
        declared=bool(value["declared"]),
    )


def expert_token(salt: bytes, expert_id: UUID) -> str:
    """An expert in one room's record; without the room's salt (32 bytes) it names nobody."""
    return hmac.digest(salt, b"sunbid pool expert/1\0" + expert_id.bytes, "sha256").hex()


def employer_token(salt: bytes, credit_code: str) -> str:
    """An employer, bidder or party in one room's record."""
    return hmac.digest(salt, b"sunbid pool employer/1\0" + credit_code.encode(), "sha256").hex()


def avoidance(candidate: Candidate, pool: Pool) -> Avoidance | None:
    """Why the candidate must stay out, None when nothing is known against it (法 37, 条例 9)."""
    if candidate.declared:
        return Avoidance.DECLARED
    if candidate.employer in pool.avoid:
        return Avoidance.EMPLOYER
    since = years_before(pool.on, pool.years)
    if any(past.employer in pool.avoid and past.until >= since for past in candidate.past):
        return Avoidance.PAST_EMPLOYER
    return None


def years_before(day: date, years: int) -> date:
    """The same calendar day `years` earlier; 29 February becomes the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def draw_name(turn: int) -> str:
    """ "experts", and "experts/2" … when the supervisor had it drawn anew."""
    return "experts" if turn == 1 else f"experts/{turn}"


def nonce_commitment(*, lot: str, name: str, party: DrawParty, nonce: bytes) -> bytes:
    """SHA-256("sunbid draw nonce/1" ‖ 0 ‖ lot ‖ 0 ‖ name ‖ 0 ‖ party ‖ 0 ‖ nonce).

    Raises ValueError unless the nonce has 32 bytes.
    """
    if len(nonce) != NONCE_BYTES:
        raise ValueError("a nonce has 32 bytes")
    told = b"\0".join((b"", lot.encode(), name.encode(), party.value.encode(), nonce))
    return labelled_hash(b"sunbid draw nonce/1", told)


def draw_seed(
    *, lot: str, name: str, pool_digest: bytes, nonces: Mapping[DrawParty, bytes]
) -> bytes:
    """SHA-256("sunbid experts draw/1" ‖ 0 ‖ lot ‖ 0 ‖ name ‖ 0 ‖ pool digest ‖ nonces).

    The nonces stand in the order agency, centre, supervisor; none may be missing: until a
    withheld one can be rebuilt from trustees' shares, the supervisor has it drawn anew. Raises
    KeyError and ValueError.
    """
    told = [nonces[party] for party in PARTIES]
    if any(len(each) != NONCE_BYTES for each in (*told, pool_digest)):
        raise ValueError("digests and nonces have 32 bytes")
    head = b"\0".join((b"", lot.encode(), name.encode(), b""))
    return labelled_hash(DRAW_FORMAT.encode(), head, pool_digest, *told)


def draw_order(seed: bytes, pool: Pool) -> tuple[str, ...]:
    """Every eligible expert's token in drawn order."""
    return Draw(seed).shuffle([candidate.expert for candidate in pool.eligible])


def order_digest(order: Sequence[str]) -> bytes:
    """SHA-256("sunbid experts order/1" ‖ canonical list): logged as soon as it is drawn."""
    return labelled_hash(b"sunbid experts order/1", jcs.canonical(list(order)))


Seating = tuple[str | None, ...]
"""Tokens by seat; None where nobody is left who may sit there."""


def first_seating(pool: Pool, order: Sequence[str]) -> Seating:
    """Fill the seats along the order: one member per employer, every site manned."""
    seating: list[str | None] = [None] * pool.seats
    for seat in range(pool.seats):
        seating[seat] = _next(pool, order, seating, gone=frozenset())
    return tuple(seating)


def reseat(
    pool: Pool, order: Sequence[str], seating: Seating, *, seat: int, gone: frozenset[str]
) -> Seating:
    """The seating once the member on `seat` (1 …) is out: the next of the order who fits.

    `gone` are all who declined, recused themselves or were replaced, this one included.
    """
    changed = list(seating)
    changed[seat - 1] = None
    changed[seat - 1] = _next(pool, order, changed, gone=gone)
    return tuple(changed)


def _next(
    pool: Pool, order: Sequence[str], seating: Sequence[str | None], *, gone: frozenset[str]
) -> str | None:
    sitting = [pool.candidate(token) for token in seating if token is not None]
    employers = {each.employer for each in sitting}
    eligible = pool.eligible
    missing = {each.site for each in eligible} - {each.site for each in sitting}
    empty = len(seating) - len(sitting)
    for token in order:
        candidate = pool.candidate(token)
        if token in gone or token in seating or candidate.employer in employers:
            continue
        # What is left must still man every other site, each by an employer not yet here.
        taken = employers | {candidate.employer}
        unmanned = missing - {candidate.site}
        free = {e.site for e in eligible if e.expert not in gone and e.employer not in taken}
        if len(unmanned) <= empty - 1 and unmanned <= free:
            return token
    return None


def can_be_seated(pool: Pool) -> bool:
    """Whether the eligible experts suffice: enough employers, and at least two sites to man."""
    order = [candidate.expert for candidate in pool.eligible]
    sites = {candidate.site for candidate in pool.eligible}
    return len(sites) >= 2 and None not in first_seating(pool, order)


@dataclass(frozen=True, slots=True)
class Redrawn:
    """What a draw record recomputes to."""

    pool_digest: bytes
    commitments: Mapping[DrawParty, bytes]
    seed: bytes
    order: tuple[str, ...]
    seatings: tuple[Seating, ...]
    """The first seating, then one for each member who went out."""


def redraw(record: Mapping[str, Any]) -> Redrawn:
    """Recompute a draw from its record, trusting nothing but its inputs.

    Inputs: `name`, `pool` (record), `parties` [{party, nonce hex}], `outs` [{seat, expert}] in
    order. Raises KeyError, TypeError or ValueError when the record is malformed or an `out` did not
    sit where it says.
    """
    pool = read_pool(record["pool"])
    nonces = {DrawParty(p["party"]): bytes.fromhex(p["nonce"]) for p in record["parties"]}
    name = str(record["name"])
    digest = pool.digest()
    seed = draw_seed(lot=pool.lot, name=name, pool_digest=digest, nonces=nonces)
    order = draw_order(seed, pool)
    seatings = [first_seating(pool, order)]
    gone: frozenset[str] = frozenset()
    for out in record["outs"]:
        seat, expert = int(out["seat"]), str(out["expert"])
        if not 1 <= seat <= pool.seats or seatings[-1][seat - 1] != expert:
            raise ValueError("nobody of that name sat there")
        gone |= {expert}
        seatings.append(reseat(pool, order, seatings[-1], seat=seat, gone=gone))
    return Redrawn(
        pool_digest=digest,
        commitments={
            party: nonce_commitment(lot=pool.lot, name=name, party=party, nonce=nonce)
            for party, nonce in nonces.items()
        },
        seed=seed,
        order=order,
        seatings=tuple(seatings),
    )
