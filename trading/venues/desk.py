"""What the pages of one lot's room and of one loan show."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import request
from werkzeug.datastructures import MultiDict

from kernel.house import Call
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import explain
from trading.tenders import queries as tenders
from trading.tenders import rule_book
from trading.tenders.actions import require_party
from trading.tenders.models import Lot
from trading.venues import actions, queries, rules, week
from trading.venues.models import OpeningRoom
from trading.venues.rules import Slot
from trading.venues.terms import opening_hours, terms

ON_THE_PAGE = frozenset({"VEN-1101", "VEN-1102", "VEN-1103", "VEN-1106"})
"""Refusals that come back with the form filled in."""


def length(form: MultiDict[str, str]) -> timedelta:
    """The chosen length, the usual one where none or an unknown one is named."""
    chosen = form.get("length", "")
    minutes = int(chosen) if chosen.isdecimal() and len(chosen) < 5 else 0
    found = timedelta(minutes=minutes)
    return found if found in terms().lengths else terms().usual


def lot_page(
    call: Call,
    who: Account,
    lot_id: UUID,
    *,
    refused: Refused | None = None,
    wanted: UUID | None = None,
) -> dict[str, Any]:
    """The lot's loan, the rooms with who is in the way, the nearest free ones after a refusal.

    Raises Refused TEN-1001, TEN-1004.
    """
    lot = tenders.lot_row(call.session, lot_id)
    require_party(who, {lot.project.agency_id})
    held = queries.of_lot(call.session, lot_id)
    former = held or queries.last_of_lot(call.session, lot_id)
    long = held.ends_at - held.starts_at if held else length(request.values)
    rooms = queries.rooms(call.session, lot.centre_id)
    near = _nearest(call, lot, rooms, long, wanted) if refused and wanted and rooms else ()
    kind = actions.kind_for(lot)
    return {
        "lot": lot,
        "held": held,
        "former": former,
        "fits": held is not None and held.fits(lot.deadline),
        "chip": week.state_chip(former.state) if former else None,
        "kind": kind,
        "kind_word": week.kind_word,
        "needs_approval": kind in rules.APPROVED_FIRST,
        "together": [each for each in queries.together(call.session, lot) if each.id != lot.id],
        "rooms": _choices(call, lot, rooms, long, held),
        "length": int(long.total_seconds() // 60),
        "lengths": [int(each.total_seconds() // 60) for each in terms().lengths],
        "slot": rules.slot_for(lot.id, lot.deadline, long, terms()),
        "nearest": near,
        "refusal": refused and explain(refused.code, **refused.facts),
        "wanted": wanted or (held.room_id if held else None),
        "steps": queries.steps(call.session, former.id) if former else (),
        "names": {room.id: room.name for room in _all_rooms(call, lot)},
        "is_over": lot.deadline <= call.now,
    }


def booking_page(call: Call, who: Account, booking_id: UUID) -> dict[str, Any]:
    """One loan of the centre's rooms. Raises Refused VEN-1002."""
    row = queries.booking_row(call.session, booking_id, who.organisation_id)
    views = [
        each
        for each in queries.between(call.session, row.centre_id, row.starts_at, row.ends_at)
        if each.id == booking_id
    ]
    view = views[0] if views else None
    rooms = queries.rooms(call.session, row.centre_id, retired=True)
    held = queries.held_in(call.session, [room.id for room in rooms], row.starts_at, row.ends_at)
    free = [
        room
        for room in rooms
        if room.retired_at is None
        and room.id != row.room_id
        and not rules.in_the_way(held, Slot(room.id, row.starts_at, row.ends_at), but=row.id)
    ]
    return {
        "row": row,
        "view": view,
        "room": next(room for room in rooms if room.id == row.room_id),
        "lots": list(week.lots_of(call.session, views).values()),
        "free": free,
        "steps": queries.steps(call.session, booking_id),
        "names": {room.id: room.name for room in rooms},
        "kind_word": week.kind_word,
        "chip": week.state_chip(row.state),
        "holds": row.state in rules.HOLDING,
    }


def _all_rooms(call: Call, lot: Lot) -> list[OpeningRoom]:
    return list(queries.rooms(call.session, lot.centre_id, retired=True))


def _choices(
    call: Call,
    lot: Lot,
    rooms: Any,
    long: timedelta,
    held: queries.BookingView | None,
) -> list[dict[str, Any]]:
    """Every room, and whether it is free when the lot needs it."""
    found = []
    for room in rooms:
        slot = rules.slot_for(room.id, lot.deadline, long, terms())
        others = queries.held_in(call.session, [room.id], slot.starts, slot.ends)
        blocked = rules.in_the_way(others, slot, but=held.id if held else None)
        found.append({"row": room, "free": not blocked, "blocked": blocked})
    return found


def _nearest(
    call: Call, lot: Lot, rooms: Any, long: timedelta, wanted: UUID
) -> list[dict[str, Any]]:
    slot = rules.slot_for(wanted, lot.deadline, long, terms())
    day = opening_hours(lot.deadline, rule_book.rule_set(lot.rule_set))
    ids = [room.id for room in rooms]
    held = queries.held_in(call.session, ids, *day)
    names = {room.id: room.name for room in rooms}
    return [
        {"slot": each, "room": names[each.room], "same_time": each.starts == slot.starts}
        for each in rules.nearest(held, slot, ids, terms(), day=day)
    ]
