"""Posting and opening accounts. A journal is one call to the server, whole or not at all."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from escrow.ledger.models import Account
from escrow.ledger.rules import AccountName, Journal, Posting, Side
from kernel.ids import new_id

_ONE: Final = text(
    "SELECT post_journal(:id, :key, :kind, :bank, :at,"
    " CAST(:codes AS text[]), CAST(:signs AS smallint[]), CAST(:amounts AS bigint[]))"
)
_MANY: Final = text(
    "SELECT journal_id, replayed FROM post_journals(CAST(:ids AS uuid[]), CAST(:keys AS text[]),"
    " CAST(:kinds AS text[]), CAST(:banks AS uuid[]), CAST(:times AS timestamptz[]),"
    " CAST(:of AS integer[]),"
    " CAST(:codes AS text[]), CAST(:signs AS smallint[]), CAST(:amounts AS bigint[]))"
)
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
    fresh = new_id()
    told = {
        "id": fresh,
        "key": journal.key,
        "kind": journal.kind.value,
        "bank": journal.bank_id,
        "at": journal.occurred_at,
        **_legs(journal.postings),
    }
    with _refusals(journal.key):
        found = session.execute(_ONE, told).scalar_one()
    return Posted(found, replayed=found != fresh)


def post_many(session: Session, journals: Sequence[Journal]) -> tuple[Posted, ...]:
    """As if each were posted after the other, in one call: all of them or none.

    Answers in their order. Raises PostingError, which names the key at fault.
    """
    told = {
        "ids": [new_id() for _ in journals],
        "keys": [one.key for one in journals],
        "kinds": [one.kind.value for one in journals],
        "banks": [one.bank_id for one in journals],
        "times": [one.occurred_at for one in journals],
        "of": [n for n, one in enumerate(journals, start=1) for _ in one.postings],
        **_legs([leg for one in journals for leg in one.postings]),
    }
    with _refusals("of a batch"):
        rows = session.execute(_MANY, told).all()
    return tuple(Posted(row.journal_id, row.replayed) for row in rows)


def _legs(legs: Sequence[Posting]) -> dict[str, list[Any]]:
    return {
        "codes": [leg.account.code for leg in legs],
        "signs": [1 if leg.side is Side.DEBIT else -1 for leg in legs],
        "amounts": [leg.amount_fen for leg in legs],
    }


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
