"""Doors every page needs: the time, the replay of a numbered stream, display choices."""

from typing import Any
from uuid import UUID

from flask import Response, current_app, redirect, request

from kernel import i18n, live, pages
from kernel.access import KernelRight
from kernel.clock import clock_timestamp, installation
from kernel.house import Call
from kernel.permissions import Pseudonym
from kernel.pure.errors import Refused
from kernel.sockets import LiveDoors, passes
from kernel.web import Feature

feature = Feature("kernel", __name__)
YEAR = 365 * 24 * 3600


@feature.get("/clock", permission=KernelRight.CLOCK_READ)
def clock(call: Call) -> dict[str, Any]:
    """Legal and wall time and their distance in seconds; both ISO 8601, UTC."""
    offset = installation(call.session).clock_offset
    wall = clock_timestamp(call.session)
    return {
        "legal": (wall + offset).isoformat(),
        "wall": wall.isoformat(),
        "offset": round(offset.total_seconds(), 3),
    }


@feature.get("/live/<uuid:live_id>/events", permission=KernelRight.LIVE_REPLAY)
def events(call: Call, live_id: UUID) -> dict[str, Any]:
    """Events after a number: what a client asks for after any gap."""
    doors: LiveDoors = current_app.extensions["sunbid.streams"]
    doors.check(call.session, call.actor, live_id)
    after = request.args.get("after", "0")
    if not after.isdigit():
        raise Refused("WEB-1004", detail="after 应为数字")
    found = live.events_after(call.session, live_id, int(after))
    return {"events": [event.frame() for event in found]}


@feature.post("/live/<uuid:live_id>/pass", permission=KernelRight.LIVE_PASS, ticket=True)
def live_pass(call: Call, live_id: UUID) -> dict[str, Any]:
    """What a bidder's socket shows in order to follow as its seat; runs out within minutes."""
    holder = call.actor
    if not isinstance(holder, Pseudonym):
        raise Refused("WEB-1104")
    doors: LiveDoors = current_app.extensions["sunbid.streams"]
    doors.check_seat(call.session, holder, live_id)
    at = clock_timestamp(call.session)
    return {"pass": passes.issue(call.house.keys, holder, live_id, at=at)}


@feature.post("/display", permission=KernelRight.DISPLAY_CHOOSE)
def display(call: Call) -> Response:
    """Remember language, theme and mode in cookies and return to the page."""
    answer = redirect(own_path(request.form.get("next", "/")), code=303)
    allowed = {"lang": i18n.languages(), "theme": pages.THEMES, "mode": pages.MODES}
    for name, values in allowed.items():
        chosen = request.form.get(name)
        if chosen in values:
            answer.set_cookie(name, chosen, max_age=YEAR, samesite="Lax")
    return answer  # type: ignore[return-value]


def own_path(path: str) -> str:
    """Only a path of this site, so that nobody is sent elsewhere."""
    return path if path.startswith("/") and not path.startswith(("//", "/\\")) else "/"
