"""The simulated banks' own book, in its own database; nothing of the platform is in it.

Every writing holds one lock, so that a report never says "complete" past a booking under way.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    DateTime,
    ForeignKey,
    Identity,
    Interval,
    create_engine,
    func,
    select,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

LOCK = 0x42414E4B
FIRST = "yunlan"
"""The bank whose book this was alone, before the others came."""
NOT_OVERDRAWN = "balance_fen >= 0 OR kind IN ('master', 'sub')"
LATER_COLUMNS = (
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS interest_number text NOT NULL DEFAULT ''",
    f"ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS code text NOT NULL DEFAULT '{FIRST}'",
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS port bigint NOT NULL DEFAULT 0",
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS partner_key bytea NOT NULL DEFAULT ''",
    'ALTER TABLE bank_state DROP COLUMN IF EXISTS "only"',
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS port bigint NOT NULL DEFAULT 0",
    "ALTER TABLE bank_state DROP COLUMN IF EXISTS clock_offset",
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS folder text NOT NULL DEFAULT ''",
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS files bigint NOT NULL DEFAULT 0",
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS told_until timestamptz",
    "CREATE UNIQUE INDEX IF NOT EXISTS bank_state_code ON bank_state (code)",
    "ALTER TABLE book_entry ADD COLUMN IF NOT EXISTS interest boolean NOT NULL DEFAULT false",
    f"ALTER TABLE customer_account ADD COLUMN IF NOT EXISTS bank text NOT NULL DEFAULT '{FIRST}'",
    f"ALTER TABLE payment_order ADD COLUMN IF NOT EXISTS bank text NOT NULL DEFAULT '{FIRST}'",
    f"ALTER TABLE fault ADD COLUMN IF NOT EXISTS bank text NOT NULL DEFAULT '{FIRST}'",
    "ALTER TABLE fault DROP CONSTRAINT IF EXISTS fault_pkey",
    "CREATE UNIQUE INDEX IF NOT EXISTS fault_of_bank ON fault (bank, kind)",
    "ALTER TABLE customer_account DROP CONSTRAINT IF EXISTS not_overdrawn",
    f"ALTER TABLE customer_account ADD CONSTRAINT not_overdrawn CHECK ({NOT_OVERDRAWN})",
)


class DeclinedError(ValueError):
    """The bank declines, in words for the person at its counter."""


class BookBase(DeclarativeBase):
    """Tables of the simulated banks, apart from the platform's."""

    type_annotation_map = {
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        timedelta: Interval(),
    }


class BookClock(BookBase):
    """The one row of the simulator itself: how far its banks' clocks run ahead of the wall."""

    __tablename__ = "book_clock"

    only: Mapped[int] = mapped_column(primary_key=True, default=1)
    ahead: Mapped[timedelta] = mapped_column(default=timedelta(0))


class BankState(BookBase):
    """One bank: signing key, our master account there, where its interest comes from, its line.

    One that drops files: its folder, how many it numbered, and to when they reach.
    """

    __tablename__ = "bank_state"

    code: Mapped[str] = mapped_column(primary_key=True)
    signing_key: Mapped[bytes]
    master_number: Mapped[str]
    interest_number: Mapped[str] = mapped_column(default="")
    port: Mapped[int] = mapped_column(default=0)
    partner_key: Mapped[bytes] = mapped_column(default=b"")
    folder: Mapped[str] = mapped_column(default="")
    files: Mapped[int] = mapped_column(default=0)
    told_until: Mapped[datetime | None]


class Customer(BookBase):
    """An account: a master account, one of its sub-accounts, a payer's, or a bank's own.

    `bank` is where it is kept. A bank that pays twice or takes back what it has paid out overdraws
    our account by its own fault.
    """

    __tablename__ = "customer_account"
    __table_args__ = (CheckConstraint(NOT_OVERDRAWN, name="not_overdrawn"),)

    number: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    balance_fen: Mapped[int] = mapped_column(default=0)


class BookEntry(BookBase):
    """One side of a booking. For the master account, `sub_account` says for whom."""

    __tablename__ = "book_entry"

    seq: Mapped[int] = mapped_column(Identity(always=True), primary_key=True)
    bank_ref: Mapped[str] = mapped_column(index=True)
    account: Mapped[str] = mapped_column(ForeignKey(Customer.number), index=True)
    sign: Mapped[str]
    amount_fen: Mapped[int]
    other_number: Mapped[str]
    other_name: Mapped[str]
    other_personal: Mapped[bool]
    sub_account: Mapped[str | None] = mapped_column(index=True)
    booked_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    end_to_end: Mapped[str | None]
    reverses: Mapped[str | None]
    returned: Mapped[bool] = mapped_column(default=False)
    interest: Mapped[bool] = mapped_column(default=False)


class PaymentOrder(BookBase):
    """A pain.001 as taken: the same key again gives the same answer, never a second payment."""

    __tablename__ = "payment_order"

    key: Mapped[str] = mapped_column(primary_key=True)
    bank: Mapped[str]
    digest: Mapped[bytes]
    status: Mapped[str]
    taken_at: Mapped[datetime]


class Push(BookBase):
    """A notice to be delivered `copies` times; `due_at` is wall time."""

    __tablename__ = "push"

    seq: Mapped[int] = mapped_column(ForeignKey(BookEntry.seq), primary_key=True)
    due_at: Mapped[datetime]
    copies: Mapped[int] = mapped_column(default=1)
    attempts: Mapped[int] = mapped_column(default=0)


class Fault(BookBase):
    """A fault of one bank, to be made `times` more; `seconds` long where that has a meaning."""

    __tablename__ = "fault"

    bank: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    seconds: Mapped[int]
    until: Mapped[datetime | None]


class Book:
    """The banks' database; `session` is one transaction."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(
            url.replace("postgresql://", "postgresql+psycopg://", 1),
            pool_pre_ping=True,
            connect_args={"options": "-c timezone=UTC"},
        )

    def create(self) -> None:
        """Make the tables and columns that are missing."""
        BookBase.metadata.create_all(self.engine)
        with self.engine.begin() as connection:
            for statement in LATER_COLUMNS:
                connection.execute(text(statement))
        with Session(self.engine) as session, session.begin():
            if session.get(BookClock, 1) is None:
                session.add(BookClock(only=1, ahead=timedelta(0)))

    @contextmanager
    def session(self) -> Iterator[Session]:
        """One transaction under the book's lock, committed when the block ends."""
        with Session(self.engine, expire_on_commit=False) as session, session.begin():
            session.execute(select(func.pg_advisory_xact_lock(LOCK)))
            yield session


def wall_now(session: Session) -> datetime:
    """Wall time: when to push, how long a fault lasts."""
    found: datetime = session.scalars(select(func.clock_timestamp())).one()
    return found


def bank_now(session: Session) -> datetime:
    """The banks' booking time: wall time plus the demonstration's offset."""
    return wall_now(session) + session.get_one(BookClock, 1).ahead
