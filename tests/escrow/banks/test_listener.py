"""The listener: signed bytes are sealed and kept, everything else is refused and leaves nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from escrow import public
from escrow.banks import queries, rounds
from escrow.banks.models import Inbox, InboxRepeat
from escrow.banks.rules import InboxState, LinkState
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.banks.webhooks import sign
from escrow.bookings.models import BankEntry
from kernel.clock import clock_timestamp
from kernel.house import House

KEY = Ed25519PrivateKey.generate()
MASTER = "3301040112345678901"
PAYER = "霁川交通规划设计研究院有限公司"
AT = datetime(2026, 11, 22, tzinfo=UTC)


def enrol(house: House) -> None:
    enrolment = {
        "code": "yunlan",
        "name": "云澜银行",
        "adapter": "iso20022",
        "base_url": "http://x",
        "master_number": MASTER,
        "master_name": "专户",
        "key_id": "k",
        "public_key": KEY.public_key().public_bytes_raw().hex(),
    }
    with house.database.writing() as session:
        public.register_bank(session, enrolment=enrolment, now=AT)


def notice(fen: int = 80_000_00, ref: str = "YL1") -> bytes:
    line = BookEntry(
        seq=1,
        bank_ref=ref,
        account=MASTER,
        sign="CRDT",
        amount_fen=fen,
        other_number="33010401",
        other_name=PAYER,
        other_personal=False,
        sub_account="6233",
        booked_at=AT,
        recorded_at=AT,
        end_to_end=None,
        reverses=None,
        returned=False,
    )
    return wire.notice(line, master=MASTER)


@pytest.fixture
def listener(house: House, platform: Flask) -> Iterator[FlaskClient]:
    enrol(house)
    rounds.publish_key(house)
    yield platform.test_client()


def push(
    client: FlaskClient,
    house: House,
    raw: bytes,
    *,
    message_id: str = "N1",
    skew: timedelta = timedelta(0),
    code: str = "yunlan",
    key: Ed25519PrivateKey = KEY,
) -> tuple[int, str | None]:
    with house.database.reading() as session:
        at = clock_timestamp(session) + skew
    headers = {
        **sign(key, message_id=message_id, at=at, raw=raw),
        "Accept": "application/json",
    }
    answer = client.post(f"/bank-callbacks/{code}", data=raw, headers=headers)
    told = answer.get_json(silent=True)
    return answer.status_code, told["code"] if told else None


def states(house: House) -> list[InboxState]:
    with house.database.reading() as session:
        return list(session.scalars(select(Inbox.state).order_by(Inbox.event_id)))


def test_a_signed_message_is_sealed_kept_and_booked(listener: FlaskClient, house: House) -> None:
    raw = notice()
    assert push(listener, house, raw) == (200, None)
    with house.database.reading() as session:
        kept = session.scalars(select(Inbox)).one()
        assert PAYER.encode() not in kept.sealed
        assert b"6233" not in kept.sealed
        assert session.scalar(select(func.count(BankEntry.id))) == 0
    assert rounds.read_one(house)
    assert not rounds.read_one(house)
    assert states(house) == [InboxState.DONE]
    with house.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).one() == 80_000_00


def test_sizes_of_messages_are_padded_alike(listener: FlaskClient, house: House) -> None:
    for index, fen in enumerate((1, 999_999_999_99)):
        push(listener, house, notice(fen, f"YL{index}"), message_id=f"N{index}")
    with house.database.reading() as session:
        sizes = set(session.scalars(select(func.length(Inbox.sealed))))
    assert len(sizes) == 1


def test_a_true_repeat_is_dropped(listener: FlaskClient, house: House) -> None:
    raw = notice()
    for _ in range(3):
        assert push(listener, house, raw) == (200, None)
    assert rounds.read_one(house)
    while rounds.compare_one(house):
        pass
    assert states(house) == [InboxState.DONE]
    with house.database.reading() as session:
        assert session.scalar(select(func.count(InboxRepeat.id))) == 0
        assert session.scalar(select(func.count(BankEntry.id))) == 1


def test_another_body_under_one_id_is_an_alarm(listener: FlaskClient, house: House) -> None:
    push(listener, house, notice(1))
    push(listener, house, notice(2))
    assert rounds.read_one(house)
    assert rounds.compare_one(house)
    assert states(house) == [InboxState.ALARM]


def test_one_reference_with_two_amounts_is_an_alarm(listener: FlaskClient, house: House) -> None:
    push(listener, house, notice(1), message_id="N1")
    push(listener, house, notice(2), message_id="N2")
    assert rounds.read_one(house)
    assert rounds.read_one(house)
    assert states(house) == [InboxState.DONE, InboxState.ALARM]
    with house.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).all() == [1]


def test_what_cannot_be_read_is_quarantined(listener: FlaskClient, house: House) -> None:
    push(listener, house, b"<Document/>")
    assert rounds.read_one(house)
    assert not rounds.read_one(house)
    assert states(house) == [InboxState.QUARANTINED]


def test_refusals_leave_nothing(listener: FlaskClient, house: House) -> None:
    raw = notice()
    stranger = Ed25519PrivateKey.generate()
    assert push(listener, house, raw, key=stranger) == (401, "ESC-2102")
    assert push(listener, house, raw, skew=timedelta(hours=1)) == (401, "ESC-2103")
    assert push(listener, house, raw, message_id="x" * 200) == (400, "ESC-2101")
    assert push(listener, house, raw, code="other") == (404, "ESC-1102")
    assert push(listener, house, b"x" * (300 << 10)) == (413, "WEB-1003")
    assert states(house) == []


def test_before_the_worker_has_a_key_nothing_is_taken(house: House, platform: Flask) -> None:
    enrol(house)
    assert push(platform.test_client(), house, notice()) == (503, "ESC-2104")
    assert states(house) == []


def test_a_bank_that_cannot_be_reached_is_down(listener: FlaskClient, house: House) -> None:
    for bank_id in rounds.bank_ids(house):
        rounds.poll_bank(house, bank_id)
    with house.database.reading() as session:
        line = queries.links(session)[0]
    assert (line.name, line.state, line.complete_until) == ("云澜银行", LinkState.DOWN, None)
