"""Pages of the service calendar: the week's rooms, the agency's request, the centre's decisions."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask import Response, redirect, request
from werkzeug.wrappers import Response as Answer

from kernel import pages
from kernel.house import Call
from kernel.identity import queries as identity
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI
from kernel.web import Feature, explain, path_uuid
from trading.tenders.views import account_of
from trading.venues import actions, desk, queries, week
from trading.venues.access import VenueRight

feature = Feature("venues", __name__)
LOT = "/tenders/lots/<uuid:lot_id>/room"
BOOKING = "/venues/bookings/<uuid:booking_id>"
MOST_WEEKS = 52


@feature.get("/venues", permission=VenueRight.LOOK)
def venues(call: Call) -> str:
    """A week of the centre's rooms; for the centre also what waits for its decision."""
    return _week(call, None)


def _week(call: Call, refused: Refused | None) -> str:
    who = account_of(call)
    centre = _centre(call, who)
    shift = _shift(request.args.get("week", "0"))
    start = week.monday(call.now) + timedelta(weeks=shift)
    is_centre = who.role is Role.CENTRE
    waiting = queries.waiting(call.session, centre) if is_centre else []
    return pages.render(
        "venues/week.html",
        week=week.draw(call.session, centre, start, call.now, who),
        start=start,
        ends=start + timedelta(days=6),
        shift=shift,
        rooms=queries.rooms(call.session, centre),
        is_centre=is_centre,
        waiting=waiting,
        lots=week.lots_of(call.session, waiting),
        kind_word=week.kind_word,
        state_chip=week.state_chip,
        refusal=refused and explain(refused.code, **refused.facts),
        values=request.form,
    )


@feature.get(LOT, permission=VenueRight.ASK)
def lot_room(call: Call, lot_id: UUID) -> str:
    """The lot's room: what is held, or which rooms are free at the deadline."""
    return pages.render("venues/lot.html", **desk.lot_page(call, account_of(call), lot_id))


@feature.post(LOT, permission=VenueRight.ASK)
def ask(call: Call, lot_id: UUID) -> Answer | Response:
    """Ask for a room, or take another one; a taken room comes back with the nearest free ones."""
    room, length = path_uuid(request.form.get("room", "")), desk.length(request.form)
    held = queries.of_lot(call.session, lot_id)
    try:
        if held is None:
            reason = request.form.get("reason", "")
            actions.ask(
                call.session, lot_id, room, length, actor=call.actor, reason=reason, now=call.now
            )
        else:
            actions.change(call.session, lot_id, room, length, actor=call.actor, now=call.now)
    except Refused as refused:
        if refused.code not in desk.ON_THE_PAGE:
            raise
        shown = desk.lot_page(call, account_of(call), lot_id, refused=refused, wanted=room)
        return Response(pages.render("venues/lot.html", **shown), status=409)
    return redirect(f"/tenders/lots/{lot_id}/room", code=303)


@feature.post(f"{LOT}/cancel", permission=VenueRight.ASK)
def cancel(call: Call, lot_id: UUID) -> Answer:
    """Give the room back, with a reason."""
    reason = request.form.get("reason", "")
    actions.cancel(call.session, lot_id, actor=call.actor, reason=reason, now=call.now)
    return redirect(f"/tenders/lots/{lot_id}/room", code=303)


@feature.post(f"{BOOKING}/judge", permission=VenueRight.DECIDE)
def judge(call: Call, booking_id: UUID) -> Answer:
    """Approve or refuse a Saturday or emergency session, with reason."""
    approved = request.form.get("decision") == "approve"
    actions.judge(
        call.session,
        booking_id,
        approved=approved,
        reason=request.form.get("reason", ""),
        actor=account_of(call),
        now=call.now,
    )
    return redirect("/venues", code=303)


@feature.get(BOOKING, permission=VenueRight.DECIDE)
def booking(call: Call, booking_id: UUID) -> str:
    """One loan for the centre: its lots, its steps, another room, taking it back."""
    shown = desk.booking_page(call, account_of(call), booking_id)
    return pages.render("venues/booking.html", **shown)


@feature.post(f"{BOOKING}/move", permission=VenueRight.DECIDE)
def move(call: Call, booking_id: UUID) -> Answer:
    """Put a session into another room at the same time, with reason."""
    actions.move_room(
        call.session,
        booking_id,
        path_uuid(request.form.get("room", "")),
        actor=account_of(call),
        reason=request.form.get("reason", ""),
        now=call.now,
    )
    return redirect(f"/venues/bookings/{booking_id}", code=303)


@feature.post(f"{BOOKING}/withdraw", permission=VenueRight.DECIDE)
def withdraw(call: Call, booking_id: UUID) -> Answer:
    """Take a room back, with reason."""
    reason = request.form.get("reason", "")
    actions.withdraw(call.session, booking_id, actor=account_of(call), reason=reason, now=call.now)
    return redirect("/venues", code=303)


@feature.post("/venues/closures", permission=VenueRight.DECIDE)
def close_room(call: Call) -> Answer | Response:
    """Keep a room for upkeep or another event."""
    form = request.form
    try:
        actions.close_room(
            call.session,
            path_uuid(form.get("room", "")),
            _moment(form.get("starts", "")),
            _moment(form.get("ends", "")),
            actor=account_of(call),
            reason=form.get("reason", ""),
            now=call.now,
        )
    except Refused as refused:
        if refused.code not in desk.ON_THE_PAGE:
            raise
        return Response(_week(call, refused), status=409)
    return redirect("/venues", code=303)


@feature.post("/venues/rooms", permission=VenueRight.DECIDE)
def add_room(call: Call) -> Answer:
    """Register a room."""
    form = request.form
    capacity = form.get("capacity", "")
    actions.add_room(
        call.session,
        centre_id=account_of(call).organisation_id,
        name=form.get("name", "")[:40],
        place=form.get("place", "")[:80],
        capacity=int(capacity) if capacity.isdecimal() and len(capacity) < 5 else 0,
        equipment=_listed(form.get("equipment", "")),
        now=call.now,
    )
    return redirect("/venues#rooms", code=303)


@feature.post("/venues/rooms/<uuid:venue_id>/retire", permission=VenueRight.DECIDE)
def retire_room(call: Call, venue_id: UUID) -> Answer:
    """Take a room out of service."""
    centre = account_of(call).organisation_id
    actions.retire_room(call.session, venue_id, centre_id=centre, now=call.now)
    return redirect("/venues#rooms", code=303)


def _centre(call: Call, who: Account) -> UUID:
    """Whose rooms are shown: one's own centre's, for others the installation's."""
    if who.role is Role.CENTRE:
        return who.organisation_id
    return identity.organisations_in_role(call.session, Role.CENTRE)[0].id


def _shift(text: str) -> int:
    digits = text.removeprefix("-")
    if not digits.isdecimal() or len(digits) > 2:
        return 0
    return max(-MOST_WEEKS, min(MOST_WEEKS, int(text)))


def _moment(text: str) -> datetime:
    """A time as a form's field gives it, China Standard Time. Refuses WEB-1004."""
    try:
        return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)
    except ValueError:
        raise Refused("WEB-1004", detail="时间格式不对") from None


def _listed(text: str) -> tuple[str, ...]:
    parts: list[Any] = text.replace("，", "、").replace(",", "、").split("、")
    return tuple(part.strip()[:30] for part in parts if part.strip())[:20]
