"""Reads of sittings: for the hall's pages, its doors, the record and the features above."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.live import LiveEvent, LiveSession
from kernel.pure.errors import Refused
from trading.sittings.models import (
    ChatLineRow,
    SittingAttendanceRow,
    SittingLotRow,
    SittingRow,
)
from trading.sittings.rules import Chair, Official
from trading.tenders.models import Lot

SAID = "chat_said"
SPOKEN = (SAID, "chat_muted", "chat_unmuted")
OPENING = "opening"
"""The kind of a lot's own stream (trading/openings)."""


@dataclass(frozen=True, slots=True)
class LotInSitting:
    """One tab of the hall; `live_id` is the lot's own stream."""

    id: UUID
    number: str
    name: str
    live_id: UUID


@dataclass(frozen=True, slots=True)
class SittingView:
    """A sitting as everybody may see it; `live_id` is the stream of chat and chair."""

    id: UUID
    live_id: UUID
    project_id: UUID
    lots: tuple[LotInSitting, ...]
    chair: Chair
    starts_at: datetime

    @property
    def host(self) -> Official | None:
        return self.chair.host

    @property
    def deputy(self) -> Official | None:
        return self.chair.deputy

    def as_json(self) -> dict[str, Any]:
        """What pages are told."""
        acting = self.chair.acting
        return {
            "id": str(self.id),
            "live_id": str(self.live_id),
            "lots": [
                {
                    "id": str(lot.id),
                    "number": lot.number,
                    "name": lot.name,
                    "live_id": str(lot.live_id),
                }
                for lot in self.lots
            ],
            "host": official_json(self.host),
            "deputy": official_json(self.deputy),
            "acting": official_json(acting),
            "starts_at": self.starts_at.isoformat(),
        }


def of_lot(session: Session, lot_id: UUID) -> SittingView:
    """The sitting in which the lot is opened. Raises Refused OPN-1004: no hall was prepared yet."""
    return _view(session, row_of(session, lot_id))


def by_id(session: Session, sitting_id: UUID) -> SittingView | None:
    """A sitting, None when there is no such."""
    row = session.get(SittingRow, sitting_id)
    return _view(session, row) if row else None


def row_of(session: Session, lot_id: UUID, *, lock: bool = False) -> SittingRow:
    """The row itself. Raises Refused OPN-1004."""
    wanted = (
        select(SittingRow)
        .join(SittingLotRow, SittingLotRow.sitting_id == SittingRow.id)
        .where(SittingLotRow.lot_id == lot_id)
        .execution_options(populate_existing=True)
    )
    row = session.scalars(wanted.with_for_update(of=SittingRow) if lock else wanted).first()
    if row is None:
        raise Refused("OPN-1004")
    return row


def lots_with(session: Session, lot_id: UUID) -> tuple[UUID, ...]:
    """The lots that are opened together with this one, itself among them; none without a hall."""
    here = select(SittingLotRow.sitting_id).where(SittingLotRow.lot_id == lot_id)
    rows = select(SittingLotRow.lot_id).where(SittingLotRow.sitting_id.in_(here))
    return tuple(session.scalars(rows))


def _view(session: Session, row: SittingRow) -> SittingView:
    return SittingView(
        id=row.id,
        live_id=row.live_id,
        project_id=row.project_id,
        lots=_lots(session, row.id),
        chair=chair_of(row),
        starts_at=row.starts_at,
    )


def _lots(session: Session, sitting_id: UUID) -> tuple[LotInSitting, ...]:
    rows = session.execute(
        select(Lot.id, Lot.number, Lot.name, LiveSession.id)
        .join(SittingLotRow, SittingLotRow.lot_id == Lot.id)
        .join(LiveSession, LiveSession.ref == Lot.id)
        .where(SittingLotRow.sitting_id == sitting_id, LiveSession.kind == OPENING)
        .order_by(Lot.ordinal, Lot.number)
    )
    return tuple(LotInSitting(*row) for row in rows)


def transcript(session: Session, lot_id: UUID) -> list[dict[str, Any]]:
    """Every line said in the lot's sitting and each order about speaking; for the record.

    Each is its event's payload with `kind` and `at`; a line that was taken from view keeps its
    words, and `removed` says why, None for all others. Nothing can have been said before the list.
    """
    row = row_of(session, lot_id)
    lines = session.execute(
        select(ChatLineRow.no, ChatLineRow.removed).where(ChatLineRow.sitting_id == row.id)
    )
    removed = {no: (why or {}).get("reason") for no, why in lines}
    events = session.scalars(
        select(LiveEvent)
        .where(LiveEvent.session_id == row.live_id, LiveEvent.kind.in_(SPOKEN))
        .order_by(LiveEvent.seq)
    )
    return [
        {
            **event.payload,
            "kind": event.kind,
            "at": event.at.isoformat(),
            **({"removed": removed[event.payload["no"]]} if event.kind == SAID else {}),
        }
        for event in events
    ]


def officials(session: Session, lot_id: UUID) -> list[dict[str, Any]]:
    """Officials who were there after the list, each with when they came; for the record."""
    rows = session.scalars(
        select(SittingAttendanceRow)
        .where(SittingAttendanceRow.sitting_id == row_of(session, lot_id).id)
        .order_by(SittingAttendanceRow.at, SittingAttendanceRow.name)
    )
    return [
        {
            "role": each.role,
            "name": each.name,
            "organisation": each.organisation,
            "at": each.at.isoformat(),
        }
        for each in rows
    ]


def sitting_of(session: Session, lot_id: UUID) -> UUID | None:
    """In which sitting the lot is opened, None before its hall was prepared."""
    place = session.get(SittingLotRow, lot_id)
    return place.sitting_id if place else None


def chair_of(row: SittingRow) -> Chair:
    """Who presides, as the rules judge it."""
    return Chair(_official(row.host), _official(row.deputy), row.presiding)


def _official(kept: dict[str, Any] | None) -> Official | None:
    if kept is None:
        return None
    return Official(UUID(kept["person"]), kept["name"], kept["organisation"])


def official_json(who: Official | None) -> dict[str, str] | None:
    """A named person as rows and pages hold it."""
    if who is None:
        return None
    return {"person": str(who.person_id), "name": who.name, "organisation": who.organisation}
