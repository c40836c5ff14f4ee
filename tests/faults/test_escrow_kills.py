"""kill -9 of listener, worker and PostgreSQL between every two steps of money coming and going.

A lock on the table of the next step stops a process exactly there; then it, or the server under
it, is killed. What was acknowledged is there afterwards, and nothing is there twice.
"""

import shutil
import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import select

from escrow import public
from escrow.banks.models import Inbox
from escrow.banks.rules import InboxState
from escrow.bookings.models import BankEntry, SubAccount
from escrow.ledger.models import Bank, JournalRow
from escrow.ledger.queries import disagreements
from escrow.public import DepositTerms, Outcome, Payer
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from kernel import clock, postgres
from kernel.ids import new_id
from kernel.settings import Settings
from tests import scratch
from tests.escrow.conftest import PAYERS, RICH, free_port, simulator, with_listener
from tests.faults.escrow_processes import PUSHER, Place, enrolled, founded

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

FEN = 80_000_00
OWNER = Payer(PAYERS[0]["name"], PAYERS[0]["account"])
KILLED = ("process", "postgres")
BOOKING = ("journal", "entry", "bank_entry", "outbox_event")
"""Tables in the order in which one booking writes them."""


@pytest.fixture(scope="module")
def place(postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    """A platform on a server of its own that forgets nothing; the bank's book lies elsewhere."""
    folder = scratch.folder()
    server = postgres.Server(folder)
    server.start()
    name = f"test_{new_id().hex[:12]}"
    postgres.create_database(server.url(), "kills")
    postgres.create_database(postgres_url, name)
    told = Settings(
        database_url=server.url("kills"),
        listener_database_url=server.url("kills", user="sunbid_listener"),
        state_dir=tmp_path_factory.mktemp("kills"),
        simulator_database_url=postgres.beside(postgres_url, name),
        public_url=f"http://127.0.0.1:{free_port()}",
        bank_url=f"http://127.0.0.1:{free_port()}",
    )
    settings = with_listener(told)
    house = founded(settings)
    try:
        with simulator(settings) as bank:
            bank.ask("PUT", "/api/payers", [{**one, "balance_fen": RICH} for one in PAYERS])
            found = Place(server, house, bank, enrolled(house, bank.enrolments()))
            with found.processes():
                yield found
    finally:
        house.database.dispose()
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
        postgres.drop_database(postgres_url, name)


class Payments:
    """Pushed payments into one account, each under a reference of its own."""

    def __init__(self, place: Place, name: str) -> None:
        self.place = place
        self.name = name
        self.refs: set[str] = set()
        with place.house.database.writing() as session:
            now = clock.legal_now(session)
            self.claimed = public.claim_sub_account(session, bank=PUSHER, now=now)

    def push(self) -> threading.Thread:
        """Begin to push one until it is acknowledged."""
        ref = f"K-{self.name}-{len(self.refs)}"
        self.refs.add(ref)
        told = (ref, self.claimed.number, FEN)
        sending = threading.Thread(target=self.place.pusher.until_acknowledged, args=told)
        sending.start()
        return sending

    def booked(self) -> bool:
        with self.place.house.database.reading() as session:
            query = select(BankEntry.bank_ref).where(BankEntry.bank_ref.in_(self.refs))
            return set(session.scalars(query)) == self.refs


def check(place: Place, refs: set[str]) -> None:
    """Every acknowledged booking once, the books sound, no message in doubt."""

    def read() -> bool:
        with place.house.database.reading() as session:
            waiting = select(Inbox.id).where(Inbox.state == InboxState.RECEIVED)
            return session.scalar(waiting.limit(1)) is None

    place.until(read)
    with place.house.database.reading() as session:
        assert disagreements(session) == []
        found = session.scalars(select(BankEntry.bank_ref)).all()
        assert len(found) == len(set(found)) and refs <= set(found)
        keys = session.scalars(select(JournalRow.key).where(JournalRow.key.like("bank/%"))).all()
        assert sorted(key.rpartition("/")[2] for key in keys) == sorted(found)
        assert set(session.scalars(select(Inbox.state))) == {InboxState.DONE}


def settled(place: Place, ref: str) -> bool:
    """Whether the one order for this credit was booked by its bank."""
    with place.house.database.reading() as session:
        query = select(Refund.state).join(BankEntry, BankEntry.id == Refund.credit_id)
        states = session.scalars(query.where(BankEntry.bank_ref == ref)).all()
        return list(states) == [RefundState.SETTLED]


@pytest.mark.parametrize("killed", KILLED)
def test_what_comes_in_is_kept_and_booked_once(place: Place, killed: str) -> None:
    """Received → inbox → journal → entries → bank entry → told on → verdict."""
    payments = Payments(place, killed)
    with place.stopping("inbox") as stop:
        sending = payments.push()
        stop.wait()
        place.kill(killed, or_else="listener")
    sending.join()
    for table in BOOKING:
        with place.stopping(table) as stop:
            payments.push().join()
            stop.wait()
            place.kill(killed, or_else="worker")
    place.until(payments.booked)
    check(place, payments.refs)
    wanted = FEN * len(payments.refs)
    with place.house.database.reading() as session:
        terms = DepositTerms(wanted, clock.legal_now(session) + timedelta(days=1))
        found = public.status(session, token=payments.claimed.token, lot=terms, payer=OWNER)
    assert (found.received_fen, found.outcome) == (wanted, Outcome.SPLIT)


@pytest.mark.parametrize("killed", KILLED)
def test_what_goes_back_is_paid_once(place: Place, killed: str) -> None:
    """Booked → ordered → with the bank, not answered → answered → booked; each is died before."""
    payer = PAYERS[2]["account"]
    before = place.bank.balance(payer)
    # Nobody holds these accounts: their money is ordered back as soon as it is booked.
    with place.stopping("refund") as ordering:
        refs = [pay_into_pool(place)]
        ordering.wait()
        place.kill(killed, or_else="worker")
    place.until(lambda: settled(place, refs[0]))
    with place.stopping("payment_order", at_bank=True) as sending:
        refs.append(pay_into_pool(place))
        sending.wait()
        place.kill(killed, or_else="worker")
    place.until(lambda: settled(place, refs[1]))
    with place.stopping("payment_order", at_bank=True) as sending:
        refs.append(pay_into_pool(place))
        sending.wait()
        with place.stopping("bank_entry") as booking:
            sending.go_on()
            booking.wait()
            place.kill(killed, or_else="worker")
    place.until(lambda: settled(place, refs[2]))
    check(place, set(refs))
    assert place.bank.balance(payer) == before
    signs = [line["sign"] for line in place.bank.book(payer)]
    assert signs.count("DBIT") == signs.count("CRDT")


def pay_into_pool(place: Place) -> str:
    """Pay into an account that nobody has claimed; the bank's reference."""
    with place.house.database.reading() as session:
        pool = select(SubAccount.number).join(Bank, Bank.id == SubAccount.bank_id)
        number = session.scalars(pool.where(Bank.code == "yunlan").limit(1)).first()
    assert number is not None
    return str(place.bank.pay(PAYERS[2]["account"], number, FEN)["bank_ref"])
