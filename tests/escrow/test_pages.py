"""The bank board says nothing that counts; a token's page shows its own account."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from escrow.banks.booking import book
from escrow.bookings.models import BankEntry
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.bookings.seals import public_bytes, worker_key
from escrow.deposits import actions
from escrow.ledger.models import Bank
from escrow.public import SubAccount, claim_sub_account
from kernel.house import House
from kernel.permissions import Role
from tests.escrow.banks.test_listener import enrol

AT = datetime(2026, 11, 22, 1, 30, 45, tzinfo=UTC)
PAYER = Party("霁川交通规划设计研究院有限公司", "3301040160000521738")


@pytest.fixture
def claimed(house: House) -> SubAccount:
    """A sub-account with one credit on it."""
    enrol(house)
    with house.database.writing() as session:
        bank = session.scalars(select(Bank)).one()
        actions.open_sub_accounts(session, bank, ["6233010412345678901"])
        claimed = claim_sub_account(session, bank="yunlan", now=AT)
    with house.database.writing() as session:
        bank = session.scalars(select(Bank)).one()
        entry = BookedEntry("YL1", Sign.CREDIT, 80_000_00, AT, claimed.number, PAYER)
        key = public_bytes(worker_key(house.keys))
        book(session, bank, entry, sealing_key=key, now=AT)
        actions.advance_feed(session, bank.id, AT + timedelta(minutes=1))
    return claimed


@pytest.mark.parametrize("role", [Role.BANK, Role.CENTRE, Role.SUPERVISOR])
def test_the_board_tells_links_and_minutes_only(
    platform: Flask, claimed: SubAccount, role: Role
) -> None:
    client = platform.test_client()
    client.set_cookie("sunbid", role.value)
    page = client.get("/bank-board").get_data(as_text=True)
    assert "云澜银行" in page
    assert "11-22 09:31" in page
    for hidden in ("09:31:45", "80,000", claimed.number, PAYER.name, "YL1"):
        assert hidden not in page


@pytest.mark.parametrize("role", ["", "bidder", "agency"])
def test_the_board_is_for_bank_and_centre(platform: Flask, claimed: SubAccount, role: str) -> None:
    client = platform.test_client()
    client.set_cookie("sunbid", role)
    assert client.get("/bank-board").status_code in (401, 403)


def test_the_board_is_the_same_whoever_paid(platform: Flask, house: House) -> None:
    enrol(house)
    client = platform.test_client()
    client.set_cookie("sunbid", "bank")
    with house.database.writing() as session:
        bank = session.scalars(select(Bank)).one()
        actions.open_sub_accounts(session, bank, ["6233010412345678901"])
        number = claim_sub_account(session, bank="yunlan", now=AT).number
        actions.advance_feed(session, bank.id, AT)
    before = _without_time(client.get("/bank-board").get_data(as_text=True))
    with house.database.writing() as session:
        bank = session.scalars(select(Bank)).one()
        key = public_bytes(worker_key(house.keys))
        for index in range(3):
            entry = BookedEntry(f"Y{index}", Sign.CREDIT, 500, AT, number, PAYER)
            book(session, bank, entry, sealing_key=key, now=AT)
    assert _without_time(client.get("/bank-board").get_data(as_text=True)) == before


def _without_time(page: str) -> list[str]:
    return [line for line in page.splitlines() if "data-clock" not in line]


def test_a_token_shows_and_returns_its_account(
    platform: Flask, claimed: SubAccount, house: House
) -> None:
    client = platform.test_client()
    assert claimed.number not in client.get("/deposits").get_data(as_text=True)
    shown = client.post("/deposits", data={"token": claimed.token}).get_data(as_text=True)
    for told in (claimed.number, PAYER.name, PAYER.account, "2026-11-22 09:30:45"):
        assert told in shown
    answer = client.post("/deposits/return", data={"token": claimed.token})
    assert answer.status_code == 200
    assert "退款中" in answer.get_data(as_text=True)
    with house.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).one() == 80_000_00
    again = client.post("/deposits/return", data={"token": claimed.token})
    assert again.status_code == 200


@pytest.mark.parametrize("token", ["", "nonsense", "A" * 43])
def test_other_tokens_show_nothing(platform: Flask, claimed: SubAccount, token: str) -> None:
    answer = platform.test_client().post("/deposits", data={"token": token})
    assert answer.status_code == 404
    assert "ESC-1201" in answer.get_data(as_text=True)
