"""From a figure down to the bank's raw bytes: shown when lists allow it, each look on record."""

import csv
import io
import re
from datetime import date, timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from escrow.banks import inbox
from escrow.banks.inbox import Arrived
from escrow.banks.models import Inbox
from escrow.banks.reaching import reach
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.bookings.seals import new_token, worker_key
from escrow.explorer import actions
from escrow.explorer.models import Look
from escrow.explorer.rules import HEX_MOST, LookCause, Told, hex_lines, judge, readable
from escrow.ledger.models import Bank, JournalRow
from escrow.public import SubAccount
from tests.escrow.board.conftest import As
from tests.escrow.board.scene import DUE, NOW, OWNER, Scene, T

DAY = date(2026, 11, 22)
BEFORE = T - timedelta(hours=20)
FORM = {"csrf_token": "csrf"}


def told(scene: Scene, *accounts: SubAccount) -> list[bytes]:
    """The bank pushes a notice for each, and the worker reads them."""
    raws = []
    with scene.database.writing() as session:
        bank = session.get_one(Bank, scene.banks["yunlan"], with_for_update={"key_share": True})
        for n, account in enumerate(accounts, start=1):
            line = BookEntry(
                seq=n,
                bank_ref=f"YL{n}",
                account="330104",
                sign="CRDT",
                amount_fen=DUE,
                other_number=OWNER.account,
                other_name=OWNER.name,
                other_personal=False,
                sub_account=account.number,
                booked_at=BEFORE,
                recorded_at=BEFORE,
                end_to_end=None,
                reverses=None,
                returned=False,
            )
            raws.append(wire.notice(line, master="330104"))
        arrived = [Arrived(bank.id, "yunlan", f"m{n}", raw) for n, raw in enumerate(raws)]
        inbox.keep_arrived(session, arrived, sealing_key=scene.key)
        keys = scene.house.keys
        gateway, key = reach(session, bank, keys), worker_key(keys)
        messages = session.scalars(select(Inbox).order_by(Inbox.event_id)).all()
        inbox.read_messages(session, messages, bank, gateway, key=key, now=NOW)
    return raws


def answered(scene: Scene) -> None:
    with scene.database.writing() as session:
        while actions.answer_next(session, scene.house.keys, now=NOW):
            session.flush()


def page(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def journal_of(scene: Scene, ref: str) -> UUID:
    with scene.database.reading() as session:
        query = select(JournalRow.id).where(JournalRow.key == f"bank/yunlan/{ref}")
        return session.scalars(query).one()


@pytest.mark.parametrize("who", ["maker", "supervisor"])
def test_a_figure_leads_to_the_banks_own_bytes(scene: Scene, as_: As, who: str) -> None:
    account = scene.claim("yunlan")
    (raw,) = told(scene, account)
    scene.complete()
    scene.judge(account, scene.lot)
    client = as_(who)
    shelf = page(client, "/ledger")
    assert "借贷相等" in shelf and account.number in shelf
    found = page(client, f"/ledger/accounts/yunlan/deposit/{account.number}")
    assert "80,000.00" in re.sub(r"<[^>]+>", "", found)
    journal = journal_of(scene, "YL1")
    place = f"/ledger/journals/{journal}"
    assert place in found
    entry = page(client, place)
    assert "YL1" in entry and OWNER.name not in entry
    answer = client.post(f"{place}/looks", data=FORM)
    link = answer.headers["Location"]
    assert answer.status_code == 303 and "正在打开" in page(client, link)
    answered(scene)
    shown = page(client, link)
    assert OWNER.name in shown and "\n    &lt;GrpHdr&gt;" in shown
    assert hex_lines(raw)[0][1] in shown
    # The link is the one person's, its key is in the link alone, and every look is on record.
    assert as_("checker").get(link).status_code == 404
    assert client.get(link.partition("?")[0]).status_code == 404
    assert client.get(f"{link.partition('?')[0]}?key={new_token()}").status_code == 404
    assert "已查看" in page(client, place)
    with scene.database.writing() as session:
        actions.erase_old(session, now=NOW + timedelta(hours=1))
    assert client.get(link).status_code == 404
    with scene.database.reading() as session:
        assert session.scalars(select(Look.sealed)).all() == [None]


def test_before_the_list_nothing_of_an_account_is_told(scene: Scene, as_: As) -> None:
    scene.lots.since = NOW - timedelta(days=20)
    account = scene.claim("yunlan")
    before = page(as_("maker"), "/ledger")
    told(scene, account)
    client = as_("maker")
    after = page(client, "/ledger")

    def still(text: str) -> list[str]:
        return [line for line in text.splitlines() if "data-clock" not in line]

    assert still(before) == still(after)
    assert "没有可以列出的分录" in page(client, "/ledger/accounts/yunlan/cash")
    for path in (
        f"/ledger/accounts/yunlan/deposit/{account.number}",
        "/ledger/accounts/yunlan/deposit/none",
        f"/ledger/statements/yunlan/deposit/{account.number}/statement.csv",
        f"/ledger/journals/{journal_of(scene, 'YL1')}",
        "/ledger/accounts/nowhere/cash",
    ):
        assert client.get(path).status_code == 404, path


def test_sums_of_sealed_days_stay_sealed_beside_a_published_list(scene: Scene, as_: As) -> None:
    account = scene.claim("yunlan")
    told(scene, account)
    scene.complete()
    scene.judge(account, scene.lot)
    scene.lots.since = NOW - timedelta(days=20)
    client = as_("supervisor")
    assert account.number in page(client, "/ledger")
    assert "借贷相等" not in page(client, "/ledger")
    journal = page(client, f"/ledger/journals/{journal_of(scene, 'YL1')}")
    # The deposit's own balance, never the bank's.
    assert journal.count("sealed-bar") == 1


def test_a_message_about_a_sealed_lot_too_is_not_opened(scene: Scene, as_: As) -> None:
    open_, closed = scene.claim("yunlan"), scene.claim("yunlan")
    first, second = told(scene, open_, closed)
    scene.complete()
    scene.judge(open_, scene.lot)
    scene.lots.since = NOW - timedelta(days=20)
    with scene.database.writing() as session:
        # As if the message of the listed booking had told of the other.
        session.execute(text("UPDATE inbox SET event_id = 'gone' WHERE event_id = 'm1'"))
        session.execute(
            text(
                "UPDATE inbox SET event_id = 'm1', sealed = (SELECT other.sealed FROM inbox other"
                " WHERE other.event_id = 'gone') WHERE event_id = 'm0'"
            )
        )
    assert first != second
    client = as_("maker")
    place = f"/ledger/journals/{journal_of(scene, 'YL1')}/looks"
    link = client.post(place, data=FORM).headers["Location"]
    answered(scene)
    shown = page(client, link)
    assert "名单未公布" in shown and OWNER.name not in shown
    with scene.database.reading() as session:
        look = session.scalars(select(Look)).one()
        assert (look.cause, look.sealed) == (LookCause.UNLISTED, None)


def test_a_statement_says_every_entry(scene: Scene, as_: As) -> None:
    account = scene.claim("yunlan")
    told(scene, account)
    scene.complete()
    scene.judge(account, scene.lot)
    client = as_("maker")
    place = f"/ledger/statements/yunlan/deposit/{account.number}/statement"
    rows = list(csv.reader(io.StringIO(client.get(f"{place}.csv").get_data(as_text=True)[1:])))
    assert rows[1][0] == "1" and rows[1][3:] == [
        "到账", "bank/yunlan/YL1", "", "80000.00", "80000.00",
    ]  # fmt: skip
    pdf = client.get(f"{place}.pdf")
    words = "".join(one.extract_text() for one in PdfReader(io.BytesIO(pdf.data)).pages)
    assert account.number in words and "80,000.00" in words
    assert client.get("/ledger/statements/yunlan/cash/statement.csv").status_code == 404


@pytest.mark.parametrize("statement", ["DELETE FROM", "TRUNCATE", "UPDATE"])
def test_a_look_stays_on_record(scene: Scene, as_: As, statement: str) -> None:
    account = scene.claim("yunlan")
    told(scene, account)
    place = f"/ledger/journals/{journal_of(scene, 'YL1')}/looks"
    assert as_("maker").post(place, data=FORM).status_code == 303
    tail = " SET person_name = 'x'" if statement == "UPDATE" else ""
    with pytest.raises(DBAPIError), scene.database.writing() as session:
        session.execute(text(f"{statement} access_log{tail}"))


def test_what_may_leave_its_seal() -> None:
    later = DAY + timedelta(days=1)
    open_, earlier = Told(later, is_listed=True), Told(DAY, is_listed=False)
    assert judge([Told(later, is_listed=False)], sealed_from=None) is None
    assert judge(None, sealed_from=None) is None
    assert judge([open_, earlier], sealed_from=later) is None
    assert judge([open_, Told(later, is_listed=False)], sealed_from=later) is LookCause.UNLISTED
    assert judge(None, sealed_from=later) is LookCause.UNREADABLE


def test_bytes_in_both_forms() -> None:
    assert hex_lines(b"<a>\n" + bytes(14)) == [
        ("000000", "3c 61 3e 0a 00 00 00 00 00 00 00 00 00 00 00 00", "<a>............."),
        ("000010", "00 00", ".."),
    ]
    assert len(hex_lines(bytes(HEX_MOST + 1))) == HEX_MOST // 16
    assert readable("到账".encode()) == readable("到账".encode("gb18030")) == "到账"
    assert readable(b"\xff\xff\xff") is None
