"""Receiving what banks send: seal, keep, answer; and reading it later in the worker."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.banks import queries
from escrow.banks.booking import book_all
from escrow.banks.gateway import BankGateway, Report, UnreadableError
from escrow.banks.gateways import CHECKS
from escrow.banks.models import BankKey, BankLink, Inbox, InboxRepeat
from escrow.banks.reaching import reach
from escrow.banks.rules import InboxState, LinkState, Origin
from escrow.bookings import queries as bookings
from escrow.bookings.models import SealingKey
from escrow.bookings.seals import public_bytes, seal, unseal
from escrow.deposits import actions as deposits
from escrow.ledger import actions as ledger
from escrow.ledger.models import Bank, MasterAccount
from escrow.ledger.rules import FIXED
from kernel.ids import new_id
from kernel.pure.errors import Refused
from kernel.secrets import Keys

_PAGE: Final = 4096
_MAX_REPEATS: Final = 16


def register_bank(session: Session, *, enrolment: Mapping[str, Any], now: datetime) -> UUID:
    """Enter a bank, its master account and its signing key; again, only the address changes."""
    code = str(enrolment["code"])
    bank = bookings.bank_by_code(session, code)
    if bank is None:
        bank = Bank(
            id=new_id(),
            code=code,
            name=enrolment["name"],
            adapter=enrolment["adapter"],
            base_url=enrolment["base_url"],
        )
        session.add(bank)
        session.flush()
        session.add(
            MasterAccount(
                bank_id=bank.id,
                number=enrolment["master_number"],
                name=enrolment["master_name"],
            )
        )
    # Every time: an account that a later version of the chart brings is opened then.
    ledger.open_accounts(session, bank.id, FIXED)
    bank.base_url = enrolment["base_url"]
    session.execute(
        insert(BankKey)
        .values(
            id=new_id(),
            bank_id=bank.id,
            key_id=enrolment["key_id"],
            public_key=bytes.fromhex(enrolment["public_key"]),
            valid_from=now,
        )
        .on_conflict_do_nothing(index_elements=["bank_id", "key_id"])
    )
    session.flush()
    return bank.id


def publish_sealing_key(
    session: Session, key: ec.EllipticCurvePrivateKey, *, now: datetime
) -> bytes:
    """Make the worker's public key known to the listeners; returns it."""
    public = public_bytes(key)
    session.execute(
        insert(SealingKey)
        .values(id=new_id(), public_key=public, created_at=now)
        .on_conflict_do_nothing(index_elements=["public_key"])
    )
    return public


def receive(
    session: Session,
    *,
    code: str,
    headers: Mapping[str, str],
    raw: bytes,
    now: datetime,
    wall: datetime,
) -> None:
    """Keep a pushed message whose signature holds. Refuses ESC-2101…2104, ESC-1102."""
    bank = bookings.bank_by_code(session, code)
    if bank is None:
        raise Refused("ESC-1102")
    keys = queries.active_keys(session, bank.id)
    event_id = CHECKS[bank.adapter](headers, raw, keys=keys, now=wall)
    keep(session, bank, event_id=event_id, raw=raw, origin=Origin.PUSH, now=now)


def keep(
    session: Session,
    bank: Bank,
    *,
    event_id: str,
    raw: bytes,
    origin: Origin,
    now: datetime,
    covers_until: datetime | None = None,
) -> None:
    """Seal `raw` and store it; the same id again waits to be compared. Refuses ESC-2104."""
    key = bookings.newest_sealing_key(session)
    if key is None:
        raise Refused("ESC-2104")
    sealed = seal(key.public_key, _padded(raw), info=_place(bank, event_id))
    inserted = session.execute(
        insert(Inbox)
        .values(
            id=new_id(),
            bank_id=bank.id,
            event_id=event_id,
            origin=origin,
            sealed=sealed,
            covers_until=covers_until,
            received_at=now,
            state=InboxState.RECEIVED,
        )
        .on_conflict_do_nothing(index_elements=["bank_id", "event_id"])
        .returning(Inbox.id)
    ).first()
    if inserted is None:
        first = session.scalars(
            select(Inbox.id).where(Inbox.bank_id == bank.id, Inbox.event_id == event_id)
        ).one()
        if queries.repeats_of(session, first) < _MAX_REPEATS:
            session.add(InboxRepeat(inbox_id=first, sealed=sealed))


def keep_report(session: Session, bank: Bank, report: Report, *, now: datetime) -> bool:
    """Keep a report with news; one without only moves the feed. Returns whether it had news."""
    references = tuple(entry.bank_ref for entry in report.entries)
    if set(references) <= queries.known_references(session, bank.id, references):
        deposits.advance_feed(session, bank.id, report.complete_until)
        return False
    keep(
        session,
        bank,
        event_id=f"report/{report.message_id}",
        raw=report.raw,
        origin=Origin.POLL,
        now=now,
        covers_until=report.complete_until,
    )
    return True


def read_message(
    session: Session,
    message: Inbox,
    bank: Bank,
    gateway: BankGateway,
    *,
    key: ec.EllipticCurvePrivateKey,
    now: datetime,
) -> int:
    """Book what a kept message says; returns how many entries were new.

    Raises UnreadableError and ContradictionError, for which the caller sets the message aside.
    """
    session.refresh(bank, with_for_update={"key_share": True})
    raw = open_kept(message.sealed, bank, message.event_id, key)
    notice = gateway.parse_callback({}, raw)
    public = public_bytes(key)
    new = book_all(session, bank, notice.entries, sealing_key=public, now=now)
    message.state = InboxState.DONE
    if message.covers_until is not None:
        deposits.advance_feed(session, bank.id, message.covers_until)
    return new


def set_aside(message: Inbox, state: InboxState, cause: str) -> None:
    """Keep a message that must not be booked, with the cause (never its content)."""
    message.state = state
    message.cause = cause


def compare_repeat(
    session: Session, repeat: InboxRepeat, keys: Keys, *, key: ec.EllipticCurvePrivateKey
) -> bool:
    """Drop a true repeat; raise the alarm over another body under a known id.

    A bank that encrypts anew each time repeats itself in other bytes: what they say is compared.
    """
    first = session.get_one(Inbox, repeat.inbox_id, with_for_update=True)
    bank = session.get_one(Bank, first.bank_id)
    one, other = (
        open_kept(sealed, bank, first.event_id, key) for sealed in (first.sealed, repeat.sealed)
    )
    same = one == other or _say_the_same(reach(session, bank, keys), one, other)
    if not same:
        set_aside(first, InboxState.ALARM, "one message id, two bodies")
    session.delete(repeat)
    return same


def _say_the_same(gateway: BankGateway, one: bytes, other: bytes) -> bool:
    try:
        return gateway.parse_callback({}, one) == gateway.parse_callback({}, other)
    except UnreadableError:
        return False


def open_kept(sealed: bytes, bank: Bank, event_id: str, key: ec.EllipticCurvePrivateKey) -> bytes:
    """The raw bytes of a kept message. Raises ValueError."""
    padded = unseal(key, sealed, info=_place(bank, event_id))
    length = int.from_bytes(padded[:8], "big")
    return padded[8 : 8 + length]


def note_link(
    session: Session, bank: Bank, *, state: LinkState, cause: str | None, wall: datetime
) -> None:
    """Remember how the bank answered."""
    values = {"state": state, "checked_at": wall, "cause": cause}
    session.execute(
        insert(BankLink)
        .values(bank_id=bank.id, **values)
        .on_conflict_do_update(index_elements=["bank_id"], set_=values)
    )


def _place(bank: Bank, event_id: str) -> bytes:
    return f"sunbid escrow inbox {bank.code} {event_id}".encode()


def _padded(raw: bytes) -> bytes:
    """Length first, then zeros to a whole page: the stored size tells little of the content."""
    framed = len(raw).to_bytes(8, "big") + raw
    return framed.ljust(-(-len(framed) // _PAGE) * _PAGE, b"\0")
