"""Entering banks with their keys, and remembering how they answer."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from escrow.banks.models import BankKey, BankLink
from escrow.banks.rules import LinkState
from escrow.bookings import queries as bookings
from escrow.bookings.models import SealingKey
from escrow.bookings.seals import public_bytes
from escrow.ledger import actions as ledger
from escrow.ledger.models import Bank, MasterAccount
from escrow.ledger.rules import FIXED
from kernel.ids import new_id
from kernel.pure.errors import Refused


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
    add_key(
        session,
        bank.id,
        key_id=enrolment["key_id"],
        public_key=bytes.fromhex(enrolment["public_key"]),
        valid_from=now,
    )
    return bank.id


def add_key(
    session: Session, bank_id: UUID, *, key_id: str, public_key: bytes, valid_from: datetime
) -> None:
    """Take a bank's pushes under one more key from `valid_from` (legal time); known ids stay."""
    session.execute(
        insert(BankKey)
        .values(
            id=new_id(),
            bank_id=bank_id,
            key_id=key_id,
            public_key=public_key,
            valid_from=valid_from,
        )
        .on_conflict_do_nothing(index_elements=["bank_id", "key_id"])
    )
    session.flush()


def retire_key(session: Session, bank_id: UUID, *, key_id: str, at: datetime) -> None:
    """Take nothing under a key from `at` on (legal time); until then old and new hold.

    Refuses ESC-2105: no such key, or no other would hold from then on.
    """
    held = session.scalars(
        select(BankKey).where(BankKey.bank_id == bank_id).with_for_update()
    ).all()
    going = [key for key in held if key.key_id == key_id]
    staying = [
        key
        for key in held
        if key.key_id != key_id
        and key.valid_from <= at
        and (key.retired_at is None or key.retired_at > at)
    ]
    if not going or not staying:
        raise Refused("ESC-2105")
    going[0].retired_at = at
    session.flush()


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
