"""The listener: signed bytes are sealed and kept, everything else is refused and leaves nothing."""

import http.client
import json
import socket
import time
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import func, select, text
from sqlalchemy.exc import ProgrammingError

from escrow import public
from escrow.banks import actions, queries, rounds
from escrow.banks.exchange import messages, pushes
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Act, Form
from escrow.banks.gateway import UnreadableError
from escrow.banks.models import Inbox, InboxRepeat
from escrow.banks.rules import InboxState
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.postbox import Postbox
from escrow.banks.terms import terms
from escrow.banks.webhooks import sign
from escrow.bookings.models import BankEntry
from escrow.listener.doors import ROLE
from kernel.clock import clock_timestamp
from kernel.db import Database
from kernel.house import House
from kernel.pure.errors import Refused
from kernel.settings import Settings
from tests.escrow.conftest import listening_for_banks, with_listener

KEY = Ed25519PrivateKey.generate()
MASTER = "3301040112345678901"
PAYER = "霁川交通规划设计研究院有限公司"
AT = datetime(2026, 11, 22, tzinfo=UTC)
FORMS = {"jiangpan": JIANGSU, "heguang": PREFIX12}
ADAPTERS = {"yunlan": "iso20022", "jiangpan": "jiangsu", "heguang": "prefix12"}
HEAD = b"POST /bank-callbacks/yunlan HTTP/1.1\r\nHost: x\r\n"
LIMIT = terms().most_bytes


def enrol(house: House, code: str = "yunlan") -> UUID:
    enrolment = {
        "code": code,
        "name": "云澜银行",
        "adapter": ADAPTERS[code],
        "base_url": "http://x",
        "master_number": MASTER,
        "master_name": "专户",
        "key_id": "k",
        "public_key": KEY.public_key().public_bytes_raw().hex(),
    }
    with house.database.writing() as session:
        return public.register_bank(session, enrolment=enrolment, now=AT)


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
def settings(settings: Settings) -> Settings:
    return with_listener(settings)


@pytest.fixture
def listener(house: House) -> Iterator[House]:
    enrol(house)
    rounds.publish_key(house)
    with listening_for_banks(house.settings):
        yield house


def push(
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
    return post(
        house, f"/bank-callbacks/{code}", raw, sign(key, message_id=message_id, at=at, raw=raw)
    )


def post(house: House, path: str, raw: bytes, headers: dict[str, str]) -> tuple[int, str | None]:
    connection = http.client.HTTPConnection(*address(house.settings.listener_url), timeout=20)
    try:
        connection.request("POST", path, raw, headers)
        answer = connection.getresponse()
        told = answer.read()
    finally:
        connection.close()
    return answer.status, json.loads(told)["code"] if told else None


def address(url: str) -> tuple[str, int]:
    found = urllib.parse.urlsplit(url)
    return found.hostname or "", found.port or 0


def over_line(house: House, form: Form, *raw: bytes) -> list[str]:
    """Results of several messages on one connection."""
    dialect = "jiangsu" if form is JIANGSU else "prefix12"
    told = []
    with socket.create_connection(address(house.settings.lines[dialect]), timeout=20) as line:
        for one in raw:
            line.sendall(messages.framed(form, one))
            stream = line.makefile("rb")
            prefix = stream.read(form.prefix)
            answer = messages.read(form, stream.read(messages.length_of(form, prefix)))
            told.append(answer.head["result"] + answer.head.get("words", ""))
    return told


def arrival(house: House, form: Form, *, serial: str, key: Ed25519PrivateKey = KEY) -> bytes:
    with house.database.reading() as session:
        at = messages.told_at(form, clock_timestamp(session))
    row = {
        "ref": "JP1",
        "direction": "C",
        "amount": messages.told_fen(form, 80_000_00),
        "booked_at": messages.told_at(form, AT),
        "number": "6232",
        "party_name": PAYER,
        "party_account": "3301",
    }
    told = messages.Message(Act.ARRIVED, {"serial": serial, "at": at}, {"account": MASTER}, [row])
    return pushes.sign(form, key, told)


def states(house: House) -> list[InboxState]:
    with house.database.reading() as session:
        return list(session.scalars(select(Inbox.state).order_by(Inbox.event_id)))


def read_all(house: House) -> None:
    while rounds.read_waiting(house) or rounds.compare_one(house):
        pass


def test_a_signed_message_is_sealed_kept_and_booked(listener: House) -> None:
    raw = notice()
    assert push(listener, raw) == (200, None)
    with listener.database.reading() as session:
        kept = session.scalars(select(Inbox)).one()
        assert PAYER.encode() not in kept.sealed
        assert b"6233" not in kept.sealed
        assert session.scalar(select(func.count(BankEntry.id))) == 0
    assert rounds.read_waiting(listener)
    assert not rounds.read_waiting(listener)
    assert states(listener) == [InboxState.DONE]
    with listener.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).one() == 80_000_00


def test_sizes_of_messages_are_padded_alike(listener: House) -> None:
    for index, fen in enumerate((1, 999_999_999_99)):
        push(listener, notice(fen, f"YL{index}"), message_id=f"N{index}")
    with listener.database.reading() as session:
        sizes = set(session.scalars(select(func.length(Inbox.sealed))))
    assert len(sizes) == 1


def test_a_true_repeat_is_dropped(listener: House) -> None:
    raw = notice()
    for _ in range(3):
        assert push(listener, raw) == (200, None)
    read_all(listener)
    assert states(listener) == [InboxState.DONE]
    with listener.database.reading() as session:
        assert session.scalar(select(func.count(InboxRepeat.id))) == 0
        assert session.scalar(select(func.count(BankEntry.id))) == 1


def test_another_body_under_one_id_is_an_alarm_and_both_are_kept(listener: House) -> None:
    for fen in (1, 2, 2):
        assert push(listener, notice(fen)) == (200, None)
    read_all(listener)
    assert states(listener) == [InboxState.ALARM]
    with listener.database.reading() as session:
        assert session.scalars(select(InboxRepeat.contradicts)).all() == [True, True]
        [alarm] = queries.alarms(session)
    assert alarm.cause == "one message id, two bodies"
    assert alarm.bank == "云澜银行"


def test_one_reference_with_two_amounts_is_an_alarm(listener: House) -> None:
    push(listener, notice(1), message_id="N1")
    push(listener, notice(2), message_id="N2")
    read_all(listener)
    assert states(listener) == [InboxState.DONE, InboxState.ALARM]
    with listener.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).all() == [1]


def test_what_cannot_be_read_is_quarantined(listener: House) -> None:
    push(listener, b"<Document/>")
    assert rounds.read_waiting(listener)
    assert not rounds.read_waiting(listener)
    assert states(listener) == [InboxState.QUARANTINED]


def test_refusals_leave_nothing(listener: House) -> None:
    raw = notice()
    stranger = Ed25519PrivateKey.generate()
    assert push(listener, raw, key=stranger) == (401, "ESC-2102")
    assert push(listener, raw, skew=timedelta(hours=1)) == (401, "ESC-2103")
    assert push(listener, raw, message_id="x" * 200) == (400, "ESC-2101")
    assert push(listener, raw, code="other") == (404, "ESC-1102")
    assert push(listener, b"x" * (LIMIT + 1)) == (413, "WEB-1003")
    assert post(listener, "/elsewhere", raw, {}) == (404, None)
    assert states(listener) == []


def test_a_body_of_100_mb_is_cut_off_while_it_is_sent(listener: House) -> None:
    """Neither a length that is told nor one that is not makes us read what is too long."""
    promised = (
        b"POST /bank-callbacks/yunlan HTTP/1.1\r\nHost: x\r\nContent-Length: 100000000\r\n\r\n"
    )
    unknown = (
        b"POST /bank-callbacks/yunlan HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    chunk = b"10000\r\n" + b"x" * (1 << 16) + b"\r\n"
    for head, part in ((promised, b"x" * (1 << 16)), (unknown, chunk)):
        sent = 0
        with socket.create_connection(address(listener.settings.listener_url), timeout=20) as line:
            line.sendall(head)
            with pytest.raises(OSError):
                while sent < 100_000_000:
                    sent += line.send(part)
        assert sent < 20_000_000
    assert push(listener, notice()) == (200, None)


def test_slow_senders_hold_nobody_up(listener: House) -> None:
    """Fifty begin and never end; a message after them is taken at once."""
    lines = []
    where = address(listener.settings.listener_url)
    for _ in range(50):
        line = socket.create_connection(where, timeout=20)
        line.sendall(
            b"POST /bank-callbacks/yunlan HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nx"
        )
        lines.append(line)
    began = time.monotonic()
    assert push(listener, notice()) == (200, None)
    assert time.monotonic() - began < terms().patience / 2
    for line in lines:
        line.close()


def test_old_and_new_key_hold_while_a_bank_changes(listener: House) -> None:
    new, late = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    with listener.database.writing() as session:
        bank_id = queries.signers(session)[0].bank_id
        for key_id, key, begins in (("k2", new, AT), ("k3", late, AT + timedelta(days=999))):
            told = key.public_key().public_bytes_raw()
            actions.add_key(session, bank_id, key_id=key_id, public_key=told, valid_from=begins)
    assert push(listener, notice(1), message_id="N1", key=KEY) == (200, None)
    assert push(listener, notice(2), message_id="N2", key=new) == (200, None)
    assert push(listener, notice(3), message_id="N3", key=late) == (401, "ESC-2102")
    with listener.database.writing() as session:
        actions.retire_key(session, bank_id, key_id="k", at=AT)
    time.sleep(1.2)
    assert push(listener, notice(4), message_id="N4", key=KEY) == (401, "ESC-2102")
    assert push(listener, notice(5), message_id="N5", key=new) == (200, None)
    with listener.database.writing() as session, pytest.raises(Refused, match="ESC-2105"):
        actions.retire_key(session, bank_id, key_id="k2", at=AT)


@pytest.mark.parametrize("code", list(FORMS))
def test_pushes_over_a_line_are_acknowledged_one_by_one(listener: House, code: str) -> None:
    form = FORMS[code]
    enrol(listener, code)
    first, second = (arrival(listener, form, serial=one) for one in ("N1", "N2"))
    forged = arrival(listener, form, serial="N3", key=Ed25519PrivateKey.generate())
    assert over_line(listener, form, first, first, second) == ["00", "01", "00"]
    assert over_line(listener, form, forged, first) == ["99ESC-2102", "01"]
    assert over_line(listener, form, b"<root/>") == ["99ESC-2101"]
    with pytest.raises((ConnectionError, UnreadableError)):
        over_line(listener, form, b"x" * (LIMIT + 1))
    read_all(listener)
    assert states(listener) == [InboxState.DONE] * 2
    with listener.database.reading() as session:
        assert session.scalars(select(BankEntry.amount_fen)).all() == [80_000_00]


def test_before_the_worker_has_a_key_nothing_is_taken(house: House) -> None:
    enrol(house)
    with listening_for_banks(house.settings):
        assert push(house, notice()) == (503, "ESC-2104")
    assert states(house) == []


def test_the_listeners_role_puts_messages_in_and_sees_nothing(database: Database) -> None:
    theirs = Database(database.url, pool_size=1, role=ROLE)
    with database.reading() as session:
        tables = session.scalars(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).all()
    readable = []
    for table in tables:
        try:
            with theirs.reading() as session:
                session.execute(text(f"SELECT count(*) FROM {table}"))
        except ProgrammingError:
            continue
        readable.append(table)
    theirs.dispose()
    # Only tables of which it may read some columns let themselves be counted.
    assert sorted(readable) == ["bank", "bank_key", "installation", "sealing_key"]


def test_a_bank_repeats_over_its_line_every_five_minutes_until_it_is_heard(house: House) -> None:
    enrol(house, "jiangpan")
    postbox = Postbox(house.settings)
    parcel = Parcel(arrival(house, JIANGSU, serial="N1"), {})
    assert not postbox.deliver("jiangpan", parcel)
    with listening_for_banks(house.settings):
        # Before the worker's key is known nothing is taken, and the answer says so.
        assert not postbox.deliver("jiangpan", parcel)
        rounds.publish_key(house)
        assert postbox.deliver("jiangpan", parcel)
        assert postbox.deliver("jiangpan", parcel)
    assert postbox.again_after("jiangpan", 9) == timedelta(minutes=5)
    assert states(house) == [InboxState.RECEIVED]
