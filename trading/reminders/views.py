"""The inbox of an official, and the bell that every page of theirs carries."""

from uuid import UUID

from flask import redirect
from werkzeug.wrappers import Response as Answer

from kernel import pages
from kernel.house import Call
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature
from trading.reminders import actions, delivering, queries, words
from trading.reminders.access import OFFICIALS, ReminderRight
from trading.reminders.ways import carriers

feature = Feature("reminders", __name__)
SHOWN = 100


def bell(call: Call) -> int | None:
    """How many entries wait, None for those who have no inbox."""
    actor = call.actor
    if not isinstance(actor, Account) or actor.role not in OFFICIALS:
        return None
    return queries.unread(call.session, actor.person_id, call.now)


@feature.get("/inbox", permission=ReminderRight.READ)
def inbox(call: Call) -> str:
    """What I was reminded of, newest first, and how it reached me."""
    me = _account(call)
    entries = queries.newest(call.session, me.person_id, most=SHOWN)
    sent = delivering.states(call.session, [each.id for each in entries])
    return pages.render(
        "reminders/inbox.html",
        entries=[
            {
                "row": each,
                "title": words.title(each.kind),
                "state": words.icon(each.kind)[0],
                "icon": words.icon(each.kind)[1],
                "line": words.facts_line(each),
                "unread": each.read_at is None and each.until > call.now,
                "sent": sent[each.id],
            }
            for each in entries
        ],
        ways={way.value for way in carriers(call.house.settings)},
        unread=queries.unread(call.session, me.person_id, call.now),
    )


@feature.post("/inbox/read", permission=ReminderRight.READ)
def read_all(call: Call) -> Answer:
    """Everything is read."""
    actions.read_all(call.session, person_id=_account(call).person_id, now=call.now)
    return redirect("/inbox", code=303)


@feature.post("/inbox/<uuid:entry_id>", permission=ReminderRight.READ)
def read(call: Call, entry_id: UUID) -> Answer:
    """Mark one as read and go where it leads."""
    me = _account(call)
    href = actions.read(call.session, entry_id, person_id=me.person_id, now=call.now)
    return redirect(href, code=303)


def _account(call: Call) -> Account:
    if not isinstance(call.actor, Account):
        raise Refused("WEB-1101")
    return call.actor
