"""Pages of the simulated banks: a person plays the payer and sees the banks' book."""

from flask import Blueprint, current_app, redirect, request
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from escrow.banks.simulator import teller
from escrow.banks.simulator.book import (
    BankState,
    Book,
    BookEntry,
    Customer,
    DeclinedError,
    bank_now,
)
from escrow.banks.simulator.houses import house, houses
from escrow.banks.simulator.tills import CLOSED
from kernel.pages import render
from kernel.pure.errors import Refused
from kernel.pure.money import parse_yuan

pages = Blueprint("counter", __name__, template_folder="templates")
MASTERS = select(BankState.master_number)


def payers(session: Session) -> list[Customer]:
    """Accounts to pay from: basic accounts first, then the others."""
    found = session.scalars(
        select(Customer)
        .where(Customer.kind.in_(("basic", "company", "personal")))
        .order_by(Customer.kind, Customer.name)
    )
    return list(found)


@pages.get("/")
def desk() -> str:
    """Choose a payer, a sub-account, an amount; below, the latest bookings."""
    return _desk(problem=None)


@pages.post("/pay")
def pay() -> Response | str:
    """Pay as chosen on the page."""
    sub = "".join(request.form.get("sub_account", "").split())
    try:
        amount = parse_yuan(request.form.get("amount", ""))
    except Refused:
        return _desk(problem="金额写成 80,000.00 这样的数字，最多两位小数。")
    with _book().session() as session:
        teller.pay(
            session,
            payer=request.form.get("payer", ""),
            sub_account=sub,
            amount_fen=amount,
            at=None,
        )
    return redirect(f"/book/{sub}", code=303)


@pages.get("/book/<number>")
def book_of(number: str) -> str:
    """The book of one account."""
    with _book().session() as session:
        account = session.get(Customer, number)
        if account is None:
            raise DeclinedError("没有这个账户")
        place = (
            (BookEntry.sub_account == number) & BookEntry.account.in_(MASTERS)
            if account.kind in ("sub", CLOSED)
            else BookEntry.account == number
        )
        entries = session.scalars(
            select(BookEntry).where(place).order_by(BookEntry.seq.desc()).limit(200)
        ).all()
        return render(
            "simulator/book.html",
            bank_time=bank_now(session),
            platform=_platform(),
            one=account,
            bank_name=house(account.bank).name,
            entries=entries,
        )


def declined(words: str) -> str:
    """The desk with the bank's refusal on it."""
    return _desk(problem=words)


def _desk(*, problem: str | None) -> str:
    with _book().session() as session:
        latest = session.scalars(
            select(BookEntry)
            .where(BookEntry.account.in_(MASTERS))
            .order_by(BookEntry.seq.desc())
            .limit(20)
        ).all()
        return render(
            "simulator/desk.html",
            bank_time=bank_now(session),
            platform=_platform(),
            payers=payers(session),
            banks=houses(),
            entries=latest,
            problem=problem,
            filled={
                "payer": request.values.get("payer", ""),
                "sub_account": request.values.get("sub_account", ""),
                "amount": request.values.get("amount", ""),
            },
        )


def _book() -> Book:
    found: Book = current_app.extensions["simulator.book"]
    return found


def _platform() -> str:
    found: str = current_app.extensions["simulator.platform"]
    return found
