"""The demonstration's doors: its bar, its clock, and the key file of whoever is logged in."""

import json
from datetime import timedelta
from typing import Any

from flask import Response, redirect, request

from kernel import i18n
from kernel.clock import installation
from kernel.house import Call
from kernel.identity import queries as identity
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.views import own_path
from kernel.web import Feature
from trading.demo import actions, queries
from trading.demo.access import DemoRight
from trading.demo.keys import key_file
from trading.demo.rules import shifted_words

feature = Feature("demo", __name__)


@feature.post("/demo/begin", permission=DemoRight.TIME_MOVE)
def begin(call: Call) -> dict[str, Any]:
    """The first page has been served: the main lot's deadline is ten minutes off from now."""
    return {"begun": actions.begin_once(call.session, actor=call.actor, now=call.now)}


@feature.post("/demo/step", permission=DemoRight.TIME_MOVE)
def step(call: Call) -> Response:
    """Go to the next step of the main lot, and back to the page."""
    actions.take_step(call.session, actor=call.actor, now=call.now)
    return redirect(own_path(request.form.get("next", "/")), code=303)  # type: ignore[return-value]


@feature.get("/demo/state", permission=DemoRight.TIME_READ)
def state(call: Call) -> dict[str, Any]:
    """What the next step is now; a page that stays open asks again."""
    playing = queries.still_playing(call.session, call.now)
    return {"now": call.now.isoformat(), "playing": playing, "step": _step(call)}


@feature.get("/demo/key", permission=DemoRight.KEY_READ)
def key(call: Call) -> dict[str, Any]:
    """The soft key of the person logged in: made by the demonstration, and known to it."""
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1101")
    login = identity.person(call.session, call.actor.person_id).login
    path = key_file(call.house.settings.state_dir, login)
    if not path.is_file():
        raise Refused("DEM-1001")
    answer: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return answer


def bar(call: Call) -> dict[str, Any]:
    """The context of the demonstration bar on every page."""
    offset: timedelta = installation(call.session).clock_offset
    return {
        "shifted": shifted_words(offset),
        "people": "/login",
        "playing": queries.still_playing(call.session, call.now),
        "begin": queries.must_begin(call.session, call.now),
        "step": _step(call),
    }


def _step(call: Call) -> dict[str, Any] | None:
    ahead = queries.step(call.session, call.now)
    if ahead is None:
        return None
    others = i18n.say("同时推进：%(lots)s", lots="、".join(ahead.others)) if ahead.others else ""
    return {"label": i18n.say("前进到：%(step)s", step=ahead.name), "others": others}
