"""Deposits for whoever holds a token: what arrived, and giving it back. No lot, no account.

The token travels in the body only, so that no address or log ever holds it.
"""

from flask import request

from escrow.accounts import seen
from escrow.deposits import actions, queries
from escrow.deposits.access import DepositRight
from escrow.refunds.rules import ReleaseReason
from kernel.house import Call
from kernel.pages import render
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("deposits", __name__, quiet=True)


@feature.get("/deposits", permission=DepositRight.DEPOSIT_HOLDER)
def ask(call: Call) -> str:
    """Where a token is shown."""
    return render("deposits/token.html", shown=None, life=None, token="", ordered_fen=None)


@feature.post("/deposits", permission=DepositRight.DEPOSIT_HOLDER)
def show(call: Call) -> str:
    """What arrived on the token's sub-account."""
    token = _token()
    return render(
        "deposits/token.html",
        shown=queries.shown_to_holder(call.session, token),
        life=seen.of_holder(call.session, token),
        token=token,
        ordered_fen=None,
    )


@feature.post("/deposits/return", permission=DepositRight.DEPOSIT_HOLDER)
def give_back(call: Call) -> str:
    """Order everything on the token's sub-account back to its payers."""
    token = _token()
    ordered = actions.release(
        call.session, reason=ReleaseReason.WITHDRAWN, now=call.now, token=token
    )
    call.session.flush()
    return render(
        "deposits/token.html",
        shown=queries.shown_to_holder(call.session, token),
        life=seen.of_holder(call.session, token),
        token=token,
        ordered_fen=ordered,
    )


def _token() -> str:
    token = request.form.get("token", "").strip()
    if not token:
        raise Refused("ESC-1201")
    return token
