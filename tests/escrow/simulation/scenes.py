"""One bidder at one bank, to whom a fault happens: what is done there, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select, text

from escrow import public
from escrow.banks.models import Inbox
from escrow.banks.rules import InboxState
from escrow.banks.simulator.book import BookEntry, Customer
from escrow.banks.simulator.dialects import dialect_of
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.tills import till
from escrow.bookings.models import BankEntry
from escrow.refunds.models import Refund
from tests.escrow.simulation.base import Base, chance_of
from tests.escrow.simulation.seeds import Life
from tests.escrow.simulation.world import TERMS, Holder, World, opened

OWN = "33010402"
FEN = TERMS.amount_fen


@dataclass(slots=True)
class Scene:
    """One bidder at one bank; `life` drives the processes."""

    world: World
    life: Life
    holder: Holder

    @property
    def bank(self) -> str:
        return self.holder.bank

    def fault(self, kind: str, *, times: int = 1, seconds: int = 0) -> None:
        self.world.fault(kind, self.bank, times=times, seconds=seconds)

    def pay(self, fen: int = FEN, *, payer: str = OWN) -> str:
        ref = self.world.pay(payer, self.holder.number, fen)
        assert ref is not None
        return ref

    def go_on(self, *, seconds: int = 3, rounds: int = 2) -> None:
        """Pushes, polls, bookings, refunds; so many times, with time between."""
        for _ in range(rounds):
            self.life.post.deliver()
            self.world.poll(self.bank)
            self.world.read()
            self.world.send_refunds()
            self.world.wait(timedelta(seconds=seconds))
        self.life.check()

    def reach(self, moment: timedelta) -> None:
        """Until so long after the deadline."""
        self.world.wait(TERMS.deadline + moment - self.world.wall)

    def judged(self) -> public.Verdict:
        """After the deadline and one more poll."""
        if self.world.wall <= TERMS.deadline:
            self.reach(timedelta(minutes=1))
        self.go_on(rounds=1)
        return self.world.judge(self.holder)

    def refund(self) -> Refund:
        with self.world.database.reading() as session:
            return session.scalars(select(Refund)).one()

    def booked(self) -> list[tuple[str, int]]:
        with self.world.database.reading() as session:
            rows = session.execute(
                select(BankEntry.kind, BankEntry.amount_fen).order_by(BankEntry.bank_ref)
            )
            return sorted((kind.value, fen) for kind, fen in rows)

    def balance(self, kind: str) -> int:
        with self.world.database.reading() as session:
            total = text("SELECT sum(abs(dr_posted - cr_posted)) FROM account WHERE kind = :kind")
            return int(session.scalar(total, {"kind": kind}) or 0)

    def money_of(self, account: str) -> int:
        with self.world.base.book.session() as book:
            return book.get_one(Customer, account).balance_fen

    def parcel(self, ref: str) -> Parcel:
        """The bank's notice of a booking, as it would be pushed now."""
        with self.world.base.book.session() as book:
            at = till(book, self.bank)
            entry = book.scalars(
                select(BookEntry).where(
                    BookEntry.bank_ref == ref, BookEntry.account == at.state.master_number
                )
            ).one()
            notice = dialect_of(at).notice
            assert notice is not None
            return notice(at, entry)

    def states(self) -> list[InboxState]:
        with self.world.database.reading() as session:
            return list(session.scalars(select(Inbox.state)))


def scene_at(base: Base, bank: str) -> Iterator[Scene]:
    with opened(base, chance_of(7)) as world:
        world.codes = (bank,)
        life = Life(world, [])
        world.meanwhile = lambda: None
        yield Scene(world, life, world.claim(bank, OWN))
