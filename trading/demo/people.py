"""Introducing the cast: organisations, people, their certificates, trustees' keys, the pool."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.public import (
    ExpertEntry,
    Past,
    Site,
    SiteKind,
    register_expert,
    register_site,
)
from kernel.crypto import softkeys
from kernel.crypto.signatures import public_bytes
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity import authority as authorities
from kernel.identity.models import Organisation as OrganisationRow
from kernel.identity.models import Person as PersonRow
from kernel.identity.passwords import hash_password
from kernel.pure.legal_days import local_date
from trading.demo.cast import Cast, Expert, Organisation, Person, cast
from trading.demo.keys import write_key_file
from trading.tenders import drafting as tenders
from trading.venues import actions as venues

# The passphrase lies beside the key and is printed at the start: stretching it protects nothing.
KNOWN_PASSPHRASE_ITERATIONS = 1_000


def introduce(session: Session, house: House, told: Cast, *, now: datetime) -> None:
    """Register everyone, issue a certificate to each, seat the trustees in the registry."""
    ids = {
        one.key: identity.register_organisation(
            session,
            credit_code=one.credit_code,
            name=one.name,
            account=_account(one),
            now=now,
        )
        for one in told.organisations
    }
    # One password, printed at the start, and one hash: slowness would protect nothing here either.
    hashed = hash_password(told.password)
    for person in told.people:
        organisation = ids[person.organisation]
        _introduce(session, house, told, person, organisation, hashed=hashed, now=now)
    _fill_the_pool(session, told, now=now)
    for room in told.rooms:
        venues.add_room(
            session,
            centre_id=ids["centre"],
            name=room.name,
            place=room.place,
            capacity=room.capacity,
            equipment=room.equipment,
            now=now,
        )


def _account(one: Organisation) -> identity.BasicAccount | None:
    if one.account is None:
        return None
    return identity.BasicAccount(name=one.name, number=one.account.number, bank=one.account.bank)


def _introduce(
    session: Session,
    house: House,
    told: Cast,
    person: Person,
    organisation_id: UUID,
    *,
    hashed: str,
    now: datetime,
) -> None:
    person_id = identity.add_person(
        session, login=person.login, name=person.name, password_hash=hashed, demo=True, now=now
    )
    identity.join(
        session, person_id=person_id, organisation_id=organisation_id, role=person.role, now=now
    )
    issued = identity.soft_certificate(
        session,
        authorities.of(house, session, now),
        organisation_id=organisation_id,
        person_id=person_id,
        now=now,
    )
    content: dict[str, Any] = {
        "softkey": softkeys.write(
            issued.private_key, told.password, iterations=KNOWN_PASSPHRASE_ITERATIONS
        ),
        "certificate_chain": [link.hex() for link in issued.chain],
        "passphrase": told.password,
        "trustee": person.seat is not None,
    }
    write_key_file(house.settings.state_dir, person.login, content)
    if person.seat is not None:
        tenders.register_trustee(
            session,
            person_id=person_id,
            organisation_id=organisation_id,
            role=person.seat,
            name=told.organisation(person.organisation).name,
            public_key=public_bytes(issued.private_key),
            now=now,
        )


def _fill_the_pool(session: Session, told: Cast, *, now: datetime) -> None:
    """Sites of the centre, and experts with their employers, present and past."""
    for site in told.sites:
        register_site(session, Site(site.name, SiteKind(site.kind), site.region), now=now)
    for expert in told.experts:
        register_expert(session, _entry(session, told, expert, now), now=now)


def _entry(session: Session, told: Cast, expert: Expert, now: datetime) -> ExpertEntry:
    employer = told.organisation(expert.organisation)
    return ExpertEntry(
        person_id=person_id(session, expert.login),
        name=expert.name,
        employer=employer.name,
        employer_code=employer.credit_code,
        region=next(site.region for site in told.sites if site.name == expert.site),
        site=expert.site,
        specialities=expert.specialities,
        past=tuple(
            Past(
                told.organisation(each.organisation).credit_code,
                local_date(now - timedelta(days=each.until_days_ago)),
            )
            for each in expert.past
        ),
    )


def organisation_id(session: Session, key: str) -> UUID:
    """The id of the cast's organisation `key`."""
    code = cast().organisation(key).credit_code
    return session.scalars(
        select(OrganisationRow.id).where(OrganisationRow.credit_code == code)
    ).one()


def person_id(session: Session, login: str) -> UUID:
    """The id of the cast's person `login`."""
    return session.scalars(select(PersonRow.id).where(PersonRow.login == login)).one()
