"""Facts that features tell each other: recorded with the change, delivered at least once."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy import Identity, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kernel import jobs
from kernel.clock import legal_now
from kernel.db import Base


class Event(Protocol):
    """A frozen dataclass with an id of its own."""

    @property
    def id(self) -> UUID: ...


class OutboxEvent(Base):
    """An event as recorded; `fanned_out` once every subscriber has its due work."""

    __tablename__ = "outbox_event"

    number: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    id: Mapped[UUID] = mapped_column(unique=True)
    kind: Mapped[str] = mapped_column(index=True)
    payload: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    fanned_out: Mapped[bool] = mapped_column(default=False)


@dataclass(frozen=True, slots=True)
class Subscription:
    """`handler` hears of every `event`; `name` is stable, for it keys the delivery."""

    event: type[Any]
    name: str
    handler: Callable[..., None]


def kind_of(event: type[Any]) -> str:
    """The stored name of an event class."""
    return f"{event.__module__}.{event.__qualname__}"


def record(session: Session, event: Event) -> None:
    """Record `event` in the caller's transaction; nobody hears of it before the commit."""
    session.add(
        OutboxEvent(
            id=event.id,
            kind=kind_of(type(event)),
            payload=_plain(asdict(event)),  # type: ignore[call-overload]
            at=legal_now(session),
        )
    )
    session.execute(select(func.pg_notify("due", "")))


def fan_out(session: Session, subscriptions: tuple[Subscription, ...]) -> int:
    """Turn new events into one piece of due work per subscriber; returns how many events."""
    rows = session.scalars(
        select(OutboxEvent)
        .where(~OutboxEvent.fanned_out)
        .order_by(OutboxEvent.number)
        .with_for_update(skip_locked=True)
        .limit(200)
    ).all()
    for row in rows:
        for subscription in subscriptions:
            if kind_of(subscription.event) == row.kind:
                jobs.schedule(
                    session,
                    kind=f"event.{subscription.name}",
                    key=str(row.id),
                    due_at=row.at,
                    payload=row.payload,
                )
        row.fanned_out = True
    return len(rows)


def restore(event: type[Any], payload: dict[str, Any]) -> Any:
    """The event of class `event` that `record` stored as `payload`."""
    kinds = {f.name: str(f.type) for f in fields(event)}
    return event(**{name: _typed(kinds[name], value) for name, value in payload.items()})


def _plain(payload: dict[str, Any]) -> dict[str, Any]:
    return {
        name: value.isoformat()
        if isinstance(value, datetime)
        else str(value)
        if isinstance(value, UUID)
        else value
        for name, value in payload.items()
    }


def _typed(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if "UUID" in kind:
        return UUID(value)
    if "datetime" in kind:
        return datetime.fromisoformat(value)
    return value
