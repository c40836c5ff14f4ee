"""HTTP of what belongs to the whole sitting: who presides, which lots are together, the chat."""

from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.permissions import Account, Pseudonym
from kernel.pure.errors import Refused
from kernel.web import Feature, body, path_uuid
from trading.openings import forms, presiding, talking
from trading.openings.access import Right
from trading.sittings import chat, queries

feature = Feature("sittings", __name__)
HALL = "/lots/<uuid:lot_id>/hall"
MOST_TEXT = 4000
"""Characters that are looked at at all; how many may be said, the rule set says."""


@feature.post(f"{HALL}/take-over", permission=Right.PRESIDE)
def take_over(call: Call, lot_id: UUID) -> dict[str, Any]:
    """The deputy goes on in the host's place, or the host comes back."""
    reason = forms.text(body(), "reason", 500)
    presiding.take_over(call.session, lot_id, reason, actor=_account(call), now=call.now)
    return _told(call, lot_id)


@feature.post(f"{HALL}/chair", permission=Right.PRESIDE)
def chair(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Name host and deputy."""
    shown = body()
    deputy = forms.text(shown, "deputy", 40)
    named = presiding.Named(
        path_uuid(forms.text(shown, "host", 40)), path_uuid(deputy) if deputy else None
    )
    presiding.name(call.session, lot_id, named, actor=_account(call), now=call.now)
    return _told(call, lot_id)


@feature.post(f"{HALL}/sitting", permission=Right.PRESIDE)
def sitting(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Open the lot apart from the others, or together with the one named."""
    other = forms.text(body(), "with", 40)
    actor, now = _account(call), call.now
    if other:
        presiding.join(call.session, lot_id, path_uuid(other), actor=actor, now=now)
    else:
        presiding.part(call.session, lot_id, actor=actor, now=now)
    return _told(call, lot_id)


@feature.post(f"{HALL}/chat", permission=Right.SPEAK)
def say(call: Call, lot_id: UUID) -> dict[str, Any]:
    """A line of an official."""
    return _said(call, lot_id, _account(call))


@feature.post(f"{HALL}/seat/chat", permission=Right.ACT_UNDER_TICKET, ticket=True)
def say_from_seat(call: Call, lot_id: UUID) -> dict[str, Any]:
    """A line of a bidder, whose seat the list has named."""
    return _said(call, lot_id, _pseudonym(call))


@feature.post(f"{HALL}/chat/mute", permission=Right.MODERATE)
def mute(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Silence a seat, or all but host and supervisor; or let them speak again."""
    shown = body()
    seat = None if shown.get("seat") is None else forms.integer(shown, "seat")
    if shown.get("muted") is False:
        talking.lift(call.session, lot_id, seat, actor=_account(call))
    else:
        reason = forms.text(shown, "reason", 200)
        talking.mute(call.session, lot_id, seat, reason, actor=_account(call))
    return {}


@feature.post(f"{HALL}/chat/remove", permission=Right.MODERATE)
def remove(call: Call, lot_id: UUID) -> dict[str, Any]:
    """Take a line from view; it stays in the transcript."""
    shown = body()
    no, reason = forms.integer(shown, "no"), forms.text(shown, "reason", 200)
    talking.remove(call.session, lot_id, no, reason, actor=_account(call), now=call.now)
    return {}


def _said(call: Call, lot_id: UUID, actor: Account | Pseudonym) -> dict[str, Any]:
    shown = body()
    words, key = forms.text(shown, "text", MOST_TEXT), forms.text(shown, "key", chat.MOST_KEY)
    number = talking.say(call.session, lot_id, words, key=key, actor=actor, now=call.now)
    return {"no": number}


def _told(call: Call, lot_id: UUID) -> dict[str, Any]:
    return {"sitting": queries.of_lot(call.session, lot_id).as_json()}


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1102")
    return call.actor


def _pseudonym(call: Call) -> Pseudonym:
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    return call.actor
