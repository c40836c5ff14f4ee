"""The simulated bank's own book, in its own database; nothing of the platform is in it.

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
LATER_COLUMNS = (
    "ALTER TABLE bank_state ADD COLUMN IF NOT EXISTS interest_number text NOT NULL DEFAULT ''",
    "ALTER TABLE book_entry ADD COLUMN IF NOT EXISTS interest boolean NOT NULL DEFAULT false",
)


class BookBase(DeclarativeBase):
    """Tables of the simulated bank, apart from the platform's."""

    type_annotation_map = {
        int: BigInteger(),
        datetime: DateTime(timezone=True),
        timedelta: Interval(),
    }


class BankState(BookBase):
    """The one row of the bank itself: signing key and how far its clock runs ahead."""

    __tablename__ = "bank_state"

    only: Mapped[int] = mapped_column(primary_key=True, default=1)
    signing_key: Mapped[bytes]
    master_number: Mapped[str]
    interest_number: Mapped[str] = mapped_column(default="")
    clock_offset: Mapped[timedelta] = mapped_column(default=timedelta(0))


class Customer(BookBase):
    """An account: the master account, one of its sub-accounts, a payer's, or the bank's own."""

    __tablename__ = "customer_account"
    __table_args__ = (CheckConstraint("balance_fen >= 0", name="not_overdrawn"),)

    number: Mapped[str] = mapped_column(primary_key=True)
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
    """A fault to be made `times` more; `seconds` long where that has a meaning."""

    __tablename__ = "fault"

    kind: Mapped[str] = mapped_column(primary_key=True)
    times: Mapped[int]
    seconds: Mapped[int]
    until: Mapped[datetime | None]


class Book:
    """The bank's database; `session` is one transaction."""

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
    """The bank's booking time: wall time plus the demonstration's offset."""
    return wall_now(session) + session.get_one(BankState, 1).clock_offset
