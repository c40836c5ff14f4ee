"""The simulated bank's addresses: its ISO interface, the API of tests, pages to pay from."""

import json
import secrets
from datetime import date, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import kernel
from escrow.banks.simulator import counter, days, teller, wire
from escrow.banks.simulator.book import (
    BankState,
    Book,
    BookEntry,
    Customer,
    Fault,
    PaymentOrder,
    bank_now,
    wall_now,
)
from kernel import pages
from kernel.settings import Settings

CODE = "yunlan"
NAME = "云澜银行"
KEY_ID = "k1"

api = Blueprint("api", __name__)
iso = Blueprint("iso", __name__)


def create_app(settings: Settings, book: Book) -> Flask:
    """The bank's application over its book, which is created when empty."""
    book.create()
    with book.session() as session:
        teller.open_bank(session, master_name=f"{settings.centre_name}保证金专户")
    app = Flask(
        "simulator",
        static_folder=str(settings.static_dir),
        static_url_path="/static",
        template_folder=str(Path(str(kernel.__file__)).parent / "templates"),
    )
    app.extensions["simulator.book"] = book
    app.extensions["simulator.platform"] = settings.public_url
    pages.install(app, settings)
    for blueprint in (api, iso, counter.pages):
        app.register_blueprint(blueprint)
    app.register_error_handler(teller.DeclinedError, _declined)
    policy = pages.content_security_policy(settings)

    @app.after_request
    def harden(response: Response) -> Response:
        response.headers["Content-Security-Policy"] = policy
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response

    return app


def the_book() -> Book:
    """The book of the application that serves the request."""
    found: Book = current_app.extensions["simulator.book"]
    return found


@api.get("/clock")
def clock() -> Response:
    """The bank's time, as the platform tells its own."""
    with the_book().session() as session:
        legal, wall = bank_now(session), wall_now(session)
    return jsonify(
        legal=legal.isoformat(),
        wall=wall.isoformat(),
        offset=round((legal - wall).total_seconds(), 3),
    )


@api.get("/health")
def health() -> Response:
    """The link test."""
    with the_book().session() as session:
        if teller.is_down(session):
            return Response(status=503)
        return jsonify(time=bank_now(session).isoformat())


@api.get("/api/enrolment")
def enrolment() -> Response:
    """What the platform needs to know of this bank."""
    with the_book().session() as session:
        state = session.get_one(BankState, 1)
        key = Ed25519PrivateKey.from_private_bytes(state.signing_key)
        return jsonify(
            code=CODE,
            name=NAME,
            adapter="iso20022",
            master_number=state.master_number,
            master_name=session.get_one(Customer, state.master_number).name,
            key_id=KEY_ID,
            public_key=key.public_key().public_bytes_raw().hex(),
        )


@api.put("/api/payers")
def add_payers() -> Response:
    """Accounts to pay from."""
    told: list[dict[str, Any]] = request.get_json()
    with the_book().session() as session:
        teller.add_payers(
            session, ((p["account"], p["name"], p["kind"], int(p["balance_fen"])) for p in told)
        )
    return jsonify(count=len(told))


@api.get("/api/payers")
def payers() -> Response:
    """Every account to pay from."""
    with the_book().session() as session:
        return jsonify([_shown(one) for one in counter.payers(session)])


@api.post("/api/payments")
def pay() -> Response:
    """Pay into a sub-account; `booked_at` seeds the past."""
    told: dict[str, Any] = request.get_json()
    at = told.get("booked_at")
    with the_book().session() as session:
        entry = teller.pay(
            session,
            payer=str(told["payer_account"]),
            sub_account=str(told["sub_account"]),
            amount_fen=int(told["amount_fen"]),
            at=datetime.fromisoformat(at) if at else None,
        )
        return jsonify(bank_ref=entry.bank_ref, booked_at=entry.booked_at.isoformat())


@api.post("/api/payments/<bank_ref>/reverse")
def reverse(bank_ref: str) -> Response:
    """Take a credit back."""
    with the_book().session() as session:
        entry = teller.reverse(session, bank_ref)
        return jsonify(bank_ref=entry.bank_ref, booked_at=entry.booked_at.isoformat())


@api.get("/api/accounts/<number>")
def account(number: str) -> Response:
    """Name and balance of an account."""
    with the_book().session() as session:
        found = session.get(Customer, number)
        return jsonify(_shown(found)) if found else Response(status=404)


@api.get("/api/book")
def book() -> Response:
    """Entries of an account, or of a sub-account within the master account."""
    number = request.args.get("account", "")
    with the_book().session() as session:
        return jsonify([_line(entry) for entry in _entries(session, number)])


@api.post("/api/faults")
def set_fault() -> Response:
    """Make a fault the next times."""
    told: dict[str, Any] = request.get_json()
    with the_book().session() as session:
        teller.set_fault(
            session,
            str(told["kind"]),
            times=int(told.get("times", 1)),
            seconds=int(told.get("seconds", 0)),
        )
    return jsonify(kind=told["kind"])


@api.delete("/api/faults")
def heal() -> Response:
    """No more faults."""
    with the_book().session() as session:
        for fault in session.scalars(select(Fault)):
            session.delete(fault)
    return Response(status=204)


@iso.before_request
def answer_unless_down() -> Response | None:
    """A bank that is down answers nobody."""
    with the_book().session() as session:
        return Response(status=503) if teller.is_down(session) else None


@iso.post("/iso/accounts/<number>/sub-accounts")
def open_sub_accounts(number: str) -> Response:
    """Open a batch of sub-accounts."""
    with the_book().session() as session:
        if number != session.get_one(BankState, 1).master_number:
            return Response(status=404)
        count = min(int(request.get_json()["count"]), 200)
        return jsonify(numbers=teller.open_sub_accounts(session, count))


@iso.get("/iso/accounts/<number>/report")
def report(number: str) -> Response:
    """A camt.052 from the asked time until now."""
    since = datetime.fromisoformat(request.args["from"])
    with the_book().session() as session:
        if number != session.get_one(BankState, 1).master_number:
            return Response(status=404)
        until = bank_now(session)
        # After a fresh start the platform's clock may run ahead for a moment.
        since = min(since, until)
        raw = wire.report(
            teller.entries_since(session, since, until),
            master=number,
            message_id=f"R{secrets.token_hex(15)}",
            since=since,
            until=until,
        )
    return Response(raw, mimetype="application/xml")


@iso.get("/iso/accounts/<number>/statement")
def statement(number: str) -> Response:
    """The camt.053 of a day, 404 until the day is over. Statements are numbered by the day."""
    day = date.fromisoformat(request.args["day"])
    with the_book().session() as session:
        told = days.of(session, day)
        if told is None or number != session.get_one(BankState, 1).master_number:
            return Response(status=404)
        told, sequence = days.spoiled(session, told, day.toordinal())
        raw = wire.statement(told, master=number, sequence=sequence, at=bank_now(session))
    return Response(raw, mimetype="application/xml")


@iso.post("/iso/payments")
def take_order() -> Response:
    """Take a pain.001."""
    raw = request.get_data()
    with the_book().session() as session:
        order = wire.read_order(raw, master=session.get_one(BankState, 1).master_number)
        key = order.key
        code = teller.take_order(
            session, key=key, raw=raw, value_day=order.value_day, transfers=order.transfers
        )
        lost = teller.take_fault(session, "lose_refund_answer") is not None
        answer = wire.status(key, code, at=bank_now(session))
    return Response(status=504) if lost else Response(answer, mimetype="application/xml")


@iso.get("/iso/payments/<key>")
def order_status(key: str) -> Response:
    """The pain.002 of an order, 404 for one never taken."""
    with the_book().session() as session:
        order = session.get(PaymentOrder, key)
        if order is None:
            return Response(status=404)
        answer = wire.status(key, order.status, at=bank_now(session))
    return Response(answer, mimetype="application/xml")


def _entries(session: Session, number: str) -> list[BookEntry]:
    query = select(BookEntry).order_by(BookEntry.seq)
    state = session.get_one(BankState, 1)
    inside = (BookEntry.sub_account == number) & (BookEntry.account == state.master_number)
    return list(session.scalars(query.where(or_(BookEntry.account == number, inside))))


def _shown(one: Customer) -> dict[str, Any]:
    return {
        "account": one.number,
        "name": one.name,
        "kind": one.kind,
        "balance_fen": one.balance_fen,
    }


def _line(entry: BookEntry) -> dict[str, Any]:
    return {
        "bank_ref": entry.bank_ref,
        "sign": entry.sign,
        "amount_fen": entry.amount_fen,
        "counterparty": entry.other_name,
        "counterparty_account": entry.other_number,
        "sub_account": entry.sub_account,
        "booked_at": entry.booked_at.isoformat(),
        "end_to_end": entry.end_to_end,
    }


def _declined(error: teller.DeclinedError) -> Response:
    if request.path.startswith(("/api/", "/iso/")):
        body = json.dumps({"declined": str(error)}, ensure_ascii=False)
        return Response(body, 409, mimetype="application/json")
    return Response(counter.declined(str(error)), 409)
