"""What the numbered stream itself tells for the record: pauses, words, failures, hand-overs."""

from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel.live import LiveEvent
from trading.openings.models import AttendanceRow, OpeningRow, SeatRow
from trading.openings.record_models import ObjectionRow
from trading.openings.states import Kind

HOST_CHANGED = "host_changed"
TOLD = (
    *(Kind.PAUSED, Kind.RESUMED, Kind.ANNOUNCED, Kind.BID_FAILED, Kind.RECONVENED),
    HOST_CHANGED,
)

Told = list[dict[str, Any]]


def events(session: Session, row: OpeningRow, *, sitting: int) -> list[LiveEvent]:
    """What was said in one sitting of the session, of the kinds that a record tells, in order."""
    found = list(
        session.scalars(
            select(LiveEvent)
            .where(LiveEvent.session_id == row.live_id, LiveEvent.kind.in_(TOLD))
            .order_by(LiveEvent.seq)
        )
    )
    begins = next(_beginnings(found, sitting), 0)
    ends = next(_beginnings(found, sitting + 1), None)
    return [event for event in found if event.seq >= begins and (not ends or event.seq < ends)]


def _beginnings(found: list[LiveEvent], sitting: int) -> Iterator[int]:
    for event in found:
        if event.kind == Kind.RECONVENED and event.payload["no"] == sitting:
            yield event.seq


def pauses(told: list[LiveEvent]) -> Told:
    """Each order with its reason and announced end; what lifted it stands with it."""
    found: Told = []
    for event in told:
        if event.kind == Kind.PAUSED:
            kept = {name: event.payload.get(name) for name in ("at", "by", "reason", "resumes_at")}
            found.append({**kept, "told_at": _at(event), "resumed_at": None, "resumed_by": None})
        elif event.kind == Kind.RESUMED and found:
            found[-1] |= {"resumed_at": _at(event), "resumed_by": event.payload["by"]}
    return found


def announcements(told: list[LiveEvent]) -> Told:
    """What the host said to all."""
    return [{"at": _at(e), "text": e.payload["text"]} for e in told if e.kind == Kind.ANNOUNCED]


def host_changes(told: list[LiveEvent]) -> Told:
    """Who took the chair from whom, and why."""
    return [_plain(event) for event in told if event.kind == HOST_CHANGED]


def failures(told: list[LiveEvent]) -> Told:
    """Bids that were not opened, or were taken out: cause, fault, and a finding's reason."""
    return [
        {
            "seat": event.payload["seat"],
            "code": event.payload["code"],
            "state": event.payload["state"],
            "fault": event.payload["fault"],
            "reason": event.payload.get("reason"),
            "at": _at(event),
        }
        for event in told
        if event.kind == Kind.BID_FAILED and event.payload["final"]
    ]


def _plain(event: LiveEvent) -> dict[str, Any]:
    kept: Mapping[str, Any] = event.payload
    return {**{name: value for name, value in kept.items() if name != "say"}, "at": _at(event)}


def _at(event: LiveEvent) -> str:
    return event.at.isoformat()


def objections(session: Session, row: OpeningRow, *, sitting: int) -> Told:
    """Objections and answers of one sitting, each with the statement that its bidder signed."""
    rows = session.scalars(
        select(ObjectionRow)
        .where(ObjectionRow.lot_id == row.lot_id, ObjectionRow.sitting == sitting)
        .order_by(ObjectionRow.no)
    )
    return [
        {
            "no": each.no,
            "seat": each.seat,
            "stage": each.stage.value,
            "at": each.at.isoformat(),
            "text": each.words,
            "attachments": _files(each.attachments),
            "statement": each.statement.decode(),
            "signature": each.signature.hex(),
            "reply": each.reply,
            "replied_by": each.replied_by,
            "replied_at": each.replied_at.isoformat() if each.replied_at else None,
            "reply_attachments": _files(each.reply_attachments),
        }
        for each in rows
    ]


def _files(kept: list[Any]) -> Told:
    """What a statement names of a file."""
    return [{name: each[name] for name in ("name", "sha256", "size")} for each in kept]


def sign_ins(session: Session, row: OpeningRow) -> Told:
    """Listed bidders that signed in, with the time; public since the list."""
    found = session.execute(
        select(SeatRow.seat, SeatRow.organisation, AttendanceRow.at)
        .join(
            AttendanceRow,
            (AttendanceRow.lot_id == SeatRow.lot_id)
            & (AttendanceRow.pseudonym == SeatRow.pseudonym),
        )
        .where(SeatRow.lot_id == row.lot_id)
        .order_by(SeatRow.seat)
    )
    return [{"seat": seat, "organisation": name, "at": at.isoformat()} for seat, name, at in found]
