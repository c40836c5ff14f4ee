"""Who is here, agreed between web processes by leases in one table; after the list only.

Each process says what it sees and renews it; whoever stops renewing is gone with its lease. Nothing
of it is numbered or kept: only that an official was there at all goes into the record.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from trading.sittings.models import HostSeenRow, PresenceRow, SittingAttendanceRow

LEASE = timedelta(seconds=15)
PUBLIC = "public"
SEAT = "seat"
HOST = "host"
WATCHING = ("supervisor", "witness")
OFFICES = (HOST, "deputy", *WATCHING)


@dataclass(frozen=True, slots=True)
class Here:
    """A socket as one of the sitting: an office with its person, a seat with its lot, the public.

    `who` tells two sockets of one person from two people.
    """

    role: str
    who: str = ""

    @property
    def label(self) -> str:
        return f"{self.role}:{self.who}"


@dataclass(frozen=True, slots=True)
class Guest:
    """An official for the record."""

    role: str
    person_id: UUID
    name: str
    organisation: str


def renew(
    session: Session, sitting_id: UUID, process: UUID, here: Mapping[str, int], *, now: datetime
) -> None:
    """Say how many sockets of which label this process sees, at wall `now`; none is no lease."""
    mine = (PresenceRow.sitting_id == sitting_id) & (PresenceRow.process == process)
    session.execute(delete(PresenceRow).where(mine, PresenceRow.label.not_in(here)))
    session.execute(
        delete(PresenceRow).where(PresenceRow.sitting_id == sitting_id, PresenceRow.until <= now)
    )
    if not here:
        return
    # In one order, so that two processes never wait for one another.
    rows = [
        {
            "sitting_id": sitting_id,
            "process": process,
            "label": label,
            "n": n,
            "until": now + LEASE,
        }
        for label, n in sorted(here.items())
    ]
    wanted = insert(PresenceRow).values(rows)
    session.execute(
        wanted.on_conflict_do_update(
            index_elements=["sitting_id", "process", "label"],
            set_={"n": wanted.excluded.n, "until": wanted.excluded.until},
        )
    )


def end(session: Session, sitting_id: UUID) -> None:
    """Nobody's presence is kept any longer: the session is over."""
    session.execute(delete(PresenceRow).where(PresenceRow.sitting_id == sitting_id))


def shown(session: Session, sitting_id: UUID, *, now: datetime) -> dict[str, Any]:
    """Everybody whose lease runs at wall time `now`, as the frame tells it."""
    rows = session.execute(
        select(PresenceRow.label, PresenceRow.n).where(
            PresenceRow.sitting_id == sitting_id, PresenceRow.until > now
        )
    )
    leases = [(label, n) for label, n in rows]
    people = {label.partition(":")[2] for label, _ in leases if label.startswith(WATCHING)}
    return {**frame(leases), "names": _names(session, sitting_id, people)}


def _names(session: Session, sitting_id: UUID, people: Collection[str]) -> dict[str, str]:
    """Who watches over the session by office; host and deputy are named by the chair."""
    rows = session.execute(
        select(SittingAttendanceRow.role, SittingAttendanceRow.name)
        .where(
            SittingAttendanceRow.sitting_id == sitting_id,
            SittingAttendanceRow.role.in_(WATCHING),
            SittingAttendanceRow.person_id.in_(map(UUID, people)),
        )
        .order_by(SittingAttendanceRow.at, SittingAttendanceRow.person_id)
    )
    named: dict[str, list[str]] = {}
    for role, name in rows:
        named.setdefault(role, []).append(name)
    return {role: "、".join(names) for role, names in named.items()}


def frame(leases: Iterable[tuple[str, int]]) -> dict[str, Any]:
    """People in office and seats each once, however many sockets; the public by sockets."""
    counts: dict[str, int] = dict.fromkeys((*OFFICES, PUBLIC), 0)
    seats: set[tuple[str, int]] = set()
    known: set[str] = set()
    for label, n in leases:
        role, _, who = label.partition(":")
        if role == PUBLIC:
            counts[PUBLIC] += n
        elif role == SEAT:
            lot, _, seat = who.rpartition(":")
            seats.add((lot, int(seat)))
        elif label not in known:
            known.add(label)
            counts[role] += 1
    return {
        "roles": counts,
        "seats": [{"lot": lot, "seat": seat} for lot, seat in sorted(seats)],
    }


def see_host(session: Session, sitting_id: UUID, guests: Iterable[Guest], *, now: datetime) -> None:
    """Note at wall `now` that whoever presides is here."""
    for guest in guests:
        if guest.role == HOST:
            told = {"sitting_id": sitting_id, "person_id": guest.person_id, "at": now}
            session.execute(
                insert(HostSeenRow)
                .values(told)
                .on_conflict_do_update(index_elements=["sitting_id", "person_id"], set_={"at": now})
            )


def host_last_seen(session: Session, sitting_id: UUID, person_id: UUID) -> datetime | None:
    """When, by the wall, somebody who presides was last seen; never is None."""
    row = session.get(HostSeenRow, (sitting_id, person_id))
    return row.at if row else None


def attend(session: Session, sitting_id: UUID, guests: Iterable[Guest], *, at: datetime) -> None:
    """Keep for the record that these officials were there, from the first time on."""
    for guest in guests:
        session.execute(
            insert(SittingAttendanceRow)
            .values(
                sitting_id=sitting_id,
                person_id=guest.person_id,
                role=guest.role,
                name=guest.name,
                organisation=guest.organisation,
                at=at,
            )
            .on_conflict_do_nothing()
        )
