"""The direct connection: who signed these bytes and when, and what becomes of damaged ones."""

import base64
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.banks.direct import signing
from escrow.banks.direct.forms import DIRECT
from escrow.banks.direct.line import SignedLine
from escrow.banks.exchange import messages
from escrow.banks.exchange.adapter import ExchangeBank
from escrow.banks.exchange.forms import OK, Act
from escrow.banks.exchange.messages import Message
from escrow.banks.gateway import BankUnreachableError, Cause, UnreadableError
from escrow.banks.gateways import CHECKS
from escrow.banks.transport import Answered, HttpTransport
from kernel.crypto import sm
from kernel.pure.errors import Refused

OURS, THEIRS, STRANGER = (sm.derive(bytes([n]) * 32) for n in (1, 2, 3))
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
XML = messages.write(DIRECT, Message(Act.LINK, {"serial": "7"}, {"memo": "𠮷川（云澜）<&>"}))


def refused(raw: bytes, *, now: datetime = AT, key: sm.Sm2Key = OURS) -> Cause:
    with pytest.raises(UnreadableError) as caught:
        signing.check(raw, keys=[key.public], now=now)
    return caught.value.cause


def test_a_signed_message_is_still_one_and_its_signers() -> None:
    raw = signing.signed(XML, by=OURS, at=AT)
    signing.check(raw, keys=[STRANGER.public, OURS.public], now=AT + timedelta(minutes=4))
    assert messages.read(DIRECT, raw) == messages.read(DIRECT, XML)


@pytest.mark.parametrize(
    "change",
    [
        lambda raw: raw.replace(b"<reqSeqNo>7", b"<reqSeqNo>8"),
        lambda raw: raw.replace(b"20261123093000", b"20261123093001"),
        lambda raw: raw.replace("云澜".encode("gbk"), "云岚".encode("gbk")),
        lambda raw: raw[:-8],
        lambda raw: raw + b"<!-- -->",
        lambda raw: raw.replace(b"<value>", b"<value>A"),
        lambda raw: raw.replace(b"20261123093000", b"20261323093000"),
        lambda raw: XML,
        lambda raw: b"",
    ],
    ids=["serial", "time", "name", "cut", "more", "value", "no time", "bare", "empty"],
)
def test_what_was_changed_after_signing_is_refused(change: Callable[[bytes], bytes]) -> None:
    assert refused(change(signing.signed(XML, by=OURS, at=AT))) is Cause.SIGNATURE


def test_a_strangers_and_an_old_signature_are_refused() -> None:
    raw = signing.signed(XML, by=OURS, at=AT)
    assert refused(raw, key=STRANGER) is Cause.SIGNATURE
    for minutes in (-6, 6):
        assert refused(raw, now=AT + timedelta(minutes=minutes)) is Cause.SIGNATURE


@settings(max_examples=10)
@given(st.text(st.characters(codec="gb18030"), max_size=60))
def test_no_name_ends_a_message_early(name: str) -> None:
    xml = messages.write(DIRECT, Message(Act.LINK, {"serial": "7"}, {"memo": name}))
    signing.check(signing.signed(xml, by=OURS, at=AT), keys=[OURS.public], now=AT)


@dataclass(frozen=True, slots=True)
class Bank(HttpTransport):
    """Answers every question by what `spoil` makes of a well-signed answer."""

    spoil: Callable[[bytes], bytes] = field(default=lambda raw: raw)
    status: int = 200

    def request(self, method: str, path: str, **rest: object) -> Answered:
        body = rest["body"]
        assert isinstance(body, bytes)
        signing.check(body, keys=[OURS.public], now=AT)
        asked = messages.read(DIRECT, body)
        head = {"serial": asked.head["serial"], "at": "20261123093000", "result": OK}
        told = messages.write(DIRECT, Message(asked.act, head, {"account": "3307", **BODY}))
        return Answered(self.status, self.spoil(signing.signed(told, by=THEIRS, at=AT)))


BODY = {"since": "20261123000000", "until": "20261123093000"}


def adapter(bank: Bank) -> ExchangeBank:
    return ExchangeBank(SignedLine(bank, OURS, (THEIRS.public,), AT), master="3307")


def test_an_answer_under_the_banks_signature_is_taken() -> None:
    report = adapter(Bank("")).query_entries(AT - timedelta(hours=1))
    assert report.complete_until == AT
    assert report.raw.endswith(b"</sign></root>")


BIG = b"<!DOCTYPE r [<!ENTITY a 'b'>]>"


@pytest.mark.parametrize(
    ("spoil", "cause"),
    [
        (lambda raw: raw.replace(b"093000</endTime>", b"093001</endTime>"), Cause.SIGNATURE),
        (lambda raw: raw[: len(raw) // 2], Cause.SIGNATURE),
        (lambda raw: raw.partition(b"<sign>")[0] + b"</root>", Cause.SIGNATURE),
        (lambda raw: resigned(raw.replace(b"<appBody>", b"<appBody>\x81\x20")), Cause.MALFORMED),
        (lambda raw: resigned(raw.replace(b"<root>", BIG + b"<root>")), Cause.DOCUMENT_TYPE),
        (
            lambda raw: resigned(raw.replace(b"<sign>", b" " * (9 << 20) + b"<sign>")),
            Cause.TOO_LARGE,
        ),
        (lambda raw: resigned(raw.replace(b"B2E201", b"B2E999")), Cause.UNKNOWN_MESSAGE),
        (lambda raw: resigned(raw.replace(b">3307<", b">3308<")), Cause.CONTENT),
        (lambda raw: resigned(raw.replace(b"20261123000000", b"20261123090000")), Cause.CONTENT),
    ],
    ids=["amended", "cut", "bare", "gbk", "entity", "large", "code", "account", "period"],
)
def test_a_bad_answer_is_refused_by_its_cause_and_kept(
    spoil: Callable[[bytes], bytes], cause: Cause
) -> None:
    bank = replace(Bank(""), spoil=spoil)
    with pytest.raises(UnreadableError) as caught:
        adapter(bank).query_entries(AT - timedelta(hours=1))
    assert (caught.value.cause, bool(caught.value.raw)) == (cause, True)
    assert str(caught.value).startswith(f"{cause}: ")


def resigned(raw: bytes) -> bytes:
    """As a bank that errs would sign it itself."""
    return signing.signed(raw.partition(b"<sign>")[0] + b"</root>", by=THEIRS, at=AT)


def test_an_error_status_is_no_answer() -> None:
    with pytest.raises(BankUnreachableError):
        adapter(replace(Bank(""), status=401)).query_entries(AT)
    assert adapter(replace(Bank(""), spoil=base64.b64encode)).health().up is False
    with pytest.raises(UnreadableError):
        adapter(replace(Bank(""), spoil=base64.b64encode)).get_statement(date(2026, 11, 22))


def test_nobody_pushes_in_the_name_of_a_bank_that_never_does() -> None:
    with pytest.raises(Refused) as caught:
        CHECKS["direct_xml"]({}, XML, keys=[THEIRS.public], now=AT)
    assert caught.value.code == "ESC-2101"
