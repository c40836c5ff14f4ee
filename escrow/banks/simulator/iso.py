"""The simulated bank that speaks ISO 20022 over HTTP, at `/<code>/…`.

Opening sub-accounts has no ISO message without a holder, so that one request is plain JSON.
"""

import secrets
from datetime import date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Response, jsonify, request
from sqlalchemy.orm import Session

from escrow.banks.simulator import closings, days, teller, wire
from escrow.banks.simulator.book import Book, BookEntry, DeclinedError, bank_now, wall_now
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tills import Till, close_sub_account, open_sub_accounts, till
from escrow.banks.webhooks import sign

MOST_AT_ONCE = 200
XML = "application/xml"


def doors(book: Book) -> Blueprint:
    """The bank's addresses over its book."""
    blueprint = Blueprint("iso", __name__)

    @blueprint.before_request
    def answer_unless_down() -> Response | None:
        with book.session() as session:
            code = (request.view_args or {}).get("code", "")
            return Response(status=503) if till(session, code).is_down() else None

    @blueprint.get("/<code>/health")
    def health(code: str) -> Response:
        with book.session() as session:
            return jsonify(time=bank_now(session).isoformat())

    _accounts(blueprint, book)
    _orders(blueprint, book)
    return blueprint


def _accounts(blueprint: Blueprint, book: Book) -> None:
    @blueprint.post("/<code>/iso/accounts/<number>/sub-accounts")
    def sub_accounts(code: str, number: str) -> Response:
        with book.session() as session:
            at = _keeper(session, code, number)
            count = min(int(request.get_json()["count"]), MOST_AT_ONCE)
            return jsonify(numbers=open_sub_accounts(at, count))

    @blueprint.post("/<code>/iso/accounts/<number>/closings")
    def close(code: str, number: str) -> Response:
        with book.session() as session:
            raw = _close(_keeper(session, code, number), request.get_data())
        return Response(raw, mimetype=XML)

    @blueprint.get("/<code>/iso/accounts/<number>/report")
    def report(code: str, number: str) -> Response:
        since = datetime.fromisoformat(request.args["from"])
        with book.session() as session:
            raw = _report(_keeper(session, code, number), since)
        return Response(raw, mimetype=XML)

    @blueprint.get("/<code>/iso/accounts/<number>/statement")
    def statement(code: str, number: str) -> Response:
        day = date.fromisoformat(request.args["day"])
        with book.session() as session:
            at = _keeper(session, code, number)
            told = days.of(at, day)
            if told is None:
                return Response(status=404)
            told, sequence = days.spoiled(at, told, day.toordinal())
            raw = wire.statement(told, master=number, sequence=sequence, at=bank_now(session))
        return Response(raw, mimetype=XML)


def _orders(blueprint: Blueprint, book: Book) -> None:
    @blueprint.post("/<code>/iso/payments")
    def take_order(code: str) -> Response:
        raw = request.get_data()
        with book.session() as session:
            at = till(session, code)
            order = wire.read_order(raw, master=at.state.master_number)
            status = teller.take_order(
                at, key=order.key, raw=raw, value_day=order.value_day, transfers=order.transfers
            )
            lost = at.fault("lose_refund_answer") is not None
            answer = wire.status(order.key, status, at=bank_now(session))
        return Response(status=504) if lost else Response(answer, mimetype=XML)

    @blueprint.get("/<code>/iso/payments/<key>")
    def order_status(code: str, key: str) -> Response:
        with book.session() as session:
            status = teller.status_of(till(session, code), key)
            if status is None:
                return Response(status=404)
            answer = wire.status(key, status, at=bank_now(session))
        return Response(answer, mimetype=XML)


def notice(at: Till, entry: BookEntry) -> Parcel:
    """A camt.054 signed as Standard Webhooks are."""
    raw = wire.notice(entry, master=at.state.master_number)
    headers = sign(
        Ed25519PrivateKey.from_private_bytes(at.state.signing_key),
        message_id=f"N{entry.seq}",
        at=wall_now(at.session),
        raw=raw,
    )
    return Parcel(raw, {**headers, "Content-Type": "text/xml"})


def _keeper(session: Session, code: str, number: str) -> Till:
    """The bank, if it keeps that master account. Raises DeclinedError."""
    at = till(session, code)
    if number != at.state.master_number:
        raise DeclinedError("没有这个账户")
    return at


def _close(at: Till, asked: bytes) -> bytes:
    request_id, number = closings.read_request(asked)
    done = close_sub_account(at, number)
    return closings.answer(request_id, number, at=bank_now(at.session), done=done)


def _report(at: Till, since: datetime) -> bytes:
    """A camt.052 from the asked time until now."""
    until = bank_now(at.session)
    # After a fresh start the platform's clock may run ahead for a moment.
    since = min(since, until)
    return wire.report(
        teller.entries_since(at, since, until),
        master=at.state.master_number,
        message_id=f"R{secrets.token_hex(15)}",
        since=since,
        until=until,
    )
