"""The SM2/SM4 dialect against damage: nothing half-read, nothing believed unsigned."""

import json
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from escrow.banks.gateway import BankUnreachableError, Cause, UnreadableError
from escrow.banks.smjson import envelopes
from escrow.banks.smjson.adapter import SmJsonBank
from escrow.banks.smjson.reading import entry_of
from escrow.banks.transport import Answered, HttpTransport
from kernel.crypto import sm

OURS, THEIRS, STRANGER = (sm.derive(bytes([n]) * 32) for n in (1, 2, 3))
AT = datetime(2026, 11, 23, 1, 30, tzinfo=UTC)
MILLIS = int(AT.timestamp() * 1000)
LINE = {"flowNo": "QH1", "amount": 100, "bookTime": MILLIS, "subAccount": "6233"}
TOLD = {
    "code": "OK",
    "messageId": "R1",
    "account": "3306",
    "since": MILLIS - 7_200_000,
    "until": MILLIS,
    "list": [LINE],
}


@dataclass(frozen=True, slots=True)
class Bank(HttpTransport):
    """Answers every question with `told`, in an envelope that the test may spoil."""

    told: Mapping[str, Any] = field(default_factory=lambda: TOLD)
    spoil: Callable[[bytes], bytes] = field(default=lambda raw: raw)
    by: sm.Sm2Key = THEIRS
    at: datetime = AT
    after: Callable[[bytes], bytes] = field(default=lambda raw: raw)

    def request(self, method: str, path: str, **rest: Any) -> Answered:
        key = rest["headers"]["X-Idempotency-Key"]
        what = path.removeprefix("/sm/")
        raw = self.spoil(envelopes.wrapped(self.told, to=OURS.public))
        headers = envelopes.signed_headers(
            raw, by=self.by, whither=f"{what} {key}", key="A1", at=self.at
        )
        return Answered(200, self.after(raw), headers)


def asked(bank: Bank) -> SmJsonBank:
    return SmJsonBank(bank, "3306", OURS, (THEIRS.public,), AT)


def test_a_signed_answer_is_read() -> None:
    report = asked(Bank("")).query_entries(AT - timedelta(hours=1))
    assert [(one.bank_ref, one.amount_fen) for one in report.entries] == [("QH1", 100)]


@pytest.mark.parametrize(
    ("change", "cause"),
    [
        ({"by": STRANGER}, Cause.SIGNATURE),
        ({"at": AT - timedelta(minutes=6)}, Cause.SIGNATURE),
        ({"after": lambda raw: raw + b" "}, Cause.SIGNATURE),
        ({"spoil": lambda raw: raw[:40]}, Cause.MALFORMED),
        ({"spoil": lambda raw: b"[" * 100_000}, Cause.MALFORMED),
        ({"spoil": lambda raw: b'{"key": 1, "data": 2}'}, Cause.MALFORMED),
        ({"spoil": lambda raw: raw.replace(b'"data": "', b'"data": "00')}, Cause.MALFORMED),
        ({"spoil": lambda raw: b"\xff\xfe" + raw}, Cause.MALFORMED),
        ({"told": {**TOLD, "account": "9"}}, Cause.CONTENT),
        ({"told": {**TOLD, "list": None}}, Cause.CONTENT),
        ({"told": {**TOLD, "list": [{**LINE, "amount": 1.5}]}}, Cause.CONTENT),
        ({"told": {**TOLD, "list": [{**LINE, "amount": 10**19}]}}, Cause.CONTENT),
        ({"told": {**TOLD, "list": [{**LINE, "bookTime": 10**18}]}}, Cause.CONTENT),
        ({"told": {**TOLD, "list": [{**LINE, "subAccount": 6233}]}}, Cause.CONTENT),
        ({"told": {**TOLD, "since": MILLIS}}, Cause.CONTENT),
    ],
)
def test_a_bad_answer_is_refused_by_its_cause_and_kept(
    change: dict[str, Any], cause: Cause
) -> None:
    with pytest.raises(UnreadableError) as caught:
        asked(replace(Bank(""), **change)).query_entries(AT - timedelta(hours=1))
    assert (caught.value.cause, bool(caught.value.raw)) == (cause, True)


def test_a_bad_answer_to_an_order_is_no_answer() -> None:
    bank = asked(replace(Bank(""), spoil=lambda raw: raw[:40]))
    with pytest.raises(BankUnreachableError):
        bank.close_sub_account("6233")
    assert bank.health().up is False


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=6,
)


@settings(max_examples=30)
@given(st.dictionaries(st.sampled_from([*LINE, "orderNo", "counterparty", "type"]), values))
def test_any_line_is_read_or_refused(line: dict[str, Any]) -> None:
    with suppress(UnreadableError):
        entry_of(json.loads(json.dumps({**LINE, **line})))
