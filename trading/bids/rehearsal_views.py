"""HTTP of the rehearsal: the page, a ticket for no lot, and the judgement of a test envelope.

No route here has a lot: the page keeps it behind the # of its address, which no browser sends.
"""

from typing import Any

from kernel.clock import clock_timestamp
from kernel.house import Call
from kernel.pages import render
from kernel.permissions import Pseudonym
from kernel.pure.errors import Refused
from kernel.web import Feature, body
from trading.bids import forms, rehearsal, tickets
from trading.bids.access import Right
from trading.bids.views import page_of

feature = Feature("rehearsal", __name__, quiet=True)


@feature.get("/my/rehearsal", permission=Right.PREPARE)
def rehearse(call: Call) -> str:
    """投标演练: the same page for everybody and every lot."""
    return render("bids/rehearsal.html", page=page_of(call))


@feature.post("/rehearsal/tickets", permission=Right.TAKE_TICKET)
def rehearsal_ticket(call: Call) -> dict[str, Any]:
    """Sign a ticket for the lot of rehearsals. Nothing is written."""
    ticket, expires = tickets.issue(
        call.house.keys,
        lot_id=tickets.REHEARSAL,
        public_key=forms.hex_bytes(body(), "public_key", tickets.POINT_BYTES),
        now=clock_timestamp(call.session),
    )
    return {"ticket": ticket, "expires_at": expires.isoformat()}


@feature.post("/rehearsal/envelope", permission=Right.ACT_UNDER_TICKET, ticket=True)
def rehearsed_envelope(call: Call) -> dict[str, Any]:
    """Judge a test envelope as a bid is judged; the answer says it would have been admitted."""
    if not isinstance(call.actor, Pseudonym):
        raise Refused("WEB-1102")
    found = rehearsal.judge(
        call.session, actor=call.actor, submission=forms.submission(body()), now=call.now
    )
    return {"commitment": found.hex()}
