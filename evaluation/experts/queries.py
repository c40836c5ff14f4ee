"""Reads of the pool. Whoever reads names here answers for who sees them."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts.models import ExpertRow, PastRow, SiteRow
from evaluation.experts.rules import (
    Candidate,
    Past,
    PastToken,
    Pool,
    Site,
    SiteKind,
    employer_token,
    expert_token,
)


@dataclass(frozen=True, slots=True)
class ExpertView:
    """An expert with the site's name and kind."""

    id: UUID
    person_id: UUID
    name: str
    employer: str
    employer_code: str
    region: str
    site: str
    site_kind: SiteKind
    past: tuple[Past, ...]


def sites(session: Session) -> tuple[Site, ...]:
    """Every site, home first."""
    rows = session.scalars(select(SiteRow).order_by(SiteRow.kind.desc(), SiteRow.name))
    return tuple(Site(row.name, row.kind, row.region) for row in rows)


def experts(session: Session) -> tuple[ExpertView, ...]:
    """The whole pool, in no telling order."""
    past: defaultdict[UUID, list[Past]] = defaultdict(list)
    for row in session.scalars(select(PastRow).order_by(PastRow.employer_code)):
        past[row.expert_id].append(Past(row.employer_code, row.until))
    found = session.execute(
        select(ExpertRow, SiteRow)
        .join(SiteRow, SiteRow.id == ExpertRow.site_id)
        .order_by(ExpertRow.id)
    ).all()
    return tuple(_view(expert, site, tuple(past[expert.id])) for expert, site in found)


def _view(expert: ExpertRow, site: SiteRow, past: tuple[Past, ...]) -> ExpertView:
    return ExpertView(
        expert.id,
        expert.person_id,
        expert.name,
        expert.employer,
        expert.employer_code,
        expert.region,
        site.name,
        site.kind,
        past,
    )


@dataclass(frozen=True, slots=True)
class Terms:
    """For which lot, on which Shanghai date, how many seats, and whom the experts must avoid."""

    lot_ref: UUID
    on: date
    years: int
    seats: int
    avoid: Collection[str]
    declared: Collection[UUID] = ()
    absent: Collection[UUID] = ()


def freeze(session: Session, terms: Terms, *, salt: bytes) -> tuple[Pool, Mapping[str, UUID]]:
    """The pool as tokens, and which expert each token stands for.

    `declared` are experts who declared a relation for this lot, `absent` those who declined.
    """
    people = [each for each in experts(session) if each.id not in terms.absent]
    tokens = {expert_token(salt, each.id): each.id for each in people}
    pool = Pool(
        lot=str(terms.lot_ref),
        on=terms.on,
        years=terms.years,
        seats=terms.seats,
        avoid=tuple(sorted({employer_token(salt, code) for code in terms.avoid})),
        candidates=tuple(
            _candidate(each, salt, declared=each.id in terms.declared) for each in people
        ),
    )
    return pool, tokens


def _candidate(each: ExpertView, salt: bytes, *, declared: bool) -> Candidate:
    return Candidate(
        expert=expert_token(salt, each.id),
        employer=employer_token(salt, each.employer_code),
        site=each.site,
        past=tuple(PastToken(employer_token(salt, p.employer_code), p.until) for p in each.past),
        declared=declared,
    )
