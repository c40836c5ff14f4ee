"""Organisations, people, what they may act as, their logins and certificates."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from kernel.db import Base, enum_column
from kernel.identity.rules import RevocationReason
from kernel.ids import new_id
from kernel.permissions import Role


class Organisation(Base):
    """A legal person by its unified social credit code, with the basic account it has filed."""

    __tablename__ = "organisation"
    __table_args__ = (
        CheckConstraint("credit_code ~ '^[0-9A-HJ-NPQRTUWXY]{18}$'", name="credit_code"),
        CheckConstraint(
            "num_nulls(account_name, account_number, account_bank) IN (0, 3)", name="account"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    credit_code: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    account_name: Mapped[str | None]
    account_number: Mapped[str | None]
    account_bank: Mapped[str | None]
    created_at: Mapped[datetime]


class Person(Base):
    """Someone who can log in. `demo` people may be entered by one click in a demonstration."""

    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    login: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str | None]
    demo: Mapped[bool]
    failures: Mapped[int]
    locked_until: Mapped[datetime | None]
    # Where an official is reminded; never in a log.
    email: Mapped[str | None]
    phone: Mapped[str | None]
    created_at: Mapped[datetime]


class Membership(Base):
    """A person may act for an organisation in a role; several rows, several identities."""

    __tablename__ = "membership"
    __table_args__ = (UniqueConstraint("person_id", "organisation_id", "role"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    role: Mapped[Role] = enum_column(Role)
    created_at: Mapped[datetime]


class LoginSession(Base):
    """A login. Only the hash of its token is kept; `by_person` is false for a stand-in."""

    __tablename__ = "login_session"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    membership_id: Mapped[UUID | None] = mapped_column(ForeignKey("membership.id"))
    by_person: Mapped[bool]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Certificate(Base):
    """A certificate the local authority issued, to an organisation or one of its people."""

    __tablename__ = "certificate"
    __table_args__ = (
        CheckConstraint("(revoked_at IS NULL) = (reason IS NULL)", name="revocation"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    organisation_id: Mapped[UUID] = mapped_column(ForeignKey("organisation.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    serial: Mapped[str] = mapped_column(unique=True)
    der: Mapped[bytes]
    not_before: Mapped[datetime]
    not_after: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    reason: Mapped[RevocationReason | None] = enum_column(RevocationReason, nullable=True)


class Passkey(Base):
    """A person's security key: its public half, and how often it says it has signed."""

    __tablename__ = "passkey"
    __table_args__ = (CheckConstraint("sign_count >= 0", name="counted"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    sign_count: Mapped[int]
    name: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class StepUp(Base):
    """A security key's answer to one act, kept whole so that anyone may check it again."""

    __tablename__ = "step_up"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    passkey_id: Mapped[UUID] = mapped_column(ForeignKey("passkey.id"), index=True)
    act: Mapped[str]
    digest: Mapped[bytes]
    authenticator_data: Mapped[bytes]
    client_data: Mapped[bytes]
    signature: Mapped[bytes]
    at: Mapped[datetime]
