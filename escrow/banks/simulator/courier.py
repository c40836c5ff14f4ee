"""Two threads of the simulated bank: one pushes notices, one follows the demonstration's clock."""

import http.client
import json
import logging
import threading
import urllib.parse
from datetime import timedelta

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from sqlalchemy import select

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.simulator import teller, wire
from escrow.banks.simulator.book import BankState, Book, BookEntry, Push, wall_now
from escrow.banks.transport import HttpTransport
from escrow.banks.webhooks import sign

LOG = logging.getLogger("simulator")
LONGEST_WAIT = 30
PUSH_EVERY = 0.2
CLOCK_EVERY = 0.5


class Courier:
    """Speaks to the platform at `public_url` as any bank would: by its public addresses."""

    def __init__(self, book: Book, *, public_url: str, code: str) -> None:
        self._book = book
        self._transport = HttpTransport(public_url)
        self._path = f"/bank-callbacks/{urllib.parse.quote(code)}"
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin both rounds."""
        for turn, seconds in ((self.deliver, PUSH_EVERY), (self.set_clock, CLOCK_EVERY)):
            threading.Thread(target=self._round, args=(turn, seconds), daemon=True).start()

    def stop(self) -> None:
        """End both rounds after the turn under way."""
        self._stop.set()

    def deliver(self) -> None:
        """Push one due notice; whatever is not a 200 is tried again later."""
        with self._book.session() as session:
            if teller.is_down(session):
                return
            push = session.scalars(
                select(Push).where(Push.due_at <= wall_now(session)).order_by(Push.seq).limit(1)
            ).first()
            if push is None:
                return
            state = session.get_one(BankState, 1)
            entry = session.get_one(BookEntry, push.seq)
            raw = wire.notice(entry, master=state.master_number)
            headers = sign(
                Ed25519PrivateKey.from_private_bytes(state.signing_key),
                message_id=f"N{entry.seq}",
                at=wall_now(session),
                raw=raw,
            )
        taken = self._send(raw, headers)
        with self._book.session() as session:
            push = session.get_one(Push, entry.seq)
            push.attempts += 1
            if taken:
                push.copies -= 1
            if push.copies <= 0:
                session.delete(push)
            elif not taken:
                wait = min(2**push.attempts, LONGEST_WAIT)
                push.due_at = wall_now(session) + timedelta(seconds=wait)

    def set_clock(self) -> None:
        """Take over the demonstration's clock offset; it only grows."""
        try:
            answered = self._transport.request("GET", "/clock")
            offset = timedelta(seconds=float(json.loads(answered.body)["offset"]))
        except (BankUnreachableError, ValueError, KeyError, TypeError):
            return
        with self._book.session() as session:
            state = session.get_one(BankState, 1)
            # The answer is rounded to the millisecond: smaller changes are no shift.
            if abs(offset - state.clock_offset) > timedelta(milliseconds=50):
                state.clock_offset = offset

    def _send(self, raw: bytes, headers: dict[str, str]) -> bool:
        try:
            answered = self._transport.request(
                "POST", self._path, body=raw, headers={**headers, "Content-Type": "text/xml"}
            )
        except BankUnreachableError:
            return False
        return answered.status == http.client.OK

    def _round(self, turn: object, seconds: float) -> None:
        assert callable(turn)
        while not self._stop.wait(seconds):
            try:
                turn()
            except Exception:
                LOG.exception("a turn failed")
