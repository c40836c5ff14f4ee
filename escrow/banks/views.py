"""The bank board, and the listener for what banks push."""

from flask import Response, request

from escrow.banks import actions, queries
from escrow.banks.access import BankRight
from escrow.banks.rules import LinkState
from kernel.clock import clock_timestamp
from kernel.house import Call
from kernel.pages import render
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("banks", __name__)
MAX_PUSH = 256 << 10


@feature.get("/escrow", permission=BankRight.BANK_BOARD_READ)
def board(call: Call) -> str:
    """Links and completeness; nothing here counts, sums or orders payments."""
    lines = queries.links(call.session)
    return render(
        "banks/board.html",
        links=lines,
        all_up=all(line.state is LinkState.UP for line in lines),
    )


@feature.post("/bank-callbacks/<code>", permission=BankRight.BANK_CALLBACK, quiet=True)
def callback(call: Call, code: str) -> Response:
    """Size, signature, time, one INSERT, 200: reading comes later, in the worker."""
    request.max_content_length = MAX_PUSH
    if (request.content_length or 0) > MAX_PUSH:
        raise Refused("WEB-1003", limit="256 KiB")
    actions.receive(
        call.session,
        code=code,
        headers={name.lower(): value for name, value in request.headers.items()},
        raw=request.get_data(),
        now=call.now,
        wall=clock_timestamp(call.session),
    )
    return Response("", 200, mimetype="text/plain")
