"""The ledger for finance staff and supervisor: banks, accounts, journals, the bank's own bytes."""

from uuid import UUID

from flask import redirect, request
from lxml import etree
from werkzeug.wrappers import Response

from escrow.banks.gateway import UnreadableError
from escrow.banks.models import Inbox
from escrow.banks.safe_xml import tree
from escrow.disclosure.asking import horizon
from escrow.explorer import actions, queries, statement
from escrow.explorer.access import ExplorerRight
from escrow.explorer.models import Look
from escrow.explorer.queries import AccountPage, JournalPage
from escrow.explorer.rules import HEX_MOST, hex_lines, readable
from kernel.house import Call
from kernel.hub import off_hub
from kernel.pages import render
from kernel.pdf.document import render as lay_out
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.web import Feature

feature = Feature("explorer", __name__)
PLACE = "/ledger"
ACCOUNT = f"{PLACE}/accounts/<code>/<path:ledger_account>"
STATEMENT = f"{PLACE}/statements/<code>/<path:ledger_account>"


@feature.get(PLACE, permission=ExplorerRight.LEDGER_READ)
def shelves(call: Call) -> str:
    """Every bank's accounts, as far as lists are published."""
    seen = horizon(call.session)
    return render(
        "explorer/shelves.html",
        shelves=queries.shelves(call.session, seen),
        natural_fen=queries.natural_fen,
    )


@feature.get(ACCOUNT, permission=ExplorerRight.LEDGER_READ)
def account(call: Call, code: str, ledger_account: str) -> str:
    """The entries of an account, newest first."""
    page = _account(call, code, ledger_account)
    return render("explorer/account.html", page=page, natural_fen=queries.natural_fen)


@feature.get(f"{STATEMENT}/statement.csv", permission=ExplorerRight.LEDGER_READ)
def statement_csv(call: Call, code: str, ledger_account: str) -> Response:
    """The statement of a sub-account for a spreadsheet. Refuses ESC-1902 for a sum of many."""
    page = _statement(call, code, ledger_account)
    return _file(statement.csv_of(page), "text/csv; charset=utf-8", f"{page.number}.csv")


@feature.get(f"{STATEMENT}/statement.pdf", permission=ExplorerRight.LEDGER_READ)
def statement_pdf(call: Call, code: str, ledger_account: str) -> Response:
    """The statement of a sub-account to be printed and filed. Refuses ESC-1902."""
    page = _statement(call, code, ledger_account)
    record = statement.record_of(call, page)
    pdf = off_hub(lambda: lay_out(record)).pdf
    return _file(pdf, "application/pdf", f"{page.number}.pdf")


@feature.get(f"{PLACE}/journals/<uuid:journal_id>", permission=ExplorerRight.LEDGER_READ)
def journal(call: Call, journal_id: UUID) -> str:
    """A journal with all its entries, its key, its cause, and the message that told of it."""
    return render("explorer/journal.html", page=_journal(call, journal_id))


@feature.post(f"{PLACE}/journals/<uuid:journal_id>/looks", permission=ExplorerRight.LEDGER_OPEN)
def look(call: Call, journal_id: UUID) -> Response:
    """Ask the worker for the bytes behind a journal that may be shown; the question is kept."""
    message = _journal(call, journal_id).message
    if message is None:
        raise Refused("ESC-1901")
    row, key = actions.ask(
        call.session,
        message.id,
        sealed_from=horizon(call.session).sealed_from,
        by=_person(call),
        now=call.now,
    )
    return redirect(f"{PLACE}/looks/{row.id}?key={key}", code=303)


@feature.get(f"{PLACE}/looks/<uuid:look_id>", permission=ExplorerRight.LEDGER_OPEN)
def shown(call: Call, look_id: UUID) -> str:
    """What the bank sent, to the person who asked, by the key in his link."""
    row = call.session.get(Look, look_id)
    if row is None or row.person_id != _person(call).person_id:
        raise Refused("ESC-1903")
    message = call.session.get_one(Inbox, row.message_id)
    raw = actions.opened(row, request.args.get("key", "")) if row.state == "shown" else b""
    return render(
        "explorer/look.html",
        look=row,
        message=message,
        text=_text(raw),
        lines=hex_lines(raw),
        size=len(raw),
        cut=len(raw) > HEX_MOST,
    )


def _account(call: Call, code: str, account: str) -> AccountPage:
    told = request.args.get("before", "")
    before = int(told) if told.isascii() and told.isdigit() and len(told) < 19 else None
    seen = horizon(call.session)
    page = queries.account_page(call.session, code, account, seen, before=before)
    if page is None:
        raise Refused("ESC-1901")
    return page


def _statement(call: Call, code: str, account: str) -> AccountPage:
    seen, most = horizon(call.session), queries.STATEMENT_MOST
    page = queries.account_page(call.session, code, account, seen, before=None, most=most)
    if page is None:
        raise Refused("ESC-1901")
    if page.number is None:
        raise Refused("ESC-1902")
    return page


def _journal(call: Call, journal_id: UUID) -> JournalPage:
    page = queries.journal_page(call.session, journal_id, horizon(call.session))
    if page is None:
        raise Refused("ESC-1901")
    return page


def _file(content: str | bytes, mimetype: str, name: str) -> Response:
    answer = Response(content, content_type=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="statement-{name}"'
    return answer


def _text(raw: bytes) -> str | None:
    """XML set out line by line, anything else as it is written; the bytes stand beside it."""
    try:
        root = tree(raw)
    except UnreadableError:
        return readable(raw)
    etree.indent(root)
    return etree.tostring(root, encoding="unicode")


def _person(call: Call) -> Account:
    assert isinstance(call.actor, Account)
    return call.actor
