"""Asking for a bank's bytes, and the worker's answer.

The worker alone opens the seal. It seals what may be shown anew, to a key that stands in the link
of the person who asked and nowhere else, so that the database never holds the bytes in clear.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from escrow.banks.gateway import BankGateway, UnreadableError
from escrow.banks.inbox import open_kept
from escrow.banks.models import Inbox
from escrow.banks.reaching import reach
from escrow.bookings import queries as bookings
from escrow.bookings.models import BankEntry
from escrow.bookings.rules import BookedEntry
from escrow.bookings.seals import (
    new_token,
    public_bytes,
    seal,
    token_bytes,
    token_key,
    unseal,
    worker_key,
)
from escrow.disclosure.queries import is_listed
from escrow.disclosure.rules import SHANGHAI
from escrow.explorer.models import Look
from escrow.explorer.rules import KEPT_FOR, LookState, Told, judge
from escrow.ledger.models import Bank
from escrow.refunds import queries as refunds
from kernel.permissions import Account
from kernel.pure.errors import Refused
from kernel.secrets import Keys

_PLACE: Final = b"sunbid escrow look "


def ask(
    session: Session, message_id: UUID, *, sealed_from: date | None, by: Account, now: datetime
) -> tuple[Look, str]:
    """Ask the worker for a message; returns the row and the key for the asker's link."""
    token = new_token()
    raw = token_bytes(token)
    assert raw is not None
    look = Look(
        message_id=message_id,
        person_id=by.person_id,
        person_name=by.person_name,
        organisation=by.organisation_name,
        asked_at=now,
        sealed_from=sealed_from,
        public_key=public_bytes(token_key(raw)),
    )
    session.add(look)
    session.flush()
    return look, token


def answer_next(session: Session, keys: Keys, *, now: datetime) -> bool:
    """The worker's answer to the oldest question; False when nobody waits."""
    look = session.scalars(
        select(Look)
        .where(Look.state == LookState.ASKED)
        .order_by(Look.asked_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if look is None:
        return False
    message = session.get_one(Inbox, look.message_id)
    bank = session.get_one(Bank, message.bank_id)
    raw = open_kept(message.sealed, bank, message.event_id, worker_key(keys))
    told = _told(session, bank, reach(session, bank, keys), raw)
    look.cause = judge(told, sealed_from=look.sealed_from)
    look.state = LookState.REFUSED if look.cause else LookState.SHOWN
    look.answered_at = now
    if look.state is LookState.SHOWN:
        look.sealed = seal(look.public_key, raw, info=_PLACE + look.id.bytes)
    return True


def opened(look: Look, token: str) -> bytes:
    """The bytes, for whoever holds the link. Refuses ESC-1903 for another's or after erasure."""
    key = token_bytes(token)
    if key is None or look.sealed is None:
        raise Refused("ESC-1903")
    try:
        return unseal(token_key(key), look.sealed, info=_PLACE + look.id.bytes)
    except ValueError:
        raise Refused("ESC-1903") from None


def erase_old(session: Session, *, now: datetime) -> None:
    """Erase what was shown; that it was shown stays."""
    session.execute(
        update(Look)
        .where(Look.answered_at < now - KEPT_FOR, Look.sealed.is_not(None))
        .values(sealed=None)
    )


def _told(session: Session, bank: Bank, gateway: BankGateway, raw: bytes) -> list[Told] | None:
    try:
        entries = gateway.parse_callback({}, raw).entries
    except UnreadableError:
        return None
    return [
        Told(one.booked_at.astimezone(SHANGHAI).date(), _is_listed(session, bank, one))
        for one in entries
    ]


def _is_listed(session: Session, bank: Bank, entry: BookedEntry) -> bool:
    """By the sub-account it names, or by the refund of ours that it repeats."""
    if entry.number is not None:
        sub = bookings.by_number(session, entry.number)
        return sub is not None and sub.bank_id == bank.id and is_listed(session, sub.id)
    refund = refunds.by_key(session, entry.end_to_end) if entry.end_to_end else None
    credit = session.get(BankEntry, refund.credit_id) if refund is not None else None
    return credit is not None and is_listed(session, credit.sub_account_id)
