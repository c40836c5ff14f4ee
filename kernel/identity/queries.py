"""Reading identities: who is behind a cookie, organisations, people, certificates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from kernel.identity.authority import Authority
from kernel.identity.chains import public_key_of, serial_of, verify_chain
from kernel.identity.models import Certificate, LoginSession, Membership, Organisation, Person
from kernel.identity.rules import BasicAccount, Holder
from kernel.identity.tokens import csrf_token, token_hash
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused

__all__ = ["actor_for", "csrf_token", "organisation", "person", "verify_certificate"]


@dataclass(frozen=True, slots=True)
class OrganisationView:
    """An organisation as others see it; the account fields are None until one is filed."""

    id: UUID
    credit_code: str
    name: str
    account_name: str | None
    account_number: str | None
    account_bank: str | None

    @property
    def account(self) -> BasicAccount | None:
        """The filed basic account, if any."""
        if self.account_name is None or self.account_number is None or self.account_bank is None:
            return None
        return BasicAccount(self.account_name, self.account_number, self.account_bank)


@dataclass(frozen=True, slots=True)
class PersonView:
    """A person who can log in."""

    id: UUID
    login: str
    name: str
    demo: bool
    email: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Identity:
    """A person acting for an organisation in a role."""

    membership_id: UUID
    person_id: UUID
    login: str
    person_name: str
    organisation_id: UUID
    organisation_name: str
    credit_code: str
    role: Role


@dataclass(frozen=True, slots=True)
class CertificateView:
    """A certificate on the register; `der` is the leaf."""

    id: UUID
    organisation_id: UUID
    person_id: UUID | None
    person_name: str | None
    serial: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None
    der: bytes

    @property
    def public_key(self) -> bytes:
        """The certified key: a raw P-256 point, 65 bytes."""
        return public_key_of(self.der)

    @property
    def tail(self) -> str:
        """The end of the serial number, as printed on records."""
        return self.serial[-8:]

    def is_valid(self, at: datetime) -> bool:
        """Within its period and not revoked."""
        return self.not_before <= at <= self.not_after and not self.is_revoked(at)

    def is_revoked(self, at: datetime) -> bool:
        """Revoked at or before `at`."""
        return self.revoked_at is not None and self.revoked_at <= at


def live_login(session: Session, token: str | None, now: datetime) -> LoginSession | None:
    """The login behind a cookie, chosen identity or not; `now` is wall time."""
    hashed = token_hash(token) if token else None
    if hashed is None:
        return None
    return session.scalars(
        select(LoginSession).where(
            LoginSession.token_hash == hashed,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
        )
    ).one_or_none()


def actor_for(session: Session, cookie: str | None, now: datetime) -> Account | None:
    """The account behind a cookie at wall time `now`; None: it must log in or choose first."""
    hashed = token_hash(cookie) if cookie else None
    if hashed is None or cookie is None:
        return None
    found = session.execute(
        select(LoginSession.id, Membership, Person.name, Organisation.name)
        .join(Membership, Membership.id == LoginSession.membership_id)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .where(
            LoginSession.token_hash == hashed,
            LoginSession.ended_at.is_(None),
            LoginSession.expires_at > now,
        )
    ).one_or_none()
    if found is None:
        return None
    session_id, membership, person_name, organisation_name = found
    return Account(
        person_id=membership.person_id,
        organisation_id=membership.organisation_id,
        role=membership.role,
        person_name=person_name,
        organisation_name=organisation_name,
        session_id=session_id,
        csrf_token=csrf_token(cookie),
    )


def organisation(session: Session, organisation_id: UUID) -> OrganisationView:
    """An organisation by id. Refuses IDN-1201 when there is none."""
    row = session.get(Organisation, organisation_id)
    if row is None:
        raise Refused("IDN-1201")
    return _organisation(row)


def organisation_by_code(session: Session, credit_code: str) -> OrganisationView | None:
    """An organisation by its credit code (normalised), or None."""
    row = session.scalars(
        select(Organisation).where(Organisation.credit_code == credit_code)
    ).one_or_none()
    return _organisation(row) if row else None


def organisations_in_role(session: Session, role: Role) -> tuple[OrganisationView, ...]:
    """Organisations somebody acts for in `role`, by name."""
    members = select(Membership.organisation_id).where(Membership.role == role)
    rows = session.scalars(
        select(Organisation).where(Organisation.id.in_(members)).order_by(Organisation.name)
    )
    return tuple(_organisation(row) for row in rows)


def person(session: Session, person_id: UUID) -> PersonView:
    """A person by id. Refuses IDN-1202 when there is none."""
    row = session.get(Person, person_id)
    if row is None:
        raise Refused("IDN-1202")
    return PersonView(row.id, row.login, row.name, row.demo, row.email, row.phone)


def identities(session: Session, person_id: UUID) -> tuple[Identity, ...]:
    """All a person may act as."""
    return _identities(session, _membership_query().where(Person.id == person_id))


def people_in_role(session: Session, role: Role) -> tuple[Identity, ...]:
    """Everybody who may act in `role`."""
    return _identities(session, _membership_query().where(Membership.role == role))


def demo_logins(session: Session) -> tuple[Identity, ...]:
    """The people of a demonstration, by role and login."""
    return _identities(session, _membership_query().where(Person.demo))


def by_person_since(session: Session, person_id: UUID) -> datetime | None:
    """When a human first logged in as this person; None when only stand-ins did."""
    return people_at_work(session).get(person_id)


def people_at_work(session: Session) -> dict[UUID, datetime]:
    """Who has been logged in as by a human, and since when."""
    rows = session.execute(
        select(LoginSession.person_id, func.min(LoginSession.created_at))
        .where(LoginSession.by_person)
        .group_by(LoginSession.person_id)
    )
    return {person_id: since for person_id, since in rows}  # noqa: C416 - rows are not pairs


def certificates_of(session: Session, organisation_id: UUID) -> tuple[CertificateView, ...]:
    """An organisation's certificates and its people's, newest first."""
    rows = session.execute(
        select(Certificate, Person.name)
        .join(Person, Person.id == Certificate.person_id, isouter=True)
        .where(Certificate.organisation_id == organisation_id)
        .order_by(Certificate.not_before.desc(), Certificate.serial)
    )
    return tuple(_certificate(row, name) for row, name in rows)


def verify_certificate(
    session: Session, authority: Authority, chain: Sequence[bytes], at: datetime
) -> Holder:
    """The holder of a DER chain (leaf first) at legal time `at`.

    Refuses as `verify_chain`, and IDN-1302 for a certificate that is not on the register, IDN-1305
    for one revoked by then.
    """
    whole = (*chain, authority.issuing) if len(chain) == 1 else tuple(chain)
    holder = verify_chain(whole, root=authority.root, at=at)
    row = session.scalars(
        select(Certificate).where(Certificate.serial == serial_of(whole[0]))
    ).one_or_none()
    if row is None or row.der != whole[0]:
        raise Refused("IDN-1302")
    if row.revoked_at is not None and row.revoked_at <= at:
        raise Refused("IDN-1305", since=row.revoked_at)
    return holder


def _membership_query() -> Select[Membership, Person, Organisation]:
    return (
        select(Membership, Person, Organisation)
        .join(Person, Person.id == Membership.person_id)
        .join(Organisation, Organisation.id == Membership.organisation_id)
        .order_by(Membership.role, Person.login, Organisation.name)
    )


def _identities(
    session: Session, query: Select[Membership, Person, Organisation]
) -> tuple[Identity, ...]:
    return tuple(
        Identity(
            membership_id=membership.id,
            person_id=who.id,
            login=who.login,
            person_name=who.name,
            organisation_id=whom.id,
            organisation_name=whom.name,
            credit_code=whom.credit_code,
            role=membership.role,
        )
        for membership, who, whom in session.execute(query)
    )


def _organisation(row: Organisation) -> OrganisationView:
    return OrganisationView(
        row.id,
        row.credit_code,
        row.name,
        row.account_name,
        row.account_number,
        row.account_bank,
    )


def _certificate(row: Certificate, person_name: str | None) -> CertificateView:
    return CertificateView(
        id=row.id,
        organisation_id=row.organisation_id,
        person_id=row.person_id,
        person_name=person_name,
        serial=row.serial,
        not_before=row.not_before,
        not_after=row.not_after,
        revoked_at=row.revoked_at,
        der=row.der,
    )
