"""Closing a bank's day: its root, chained to the day before, signed, in the platform's log.

After it no journal enters that day: what the bank tells late goes to the first open day, and the
database refuses anything else.
"""

import hashlib
import os
from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from escrow.ledger.models import Bank
from escrow.reconciliation import actions, queries
from escrow.reconciliation.balances import balances
from escrow.reconciliation.completeness import Standing, StatementState, check_close
from escrow.reconciliation.models import DaySeal, ReconMatch, StatementLine, StatementRow
from kernel import log
from kernel.ids import new_id
from kernel.permissions import Account
from kernel.pure import merkle
from kernel.pure.errors import Refused
from kernel.pure.jcs import canonical
from kernel.secrets import Keys

PURPOSE: Final = b"sunbid escrow day/1\0"
FIRST: Final = bytes(32)
_SALT_BYTES: Final = 32


def close_day(
    session: Session, bank_id: UUID, day: date, *, keys: Keys, by: Account, now: datetime
) -> DaySeal:
    """Seal a day for ever; again, the same seal.

    Refuses ESC-1501 (no such bank), ESC-1502…1505.
    """
    # Postings hold a weaker lock on the bank: none is under way from here on.
    bank = session.get(Bank, bank_id, with_for_update=True, populate_existing=True)
    if bank is None:
        raise Refused("ESC-1501")
    known = queries.seal_of(session, bank_id, day)
    if known is not None:
        return known
    actions.reconcile_day(session, bank_id, day, now=now)
    check_close(day, standing(session, bank_id, day))
    row = queries.statement(session, bank_id, day)
    assert row is not None
    last = queries.last_seal(session, bank_id)
    number, previous = (last.number + 1, last.hash) if last else (1, FIRST)
    salt = os.urandom(_SALT_BYTES)
    root = root_of(session, row, salt)
    body = {
        "bank": bank.code,
        "day": day.isoformat(),
        "number": number,
        "previous": previous.hex(),
        "root": root.hex(),
    }
    stated = PURPOSE + canonical(body)
    signature = keys.sign_as_platform(stated)
    leaf_id = log.append(session, "escrow_day_closed", {**body, "signature": signature.hex()})
    seal = DaySeal(
        id=new_id(),
        bank_id=bank_id,
        day=day,
        number=number,
        previous_hash=previous,
        salt=salt,
        root=root,
        hash=hashlib.sha256(stated).digest(),
        signature=signature,
        leaf_id=leaf_id,
        closed_by=by.person_id,
        closed_name=by.person_name,
        closed_at=now,
    )
    session.add(seal)
    session.flush()
    return seal


def standing(session: Session, bank_id: UUID, day: date) -> Standing:
    """How far a day is from being closed."""
    row = queries.statement(session, bank_id, day)
    whole = row is not None and row.state is StatementState.WHOLE
    following = queries.next_to_close(session, bank_id)
    return Standing(
        whole=whole,
        reconciled=row is not None and row.reconciled_at is not None,
        open_breaks=queries.undecided_until(session, bank_id, day),
        residual_fen=balances(session, row).residual_fen if row and whole else 0,
        day_before_open=following if following is not None and following < day else None,
    )


def root_of(session: Session, row: StatementRow, salt: bytes) -> bytes:
    """The Merkle root (RFC 6962) over salt, statement, lines with their matches, breaks, journals.

    The salt keeps a reader of the log from guessing an empty day.
    """
    matched = session.execute(
        select(StatementLine, ReconMatch.entry_id, ReconMatch.level)
        .outerjoin(ReconMatch, ReconMatch.line_id == StatementLine.id)
        .where(StatementLine.statement_id == row.id)
        .order_by(StatementLine.position)
    )
    leaves = [
        salt,
        canonical(["statement", str(row.id), str(row.opening_fen), str(row.closing_fen)]),
    ]
    for line, entry_id, level in matched:
        told = [line.bank_ref, line.sign.value, str(line.amount_fen), line.number]
        found = [str(entry_id), level.value] if level else None
        leaves.append(canonical(["line", line.position, *told, found]))
    for one in queries.breaks_of(session, row.bank_id, row.day):
        people = [one.maker_name, one.checker_name]
        leaves.append(canonical(["break", str(one.id), one.code.value, one.words, people]))
    for key, body_hash in queries.journal_hashes(session, row.bank_id, row.day):
        leaves.append(canonical(["journal", key, body_hash.hex()]))
    return merkle.root(leaves)
