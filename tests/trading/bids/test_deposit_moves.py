"""The open answer under a deposit: it tells its owner at once, and nobody else a byte."""

import threading
from collections.abc import Iterator
from itertools import islice
from typing import Any

import pytest
from sqlalchemy import select

from escrow.banks.booking import book
from escrow.bookings.models import SubAccount
from escrow.bookings.rules import BookedEntry, Party, Sign
from escrow.bookings.seals import public_bytes, worker_key
from escrow.deposits.actions import open_sub_accounts
from escrow.ledger.models import Bank
from escrow.public import register_bank
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from kernel import waits
from kernel.clock import legal_now

from .desk import Desk
from .world import Bidder

OWNER = Party("霁川交通规划设计研究院有限公司", "3301040160000521738")
THIRD = Party("云栖商贸有限公司", "3301040160000521999")
FILED = {"name": OWNER.name, "account": OWNER.account}
ENROLMENT = {
    "code": "yunlan",
    "name": "云澜银行",
    "adapter": "iso20022",
    "base_url": "http://x",
    "master_number": "330104",
    "master_name": "专户",
    "key_id": "k",
    "public_key": "00" * 32,
}
NOT_A_BEAT = 3.0
SILENT = 0.5


@pytest.fixture(autouse=True)
def long_beat(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing here comes by the steady pace."""
    monkeypatch.setattr(waits, "BEAT_SECONDS", 60.0)


class Payer:
    """A bidder with a sub-account of his own, and his bank."""

    def __init__(self, desk: Desk, bidder: Bidder) -> None:
        self.desk, self.bidder = desk, bidder
        self.path = f"/lots/{bidder.lot.id}"
        with desk.house.database.writing() as session:
            bank_id = register_bank(session, enrolment=ENROLMENT, now=legal_now(session))
            bank = session.get_one(Bank, bank_id)
            numbers = [f"62330104{bidder.public_key.hex()[:11]}{n}" for n in range(3)]
            open_sub_accounts(session, bank, numbers)
        claimed = desk.post(bidder, f"{self.path}/sub-accounts", {"bank": "yunlan"}).get_json()
        self.number, self.token = claimed["number"], claimed["token"]

    def pay(self, ref: str, fen: int, *, by: Party = OWNER) -> None:
        with self.desk.house.database.writing() as session:
            now = legal_now(session)
            bank = session.scalars(select(Bank).with_for_update()).one()
            entry = BookedEntry(ref, Sign.CREDIT, fen, now, self.number, by)
            key = public_bytes(worker_key(self.desk.house.keys))
            book(session, bank, entry, sealing_key=key, now=now)

    def looks(self) -> dict[str, Any]:
        body = {"token": self.token, "payer": FILED}
        found: dict[str, Any] = self.desk.post(self.bidder, f"{self.path}/deposit", body).get_json()
        return found

    def waits(self) -> "Line":
        answer = self.desk.post(self.bidder, f"{self.path}/deposit/moves", {"token": self.token})
        assert answer.status_code == 200
        return Line(iter(answer.response))


class Line:
    """An open answer, read in a thread of its own."""

    def __init__(self, lines: Iterator[Any]) -> None:
        self.got: list[bytes] = []
        self._more = threading.Event()
        self._lines = lines
        threading.Thread(target=self._read, daemon=True).start()
        assert self.moved()

    def _read(self) -> None:
        for line in islice(self._lines, 8):
            self.got.append(line)
            self._more.set()

    def moved(self, seconds: float = NOT_A_BEAT) -> bool:
        found = self._more.wait(seconds)
        self._more.clear()
        return found


def test_a_payment_tells_its_owner_alone_and_word_by_word(desk: Desk) -> None:
    lot = desk.lot()
    one, other = Payer(desk, Bidder(lot)), Payer(desk, Bidder(lot))
    mine, his = one.waits(), other.waits()
    one.pay("A1", 3_000_000)
    assert mine.moved()
    found = one.looks()
    assert (found["outcome"], found["missing_fen"]) == ("short", 6_000_000)
    assert [p["standing"] for p in found["payments"]] == ["counted"]
    one.pay("A2", 6_000_000, by=THIRD)
    assert mine.moved()
    found = one.looks()
    third = found["payments"][1]
    assert (third["standing"], third["payer"]["name"]) == ("name_mismatch", THIRD.name)
    assert [each["state"] for each in third["refunds"]] == ["ordered"]
    assert mine.moved()
    one.pay("A3", 6_000_000)
    assert mine.moved()
    assert one.looks()["qualifies"]
    with desk.house.database.writing() as session:
        refund = session.scalars(select(Refund)).one()
        refund.asked_at = legal_now(session)
    assert not mine.moved(SILENT)
    with desk.house.database.writing() as session:
        session.scalars(select(Refund)).one().state = RefundState.SENT
    assert mine.moved()
    assert not his.moved(SILENT)
    assert his.got == [b"\n"]
    assert all(line == b"\n" for line in mine.got)


def test_money_for_nobody_tells_nobody(desk: Desk) -> None:
    one = Payer(desk, Bidder(desk.lot()))
    mine = one.waits()
    number, one.number = one.number, "6233000000000000000"
    one.pay("N1", 5_00)
    with desk.house.database.reading() as session:
        unclaimed = session.scalars(
            select(SubAccount.number).where(SubAccount.token_hash.is_(None))
        ).first()
    assert unclaimed is not None
    one.number = unclaimed
    one.pay("N2", 5_00)
    assert not mine.moved(SILENT)
    one.number = number
    one.pay("N3", 5_00)
    assert mine.moved()


def test_without_the_token_nothing_is_opened(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    path = f"/lots/{bidder.lot.id}/deposit/moves"
    for token, status in (("A" * 43, 404), ("short", 404), (7, 400)):
        answer = desk.post(bidder, path, {"token": token})
        assert answer.status_code == status
    assert desk.web.post(path, json={"token": "A" * 43}).status_code in (401, 403)


def test_one_token_is_waited_for_by_few(desk: Desk) -> None:
    one = Payer(desk, Bidder(desk.lot()))
    path, body = f"{one.path}/deposit/moves", {"token": one.token}
    answers = [desk.post(one.bidder, path, body) for _ in range(waits.MOST_OF_KEY)]
    refused = desk.post(one.bidder, path, body)
    assert (refused.status_code, refused.get_json()["code"]) == (429, "WEB-1105")
    for answer in answers:
        answer.close()
    assert desk.post(one.bidder, path, body).status_code == 200
