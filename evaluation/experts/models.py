"""The pool: sites, experts, and whom they worked for. Names stay here; draws hold tokens."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Date, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from evaluation.experts.rules import SiteKind
from kernel.db import Base, enum_column
from kernel.ids import new_id


class SiteRow(Base):
    """主场 or 副场 of the centre."""

    __tablename__ = "evaluation_site"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    name: Mapped[str] = mapped_column(unique=True)
    kind: Mapped[SiteKind] = enum_column(SiteKind)
    region: Mapped[str]
    registered_at: Mapped[datetime]


class ExpertRow(Base):
    """An expert of the pool and where they sit."""

    __tablename__ = "evaluation_expert"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[UUID] = mapped_column(unique=True)
    name: Mapped[str]
    employer: Mapped[str]
    employer_code: Mapped[str]
    region: Mapped[str]
    site_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_site.id"), index=True)
    specialities: Mapped[list[Any]]
    registered_at: Mapped[datetime]


class PastRow(Base):
    """A past employer of an expert, until a date."""

    __tablename__ = "evaluation_expert_past"

    expert_id: Mapped[UUID] = mapped_column(ForeignKey("evaluation_expert.id"), primary_key=True)
    employer_code: Mapped[str] = mapped_column(primary_key=True)
    until: Mapped[date] = mapped_column(Date())
