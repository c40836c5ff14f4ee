"""One seed: some hundred acts and faults by chance, then everything heals and must agree."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.banks.simulator import faults
from escrow.banks.simulator.book import BankState, BookClock, BookEntry
from escrow.bookings.models import BankEntry
from escrow.ledger.models import JournalRow
from escrow.reconciliation import actions, queries
from escrow.reconciliation.closing import close_day
from escrow.reconciliation.completeness import SHANGHAI
from escrow.reconciliation.models import BreakState, ReconBreak, StatementLine, StatementRow
from escrow.reconciliation.rules import BreakCode
from kernel.clock import legal_now
from tests.escrow import invariants
from tests.escrow.simulation.base import COMPANY, OWN_ACCOUNTS, PERSON, Base, chance_of
from tests.escrow.simulation.world import TERMS, Post, World, opened, survived

STEPS = 60
CHECK_EVERY = 20
ROUNDS = 12
SKEW = 600
FAULTS = sorted(faults.FAULTS - {"slow_answer"})
LASTING = {"delay_push": 7200, "book_late": 5400, "down": 40_000, "clock_skew": SKEW}


@dataclass(frozen=True, slots=True)
class Told:
    """What a seed came to."""

    seed: int
    acts: tuple[str, ...]
    kills: int
    journals: int


class Failed(AssertionError):
    """A seed whose world broke a promise; the words name the seed, and it replays."""


def run(base: Base, seed: int, *, steps: int = STEPS) -> Told:
    """Live through one seed. Raises Failed."""
    chance = chance_of(seed)
    acts: list[str] = []
    try:
        with opened(base, chance) as world:
            life = Life(world, acts)
            for step in range(steps):
                life.step()
                if step % CHECK_EVERY == CHECK_EVERY - 1:
                    life.check()
            life.heal()
            life.check()
            life.agree()
            with world.database.reading() as session:
                journals = len(session.scalars(select(JournalRow.id)).all())
            return Told(seed, tuple(acts), world.kills, journals)
    except Exception as error:
        told = "\n  ".join(acts)
        raise Failed(f"seed {seed} after:\n  {told}\n{type(error).__name__}: {error}") from error


class Life:
    """Acts of a world by chance."""

    def __init__(self, world: World, acts: list[str]) -> None:
        self.world, self.acts, self.chance = world, acts, world.chance
        self.post = Post(world)
        self.codes = world.codes
        world.meanwhile = self.meanwhile
        self._inside = False
        self.deeds: tuple[tuple[int, Callable[[], None]], ...] = (
            (6, self.claim),
            (12, self.pay),
            (3, self.pay_wrongly),
            (3, self.reverse),
            (12, self.fault),
            (14, self.deliver),
            (12, self.poll),
            (16, self.read),
            (10, self.send_refunds),
            (12, self.wait),
            (3, self.look),
            (5, self.judge),
            (2, self.withdraw),
            (2, self.release),
            (2, self.propose),
            (3, self.approve),
            (2, self.accuse),
            (2, self.uphold),
            (3, self.statements),
            (2, self.enrol),
            (5, self.kill_soon),
        )

    def step(self) -> None:
        weights = [weight for weight, _ in self.deeds]
        [(_, deed)] = self.chance.choices(self.deeds, weights)
        self.note(deed.__name__)
        survived(self.world, deed)

    def note(self, words: str) -> None:
        self.acts.append(f"{self.world.wall:%d %H:%M:%S} {words}")

    def meanwhile(self) -> None:
        """While a bank is asked, others go on."""
        if self._inside or self.chance.random() > 0.15:
            return
        self._inside = True
        try:
            deed = self.chance.choice((self.pay, self.reverse, self.read, self.judge, self.poll))
            self.note(f"meanwhile {deed.__name__}")
            deed()
        finally:
            self._inside = False

    # -- acts

    def claim(self) -> None:
        if len(self.world.holders) < 6:
            bank = self.chance.choice(self.codes)
            self.world.claim(bank, self.chance.choice(list(OWN_ACCOUNTS)))

    def pay(self) -> None:
        if not self.world.holders:
            return self.claim()
        holder = self.chance.choice(self.world.holders)
        fen = self.chance.choice((TERMS.amount_fen, TERMS.amount_fen, 50_000_00, 30_000_00, 1))
        fen = self.chance.choice((fen, fen, 2 * fen, fen + self.chance.randrange(100)))
        self.world.pay(holder.account, holder.number, fen)
        return None

    def pay_wrongly(self) -> None:
        if self.world.holders:
            holder = self.chance.choice(self.world.holders)
            account = self.chance.choice((COMPANY, PERSON, *OWN_ACCOUNTS))
            self.world.pay(account, holder.number, TERMS.amount_fen)

    def reverse(self) -> None:
        self.world.reverse()

    def fault(self) -> None:
        kind, bank = self.chance.choice(FAULTS), self.chance.choice(self.codes)
        if kind == "statement_gap" and not self._told_of_a_day(bank):
            # Of the first number nobody can tell that it is wrong.
            return
        seconds = LASTING.get(kind, 0)
        if kind == "clock_skew":
            seconds = self.chance.choice((-SKEW, SKEW, 0))
        elif kind == "duplicate_push":
            seconds = self.chance.randint(1, 5)
        elif seconds:
            seconds = self.chance.randrange(1, seconds)
        self.note(f"{kind} at {bank}, {seconds} s")
        self.world.fault(kind, bank, times=self.chance.randint(1, 3), seconds=seconds)

    def _told_of_a_day(self, bank: str) -> bool:
        bank_id = self.world.bank_id(bank)
        with self.world.database.reading() as session:
            return session.scalar(select(StatementRow.id).filter_by(bank_id=bank_id)) is not None

    def deliver(self) -> None:
        for _ in range(self.chance.randint(1, 4)):
            self.post.deliver_one()

    def poll(self) -> None:
        self.world.poll(self.chance.choice(self.codes))

    def read(self) -> None:
        self.world.read(self.chance.randint(1, 6))

    def send_refunds(self) -> None:
        self.world.send_refunds()

    def wait(self) -> None:
        seconds = self.chance.choice((3, 65, 400, 20_000, 50_000, 90_000))
        self.world.wait(timedelta(seconds=self.chance.randint(1, seconds)))

    def look(self) -> None:
        if self.world.holders:
            self.world.look(self.chance.choice(self.world.holders))

    def judge(self) -> None:
        if self.world.wall > TERMS.deadline and self.world.holders:
            self.world.judge(self.chance.choice(self.world.holders))

    def withdraw(self) -> None:
        if self.world.holders:
            self.world.withdraw(self.chance.choice(self.world.holders))

    def release(self) -> None:
        if self.world.holders:
            self.world.release(self.chance.choice(self.world.holders))

    def accuse(self) -> None:
        if self.world.holders:
            self.world.accuse(self.chance.choice(self.world.holders))

    def uphold(self) -> None:
        self.world.uphold()

    def propose(self) -> None:
        self.world.propose()

    def approve(self) -> None:
        self.world.approve()

    def statements(self) -> None:
        self.world.fetch_statements()

    def enrol(self) -> None:
        self.world.enrol_again()

    def kill_soon(self) -> None:
        self.world.database.fuse = self.chance.randrange(4)
        self.world.database.before_commit = self.chance.random() < 0.5

    # -- the end

    def check(self) -> None:
        self.world.database.fuse, fuse = None, self.world.database.fuse
        with self.world.database.reading() as session, self.world.base.book.session() as book:
            found = invariants.broken(session, book, lies=self.world.lies)
        assert not found, "; ".join(found)
        self.world.database.fuse = fuse

    def heal(self) -> None:
        """No fault is left, everything that waits is done."""
        self.note("heal")
        world = self.world
        world.database.fuse, world.meanwhile = None, lambda: None
        with world.base.book.session() as book:
            faults.heal(book)
            book.get_one(BookClock, 1).ahead = timedelta(0)
        # A clock that was ahead by so much is caught up with.
        world.wait(timedelta(seconds=2 * SKEW))
        world.enrol_again()
        for patience in range(ROUNDS):
            self.post.deliver()
            for code in world.codes:
                world.poll(code)
            world.read()
            world.send_refunds()
            if not world.waiting():
                break
            world.wait(timedelta(seconds=65 if patience < 4 else 7200))
        assert not world.waiting(), "something waits for ever"
        for holder in world.holders:
            if world.wall > TERMS.deadline:
                world.judge(holder)

    def agree(self) -> None:
        """A statement of every day: open is what the banks told untruly, no more, no less."""
        world = self.world
        world.wait(timedelta(days=1))
        for code in world.codes:
            world.poll(code)
        world.read()
        world.fetch_statements()
        world.fetch_statements()
        with world.database.reading() as session:
            rows = session.scalars(select(StatementRow)).all()
            torn = [f"{one.day} {one.faults}" for one in rows if one.faults]
            assert not torn, f"statements are not whole: {torn}"
            found = sorted(self._breaks(session))
        assert found == sorted(self._truth()), f"breaks {found}, truth {sorted(self._truth())}"
        self._settle_and_close()
        self.check()

    def _breaks(self, session: Session) -> Iterator[tuple[str, str]]:
        rows = session.scalars(select(ReconBreak).where(ReconBreak.state.in_(queries.UNDECIDED)))
        for one in rows:
            line = session.get(StatementLine, one.line_id) if one.line_id else None
            entry = session.get(BankEntry, one.entry_id) if one.entry_id else None
            told = line or entry
            assert told is not None
            yield one.code.value, told.bank_ref

    def _truth(self) -> set[tuple[str, str]]:
        """From the banks' own book: what was never heard, and what was heard otherwise."""
        world = self.world
        with world.database.reading() as session:
            heard = {one.bank_ref: one.amount_fen for one in session.scalars(select(BankEntry))}
        with world.base.book.session() as book:
            masters = select(BankState.master_number).where(BankState.code.in_(world.codes))
            rows = book.scalars(select(BookEntry).where(BookEntry.account.in_(masters))).all()
        unheard = {one.bank_ref for one in rows if one.bank_ref not in heard}
        assert unheard <= world.withheld, f"lost: {unheard - world.withheld}"
        truth = {(BreakCode.NOT_BOOKED.value, ref) for ref in unheard}
        return truth | {
            (BreakCode.AMOUNT_DIFFERS.value, one.bank_ref)
            for one in rows
            if heard.get(one.bank_ref, one.amount_fen) != one.amount_fen
        }

    def _settle_and_close(self) -> None:
        """Two people explain what is open; then every day closes."""
        world = self.world
        with world.database.writing() as session:
            for one in session.scalars(select(ReconBreak)).all():
                if one.state is BreakState.OPEN:
                    now = legal_now(session)
                    actions.explain(session, one.id, words="在途", by=world.person(), now=now)
                    actions.agree(session, one.id, words="在途", by=world.person(), now=now)
        for code in world.codes:
            bank_id = world.bank_id(code)
            with world.database.reading() as session:
                today = legal_now(session).astimezone(SHANGHAI).date()
            while True:
                with world.database.writing() as session:
                    day = queries.next_to_close(session, bank_id)
                    if day is None or day >= today:
                        break
                    close_day(
                        session,
                        bank_id,
                        day,
                        keys=world.house.keys,
                        by=world.person(),
                        now=legal_now(session),
                    )
