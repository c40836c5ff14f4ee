"""Two threads of the simulated banks: one pushes notices, one follows the demonstration's clock."""

import json
import logging
import threading
from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.gateway import BankUnreachableError
from escrow.banks.simulator import faults
from escrow.banks.simulator.book import Book, BookClock, BookEntry, Push, wall_now
from escrow.banks.simulator.dialects import dialect_of
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.postbox import Postbox
from escrow.banks.simulator.tills import Till, till_of_master
from escrow.banks.transport import HttpTransport
from kernel.settings import Settings

LOG = logging.getLogger("simulator")
PUSH_EVERY = 0.2
CLOCK_EVERY = 0.5


def forged(raw: bytes) -> bytes:
    """The same bytes with the last digit before their middle changed."""
    at = max(at for at in range(len(raw) // 2) if raw[at : at + 1].isdigit())
    return raw[:at] + (b"1" if raw[at : at + 1] == b"0" else b"0") + raw[at + 1 :]


class Courier:
    """Speaks to the platform as any bank would: by the addresses it was told."""

    def __init__(self, book: Book, settings: Settings) -> None:
        self._book = book
        self._postbox = Postbox(settings)
        self._clock = HttpTransport(settings.public_url)
        self._stop = threading.Event()
        self._taken: dict[str, Parcel] = {}

    def start(self) -> None:
        """Begin both rounds."""
        for turn, seconds in ((self.deliver, PUSH_EVERY), (self.set_clock, CLOCK_EVERY)):
            threading.Thread(target=self._round, args=(turn, seconds), daemon=True).start()

    def stop(self) -> None:
        """End both rounds after the turn under way."""
        self._stop.set()

    def deliver(self) -> None:
        """Push what is due; whatever is not taken is tried again later."""
        while not self._stop.is_set() and self.deliver_one():
            pass

    def deliver_one(self) -> bool:
        """Push one due notice; False when none is due."""
        with self._book.session() as session:
            found = self._due(session)
            if found is None:
                return False
            at, entry, parcel = found
            probes = self._probes(at, parcel)
        for probe in probes:
            self._postbox.deliver(at.code, probe)
        taken = self._postbox.deliver(at.code, parcel)
        if taken:
            self._taken.setdefault(at.code, parcel)
        with self._book.session() as session:
            push = session.get_one(Push, entry.seq)
            push.attempts += 1
            if taken:
                push.copies -= 1
            if push.copies <= 0:
                session.delete(push)
            elif not taken:
                wait = self._postbox.again_after(at.code, push.attempts)
                push.due_at = wall_now(session) + wait
        return True

    def set_clock(self) -> None:
        """Take over the demonstration's clock offset; it only grows."""
        try:
            answered = self._clock.request("GET", "/clock")
            offset = timedelta(seconds=float(json.loads(answered.body)["offset"]))
        except (BankUnreachableError, ValueError, KeyError, TypeError):
            return
        with self._book.session() as session:
            clock = session.get_one(BookClock, 1)
            # The answer is rounded to the millisecond: smaller changes are no shift.
            ahead = offset + faults.skew(session)
            if abs(ahead - clock.ahead) > timedelta(milliseconds=50):
                clock.ahead = ahead

    def _due(self, session: Session) -> tuple[Till, BookEntry, Parcel] | None:
        """The oldest due notice of a bank that is up; the newest of one that reorders."""
        down = faults.all_down(session)
        found: tuple[Till, BookEntry, Parcel] | None = None
        due = session.scalars(
            select(Push).where(Push.due_at <= wall_now(session)).order_by(Push.seq)
        )
        for push in due:
            entry = session.get_one(BookEntry, push.seq)
            at = till_of_master(session, entry.account)
            notice = dialect_of(at).notice if at is not None else None
            if at is None or notice is None:
                session.delete(push)
            elif at.code not in down and (found is None or at.code == found[0].code):
                if found is not None and at.fault("reorder_push") is None:
                    break
                found = at, entry, notice(at, self._as_told(session, at, entry))
        return found

    def _as_told(self, session: Session, at: Till, entry: BookEntry) -> BookEntry:
        """The entry as its notice tells it: sometimes not as it stands in the book."""
        if at.fault("differing_push") is None:
            return entry
        facts = {c.name: getattr(entry, c.name) for c in BookEntry.__table__.columns}
        return BookEntry(**{**facts, "amount_fen": entry.amount_fen + 1})

    def _probes(self, at: Till, parcel: Parcel) -> list[Parcel]:
        """What somebody else would send: a notice with a digit changed, one caught earlier."""
        probes = []
        if at.fault("forged_push") is not None:
            probes.append(replace(parcel, raw=forged(parcel.raw)))
        if at.fault("replay_push") is not None and at.code in self._taken:
            probes.append(self._taken[at.code])
        return probes

    def _round(self, turn: object, seconds: float) -> None:
        assert callable(turn)
        while not self._stop.wait(seconds):
            try:
                turn()
            except Exception:
                LOG.exception("a turn failed")
