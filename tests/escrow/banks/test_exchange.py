"""The exchange protocol's codec: frames, damaged bytes, aliases, and who signed a notice."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from escrow.banks.exchange import messages, pushes
from escrow.banks.exchange.adapter import ExchangeBank
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Act, Form
from escrow.banks.exchange.line import Line, take
from escrow.banks.exchange.messages import Message
from escrow.banks.gateway import BankUnreachableError, UnreadableError
from escrow.banks.simulator import exchange
from escrow.banks.simulator.tongues import TONGUES
from kernel.pure.errors import Refused

FORMS = {"jiangsu": JIANGSU, "prefix12": PREFIX12}
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes_raw()
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
ROW = {
    "ref": "JP1",
    "direction": "C",
    "amount": "80000.00",
    "booked_at": "20261123093000",
    "number": "6232",
    "party_name": "𠮷川（云澜）设计有限公司<&>",
    "party_account": "3301",
}


@pytest.fixture(params=list(FORMS))
def form(request: pytest.FixtureRequest) -> Form:
    return FORMS[request.param]


def notice(form: Form, *, serial: str = "N1", at: datetime = AT) -> Message:
    amount = messages.told_fen(form, 80_000_00)
    row = {**ROW, "amount": amount, "booked_at": messages.told_at(form, AT)}
    head = {"serial": serial, "at": messages.told_at(form, at)}
    return Message(Act.ARRIVED, head, {"account": "3205"}, [row])


def refused(form: Form, xml: bytes, *, keys: tuple[bytes, ...] = (PUBLIC,)) -> str:
    with pytest.raises(Refused) as caught:
        pushes.verified_id(form, xml, keys=keys, now=AT)
    return caught.value.code


def test_a_prefix_counts_the_bytes_of_the_message(form: Form) -> None:
    xml = messages.write(form, notice(form))
    sent = messages.framed(form, xml)
    assert messages.length_of(form, sent[: form.prefix]) == len(xml)
    assert sent[form.prefix :] == xml
    with pytest.raises(UnreadableError):
        messages.length_of(form, b"x" * form.prefix)
    with pytest.raises(UnreadableError):
        messages.length_of(form, sent[: form.prefix - 1])


def test_what_is_written_is_read_back_with_rare_characters(form: Form) -> None:
    told = messages.read(form, messages.write(form, notice(form)))
    [row] = told.rows
    assert row["party_name"] == ROW["party_name"]
    entry = messages.entry_of(form, row)
    assert (entry.amount_fen, entry.booked_at) == (80_000_00, AT)


@pytest.mark.parametrize(
    "damage",
    [
        lambda xml: xml[:-20],
        lambda xml: xml.replace("公司".encode("gbk"), b"\x81\x20"),
        lambda xml: xml.replace(b"<root>", b'<!DOCTYPE r [<!ENTITY a "b">]><root>'),
        lambda xml: b"",
        lambda xml: xml.replace(b"</root>", b"<body></body></root>"),
    ],
    ids=["cut", "broken gbk", "entity", "empty", "two bodies"],
)
def test_damage_is_named_and_nothing_is_read(damage: object) -> None:
    assert callable(damage)
    with pytest.raises(UnreadableError):
        messages.read(JIANGSU, damage(messages.write(JIANGSU, notice(JIANGSU))))


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(raw: bytes) -> None:
    for form in FORMS.values():
        try:
            messages.read(form, raw)
        except UnreadableError:
            continue


@pytest.mark.parametrize(
    ("field", "value"),
    [("amount", "1e3"), ("amount", "-1.00"), ("amount", "0.00"), ("direction", "X"), ("ref", "")],
)
def test_a_row_that_is_no_booking_is_unreadable(field: str, value: str) -> None:
    with pytest.raises(UnreadableError):
        messages.entry_of(JIANGSU, {**ROW, field: value})


def test_a_notice_is_its_signers_and_of_now(form: Form) -> None:
    signed = pushes.sign(form, KEY, notice(form))
    assert pushes.verified_id(form, signed, keys=[PUBLIC], now=AT) == "N1"
    other = Ed25519PrivateKey.generate().public_key().public_bytes_raw()
    assert pushes.verified_id(form, signed, keys=[other, PUBLIC], now=AT) == "N1"
    assert refused(form, signed, keys=(other,)) == "ESC-2102"
    amount = messages.told_fen(form, 80_000_00).encode()
    assert refused(form, signed.replace(amount, amount.replace(b"8", b"9"))) == "ESC-2102"
    assert refused(form, signed.replace(b"N1", b"N2")) == "ESC-2102"
    assert refused(form, messages.write(form, notice(form))) == "ESC-2102"
    late = pushes.sign(form, KEY, notice(form, at=AT - timedelta(minutes=6)))
    assert refused(form, late) == "ESC-2103"
    assert refused(form, b"nonsense") == "ESC-2101"


def test_the_answer_to_another_question_is_not_taken(form: Form) -> None:
    def confused(line: socket.socket) -> None:
        told = messages.read(form, take(line, form))
        said = messages.write(form, Message(told.act, {**told.head, "serial": "other"}))
        line.sendall(messages.framed(form, said))

    with answering(confused) as address:
        assert not ExchangeBank(Line(form, address), master="3205").health().up


def test_a_line_that_ends_in_the_middle_is_no_answer(form: Form) -> None:
    def half(line: socket.socket) -> None:
        take(line, form)
        line.sendall(messages.framed(form, b"<root/>" * 9)[:20])

    with answering(half) as address, pytest.raises(BankUnreachableError):
        Line(form, address).ask(b"<root/>")


@pytest.mark.parametrize(
    "said",
    [
        lambda form: form.lead + b"9" * form.digits + b"<root/>",
        lambda form: form.lead + b"0" * form.digits,
        lambda form: form.lead + b"-" + b"1" * (form.digits - 1),
        lambda form: form.lead + "１".encode() * form.digits,
        lambda form: b"GET / HTTP/1.1\r\n\r\n",
        lambda form: messages.framed(form, b"<root/>" * 9)[:-1],
        lambda form: messages.framed(form, b"<root/>" * 9)[: form.prefix - 1],
        lambda form: b"",
    ],
    ids=["too long", "nothing", "minus", "wide digits", "http", "cut", "cut prefix", "silence"],
)
def test_a_frame_of_a_wrong_length_is_no_answer(form: Form, said: Callable[[Form], bytes]) -> None:
    def wrong(line: socket.socket) -> None:
        take(line, form)
        line.sendall(said(form))

    with answering(wrong) as address, pytest.raises(BankUnreachableError):
        Line(form, address, timeout=0.5).ask(b"<root/>")


def test_what_follows_a_message_on_its_line_is_not_read(form: Form) -> None:
    def generous(line: socket.socket) -> None:
        take(line, form)
        line.sendall(messages.framed(form, b"<root/>") + b"x" * 99)

    with answering(generous) as address:
        assert Line(form, address).ask(b"<root/>") == b"<root/>"


def test_a_bank_that_dawdles_is_not_waited_for(form: Form) -> None:
    def slow(line: socket.socket) -> None:
        take(line, form)
        line.recv(1)

    with answering(slow) as address, pytest.raises(BankUnreachableError):
        Line(form, address, timeout=0.2).ask(b"<root/>")


@contextmanager
def answering(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A bank's port at which one question is answered so."""

    def serve(port: socket.socket) -> None:
        line, _ = port.accept()
        with line:
            answer(line)

    with socket.create_server(("127.0.0.1", 0)) as port:
        thread = threading.Thread(target=serve, args=(port,))
        thread.start()
        yield f"tcp://127.0.0.1:{port.getsockname()[1]}"
        thread.join()


@pytest.mark.parametrize("name", list(FORMS))
def test_both_codecs_read_each_other(name: str) -> None:
    form, tongue = FORMS[name], TONGUES[name]
    asked = exchange.read(
        tongue, messages.write(form, Message(Act.LINK, {"serial": "7"}, {"account": "3205"}))
    )
    assert (asked.what, asked.fields["seqno"]) == ("link", "7")
