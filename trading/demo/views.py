"""The demonstration's doors: its bar, its clock, and the key file of whoever is logged in."""

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import Response, make_response, redirect, request

from kernel import i18n
from kernel.clock import installation
from kernel.crypto import softkeys
from kernel.house import Call
from kernel.identity import queries as identity
from kernel.identity.signer import SoftCertificate, to_pkcs12
from kernel.permissions import Account, Role
from kernel.pure.errors import Refused
from kernel.views import own_path
from kernel.web import Feature
from trading.demo import actions, life, queries
from trading.demo.access import DemoRight
from trading.demo.keys import key_file
from trading.demo.rules import shifted_words
from trading.tenders import queries as lots

feature = Feature("demo", __name__)
WATCH = frozenset({Role.EXPERT, Role.CENTRE, Role.SUPERVISOR})


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
    return {
        "now": call.now.isoformat(),
        "playing": playing,
        "step": _step(call),
        "guide": _guide(call),
    }


@feature.get("/demo/lots/<uuid:lot_id>/life", permission=DemoRight.TIME_READ)
def lot_life(call: Call, lot_id: UUID) -> dict[str, Any]:
    """What the lot asks for now, and of whom; the stand-ins live by it."""
    lot = lots.lot_row(call.session, lot_id)
    found = life.life(call.session, lot, call.now)
    room = found.room
    return {
        "now": call.now.isoformat(),
        "number": lot.number,
        "name": lot.name,
        "stage": found.stage.value,
        "ask": found.asked.ask,
        "whose": found.asked.whose,
        "words": found.asked.words,
        "room": {"id": room.room_id, "stage": room.stage, "paused": room.paused} if room else None,
        "award": {"winner": found.award[0], "price_fen": found.award[1]} if found.award else None,
        "objections": [str(each) for each in found.objections],
    }


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


@feature.get("/demo/key.p12", permission=DemoRight.KEY_READ)
def key_p12(call: Call) -> Response:
    """The same key and chain as a certificate authority would hand them out, same passphrase."""
    held = key(call)
    passphrase = held["passphrase"]
    soft = SoftCertificate(
        softkeys.read(held["softkey"], passphrase),
        tuple(bytes.fromhex(link) for link in held["certificate_chain"]),
    )
    answer = make_response(to_pkcs12(soft, passphrase))
    answer.headers["Content-Type"] = "application/x-pkcs12"
    answer.headers["Content-Disposition"] = 'attachment; filename="sunbid.p12"'
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
        "guide": _guide(call),
    }


def _guide(call: Call) -> dict[str, str] | None:
    """What the main lot waits for, as the bar says it, and where it is done."""
    lot = queries.main_lot(call.session)
    if lot is None or queries.still_playing(call.session, call.now):
        return None
    asked = life.life(call.session, lot, call.now).asked
    if not asked.words:
        return None
    return {"words": i18n.say("现在：%(what)s", what=asked.words), "href": _way(call, asked)}


def _way(call: Call, asked: life.Asked) -> str:
    """To the page of the act for whoever may do it, to the choice of identities for others."""
    if not asked.whose and asked.ask != "evaluate":
        return asked.href
    if not isinstance(call.actor, Account):
        return "/login"
    login = identity.person(call.session, call.actor.person_id).login
    if asked.ask == "evaluate":
        return asked.href if call.actor.role in WATCH else "/login"
    return asked.href if login in asked.whose else "/login"


def _step(call: Call) -> dict[str, Any] | None:
    ahead = queries.step(call.session, call.now)
    if ahead is None:
        return None
    others = i18n.say("同时推进：%(lots)s", lots="、".join(ahead.others)) if ahead.others else ""
    return {"label": i18n.say("前进到：%(step)s", step=ahead.name), "others": others}
