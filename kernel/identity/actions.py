"""Registering parties, and logging in and out. Certificates are in `certificates.py`."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from kernel.clock import installation
from kernel.identity import queries
from kernel.identity.certificates import (
    Issued,
    centre_seal,
    issue_certificate,
    revoke_certificate,
    soft_certificate,
)
from kernel.identity.models import LoginSession, Membership, Organisation, Person
from kernel.identity.passwords import hash_password, is_password
from kernel.identity.queries import Identity
from kernel.identity.rules import (
    RULES,
    Attempts,
    BasicAccount,
    check_contacts,
    check_password,
)
from kernel.identity.rules import credit_code as checked_code
from kernel.identity.tokens import new_token, token_hash
from kernel.ids import new_id
from kernel.permissions import Role
from kernel.pure.errors import Refused

__all__ = [
    "BasicAccount",
    "Issued",
    "LoggedIn",
    "TurnedAway",
    "add_person",
    "centre_seal",
    "choose_identity",
    "issue_certificate",
    "join",
    "keep_contacts",
    "log_in",
    "log_in_demo",
    "log_out",
    "new_password",
    "register_organisation",
    "revoke_certificate",
    "soft_certificate",
]


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """A login was opened; with several identities, one is still to be chosen."""

    token: str = field(repr=False)
    person_id: UUID
    identities: tuple[Identity, ...]

    @property
    def must_choose(self) -> bool:
        """More than one identity is open to the person."""
        return len(self.identities) > 1


@dataclass(frozen=True, slots=True)
class TurnedAway:
    """No login; the failure has been counted and must be committed, so nothing is raised."""

    refused: Refused


def register_organisation(
    session: Session,
    *,
    credit_code: str,
    name: str,
    account: BasicAccount | None,
    now: datetime,
) -> UUID:
    """Register or import an organisation; a known code gets the new name and account.

    Refuses IDN-1001 to IDN-1003 for a wrong code.
    """
    values = {
        "name": name,
        "account_name": account.name if account else None,
        "account_number": account.number if account else None,
        "account_bank": account.bank if account else None,
    }
    statement = (
        insert(Organisation)
        .values(id=new_id(), credit_code=checked_code(credit_code), created_at=now, **values)
        .on_conflict_do_update(index_elements=[Organisation.credit_code], set_=values)
        .returning(Organisation.id)
    )
    return session.scalars(statement, execution_options={"populate_existing": True}).one()


def new_password(password: str, *, login: str) -> str:
    """The hash of a password that may be chosen. Refuses IDN-1004, IDN-1005."""
    check_password(password, login=login)
    return hash_password(password)


def add_person(
    session: Session,
    *,
    login: str,
    name: str,
    password_hash: str | None,
    demo: bool = False,
    now: datetime,
) -> UUID:
    """Add a person, or find the one with this login unchanged; without a hash nobody logs in."""
    known = session.scalars(select(Person.id).where(Person.login == login)).one_or_none()
    if known is not None:
        return known
    row = Person(
        login=login,
        name=name,
        password_hash=password_hash,
        demo=demo,
        failures=0,
        locked_until=None,
        email=None,
        phone=None,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row.id


def keep_contacts(session: Session, *, person_id: UUID, email: str, phone: str) -> None:
    """Where a person is reminded; empty takes it away. Refuses IDN-1202, IDN-1501, IDN-1502."""
    row = session.get(Person, person_id)
    if row is None:
        raise Refused("IDN-1202")
    row.email, row.phone = check_contacts(email, phone)
    session.flush()


def join(
    session: Session, *, person_id: UUID, organisation_id: UUID, role: Role, now: datetime
) -> UUID:
    """Let a person act for an organisation in a role; the same again changes nothing."""
    session.execute(
        insert(Membership)
        .values(
            id=new_id(),
            person_id=person_id,
            organisation_id=organisation_id,
            role=role,
            created_at=now,
        )
        .on_conflict_do_nothing()
    )
    return session.scalars(
        select(Membership.id).where(
            Membership.person_id == person_id,
            Membership.organisation_id == organisation_id,
            Membership.role == role,
        )
    ).one()


def log_in(
    session: Session, *, login: str, password: str, by_person: bool = True, now: datetime
) -> LoggedIn | TurnedAway:
    """Open a login at wall time `now`, or count the failure (IDN-1101, locked: IDN-1102)."""
    person = session.scalars(
        select(Person).where(Person.login == login.strip()).with_for_update()
    ).one_or_none()
    attempts = Attempts(person.failures, person.locked_until) if person else Attempts()
    if attempts.is_locked(now):
        return TurnedAway(Refused("IDN-1102", until=attempts.locked_until))
    right = is_password(person.password_hash if person else None, password)
    if person is None or not right:
        return TurnedAway(_failed(person, attempts, now))
    person.failures, person.locked_until = 0, None
    return _open(session, person, by_person=by_person, now=now)


def _failed(person: Person | None, attempts: Attempts, now: datetime) -> Refused:
    after = attempts.failed(now)
    if person is not None:
        person.failures, person.locked_until = after.failures, after.locked_until
        if after.locked_until is not None:
            return Refused("IDN-1102", until=after.locked_until)
    minutes = RULES.lock.total_seconds() // 60
    return Refused("IDN-1101", failures=RULES.max_failures, minutes=int(minutes))


def log_in_demo(session: Session, *, login: str, by_person: bool, now: datetime) -> LoggedIn:
    """Enter as one of the demonstration's people. Refuses IDN-1103 anywhere else."""
    person = session.scalars(
        select(Person).where(func.lower(Person.login) == login.strip().lower())
    ).one_or_none()
    if person is None or not person.demo or not installation(session).demo:
        raise Refused("IDN-1103")
    return _open(session, person, by_person=by_person, now=now)


def _open(session: Session, person: Person, *, by_person: bool, now: datetime) -> LoggedIn:
    found = queries.identities(session, person.id)
    if not found:
        raise Refused("IDN-1104")
    token = new_token()
    session.add(
        LoginSession(
            token_hash=token_hash(token),
            person_id=person.id,
            membership_id=found[0].membership_id if len(found) == 1 else None,
            by_person=by_person,
            created_at=now,
            expires_at=now + RULES.session,
            ended_at=None,
        )
    )
    session.flush()
    return LoggedIn(token, person.id, found)


def choose_identity(
    session: Session, *, token: str | None, membership_id: UUID, now: datetime
) -> Identity:
    """Act as another of one's identities from now on.

    Refuses IDN-1105 (the login has ended) and IDN-1106 (not one of this person's identities).
    """
    login = queries.live_login(session, token, now)
    if login is None:
        raise Refused("IDN-1105")
    for identity in queries.identities(session, login.person_id):
        if identity.membership_id == membership_id:
            login.membership_id = membership_id
            session.flush()
            return identity
    raise Refused("IDN-1106")


def log_out(session: Session, *, token: str | None, now: datetime) -> None:
    """End the login behind a token; ending it twice is no error."""
    login = queries.live_login(session, token, now)
    if login is not None:
        login.ended_at = now
        session.flush()
