"""Signatures of pushed messages: any active key, the very bytes, near now."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from escrow.banks.webhooks import sign, verified_id
from kernel.pure.errors import Refused

OLD, NEW = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
KEYS = tuple(key.public_key().public_bytes_raw() for key in (OLD, NEW))
NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)
RAW = b"<Document/>"


def refusal(headers: dict[str, str], raw: bytes = RAW, keys: tuple[bytes, ...] = KEYS) -> str:
    with pytest.raises(Refused) as refused:
        verified_id(headers, raw, keys=keys, now=NOW)
    return refused.value.code


@pytest.mark.parametrize("key", [OLD, NEW])
def test_either_key_holds_while_a_bank_changes_keys(key: Ed25519PrivateKey) -> None:
    headers = sign(key, message_id="N1", at=NOW, raw=RAW)
    assert verified_id(headers, RAW, keys=KEYS, now=NOW) == "N1"


def test_one_of_several_signatures_suffices() -> None:
    headers = sign(OLD, message_id="N1", at=NOW, raw=RAW)
    other = sign(Ed25519PrivateKey.generate(), message_id="N1", at=NOW, raw=RAW)
    headers["webhook-signature"] = (
        f"v1,abc v1a,%% {other['webhook-signature']} {headers['webhook-signature']}"
    )
    assert verified_id(headers, RAW, keys=KEYS, now=NOW) == "N1"


def test_forgeries_are_refused() -> None:
    headers = sign(OLD, message_id="N1", at=NOW, raw=RAW)
    assert refusal(headers, RAW + b" ") == "ESC-2102"
    assert refusal({**headers, "webhook-id": "N2"}) == "ESC-2102"
    assert refusal({**headers, "webhook-timestamp": str(int(NOW.timestamp()) + 1)}) == "ESC-2102"
    assert refusal({**headers, "webhook-signature": ""}) == "ESC-2102"
    assert refusal({**headers, "webhook-signature": "v1a,AAAA"}) == "ESC-2102"
    assert refusal(headers, keys=()) == "ESC-2102"


@pytest.mark.parametrize("minutes", [-6, 6, -600])
def test_stale_and_early_messages_are_refused(minutes: int) -> None:
    at = NOW + timedelta(minutes=minutes)
    assert refusal(sign(OLD, message_id="N1", at=at, raw=RAW)) == "ESC-2103"


@pytest.mark.parametrize("minutes", [-4, 4])
def test_a_little_skew_is_borne(minutes: int) -> None:
    headers = sign(OLD, message_id="N1", at=NOW + timedelta(minutes=minutes), raw=RAW)
    assert verified_id(headers, RAW, keys=KEYS, now=NOW) == "N1"


@pytest.mark.parametrize(
    "change",
    [
        {"webhook-id": ""},
        {"webhook-id": "x" * 129},
        {"webhook-timestamp": ""},
        {"webhook-timestamp": "-5"},
        {"webhook-timestamp": "１２"},
        {"webhook-timestamp": "1.5"},
    ],
)
def test_broken_headers_are_refused(change: dict[str, str]) -> None:
    headers = sign(OLD, message_id="N1", at=NOW, raw=RAW)
    assert refusal({**headers, **change}) == "ESC-2101"
