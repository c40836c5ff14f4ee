"""Time-driven work as rows: run once, in one transaction with its own completion.

A job judges by legal time when it runs, never by having been woken; being late harms nobody.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import Index, UniqueConstraint, func, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel.clock import legal_now
from kernel.db import Base, enum_column
from kernel.faults import described
from kernel.house import Call, House
from kernel.ids import new_id
from kernel.permissions import Guarded, Right, System
from kernel.pure.errors import Refused

LOG = logging.getLogger("sunbid.jobs")


class WorkState(StrEnum):
    """Waiting until due, then done, refused by a rule, or cancelled."""

    WAITING = "waiting"
    DONE = "done"
    REFUSED = "refused"
    CANCELLED = "cancelled"


class DueWork(Base):
    """One thing to be done once, not before `due_at` (legal time)."""

    __tablename__ = "due_work"
    __table_args__ = (
        UniqueConstraint("kind", "key"),
        Index("ix_due_work_waiting", "due_at", postgresql_where=text("state = 'waiting'")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    key: Mapped[str]
    due_at: Mapped[datetime]
    payload: Mapped[dict[str, Any]]
    state: Mapped[WorkState] = enum_column(WorkState, default=WorkState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    retry_at: Mapped[datetime] = mapped_column(server_default=func.clock_timestamp())
    refused_code: Mapped[str | None]
    done_at: Mapped[datetime | None]


Handler = Callable[[Call, dict[str, Any]], None]
Tick = Callable[[Call], None]


@dataclass(frozen=True, slots=True)
class TickWork:
    """Work of every few seconds (polling a bank)."""

    name: str
    seconds: float
    run: Tick


class Jobs:
    """The jobs of one feature."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.handlers: dict[str, Handler] = {}
        self.ticks: list[TickWork] = []
        self.doors: list[Guarded] = []

    def due(self, kind: str, *, permission: Right) -> Callable[[Handler], Handler]:
        """Register the handler of due work of `kind`."""

        def register(handler: Handler) -> Handler:
            self.handlers[kind] = handler
            self.doors.append(Guarded("job", kind, permission))
            return handler

        return register

    def every(self, *, seconds: float, permission: Right) -> Callable[[Tick], Tick]:
        """Register work to be done every `seconds` of wall time."""

        def register(tick: Tick) -> Tick:
            name = f"{self.name}.{tick.__name__}"
            self.ticks.append(TickWork(name, seconds, tick))
            self.doors.append(Guarded("job", name, permission))
            return tick

        return register


def schedule(
    session: Session, *, kind: str, key: str, due_at: datetime, payload: dict[str, Any]
) -> None:
    """Ask for work once; a second request for the same kind and key changes nothing."""
    session.execute(
        insert(DueWork)
        .values(
            id=new_id(),
            kind=kind,
            key=key,
            due_at=due_at,
            payload=payload,
            state=WorkState.WAITING,
            attempts=0,
        )
        .on_conflict_do_nothing(index_elements=["kind", "key"])
    )
    session.execute(select(func.pg_notify("due", "")))


def cancel(session: Session, *, kind: str, key: str) -> None:
    """Take back work that has not been done."""
    session.execute(
        update(DueWork)
        .where(DueWork.kind == kind, DueWork.key == key, DueWork.state == WorkState.WAITING)
        .values(state=WorkState.CANCELLED)
    )


def due_within(session: Session, kind: str, seconds: int) -> bool:
    """Whether work of `kind` falls due in the next `seconds` of legal time, or is overdue."""
    horizon = func.legal_now() + func.make_interval(0, 0, 0, 0, 0, 0, seconds)
    found = session.scalar(
        select(DueWork.id)
        .where(DueWork.kind == kind, DueWork.state == WorkState.WAITING, DueWork.due_at <= horizon)
        .limit(1)
    )
    return found is not None


def drain(house: House, handlers: dict[str, Handler], *, most: int = 1000) -> int:
    """Do what is due, each piece in its own transaction; returns how many were finished."""
    finished = 0
    while finished < most and run_one(house, handlers):
        finished += 1
    return finished


def run_one(house: House, handlers: dict[str, Handler]) -> bool:
    """Do one due piece of work; False when nothing is due. A fault is retried with back-off."""
    claimed: tuple[UUID, str, int] | None = None
    try:
        with house.database.writing() as session:
            work = _claim(session, tuple(handlers))
            if work is None:
                return False
            claimed = (work.id, work.kind, work.attempts)
            call = Call(session, System(work.kind), legal_now(session), house)
            handlers[work.kind](call, work.payload)
            _finish(session, work.id, WorkState.DONE)
    except Refused as refusal:
        if claimed is None:
            raise
        LOG.info("job %s refused %s", claimed[1], refusal.code)
        with house.database.writing() as session:
            _finish(session, claimed[0], WorkState.REFUSED, refusal.code)
    except Exception as error:
        if claimed is None:
            raise
        LOG.error("job %s failed, attempt %d\n%s", claimed[1], claimed[2] + 1, described(error))
        with house.database.writing() as session:
            _postpone(session, claimed[0], claimed[2] + 1)
    return True


def _claim(session: Session, kinds: tuple[str, ...]) -> DueWork | None:
    return session.scalars(
        select(DueWork)
        .where(
            DueWork.state == WorkState.WAITING,
            DueWork.due_at <= func.legal_now(),
            DueWork.retry_at <= func.clock_timestamp(),
            DueWork.kind.in_(kinds),
        )
        .order_by(DueWork.due_at, DueWork.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()


def _finish(session: Session, work: UUID, state: WorkState, code: str | None = None) -> None:
    session.execute(
        update(DueWork)
        .where(DueWork.id == work)
        .values(state=state, refused_code=code, done_at=func.clock_timestamp())
    )


def _postpone(session: Session, work: UUID, attempts: int) -> None:
    wait = min(2**attempts, 300)
    session.execute(
        update(DueWork)
        .where(DueWork.id == work)
        .values(
            attempts=attempts,
            retry_at=func.clock_timestamp() + func.make_interval(0, 0, 0, 0, 0, 0, wait),
        )
    )
