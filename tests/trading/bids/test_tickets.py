"""Tickets and signed requests: whose, for which lot, until when, for which content."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.pure.errors import Refused
from kernel.secrets import Keys
from trading.bids import tickets
from trading.bids.tickets import TicketRequest, authenticate

NOW = datetime(2026, 11, 22, 4, 0, tzinfo=UTC)
LOT = uuid4()
KEY = ec.generate_private_key(ec.SECP256R1())


def _request(
    keys: Keys, *, at: datetime = NOW, signer: ec.EllipticCurvePrivateKey = KEY
) -> TicketRequest:
    ticket, _ = tickets.issue(keys, lot_id=LOT, public_key=public_bytes(KEY), now=NOW)
    stamp = str(int(at.timestamp()))
    message = "\n".join(("POST", "/lots/x/bids", bytes(32).hex(), stamp)).encode()
    return TicketRequest(
        authorization=f"Ticket {ticket}",
        signature=f"{stamp}.{sign_p256(signer, message).hex()}",
        method="POST",
        path="/lots/x/bids",
        body_digest=bytes(32),
    )


def _code(keys: Keys, shown: TicketRequest, at: datetime = NOW) -> str:
    with pytest.raises(Refused) as caught:
        authenticate(keys, shown, at)
    return caught.value.code


def test_the_holder_of_the_key_acts_for_the_lot(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    actor = authenticate(keys, _request(keys), NOW)
    assert actor.lot_id == LOT
    assert actor.pseudonym == tickets.pseudonym_of(public_bytes(KEY))


def test_nothing_of_a_request_can_be_changed(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    shown = _request(keys)
    assert _code(keys, replace(shown, method="GET")) == "BID-1303"
    assert _code(keys, replace(shown, path="/lots/y/bids")) == "BID-1303"
    assert _code(keys, replace(shown, body_digest=b"\x01" * 32)) == "BID-1303"
    assert _code(keys, replace(shown, signature="x")) == "BID-1303"
    stranger = ec.generate_private_key(ec.SECP256R1())
    assert _code(keys, _request(keys, signer=stranger)) == "BID-1303"


def test_a_request_is_good_for_minutes_and_a_ticket_for_hours(tmp_path: Path) -> None:
    keys = Keys(tmp_path)
    for off in (-timedelta(minutes=6), timedelta(minutes=6)):
        assert _code(keys, _request(keys, at=NOW + off)) == "BID-1304"
    later = NOW + tickets.LIFETIME
    assert _code(keys, _request(keys, at=later), later) == "BID-1302"


def test_only_our_own_tickets_open_anything(tmp_path: Path) -> None:
    keys, foreign = Keys(tmp_path / "ours"), Keys(tmp_path / "theirs")
    shown = _request(foreign)
    assert _code(keys, shown) == "BID-1301"
    for worn in ("", "Bearer x", "Ticket x", "Ticket x.y", "Ticket é.é"):
        assert _code(keys, replace(shown, authorization=worn)) == "BID-1301"
    with pytest.raises(Refused, match="BID-1305"):
        tickets.issue(keys, lot_id=LOT, public_key=b"\x04" + bytes(64), now=NOW)
