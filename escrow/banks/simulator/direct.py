"""The simulated bank behind a direct connection, at `/<code>/b2e`: it answers and never calls.

Written apart from the platform's codec on purpose, so that the two test each other.
"""

import base64
from datetime import datetime, timedelta

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from escrow.banks.simulator import exchange
from escrow.banks.simulator.book import Book, wall_now
from escrow.banks.simulator.teller import SHANGHAI
from escrow.banks.simulator.tills import till
from escrow.banks.simulator.tongues import DIRECT
from kernel.crypto import sm

OPENING, CLOSING = b"<sign><time>", b"</value></sign></root>"
STAMP = "%Y%m%d%H%M%S"
PATIENCE = timedelta(minutes=5)


def doors(book: Book) -> Blueprint:
    """The bank's one address over its book."""
    blueprint = Blueprint("direct", __name__)

    @blueprint.post("/<code>/b2e")
    def ask(code: str) -> Response:
        raw = request.get_data()
        with book.session() as session:
            if not _is_the_platforms(session, code, raw):
                return Response(status=401)
        said = exchange.answer(book, code, DIRECT, raw)
        if said is None:
            return Response(status=504)
        with book.session() as session:
            signed = _signed(session, code, said)
        return Response(signed, content_type="text/xml; charset=GBK")

    return blueprint


def _is_the_platforms(session: Session, code: str, raw: bytes) -> bool:
    place = raw.rfind(OPENING)
    if place < 0 or not raw.endswith(CLOSING):
        return False
    stamp, _, value = (
        raw[place + len(OPENING) : -len(CLOSING)]
        .decode("ascii", "replace")
        .partition("</time><value>")
    )
    try:
        at = datetime.strptime(stamp, STAMP).replace(tzinfo=SHANGHAI)
        signature = base64.b64decode(value, validate=True)
    except ValueError:
        return False
    said = raw[: raw.rfind(b"<value>")]
    key = till(session, code).state.partner_key
    return sm.holds(key, signature, said) and abs(wall_now(session) - at) < PATIENCE


def _signed(session: Session, code: str, xml: bytes) -> bytes:
    stamp = wall_now(session).astimezone(SHANGHAI).strftime(STAMP).encode()
    said = xml.removesuffix(b"</root>") + OPENING + stamp + b"</time>"
    value = sm.derive(till(session, code).state.signing_key).sign(said)
    return said + b"<value>" + base64.b64encode(value) + CLOSING
