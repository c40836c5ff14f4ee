"""A sub-account's life for officials, once its lot's list is published."""

from escrow.accounts import seen
from escrow.accounts.access import AccountsRight
from escrow.bookings import queries as bookings
from escrow.disclosure.queries import is_listed
from kernel.house import Call
from kernel.pages import render
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("accounts", __name__)


@feature.get("/sub-accounts/<account>", permission=AccountsRight.SUB_ACCOUNT_READ)
def one(call: Call, account: str) -> str:
    """Its steps; one that no list has named is as unknown as one that does not exist."""
    sub = bookings.by_number(call.session, account)
    if sub is None or not is_listed(call.session, sub.id):
        raise Refused("ESC-1801")
    return render("accounts/life.html", life=seen.life(call.session, sub))
