"""The inbox of what banks send: sealed before it is kept, kept before it is read.

The listener keeps pushes under a database role of its own, which may only insert; the worker keeps
reports, reads everything and compares what came twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import psycopg
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy.orm import Session

from escrow.banks import booking, queries
from escrow.banks.gateway import BankGateway, Notice, Report, UnreadableError
from escrow.banks.models import Inbox, InboxRepeat
from escrow.banks.reaching import reach
from escrow.banks.rules import InboxState, Origin
from escrow.bookings import queries as bookings
from escrow.bookings.seals import public_bytes, seal, unseal
from escrow.deposits import actions as deposits
from escrow.ledger.models import Bank
from kernel.ids import new_id
from kernel.pure.errors import Refused
from kernel.secrets import Keys

_PAGE: Final = 4096
# In words of their own: this is done hundreds of times a second. No conflict target is named, for
# naming one would ask for the right to read the table.
_NEW: Final = (
    "INSERT INTO inbox (id, bank_id, event_id, origin, sealed, received_at, state) VALUES"
    " (%(id)s, %(bank_id)s, %(event_id)s, %(origin)s, %(sealed)s, legal_now(), 'received')"
    " ON CONFLICT DO NOTHING"
)
_NEW_REPORT: Final = _NEW.replace("state) VALUES (", "state, covers_until) VALUES (").replace(
    "'received')", "'received', %(covers_until)s)"
)
_AGAIN: Final = (
    "INSERT INTO inbox_repeat (id, bank_id, event_id, sealed)"
    " VALUES (%(id)s, %(bank_id)s, %(event_id)s, %(sealed)s)"
)


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message whose signature held: from which bank, under which of its ids."""

    bank_id: UUID
    code: str
    event_id: str
    raw: bytes = field(repr=False)


def keep_arrived(
    session: Session, arrived: Sequence[Arrived], *, sealing_key: bytes
) -> tuple[bool, ...]:
    """Seal and store pushes; for each, whether its id was new.

    Nothing is read back, so that a role which may only insert can do it. Of an id that is known the
    new bytes wait for the worker to be compared.
    """
    rows = [{**_row(one, sealing_key), "origin": Origin.PUSH.value} for one in arrived]
    new = _insert(session, _NEW, rows)
    again = [row for row, is_new in zip(rows, new, strict=True) if not is_new]
    if again:
        _insert(session, _AGAIN, again)
    return new


def keep_report(session: Session, bank: Bank, report: Report) -> bool:
    """Keep a report with news; one without only moves the feed. Returns whether it had news.

    Refuses ESC-2104.
    """
    references = tuple(entry.bank_ref for entry in report.entries)
    if set(references) <= queries.known_references(session, bank.id, references):
        deposits.advance_feed(session, bank.id, report.complete_until)
        return False
    key = bookings.newest_sealing_key(session)
    if key is None:
        raise Refused("ESC-2104")
    arrived = Arrived(bank.id, bank.code, f"report/{report.message_id}", report.raw)
    _keep_polled(session, arrived, key.public_key, covers_until=report.complete_until)
    return True


def read_messages(
    session: Session,
    messages: Sequence[Inbox],
    bank: Bank,
    gateway: BankGateway,
    *,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> None:
    """Book what kept messages of one bank say, one after the other, as they came.

    One that cannot be read is set aside. An entry that contradicts an earlier booking raises the
    alarm over its message; all others are booked, and the feed is as complete as the bank says.
    """
    session.refresh(bank, with_for_update={"key_share": True})
    read = [(one, told) for one in messages if (told := _told(one, bank, gateway, key)) is not None]
    booking.hold(session, bank, [entry for _, told in read for entry in told.entries])
    public = public_bytes(key)
    for message, told in read:
        booked = booking.book_held(
            session, bank, told.entries, sealing_key=public, now=now, message_id=message.id
        )
        message.state = InboxState.DONE
        if booked.contradicting:
            set_aside(message, InboxState.ALARM, "one reference, two bookings")
        if message.covers_until is not None:
            deposits.advance_feed(session, bank.id, message.covers_until)


def _told(
    message: Inbox, bank: Bank, gateway: BankGateway, key: ec.EllipticCurvePrivateKey
) -> Notice | None:
    try:
        return gateway.parse_callback({}, open_kept(message.sealed, bank, message.event_id, key))
    except UnreadableError as error:
        set_aside(message, InboxState.QUARANTINED, str(error))
        return None


def keep_unreadable(
    session: Session, bank: Bank, error: UnreadableError, *, about: str, now: datetime
) -> None:
    """Keep the raw bytes of an answer that nobody could read, with the cause.

    One for each question and cause in an hour: a bank that errs errs at every question anew.
    """
    key = bookings.newest_sealing_key(session)
    event_id = f"unreadable/{about}/{error.cause}/{now:%Y%m%dT%H}"
    if not error.raw or key is None or queries.is_kept(session, bank.id, event_id):
        return
    arrived = Arrived(bank.id, bank.code, event_id, error.raw)
    _keep_polled(session, arrived, key.public_key)
    kept = queries.message(session, bank.id, event_id)
    set_aside(kept, InboxState.QUARANTINED, str(error))


def set_aside(message: Inbox, state: InboxState, cause: str) -> None:
    """Keep a message that must not be booked, with the cause (never its content)."""
    message.state = state
    message.cause = cause


def compare_repeat(
    session: Session, repeat: InboxRepeat, keys: Keys, *, key: ec.EllipticCurvePrivateKey
) -> bool:
    """Drop a true repeat; over another body under a known id raise the alarm and keep both.

    A bank that encrypts anew each time repeats itself in other bytes: what they say is compared.
    """
    first = queries.message(session, repeat.bank_id, repeat.event_id, lock=True)
    bank = session.get_one(Bank, first.bank_id)
    one, other = (
        open_kept(sealed, bank, first.event_id, key) for sealed in (first.sealed, repeat.sealed)
    )
    same = one == other or _say_the_same(reach(session, bank, keys), one, other)
    if same:
        session.delete(repeat)
    else:
        repeat.contradicts = True
        set_aside(first, InboxState.ALARM, "one message id, two bodies")
    return same


def open_kept(sealed: bytes, bank: Bank, event_id: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The raw bytes of a kept message. Raises ValueError."""
    padded = unseal(key, sealed, info=_place(bank.code, event_id))
    length = int.from_bytes(padded[:8], "big")
    return padded[8 : 8 + length]


def _keep_polled(
    session: Session, arrived: Arrived, sealing_key: bytes, *, covers_until: datetime | None = None
) -> None:
    row = _row(arrived, sealing_key)
    told = {**row, "origin": Origin.POLL.value, "covers_until": covers_until}
    if _insert(session, _NEW_REPORT, [told]) == (False,):
        _insert(session, _AGAIN, [row])


def _row(arrived: Arrived, sealing_key: bytes) -> dict[str, Any]:
    place = _place(arrived.code, arrived.event_id)
    return {
        "id": new_id(),
        "bank_id": arrived.bank_id,
        "event_id": arrived.event_id,
        "sealed": seal(sealing_key, _padded(arrived.raw), info=place),
    }


def _insert(session: Session, statement: str, rows: Sequence[dict[str, Any]]) -> tuple[bool, ...]:
    """Insert all rows in one turn to the server and back; for each, whether it was new."""
    cursor: psycopg.Cursor[Any] = session.connection().connection.cursor()  # type: ignore[assignment]
    with cursor:
        cursor.executemany(statement, rows, returning=True)
        new = [cursor.rowcount == 1]
        while cursor.nextset():
            new.append(cursor.rowcount == 1)
    return tuple(new)


def _say_the_same(gateway: BankGateway, one: bytes, other: bytes) -> bool:
    try:
        return gateway.parse_callback({}, one) == gateway.parse_callback({}, other)
    except UnreadableError:
        return False


def _place(code: str, event_id: str) -> bytes:
    return f"sunbid escrow inbox {code} {event_id}".encode()


def _padded(raw: bytes) -> bytes:
    """Length first, then zeros to a whole page: the stored size tells little of the content."""
    framed = len(raw).to_bytes(8, "big") + raw
    return framed.ljust(-(-len(framed) // _PAGE) * _PAGE, b"\0")
