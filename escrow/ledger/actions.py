"""Posting and opening accounts. A journal is one call to the server, whole or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import Uuid, func, select
from sqlalchemy.dialects.postgresql import (
    ARRAY,
    BIGINT,
    INTEGER,
    SMALLINT,
    TEXT,
    TIMESTAMP,
    insert,
)
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
    "ES006": "day_closed",
}


class PostingError(RuntimeError):
    """The ledger refused a journal; `cause` is one of `_ERRORS`.

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
    fresh = new_id()
    call = func.post_journal(
        fresh,
        journal.key,
        journal.kind.value,
        journal.bank_id,
        journal.occurred_at,
        cast([leg.account.code for leg in legs], ARRAY(TEXT)),
        cast([1 if leg.side is Side.DEBIT else -1 for leg in legs], ARRAY(SMALLINT)),
        cast([leg.amount_fen for leg in legs], ARRAY(BIGINT)),
        type_=Uuid(),
    )
    with _refusals(journal.key):
        found = session.execute(select(call)).scalar_one()
    return Posted(found, replayed=found != fresh)


def post_many(session: Session, journals: Sequence[Journal]) -> tuple[Posted, ...]:
    """As if each were posted after the other, in one call: all of them or none.

    Answers in their order. Raises PostingError, which names the key at fault.
    """
    legs = [(n, leg) for n, one in enumerate(journals, start=1) for leg in one.postings]
    call = func.post_journals(
        cast([new_id() for _ in journals], ARRAY(Uuid())),
        cast([one.key for one in journals], ARRAY(TEXT)),
        cast([one.kind.value for one in journals], ARRAY(TEXT)),
        cast([one.bank_id for one in journals], ARRAY(Uuid())),
        cast([one.occurred_at for one in journals], ARRAY(TIMESTAMP(timezone=True))),
        cast([n for n, _ in legs], ARRAY(INTEGER)),
        cast([leg.account.code for _, leg in legs], ARRAY(TEXT)),
        cast([1 if leg.side is Side.DEBIT else -1 for _, leg in legs], ARRAY(SMALLINT)),
        cast([leg.amount_fen for _, leg in legs], ARRAY(BIGINT)),
    ).table_valued("journal_id", "replayed")
    with _refusals("of a batch"):
        rows = session.execute(select(call.c.journal_id, call.c.replayed)).all()
    return tuple(Posted(row.journal_id, row.replayed) for row in rows)


@contextmanager
def _refusals(key: str) -> Iterator[None]:
    """The database's refusals as PostingError; it tells the key where it knows it."""
    try:
        yield
    except DBAPIError as error:
        cause = _ERRORS.get(getattr(error.orig, "sqlstate", None) or "")
        if cause is None:
            raise
        told = getattr(getattr(error.orig, "diag", None), "message_detail", None)
        raise PostingError(cause, told or key) from error


def open_accounts(session: Session, bank_id: UUID, names: Iterable[AccountName]) -> None:
    """Open accounts at zero; those that exist stay as they are."""
    rows = [
        {"id": new_id(), "bank_id": bank_id, "code": name.code, "kind": name.kind} for name in names
    ]
    if rows:
        session.execute(
            insert(Account).on_conflict_do_nothing(index_elements=["bank_id", "code"]), rows
        )
