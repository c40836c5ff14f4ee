"""Pushes over HTTP: `POST /bank-callbacks/<code>`, the body cut off at its cap while it is read."""

import asyncio
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Final

import h11

from escrow.banks.terms import Terms
from escrow.listener.keeper import Keeper
from escrow.listener.ring import Ring
from kernel.pure.errors import Refused
from kernel.refusals import Catalogue

PATH: Final = re.compile(r"/bank-callbacks/([a-z0-9_-]{1,40})")
MOST_HEADERS: Final = 16 << 10
READ: Final = 1 << 16
LINGER_BYTES: Final = 1 << 20
LINGER_SECONDS: Final = 1.0


class _Over(Exception):
    """The conversation ends without an answer: nobody there, too slow, or not HTTP."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came; `refusal` is why its body was not read to the end."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""
    refusal: Refused | None = None


class HttpDoor:
    """Serves the connections of one port."""

    def __init__(self, keeper: Keeper, terms: Terms, catalogue: Catalogue, phone: str) -> None:
        self._keeper = keeper
        self._terms = terms
        self._catalogue = catalogue
        self._phone = phone

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer one request after the other until the other side ends, errs or falls asleep."""
        line = _Line(reader, writer, self._terms)
        try:
            while True:
                asked = await line.ask()
                status, body = await self._answer(asked)
                writer.write(line.told(status, body))
                await writer.drain()
                if not line.goes_on():
                    await _linger(reader, writer)
                    return
        except (_Over, OSError, TimeoutError):
            return

    async def _answer(self, asked: Asked) -> tuple[int, bytes]:
        try:
            if asked.refusal is not None:
                raise asked.refusal
            found = PATH.fullmatch(asked.path)
            if found is None or asked.method != "POST":
                return (404 if found is None else 405), b""
            check = partial(
                Ring.by_code, code=found[1], headers=dict(asked.headers), raw=asked.body
            )
            await self._keeper.take(check)
        except Refused as refused:
            told = self._catalogue.text(refused)
            return told.status, json.dumps(told.as_json(self._phone), ensure_ascii=False).encode()
        return 200, b""


class _Line:
    """One connection: requests in, answers out, by the rules of HTTP/1.1."""

    def __init__(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, terms: Terms
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._terms = terms
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=MOST_HEADERS)
        self._cut = False

    async def ask(self) -> Asked:
        """The next request. Raises _Over, TimeoutError."""
        if not self._http.trailing_data[0]:
            first = await asyncio.wait_for(self._reader.read(READ), self._terms.idle)
            self._feed(first)
        return await asyncio.wait_for(self._whole(), self._terms.patience)

    async def _whole(self) -> Asked:
        event = await self._next()
        if not isinstance(event, h11.Request):
            raise _Over
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in event.headers}
        method, path = event.method.decode("latin-1"), event.target.decode("latin-1")
        told = headers.get("content-length", "0")
        body = bytearray()
        too_much = int(told) > self._terms.most_bytes
        while not too_much:
            event = await self._next()
            if isinstance(event, h11.EndOfMessage):
                return Asked(method, path, headers, bytes(body))
            if not isinstance(event, h11.Data):
                raise _Over
            body += event.data
            too_much = len(body) > self._terms.most_bytes
        self._cut = True
        limit = f"{self._terms.most_bytes >> 10} KiB"
        return Asked(method, path, headers, refusal=Refused("WEB-1003", limit=limit))

    def told(self, status: int, body: bytes) -> bytes:
        """The bytes of an answer."""
        headers = [
            ("content-length", str(len(body))),
            ("content-type", "application/json; charset=utf-8"),
            *([("connection", "close")] if self._cut else []),
        ]
        out = self._http.send(h11.Response(status_code=status, headers=headers)) or b""
        if body:
            out += self._http.send(h11.Data(data=body)) or b""
        return out + (self._http.send(h11.EndOfMessage()) or b"")

    def goes_on(self) -> bool:
        """Whether another request may follow on this connection."""
        if self._http.our_state is not h11.DONE or self._http.their_state is not h11.DONE:
            return False
        self._http.start_next_cycle()
        return True

    async def _next(self) -> object:
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError:
                raise _Over from None
            if event is not h11.NEED_DATA:
                return event
            if self._http.they_are_waiting_for_100_continue:
                go_on = h11.InformationalResponse(status_code=100, headers=[])
                self._writer.write(self._http.send(go_on) or b"")
            self._feed(await self._reader.read(READ))

    def _feed(self, data: bytes) -> None:
        if not data and self._http.their_state in (h11.IDLE, h11.DONE):
            raise _Over
        try:
            self._http.receive_data(data)
        except h11.RemoteProtocolError:
            raise _Over from None


async def _linger(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Let whoever still sends read our answer before the connection is cut under him."""
    if writer.can_write_eof():
        writer.write_eof()
    left = LINGER_BYTES

    async def discard() -> None:
        nonlocal left
        while left > 0 and (data := await reader.read(READ)):
            left -= len(data)

    await asyncio.wait_for(discard(), LINGER_SECONDS)
