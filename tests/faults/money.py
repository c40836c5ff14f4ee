"""Money that goes astray while ten bid: strangers pay, a bank splits, repeats, takes back.

None of it happens in the run without bids; nobody but the owners may tell the two apart.
"""

import json
from typing import Any
from urllib.request import Request, urlopen

import psycopg

from kernel.settings import Settings

PAID = (
    "SELECT sub_account, other_number, bank_ref FROM book_entry"
    " WHERE sub_account IS NOT NULL AND sign = 'CRDT' AND end_to_end IS NULL ORDER BY seq"
)
BANK = "yunlan"
ASTRAY_FEN = 1_357_913
FAULTS = (
    ("duplicate_push", 1, 5),
    ("reorder_push", 2, 0),
    ("split_payment", 1, 0),
    ("unknown_sub", 1, 0),
    ("delay_push", 1, 2),
)


def go_astray(settings: Settings) -> None:
    """After the deposits: payments of others, one that a bank takes back, one for no number."""
    with psycopg.connect(settings.simulator_database_url) as connection:
        paid = connection.execute(PAID).fetchall()
    for kind, times, seconds in FAULTS:
        told = {"bank": BANK, "kind": kind, "times": times, "seconds": seconds}
        _ask(settings, "/api/faults", told)
    persons = [one for one in _ask(settings, "/api/payers") if one["kind"] != "basic"]
    for at, (number, _, _) in enumerate(paid[:4]):
        _pay(settings, persons[at % len(persons)]["account"], number, ASTRAY_FEN + at)
    # A bidder by another's sub-account, one twice, one too much.
    _pay(settings, paid[1][1], paid[0][0], ASTRAY_FEN)
    _pay(settings, paid[2][1], paid[2][0], ASTRAY_FEN)
    _ask(settings, f"/api/payments/{paid[3][2]}/reverse", {})


def _pay(settings: Settings, payer: str, number: str, fen: int) -> None:
    told = {"payer_account": payer, "sub_account": number, "amount_fen": fen}
    _ask(settings, "/api/payments", told)


def _ask(settings: Settings, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    method = "GET" if body is None else "POST"
    headers = {"Content-Type": "application/json"}
    request = Request(f"{settings.bank_url}{path}", data=data, headers=headers, method=method)
    with urlopen(request, timeout=30) as answer:
        return json.loads(answer.read() or b"null")
