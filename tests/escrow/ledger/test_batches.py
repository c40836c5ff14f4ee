"""Many journals in one call: the same books as one after another, and whole or nothing."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from escrow.ledger import rules
from escrow.ledger.actions import Posted, PostingError, open_accounts, post, post_many
from escrow.ledger.models import Account, Entry
from escrow.ledger.queries import disagreements
from escrow.ledger.rules import Journal, JournalKind, Posting, Side
from kernel.db import Database
from tests.escrow.ledger.test_posting import SUBS, count, journal, new_bank

amounts = st.integers(1, 1_000)
numbers = st.sampled_from(SUBS)
movements = st.one_of(
    st.tuples(st.just("credit"), numbers, amounts, st.just(0)),
    st.tuples(st.just("refund"), numbers, amounts, st.integers(0, 9)),
    st.tuples(st.just("reversal"), numbers, amounts, st.just(0)),
    st.tuples(st.just("repeat"), numbers, amounts, st.integers(0, 9)),
)
Movement = tuple[str, str, int, int]


def bank(database: Database) -> UUID:
    bank_id = new_bank(database)
    with database.writing() as session:
        open_accounts(session, bank_id, map(rules.interest_payable, SUBS))
    return bank_id


def journals(bank_id: UUID, wanted: list[Movement]) -> list[Journal]:
    """Journals of these movements; "repeat" gives an earlier one again."""
    made: list[Journal] = []
    for index, (kind, number, fen, more) in enumerate(wanted):
        if kind == "credit":
            made.append(journal(bank_id, f"{index}", rules.credit(number, fen)))
        elif kind == "refund":
            legs = rules.refund_ordered(number, fen, interest_fen=more)
            made.append(journal(bank_id, f"{index}", legs, JournalKind.REFUND_ORDERED))
        elif kind == "reversal":
            legs = rules.reversal(number, fen, available_fen=fen // 2)
            made.append(journal(bank_id, f"{index}", legs, JournalKind.REVERSAL))
        elif made:
            made.append(made[more % len(made)])
    return made


def one_by_one(database: Database, wanted: list[Journal]) -> list[bool] | str:
    """Which were replays, or the cause of the first refusal; whole or nothing."""
    try:
        with database.writing() as session:
            return [post(session, one).replayed for one in wanted]
    except PostingError as refused:
        return refused.cause


def at_once(database: Database, wanted: list[Journal]) -> list[bool] | str:
    try:
        with database.writing() as session:
            return [one.replayed for one in post_many(session, wanted)]
    except PostingError as refused:
        return refused.cause


def books(database: Database, bank_id: UUID) -> list[tuple[object, ...]]:
    """Counters of every account and every entry as it stands on it."""
    with database.reading() as session:
        assert disagreements(session) == []
        accounts = session.execute(
            select(Account.code, Account.dr_posted, Account.cr_posted, Account.version)
            .where(Account.bank_id == bank_id)
            .order_by(Account.code)
        ).all()
        entries = session.execute(
            select(
                Account.code,
                Entry.account_version,
                Entry.side,
                Entry.amount_fen,
                Entry.balance_after,
            )
            .join(Account, Account.id == Entry.account_id)
            .where(Account.bank_id == bank_id)
            .order_by(Account.code, Entry.account_version)
        ).all()
        return [*map(tuple, accounts), *map(tuple, entries), (count(session, bank_id),)]


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(
    first=st.lists(st.tuples(st.just("credit"), numbers, st.integers(1, 5_000), st.just(0))),
    wanted=st.lists(movements, min_size=1, max_size=12),
)
def test_the_same_books_as_one_after_another(
    shared_database: Database, first: list[Movement], wanted: list[Movement]
) -> None:
    banks = [bank(shared_database) for _ in range(2)]
    answers = []
    for bank_id, way in zip(banks, (one_by_one, at_once), strict=True):
        opening = [replace(one, key=f"o{one.key}") for one in journals(bank_id, first)]
        assert isinstance(one_by_one(shared_database, opening), list)
        answers.append(way(shared_database, journals(bank_id, wanted)))
    assert answers[0] == answers[1]
    assert books(shared_database, banks[0]) == books(shared_database, banks[1])


def test_a_batch_is_answered_in_its_order(shared_database: Database) -> None:
    bank_id = bank(shared_database)
    one, two, three = (journal(bank_id, k, rules.credit("6201", 5)) for k in "abc")
    with shared_database.writing() as session:
        before = post(session, two)
    with shared_database.writing() as session:
        found = post_many(session, [three, two, one, three])
        assert post_many(session, []) == ()
    assert [answer.replayed for answer in found] == [False, True, False, True]
    assert found[1] == Posted(before.journal_id, replayed=True)
    assert found[3].journal_id == found[0].journal_id


@pytest.mark.parametrize("cause", ["key_reused", "reused_inside", "no_account", "overdrawn"])
def test_one_bad_journal_refuses_the_batch(shared_database: Database, cause: str) -> None:
    bank_id = bank(shared_database)
    good = journal(bank_id, "good", rules.credit("6201", 5))
    if cause == "key_reused":
        with shared_database.writing() as session:
            post(session, journal(bank_id, "bad", rules.credit("6201", 6)))
    before = books(shared_database, bank_id)
    bad = {
        "key_reused": journal(bank_id, "bad", rules.credit("6201", 7)),
        "reused_inside": replace(good, postings=rules.credit("6201", 7)),
        "no_account": journal(bank_id, "bad", rules.credit("nowhere", 7)),
        # In the end there would be enough; at its turn there is not.
        "overdrawn": journal(bank_id, "bad", rules.refund_ordered("6202", 1)),
    }[cause]
    later = journal(bank_id, "later", rules.credit("6202", 5))
    with pytest.raises(PostingError) as refused, shared_database.writing() as session:
        post_many(session, [good, bad, later])
    assert refused.value.cause == {"reused_inside": "key_reused"}.get(cause, cause)
    assert refused.value.key == bad.key
    assert books(shared_database, bank_id) == before


def test_two_banks_in_one_batch_keep_their_own_accounts(shared_database: Database) -> None:
    here, there = bank(shared_database), bank(shared_database)
    with shared_database.writing() as session:
        post_many(
            session,
            [
                journal(here, "1", rules.credit("6201", 5)),
                journal(there, "1", rules.credit("6201", 7)),
            ],
        )
    assert ("cash", 5, 0, 1) in books(shared_database, here)
    assert ("cash", 7, 0, 1) in books(shared_database, there)


MALFORMED = [
    ("ARRAY[1]", "ARRAY['cash']", "ARRAY[1]", "ARRAY[5]"),
    ("ARRAY[1, 1]", "ARRAY['cash', 'suspense']", "ARRAY[1, -1]", "ARRAY[5, -5]"),
    ("ARRAY[1, 1]", "ARRAY['cash', 'suspense']", "ARRAY[1, 0]", "ARRAY[5, 5]"),
    ("ARRAY[1, 1]", "ARRAY['cash', NULL]", "ARRAY[1, -1]", "ARRAY[5, 5]"),
    ("ARRAY[1, 1]", "ARRAY['cash', 'suspense']", "ARRAY[1, -1]", "ARRAY[5]"),
    ("ARRAY[2, 2]", "ARRAY['cash', 'suspense']", "ARRAY[1, -1]", "ARRAY[5, 5]"),
    ("ARRAY[]", "ARRAY[]", "ARRAY[]", "ARRAY[]"),
]
RAW = (
    "SELECT * FROM post_journals(ARRAY[gen_random_uuid()], ARRAY['bad'], ARRAY['credit'],"
    " ARRAY[:bank]::uuid[], ARRAY[now()], {0}::integer[], {1}::text[], {2}::smallint[],"
    " {3}::bigint[])"
)


@pytest.mark.parametrize("legs", MALFORMED)
def test_malformed_batches_are_refused(
    shared_database: Database, legs: tuple[str, str, str, str]
) -> None:
    bank_id = bank(shared_database)
    with pytest.raises(DBAPIError, match="malformed"), shared_database.writing() as session:
        session.execute(text(RAW.format(*legs)), {"bank": bank_id})


def test_a_tilted_batch_is_refused(shared_database: Database) -> None:
    bank_id = bank(shared_database)
    legs = ("ARRAY[1, 1]", "ARRAY['cash', 'suspense']", "ARRAY[1, -1]", "ARRAY[5, 4]")
    with pytest.raises(DBAPIError, match="zero"), shared_database.writing() as session:
        session.execute(text(RAW.format(*legs)), {"bank": bank_id})
    assert count_of(shared_database, bank_id) == 0


def count_of(database: Database, bank_id: UUID) -> int:
    with database.reading() as session:
        return count(session, bank_id)


@pytest.mark.parametrize(
    "place", [(1, 2), (3, 2), (3, 3), (1, 1)], ids=["taken", "beyond", "more", "fewer"]
)
def test_an_old_journal_cannot_be_tilted(shared_database: Database, place: tuple[int, int]) -> None:
    """Not even by somebody who pretends to be posting: it has the legs it told of."""
    bank_id = bank(shared_database)
    with shared_database.writing() as session:
        posted = post(session, journal(bank_id, "1", rules.credit("6201", 5)))
        account = session.scalars(
            select(Account.id).where(Account.bank_id == bank_id, Account.code == "cash")
        ).one()
    with pytest.raises(IntegrityError), shared_database.writing() as session:
        session.execute(
            text(
                "INSERT INTO entry (journal_id, leg, legs, account_id, account_version, side,"
                " amount_fen, balance_after) VALUES (:journal, :leg, :legs, :account, 99, 'debit',"
                " 1, 1)"
            ),
            {
                "journal": posted.journal_id,
                "account": account,
                "leg": place[0],
                "legs": place[1],
            },
        )


def test_a_journal_without_legs_fails_at_the_commit(shared_database: Database) -> None:
    bank_id = bank(shared_database)
    with pytest.raises(DBAPIError, match="zero"), shared_database.writing() as session:
        session.execute(
            text(
                "INSERT INTO journal (id, key, body_hash, kind, bank_id, occurred_at, ledger_day,"
                " legs) VALUES (gen_random_uuid(), 'empty', '', 'credit', :bank, now(),"
                " current_date, 2)"
            ),
            {"bank": bank_id},
        )


def test_both_ways_make_the_same_body(shared_database: Database) -> None:
    """A journal posted alone is a replay in a batch, whatever its legs."""
    bank_id = bank(shared_database)
    legs = (
        Posting(rules.CASH, Side.DEBIT, 9),
        Posting(rules.SUSPENSE, Side.CREDIT, 4),
        Posting(rules.BANK_CLAIM, Side.CREDIT, 5),
    )
    wanted = journal(bank_id, "three", legs)
    with shared_database.writing() as session:
        alone = post(session, wanted)
        (again,) = post_many(session, [wanted])
    assert again == Posted(alone.journal_id, replayed=True)
