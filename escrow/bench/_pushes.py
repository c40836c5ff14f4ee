"""Pushes of every bank that pushes, as it writes and signs them, and a steady rain of them."""

import asyncio
import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from escrow.banks.exchange import messages, pushes
from escrow.banks.exchange.forms import JIANGSU, PREFIX12, Act, Form
from escrow.banks.simulator import wire
from escrow.banks.simulator.book import BookEntry
from escrow.banks.smjson import envelopes
from escrow.banks.webhooks import sign
from kernel.crypto.sm import Sm2Key, derive

CONNECTIONS: Final = 64
PAYER: Final = "霁川交通规划设计研究院有限公司"
NEAR: Final = 60
"""How far in the order of sending a message may be from its place."""


@dataclass(frozen=True, slots=True)
class Push:
    """One message of one bank, ready for the wire; `ref` is what it books."""

    bank: str
    ref: str
    wire: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PushingBank:
    """A bank called by its dialect; `write` puts a booking under an id and a time on the wire."""

    code: str
    public_key: bytes
    write: Callable[[BookEntry, str, datetime], bytes]


def banks(master: str, ours: bytes) -> tuple[PushingBank, ...]:
    """One bank of each dialect that pushes; `ours` is our SM2 key, `master` our account."""
    keys = [Ed25519PrivateKey.from_private_bytes(os.urandom(32)) for _ in range(3)]
    public = [key.public_key().public_bytes_raw() for key in keys]
    sm = derive(os.urandom(32))

    def iso(entry: BookEntry, event: str, at: datetime) -> bytes:
        raw = wire.notice(entry, master=master)
        return _http("iso20022", raw, sign(keys[0], message_id=event, at=at, raw=raw))

    return (
        PushingBank("iso20022", public[0], iso),
        PushingBank("jiangsu", public[1], _line(JIANGSU, keys[1], master)),
        PushingBank("prefix12", public[2], _line(PREFIX12, keys[2], master)),
        PushingBank("sm_json", sm.public, _sealed(sm, ours, master)),
    )


def rain(
    chosen: Sequence[PushingBank],
    numbers: dict[str, list[str]],
    *,
    count: int,
    repeated: float,
    at: datetime,
    chance: random.Random,
) -> Iterator[Push]:
    """`count` pushes spread evenly over the banks, a share of them said before, out of order."""
    fresh = round(count * (1 - repeated))
    made: list[Push] = []
    for index in range(fresh):
        bank = chosen[index % len(chosen)]
        ref = f"{bank.code}-{index}"
        entry = booking(index, ref, chance.choice(numbers[bank.code]), 100 + index, at)
        made.append(Push(bank.code, ref, bank.write(entry, f"N{index}", at)))
    order = [(index, push) for index, push in enumerate(made)]
    for push in chance.choices(made, k=count - fresh):
        order.append((int(push.ref.rpartition("-")[2]), push))
    order.sort(key=lambda one: one[0] + chance.uniform(0, NEAR))
    return (push for _, push in order)


def booking(seq: int, ref: str, number: str, fen: int, at: datetime) -> BookEntry:
    """A credit as a bank books it."""
    return BookEntry(
        seq=seq,
        bank_ref=ref,
        account="",
        sign="CRDT",
        amount_fen=fen,
        other_number="33010401",
        other_name=PAYER,
        other_personal=False,
        sub_account=number,
        booked_at=at - timedelta(seconds=1),
        recorded_at=at,
        end_to_end=None,
        reverses=None,
        returned=False,
    )


async def pour(
    pushes_: Sequence[Push], doors: dict[str, tuple[str, int]], *, per_second: float
) -> list[float]:
    """Send each at its time, whatever became of those before; seconds from then to its answer.

    Raises AssertionError for one that was not acknowledged.
    """
    lines = {code: _Connections(code, *where) for code, where in doors.items()}
    begins = time.perf_counter() + 0.1

    async def one(index: int, push: Push) -> float:
        due = begins + index / per_second
        await asyncio.sleep(due - time.perf_counter())
        await lines[push.bank].say(push.wire)
        return time.perf_counter() - due

    took = await asyncio.gather(*(one(i, push) for i, push in enumerate(pushes_)))
    for line in lines.values():
        line.close()
    return took


class _Connections:
    """Some lasting connections to one door."""

    def __init__(self, code: str, host: str, port: int) -> None:
        self._form = {"jiangsu": JIANGSU, "prefix12": PREFIX12}.get(code)
        self._where = (host, port)
        self._free: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = []
        self._places = asyncio.Semaphore(CONNECTIONS)

    async def say(self, told: bytes) -> None:
        async with self._places:
            line = self._free.pop() if self._free else await asyncio.open_connection(*self._where)
            line[1].write(told)
            answer = await (self._framed if self._form else self._plain)(line[0])
            assert answer in ("200", "00", "01"), answer
            self._free.append(line)

    async def _plain(self, reader: asyncio.StreamReader) -> str:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        length = int(head.lower().partition("content-length:")[2].split()[0])
        await reader.readexactly(length)
        return head.split()[1]

    async def _framed(self, reader: asyncio.StreamReader) -> str:
        assert self._form is not None
        prefix = await reader.readexactly(self._form.prefix)
        raw = await reader.readexactly(messages.length_of(self._form, prefix))
        return messages.read(self._form, raw).head["result"]

    def close(self) -> None:
        for _, writer in self._free:
            writer.close()


def _line(form: Form, key: Ed25519PrivateKey, master: str) -> Callable[..., bytes]:
    def write(entry: BookEntry, event: str, at: datetime) -> bytes:
        row = {
            "ref": entry.bank_ref,
            "direction": "C",
            "amount": messages.told_fen(form, entry.amount_fen),
            "booked_at": messages.told_at(form, entry.booked_at),
            "number": entry.sub_account or "",
            "party_name": entry.other_name,
            "party_account": entry.other_number,
        }
        head = {"serial": event, "at": messages.told_at(form, at)}
        told = messages.Message(Act.ARRIVED, head, {"account": master}, [row])
        return messages.framed(form, pushes.sign(form, key, told))

    return write


def _sealed(key: Sm2Key, ours: bytes, master: str) -> Callable[..., bytes]:
    def write(entry: BookEntry, event: str, at: datetime) -> bytes:
        row = {
            "flowNo": entry.bank_ref,
            "amount": entry.amount_fen,
            "bookTime": int(entry.booked_at.timestamp() * 1000),
            "type": "TRANSFER",
            "subAccount": entry.sub_account,
            "counterparty": {"name": entry.other_name, "account": entry.other_number},
        }
        told = {"messageId": event, "account": master, "list": [row]}
        raw = envelopes.wrapped(told, to=ours)
        head = envelopes.signed_headers(raw, by=key, whither=envelopes.PUSH, key=event, at=at)
        return _http("sm_json", raw, head)

    return write


def _http(code: str, raw: bytes, headers: dict[str, str]) -> bytes:
    lines = [
        f"POST /bank-callbacks/{code} HTTP/1.1",
        "Host: listener",
        f"Content-Length: {len(raw)}",
        *(f"{name}: {value}" for name, value in headers.items()),
    ]
    return "\r\n".join((*lines, "", "")).encode() + raw
