"""The simulated bank that speaks JSON under SM2 and SM4, at `/<code>/sm/…`.

Written apart from the platform's codec on purpose, so that the two test each other.
"""

import json
import secrets
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request

from escrow.banks.simulator import days, teller
from escrow.banks.simulator.book import Book, BookEntry, DeclinedError, bank_now, wall_now
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.teller import Transfer
from escrow.banks.simulator.tills import Till, close_sub_account, open_sub_accounts, till
from kernel.crypto import sm

MOST_AT_ONCE = 200
Answer = dict[str, Any] | None
"""What the bank says, None when it says nothing."""


def doors(book: Book) -> Blueprint:
    """The bank's addresses over its book."""
    blueprint = Blueprint("sm", __name__)

    @blueprint.post("/<code>/sm/<group>/<act>")
    def ask(code: str, group: str, act: str) -> Response:
        what, raw = f"{group}/{act}", request.get_data()
        key = request.headers.get("X-Idempotency-Key", "")
        stamp = request.headers.get("X-Timestamp", "")
        with book.session() as session:
            at = till(session, code)
            if at.is_down():
                return Response(status=503)
            signed = f"{what}\n{stamp}\n{key}\n".encode() + raw
            signature = bytes.fromhex(request.headers.get("X-Signature", ""))
            if not sm.holds(at.state.partner_key, signature, signed):
                return Response(status=401)
            told = _ACTS[what](at, _open(at, raw))
            if told is None:
                return Response(status=504)
            sealed = _seal(at, told)
            headers = _sign(at, sealed, f"{what} {key}", secrets.token_hex(12))
        return Response(sealed, mimetype="application/json", headers=headers)

    return blueprint


def public_key(at: Till) -> bytes:
    """The bank's SM2 key."""
    return sm.derive(at.state.signing_key).public


def notice(at: Till, entry: BookEntry) -> Parcel:
    """One booking, sealed to the platform."""
    told = {"messageId": f"N{entry.seq}", "account": at.state.master_number}
    sealed = _seal(at, {**told, "list": [_line(entry)]})
    headers = _sign(at, sealed, "push", f"N{entry.seq}")
    return Parcel(sealed, {**headers, "Content-Type": "application/json"})


def _open(at: Till, raw: bytes) -> dict[str, Any]:
    told = json.loads(raw)
    key = sm.derive(at.state.signing_key).open(bytes.fromhex(told["key"]))
    asked: dict[str, Any] = json.loads(sm.decrypt(key, bytes.fromhex(told["data"])))
    if asked.get("account") != at.state.master_number:
        raise DeclinedError("没有这个账户")
    return asked


def _seal(at: Till, told: Mapping[str, Any]) -> bytes:
    key = secrets.token_bytes(sm.KEY_BYTES)
    plain = json.dumps(told, ensure_ascii=False).encode()
    sealed = {
        "key": sm.seal_to(at.state.partner_key, key).hex(),
        "data": sm.encrypt(key, plain).hex(),
    }
    return json.dumps(sealed).encode()


def _sign(at: Till, raw: bytes, whither: str, key: str) -> dict[str, str]:
    stamp = str(int(wall_now(at.session).timestamp()))
    own = sm.derive(at.state.signing_key)
    signature = own.sign(f"{whither}\n{stamp}\n{key}\n".encode() + raw)
    return {"X-Idempotency-Key": key, "X-Timestamp": stamp, "X-Signature": signature.hex()}


def _line(entry: BookEntry) -> dict[str, Any]:
    told = {
        "flowNo": entry.bank_ref,
        "amount": entry.amount_fen if entry.sign == "CRDT" else -entry.amount_fen,
        "bookTime": _milliseconds(entry.booked_at),
        "type": "INTEREST" if entry.interest else "RETURN" if entry.returned else "TRANSFER",
        "subAccount": entry.sub_account,
        "orderNo": entry.end_to_end,
        "originalFlowNo": entry.reverses,
        "counterparty": {
            "name": entry.other_name,
            "account": entry.other_number,
            "kind": "PERSON" if entry.other_personal else "COMPANY",
        },
    }
    return {name: value for name, value in told.items() if value is not None}


def _numbers(at: Till, asked: Mapping[str, Any]) -> Answer:
    count = min(int(asked["count"]), MOST_AT_ONCE)
    return {"code": "OK", "numbers": open_sub_accounts(at, count)}


def _close(at: Till, asked: Mapping[str, Any]) -> Answer:
    return {"code": "OK" if close_sub_account(at, asked["subAccount"]) else "REFUSED"}


def _entries(at: Till, asked: Mapping[str, Any]) -> Answer:
    until = bank_now(at.session)
    # Whole milliseconds are spoken here.
    until -= timedelta(microseconds=until.microsecond % 1000)
    since = min(_moment(asked["since"]), until)
    return {
        "code": "OK",
        "messageId": f"R{secrets.token_hex(15)}",
        "account": at.state.master_number,
        "since": _milliseconds(since),
        "until": _milliseconds(until),
        "list": [_line(one) for one in teller.entries_since(at, since, until)],
    }


def _statement(at: Till, asked: Mapping[str, Any]) -> Answer:
    day = date.fromisoformat(asked["day"])
    told = days.of(at, day)
    if told is None:
        return {"code": "NOT_ISSUED"}
    full = len(told.entries)
    told, sequence = days.spoiled(at, told, day.toordinal())
    return {
        "code": "OK",
        "messageId": f"S{day:%Y%m%d}{secrets.token_hex(6)}",
        "account": at.state.master_number,
        "day": day.isoformat(),
        "sequence": sequence,
        "openingBalance": told.opening_fen,
        "closingBalance": told.closing_fen,
        "total": full,
        "list": [_line(one) for one in told.entries],
    }


def _submit(at: Till, asked: Mapping[str, Any]) -> Answer:
    key = asked["orderNo"]
    status = teller.take_order(
        at,
        key=key,
        raw=json.dumps(asked, sort_keys=True).encode(),
        value_day=date.fromisoformat(asked["valueDate"]),
        transfers=[_transfer(one) for one in asked["list"]],
    )
    if at.fault("lose_refund_answer") is not None:
        return None
    return _state(key, status)


def _transfer(told: Mapping[str, Any]) -> Transfer:
    return Transfer(
        end_to_end=told["orderNo"],
        amount_fen=told["amount"],
        to_name=told["payee"]["name"],
        to_number=told["payee"]["account"],
        sub_account=told["subAccount"],
        interest_fen=told["interest"],
        credit_ref=told["creditFlowNo"],
    )


def _query(at: Till, asked: Mapping[str, Any]) -> Answer:
    return _state(asked["orderNo"], teller.status_of(at, asked["orderNo"]))


def _state(key: str, status: str | None) -> Answer:
    words = {None: "NOT_FOUND", "RJCT": "FAILED"}
    return {"code": "OK", "orderNo": key, "state": words.get(status, "SUCCESS")}


def _link(at: Till, _asked: Mapping[str, Any]) -> Answer:
    return {"code": "OK", "time": _milliseconds(bank_now(at.session))}


def _milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _moment(told: int) -> datetime:
    return datetime.fromisoformat("1970-01-01T00:00:00+00:00") + timedelta(milliseconds=told)


_ACTS: Mapping[str, Callable[[Till, Mapping[str, Any]], Answer]] = {
    "sub-accounts/open": _numbers,
    "sub-accounts/close": _close,
    "entries/query": _entries,
    "statements/get": _statement,
    "refunds/submit": _submit,
    "refunds/query": _query,
    "link/test": _link,
}
