"""Two threads of the simulated banks: one pushes notices, one follows the demonstration's clock."""

import http.client
import json
import logging
import threading
import urllib.parse
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.simulator import faults
from escrow.banks.simulator.book import Book, BookClock, BookEntry, Push, wall_now
from escrow.banks.simulator.dialects import dialect_of
from escrow.banks.simulator.houses import houses
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tills import Till, till_of_master
from escrow.banks.transport import HttpTransport

LOG = logging.getLogger("simulator")
LONGEST_WAIT = 30
PUSH_EVERY = 0.2
CLOCK_EVERY = 0.5


class Courier:
    """Speaks to the platform at `public_url` as any bank would: by its public addresses."""

    def __init__(self, book: Book, *, public_url: str) -> None:
        self._book = book
        self._transport = HttpTransport(public_url)
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin both rounds."""
        for turn, seconds in ((self.deliver, PUSH_EVERY), (self.set_clock, CLOCK_EVERY)):
            threading.Thread(target=self._round, args=(turn, seconds), daemon=True).start()

    def stop(self) -> None:
        """End both rounds after the turn under way."""
        self._stop.set()

    def deliver(self) -> None:
        """Push one due notice; whatever is not taken is tried again later."""
        with self._book.session() as session:
            found = self._due(session)
            if found is None:
                return
            at, entry, parcel = found
        taken = self._send(at.code, parcel)
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
            clock = session.get_one(BookClock, 1)
            # The answer is rounded to the millisecond: smaller changes are no shift.
            if abs(offset - clock.ahead) > timedelta(milliseconds=50):
                clock.ahead = offset

    def _due(self, session: Session) -> tuple[Till, BookEntry, Parcel] | None:
        """The oldest due notice of a bank that is up."""
        down = {one.code for one in houses() if faults.is_down(session, one.code)}
        due = session.scalars(
            select(Push).where(Push.due_at <= wall_now(session)).order_by(Push.seq)
        )
        for push in due:
            entry = session.get_one(BookEntry, push.seq)
            at = till_of_master(session, entry.account)
            notice = dialect_of(at).notice if at is not None else None
            if at is None or notice is None:
                session.delete(push)
            elif at.code not in down:
                return at, entry, notice(at, entry)
        return None

    def _send(self, code: str, parcel: Parcel) -> bool:
        path = f"/bank-callbacks/{urllib.parse.quote(code)}"
        try:
            answered = self._transport.request(
                "POST", path, body=parcel.raw, headers=parcel.headers
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
