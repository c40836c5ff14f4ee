"""The simulated banks' addresses: each bank's own, the API of tests, pages to pay from."""

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from sqlalchemy import or_, select
from sqlalchemy.orm import Session

import kernel
from escrow.banks.simulator import (
    counter,
    direct,
    drops,
    faults,
    guarantor_doors,
    guarantors,
    iso,
    smjson,
    teller,
    tills,
    weather,
)
from escrow.banks.simulator.book import (
    BankState,
    Book,
    BookEntry,
    Customer,
    DeclinedError,
    bank_now,
    wall_now,
)
from escrow.banks.simulator.dialects import enrolment
from escrow.banks.simulator.houses import houses
from kernel import pages
from kernel.settings import Settings

api = Blueprint("api", __name__)


def create_app(settings: Settings, book: Book) -> Flask:
    """The banks' application over their book, which is created when empty."""
    book.create()
    with book.session() as session:
        tills.open_banks(session, master_name=f"{settings.centre_name}保证金专户")
        guarantors.open_guarantors(session)
    app = Flask(
        "simulator",
        static_folder=str(settings.static_dir),
        static_url_path="/static",
        template_folder=str(Path(str(kernel.__file__)).parent / "templates"),
    )
    app.extensions["simulator.book"] = book
    app.extensions["simulator.clerk"] = drops.Clerk(book, settings.state_dir / "drops")
    app.extensions["simulator.platform"] = settings.public_url
    app.extensions["simulator.origin"] = settings.bank_url
    pages.install(app, settings)
    for blueprint in (api, iso.doors(book), smjson.doors(book), direct.doors(book), counter.pages):
        app.register_blueprint(blueprint)
    app.register_blueprint(guarantor_doors.doors)
    app.register_error_handler(DeclinedError, _declined)
    policy = pages.content_security_policy(settings)

    @app.after_request
    def travel(response: Response) -> Response:
        code = (request.view_args or {}).get("code")
        if not code or response.status_code >= 400:
            return response
        raw = weather.travelled(book, code, response.get_data())
        if raw is None:
            return Response(status=504)
        response.set_data(raw)
        return response

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
    """Whether the simulator stands; whether a bank answers is for the bank's own address to say."""
    with the_book().session() as session:
        return jsonify(time=bank_now(session).isoformat())


@api.get("/api/enrolments")
def enrolments() -> Response:
    """What the platform needs to know of each bank."""
    origin = current_app.extensions["simulator.origin"]
    with the_book().session() as session:
        return jsonify([enrolment(tills.till(session, one.code), origin) for one in houses()])


@api.put("/api/partner")
def know_partner() -> Response:
    """The platform's SM2 key, by which those banks know it that ask for one."""
    key = bytes.fromhex(request.get_json()["sm2"])
    with the_book().session() as session:
        for state in session.scalars(select(BankState)):
            state.partner_key = key
    return Response(status=204)


@api.put("/api/payers")
def add_payers() -> Response:
    """Accounts to pay from, each at the bank it names, or at the first."""
    told: list[dict[str, Any]] = request.get_json()
    first = houses()[0].code
    with the_book().session() as session:
        for one in told:
            at = tills.till(session, str(one.get("bank", first)))
            shown = (one["account"], one["name"], one["kind"], int(one["balance_fen"]))
            tills.add_payers(at, [shown])
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
    """Make a fault the next times, at one bank."""
    told: dict[str, Any] = request.get_json()
    with the_book().session() as session:
        faults.make(
            session,
            tills.till(session, str(told.get("bank", houses()[0].code))).code,
            str(told["kind"]),
            times=int(told.get("times", 1)),
            seconds=int(told.get("seconds", 0)),
        )
    return jsonify(kind=told["kind"])


@api.post("/api/rounds")
def round_now() -> Response:
    """A round now, at every bank that works in rounds."""
    clerk: drops.Clerk = current_app.extensions["simulator.clerk"]
    clerk.turn(now=True)
    return Response(status=204)


@api.delete("/api/faults")
def heal() -> Response:
    """No more faults."""
    with the_book().session() as session:
        faults.heal(session)
    return Response(status=204)


def _entries(session: Session, number: str) -> list[BookEntry]:
    query = select(BookEntry).order_by(BookEntry.seq)
    masters = select(BankState.master_number)
    inside = (BookEntry.sub_account == number) & BookEntry.account.in_(masters)
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


def _declined(error: DeclinedError) -> Response:
    if request.path.startswith("/api/") or "/iso/" in request.path:
        body = json.dumps({"declined": str(error)}, ensure_ascii=False)
        return Response(body, 409, mimetype="application/json")
    return Response(counter.declined(str(error)), 409)
