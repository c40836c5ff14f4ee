"""Registering sites and experts; repeating a registration brings it up to date."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from evaluation.experts.models import ExpertRow, PastRow, SiteRow
from evaluation.experts.rules import ExpertEntry, Site
from kernel.pure.errors import Refused


def register_site(session: Session, site: Site, *, now: datetime) -> UUID:
    """A place where experts sit, by its name."""
    row = session.scalars(select(SiteRow).where(SiteRow.name == site.name)).one_or_none()
    if row is None:
        row = SiteRow(name=site.name, kind=site.kind, region=site.region, registered_at=now)
        session.add(row)
    row.kind, row.region = site.kind, site.region
    session.flush()
    return row.id


def register_expert(session: Session, entry: ExpertEntry, *, now: datetime) -> UUID:
    """An expert by person. Raises Refused EVA-2105 for an unknown site."""
    site = session.scalar(select(SiteRow.id).where(SiteRow.name == entry.site))
    if site is None:
        raise Refused("EVA-2105", site=entry.site)
    row = session.scalars(
        select(ExpertRow).where(ExpertRow.person_id == entry.person_id)
    ).one_or_none()
    if row is None:
        row = ExpertRow(person_id=entry.person_id, registered_at=now)
        session.add(row)
    row.name, row.region, row.site_id = entry.name, entry.region, site
    row.employer, row.employer_code = entry.employer, entry.employer_code
    row.specialities = list(entry.specialities)
    session.flush()
    session.execute(delete(PastRow).where(PastRow.expert_id == row.id))
    for code, until in {past.employer_code: past.until for past in entry.past}.items():
        session.add(PastRow(expert_id=row.id, employer_code=code, until=until))
    session.flush()
    return row.id
