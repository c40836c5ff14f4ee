"""Posting and opening accounts. A journal is one call to the server, whole or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import ARRAY, BIGINT, SMALLINT, TEXT, insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session
from sqlalchemy.sql import cast

from escrow.ledger.models import Account
from escrow.ledger.rules import AccountName, Journal, Side
from kernel.ids import new_id

_ERRORS: Final = {
    "ES001": "key_reused",
    "ES002": "overdrawn",
    "ES003": "no_account",
    "ES004": "malformed",
}


class PostingError(RuntimeError):
    """The ledger refused a journal; `cause` is key_reused, overdrawn, no_account or malformed.

    The transaction is lost: nothing of it was written.
    """

    def __init__(self, cause: str, key: str) -> None:
        super().__init__(f"journal {key}: {cause}")
        self.cause = cause
        self.key = key


@dataclass(frozen=True, slots=True)
class Posted:
    """The ledger's answer; `replayed` when the same journal had been posted before."""

    journal_id: UUID
    replayed: bool


def post(session: Session, journal: Journal) -> Posted:
    """Post `journal` once. Same key and body: the same answer. Raises PostingError."""
    legs = journal.postings
    call = func.post_journal(
        new_id(),
        journal.key,
        journal.kind.value,
        journal.bank_id,
        journal.occurred_at,
        cast([leg.account.code for leg in legs], ARRAY(TEXT)),
        cast([1 if leg.side is Side.DEBIT else -1 for leg in legs], ARRAY(SMALLINT)),
        cast([leg.amount_fen for leg in legs], ARRAY(BIGINT)),
    ).table_valued("journal_id", "replayed")
    try:
        row = session.execute(select(call.c.journal_id, call.c.replayed)).one()
    except DBAPIError as error:
        cause = _ERRORS.get(getattr(error.orig, "sqlstate", None) or "")
        if cause is None:
            raise
        raise PostingError(cause, journal.key) from error
    return Posted(row.journal_id, row.replayed)


def open_accounts(session: Session, bank_id: UUID, names: Iterable[AccountName]) -> None:
    """Open accounts at zero; those that exist stay as they are."""
    rows = [
        {"id": new_id(), "bank_id": bank_id, "code": name.code, "kind": name.kind} for name in names
    ]
    if rows:
        session.execute(
            insert(Account).on_conflict_do_nothing(index_elements=["bank_id", "code"]), rows
        )
