"""The ways between platform and banks, without sockets: whatever leaves one arrives at the other.

A bank is spoken to between transactions, never inside one: that is asserted at every question, and
while one is under way the world may go on (`meanwhile`).
"""

import urllib.parse
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from flask import Flask

from escrow.banks.exchange.line import Line
from escrow.banks.gateway import BankUnreachableError
from escrow.banks.simulator import lines, teller
from escrow.banks.simulator.book import Book, BookEntry, DeclinedError
from escrow.banks.simulator.houses import house
from escrow.banks.simulator.tills import Till
from escrow.banks.simulator.tongues import TONGUES
from escrow.banks.transport import Answered, HttpTransport

ORIGIN = "http://banks.world"
TOLD_OF = teller.told_of


@dataclass(slots=True)
class Wire:
    """Every bank's address; `ports` says which bank has which line."""

    app: Flask
    book: Book
    ports: Mapping[int, str]
    depth: Callable[[], int]
    meanwhile: Callable[[], None]
    withheld: set[str]

    def report(self, at: Till, found: list[BookEntry]) -> list[BookEntry]:
        """A report as the bank gives it; what it withholds is noted."""
        told = TOLD_OF(at, found)
        self.withheld.update(entry.bank_ref for entry in found[len(told) :])
        return told

    def over_http(
        self,
        transport: HttpTransport,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answered:
        self._between()
        url = transport.base_url.removeprefix(ORIGIN) + path
        answered = self.app.test_client().open(
            url, method=method, data=body, headers=dict(headers or {})
        )
        self.meanwhile()
        return Answered(answered.status_code, answered.data, dict(answered.headers))

    def over_line(self, line: Line, xml: bytes) -> bytes:
        self._between()
        code = self.ports[urllib.parse.urlsplit(line.address).port or 0]
        try:
            told = lines.answer(self.book, code, TONGUES[house(code).dialect], xml)
        except (DeclinedError, KeyError, ValueError):
            told = None
        self.meanwhile()
        if told is None:
            raise BankUnreachableError("silence")
        return told

    def _between(self) -> None:
        assert self.depth() == 0, "a bank was asked inside a transaction"


@contextmanager
def joined(wire: Wire) -> Iterator[None]:
    """The platform's transports lead into the banks' own code."""
    places: tuple[tuple[Any, str, Any], ...] = (
        (HttpTransport, "request", wire.over_http),
        (Line, "ask", wire.over_line),
        (teller, "told_of", wire.report),
    )
    before = [vars(owner)[name] for owner, name, _ in places]
    for owner, name, door in places:
        setattr(owner, name, lambda *a, _door=door, **k: _door(*a, **k))
    try:
        yield
    finally:
        for (owner, name, _), old in zip(places, before, strict=True):
            setattr(owner, name, old)
