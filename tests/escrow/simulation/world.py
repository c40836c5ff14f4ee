"""A world: platform, banks, bidders and officials under one clock, driven act by act."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import select, text

from escrow import public
from escrow.banks import actions as bank_actions
from escrow.banks import inbox, queries, rounds
from escrow.banks.gateways import CHECKS
from escrow.banks.simulator import faults, teller
from escrow.banks.simulator.book import BankState, BookClock, BookEntry, DeclinedError
from escrow.banks.simulator.courier import Courier
from escrow.banks.simulator.dialects import enrolment
from escrow.banks.simulator.parcels import Parcel
from escrow.banks.simulator.postbox import Postbox
from escrow.banks.simulator.tills import Till, till
from escrow.bookings.queries import bank_by_code
from escrow.deposits.jobs import return_unclaimed
from escrow.forfeits import actions as forfeits
from escrow.forfeits import queries as taken
from escrow.forfeits.models import Forfeit
from escrow.forfeits.rules import Beneficiary, ForfeitReason, Ground
from escrow.reconciliation import rounds as statements
from escrow.settlements import actions as settlements
from escrow.settlements import queries as settled
from kernel.clock import clock_timestamp, legal_now
from kernel.house import Call, House
from kernel.permissions import Account, Role, System
from kernel.pure.errors import Refused
from tests.escrow.simulation.base import COMPANY, OWN_ACCOUNTS, START, Base
from tests.escrow.simulation.chances import seeded
from tests.escrow.simulation.connections import Killed, OneDatabase
from tests.escrow.simulation.wire import ORIGIN, Wire, joined

TERMS = public.DepositTerms(80_000_00, START + timedelta(days=1, minutes=30))
TITLE = "道路勘察设计 1 标段"
GROUND = Ground(ForfeitReason.GAVE_UP, "条例第 74 条", "中标人书面放弃中标。", bytes(32))
TENDEREE = Beneficiary("云栖商贸有限公司", COMPANY, "云澜银行")
BOUND = 400
BANKS = 2  # that a world deals with


@dataclass(slots=True)
class Holder:
    """A bidder with a sub-account; the filed basic account is `account`."""

    bank: str
    number: str
    token: str
    account: str
    bidder: UUID
    final: public.Verdict | None = None

    @property
    def payer(self) -> public.Payer:
        return public.Payer(OWN_ACCOUNTS[self.account], self.account)


class _Box(Postbox):
    """The way to the listener, without a socket."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.house.settings)
        self._receive = world.receive

    def deliver(self, code: str, parcel: Parcel) -> bool:
        return self._receive(code, parcel)


class Post(Courier):
    """The banks' courier, whose way to the listener is memory."""

    def __init__(self, world: "World") -> None:
        super().__init__(world.base.book, world.house.settings)
        self._world = world
        self._postbox = _Box(world)

    def _as_told(self, session: object, at: Till, entry: BookEntry) -> BookEntry:
        told = super()._as_told(session, at, entry)  # type: ignore[arg-type]
        if told.amount_fen != entry.amount_fen:
            self._world.lies.add(entry.bank_ref)
        return told


@dataclass(slots=True)
class World:
    """Everything of one seed. Methods are acts; each is a few transactions of the platform."""

    base: Base
    chance: random.Random
    codes: tuple[str, ...]
    wall: datetime = START
    holders: list[Holder] = field(default_factory=list)
    lies: set[str] = field(default_factory=set)
    withheld: set[str] = field(default_factory=set)
    lot: UUID = field(default_factory=uuid4)
    centre: UUID = field(default_factory=uuid4)
    kills: int = 0
    told: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    @property
    def house(self) -> House:
        return self.base.house

    @property
    def database(self) -> OneDatabase:
        return self.base.database

    # -- time

    def set_clock(self) -> None:
        self.base.database.world.set_clock(self.wall)
        assert self.base.book.world is not None
        self.base.book.world.set_clock(self.wall)

    def wait(self, span: timedelta) -> None:
        self.wall += span
        self.set_clock()

    # -- bidders and their banks

    def claim(self, bank: str, account: str) -> Holder:
        with self.database.writing() as session:
            made = public.claim_sub_account(session, bank=bank, now=legal_now(session))
        holder = Holder(bank, made.number, made.token, account, uuid4())
        self.holders.append(holder)
        return holder

    def pay(self, account: str, number: str, fen: int) -> str | None:
        try:
            with self.base.book.session() as book:
                entry = teller.pay(book, payer=account, sub_account=number, amount_fen=fen, at=None)
                return entry.bank_ref
        except DeclinedError:
            return None

    def reverse(self) -> None:
        """The bank takes some credit back, if it was not taken back yet."""
        with self.base.book.session() as book:
            masters = select(BankState.master_number)
            gone = select(BookEntry.reverses).where(BookEntry.reverses.is_not(None))
            found = book.scalars(
                select(BookEntry.bank_ref)
                .where(
                    BookEntry.account.in_(masters),
                    BookEntry.sign == "CRDT",
                    BookEntry.end_to_end.is_(None),
                    BookEntry.bank_ref.not_in(gone),
                )
                .order_by(BookEntry.seq)
            ).all()
            if found:
                teller.reverse(book, self.chance.choice(found))

    def fault(self, kind: str, bank: str, *, times: int = 1, seconds: int = 0) -> None:
        with self.base.book.session() as book:
            faults.make(book, bank, kind, times=times, seconds=seconds)
            book.get_one(BookClock, 1).ahead = faults.skew(book)

    def enrol_again(self) -> None:
        """Banks tell their newest key and it is entered, as after a rotation."""
        for code in self.codes:
            with self.base.book.session() as book:
                told = enrolment(till(book, code), ORIGIN)
            with self.database.writing() as session:
                bank_actions.register_bank(session, enrolment=told, now=legal_now(session))

    # -- the platform's processes

    def receive(self, code: str, parcel: Parcel) -> bool:
        """The listener: signature, window, then the inbox, then 200."""
        with self.database.writing() as session:
            signer = next(one for one in queries.signers(session) if one.code == code)
            key = queries.sealing_key(session)
            assert key is not None
            try:
                event_id = CHECKS[signer.adapter](
                    parcel.headers, parcel.raw, keys=signer.keys, now=clock_timestamp(session)
                )
            except Refused:
                return False
            arrived = inbox.Arrived(signer.bank_id, code, event_id, parcel.raw)
            inbox.keep_arrived(session, [arrived], sealing_key=key)
        return True

    def poll(self, bank: str) -> None:
        rounds.poll_bank(self.house, self.bank_id(bank))

    def read(self, most: int = BOUND) -> None:
        for step in (rounds.read_waiting, rounds.compare_one):
            for _ in range(most):
                if not step(self.house):
                    break

    def send_refunds(self) -> None:
        for refund_id in rounds.waiting_refunds(self.house):
            rounds.advance_refund(self.house, refund_id)

    def fetch_statements(self) -> None:
        for code in self.codes:
            statements.fetch(self.house, self.bank_id(code))
            statements.reconcile(self.house, self.bank_id(code))

    def return_unclaimed(self) -> None:
        with self.database.writing() as session:
            call = Call(session, System("world"), legal_now(session), self.house)
            return_unclaimed(call)

    # -- bidders and officials at the platform

    def look(self, holder: Holder) -> None:
        """A holder looks at the deposit; a wrong payer's money leaves by that."""
        with self.database.writing() as session:
            public.status(session, token=holder.token, lot=TERMS, payer=holder.payer)
            public.return_wrong_payer(
                session, token=holder.token, payer=holder.payer, now=legal_now(session)
            )

    def judge(self, holder: Holder) -> public.Verdict:
        with self.database.writing() as session:
            verdict = public.judge(
                session,
                number=holder.number,
                token=holder.token,
                terms=TERMS,
                payer=holder.payer,
                bidder_ref=holder.bidder,
                lot_ref=self.lot,
                now=legal_now(session),
            )
        if holder.final is not None:
            assert verdict == holder.final, "a final verdict changed"
        if verdict.finality is public.Finality.FINAL:
            holder.final = verdict
        return verdict

    def withdraw(self, holder: Holder) -> None:
        try:
            with self.database.writing() as session:
                public.release(
                    session,
                    token=holder.token,
                    reason=public.ReleaseReason.WITHDRAWN,
                    now=legal_now(session),
                )
        except Refused as refused:
            assert refused.code in ("ESC-1302", "ESC-1304")

    def release(self, holder: Holder) -> None:
        try:
            with self.database.writing() as session:
                public.release_judged(
                    session,
                    lot_ref=self.lot,
                    bidder_ref=holder.bidder,
                    reason=public.ReleaseReason.BID_REJECTED,
                    now=legal_now(session),
                )
        except Refused as refused:
            assert refused.code == "ESC-1304"

    def accuse(self, holder: Holder) -> None:
        """A winner gives up: what secured the bid is put before two people."""
        against = forfeits.Against(self.lot, holder.bidder, self.centre, TITLE, holder.payer.name)
        try:
            with self.database.writing() as session:
                forfeits.propose(
                    session, against, GROUND, TENDEREE, by="招标人", now=legal_now(session)
                )
        except Refused as refused:
            assert refused.code in ("ESC-1305", "ESC-1603", "ESC-1607")

    def uphold(self) -> None:
        """Two people decide every forfeiture that stands before them, one way or the other."""
        with self.database.reading() as session:
            ids = session.scalars(select(Forfeit.id).order_by(Forfeit.id)).all()
        for forfeit_id in ids:
            try:
                if self.chance.random() < 0.3:
                    with self.database.writing() as session:
                        now = legal_now(session)
                        by = self.person()
                        forfeits.end(session, forfeit_id, why="声明系伪造。", by=by, now=now)
                    continue
                for _ in range(2):
                    with self.database.writing() as session:
                        now = legal_now(session)
                        row = session.get_one(Forfeit, forfeit_id)
                        digest = taken.whole(session, row).order.digest
                        forfeits.approve(
                            session, forfeit_id, digest=digest, by=self.person(), now=now
                        )
            except Refused as refused:
                assert refused.code in ("ESC-1604", "ESC-1605", "ESC-1609")

    def propose(self) -> None:
        judged = [one for one in self.holders if one.final is not None]
        if not judged:
            return
        reason = public.ReleaseReason.NOT_SELECTED
        with self.database.writing() as session:
            now = legal_now(session)
            try:
                public.propose_settlement(
                    session,
                    lot_ref=self.lot,
                    centre_ref=self.centre,
                    lines=[public.SettlementLine(one.bidder, reason) for one in judged],
                    title=TITLE,
                    now=now,
                    due_at=now + timedelta(days=5),
                )
            except Refused as refused:
                assert refused.code == "ESC-1401"

    def approve(self) -> None:
        """Two people approve whatever stands before them."""
        for _ in range(2):
            with self.database.writing() as session:
                found = settled.by_lot(session, self.lot)
                if found is None:
                    return
                now = legal_now(session)
                whole = settled.whole(session, found, now=now)
                if not whole.batch.dues:
                    return
                settlements.approve(
                    session, found.id, digest=whole.batch.digest, by=self.person(), now=now
                )

    def person(self) -> Account:
        return Account(uuid4(), self.centre, Role.CENTRE, "周敏", "交易中心", uuid4(), "csrf")

    # -- reads

    def bank_id(self, code: str) -> UUID:
        with self.database.reading() as session:
            found = bank_by_code(session, code)
            assert found is not None
            return found.id

    def waiting(self) -> bool:
        """Whether anything is still under way."""
        with self.database.reading() as session:
            left = text(
                "SELECT (SELECT count(*) FROM inbox WHERE state = 'received')"
                " + (SELECT count(*) FROM refund WHERE state IN ('ordered', 'sent', 'unknown'))"
            )
            if session.scalar(left):
                return True
        with self.base.book.session() as book:
            return bool(book.scalar(text("SELECT count(*) FROM push")))


@contextmanager
def opened(base: Base, chance: random.Random) -> Iterator[World]:
    """A world at its first moment; at the end nothing of it is left."""
    base.book.begin_world()
    with seeded(chance):
        codes = tuple(chance.sample(base.codes, k=min(BANKS, len(base.codes))))
        world = World(base, chance, codes)
        wire = Wire(
            base.app,
            base.book,
            base.ports,
            lambda: base.database.depth,
            lambda: world.meanwhile(),  # noqa: PLW0108 - it changes
            world.withheld,
        )
        world.set_clock()
        with base.database.writing() as session:
            session.execute(text("SELECT setseed(:seed)"), {"seed": chance.random()})
        try:
            with joined(wire):
                yield world
        finally:
            base.database.fuse = None
            base.database.depth = 0
            base.database.world.end()
            assert base.book.world is not None
            base.book.world.end()
            base.book.world = None


def survived(world: World, act: Callable[[], None]) -> bool:
    """Do an act; False when the process was killed in it, and stands again."""
    try:
        act()
    except Killed:
        world.kills += 1
        world.set_clock()  # which a rolled back savepoint took with it
        return False
    return True
