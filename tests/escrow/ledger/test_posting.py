"""The posting call against PostgreSQL: idempotent, whole or nothing, append-only, zero-sum."""

from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from escrow.ledger import rules
from escrow.ledger.actions import Posted, PostingError, open_accounts, post
from escrow.ledger.models import Account, Bank, Entry, JournalRow
from escrow.ledger.queries import available, disagreements, trial_balance
from escrow.ledger.rules import AccountKind, AccountName, Journal, JournalKind, Posting
from kernel.db import Database
from kernel.ids import new_id

NOW = datetime(2026, 11, 22, 1, 30, tzinfo=UTC)
SUBS = ("6201", "6202", "6203")


def new_bank(database: Database) -> UUID:
    """A bank with its fixed accounts and three sub-accounts."""
    bank = Bank(id=new_id(), code=uuid4().hex, name="银行", adapter="iso20022", base_url="http://x")
    with database.writing() as session:
        session.add(bank)
        session.flush()
        open_accounts(session, bank.id, rules.FIXED)
        open_accounts(
            session, bank.id, (AccountName(AccountKind.DEPOSIT, number) for number in SUBS)
        )
    return bank.id


def journal(
    bank_id: UUID,
    key: str,
    postings: tuple[Posting, ...],
    kind: JournalKind = JournalKind.CREDIT,
) -> Journal:
    return Journal(
        key=f"{bank_id}/{key}",
        kind=kind,
        bank_id=bank_id,
        occurred_at=NOW,
        postings=postings,
    )


def post_one(database: Database, wanted: Journal) -> Posted:
    with database.writing() as session:
        return post(session, wanted)


def count(session: Session, bank_id: UUID) -> int:
    return (
        session.scalar(select(func.count(JournalRow.id)).where(JournalRow.bank_id == bank_id)) or 0
    )


class Ledger(RuleBasedStateMachine):
    """Postings with repeated, reused and overdrawing keys against a plain model."""

    keys = Bundle("keys")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.bank_id = new_bank(database)
        self.balances: dict[str, int] = {}
        self.counts: dict[str, int] = {}
        self.posted: dict[str, tuple[Journal, UUID]] = {}

    def apply(self, wanted: Journal) -> None:
        after = dict(self.balances)
        overdrawn = False
        for leg in wanted.postings:
            sign = 1 if (leg.side is rules.Side.CREDIT) != leg.account.kind.is_asset else -1
            code = leg.account.code
            after[code] = after.get(code, 0) + sign * leg.amount_fen
            overdrawn |= leg.account.kind is AccountKind.DEPOSIT and after[code] < 0
        if overdrawn:
            with pytest.raises(PostingError) as refused:
                post_one(self.database, wanted)
            assert refused.value.cause == "overdrawn"
            return
        answer = post_one(self.database, wanted)
        assert not answer.replayed
        self.balances = after
        for leg in wanted.postings:
            self.counts[leg.account.code] = self.counts.get(leg.account.code, 0) + 1
        self.posted[wanted.key] = (wanted, answer.journal_id)

    @rule(target=keys, number=st.sampled_from(SUBS), amount=st.integers(1, 10**9))
    def credit(self, number: str, amount: int) -> str:
        key = f"c{len(self.posted)}"
        self.apply(journal(self.bank_id, key, rules.credit(number, amount)))
        return key

    @rule(
        target=keys,
        number=st.sampled_from(SUBS),
        amount=st.integers(1, 10**9),
        salt=st.integers(0, 10**9),
    )
    def refund(self, number: str, amount: int, salt: int) -> str:
        key = f"r{len(self.posted)}-{salt}"
        wanted = journal(
            self.bank_id, key, rules.refund_ordered(number, amount), JournalKind.REFUND_ORDERED
        )
        self.apply(wanted)
        return key

    @rule(number=st.sampled_from(SUBS), amount=st.integers(1, 10**9))
    def reverse(self, number: str, amount: int) -> None:
        held = self.balances.get(f"deposit/{number}", 0)
        legs = rules.reversal(number, amount, available_fen=held)
        self.apply(journal(self.bank_id, f"v{len(self.posted)}", legs, JournalKind.REVERSAL))

    @rule(key=keys)
    def repeat(self, key: str) -> None:
        known = self.posted.get(f"{self.bank_id}/{key}")
        if known is not None:
            assert post_one(self.database, known[0]) == Posted(known[1], replayed=True)

    @rule(key=keys, amount=st.integers(1, 10**9))
    def reuse(self, key: str, amount: int) -> None:
        known = self.posted.get(f"{self.bank_id}/{key}")
        other = journal(self.bank_id, key, rules.unexplained_debit(amount))
        if known is not None and known[0] != other:
            with pytest.raises(PostingError) as refused:
                post_one(self.database, other)
            assert refused.value.cause == "key_reused"

    @invariant()
    def ledger_is_the_model(self) -> None:
        with self.database.reading() as session:
            rows = session.scalars(select(Account).where(Account.bank_id == self.bank_id)).all()
            for row in rows:
                net = row.cr_posted - row.dr_posted
                assert (-net if row.kind.is_asset else net) == self.balances.get(row.code, 0)
                assert row.version == self.counts.get(row.code, 0)
                if row.kind is AccountKind.DEPOSIT:
                    assert net - row.dr_pending >= 0
            assert sum(row.dr_posted - row.cr_posted for row in rows) == 0
            assert count(session, self.bank_id) == len(self.posted)
            assert disagreements(session) == []


def test_the_ledger_agrees_with_a_model(shared_database: Database) -> None:
    class OnThisDatabase(Ledger):
        def __init__(self) -> None:
            super().__init__(shared_database)

    run_state_machine_as_test(
        OnThisDatabase,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_balances_and_versions_stand_on_each_entry(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    post_one(shared_database, journal(bank_id, "1", rules.credit("6201", 700)))
    post_one(shared_database, journal(bank_id, "2", rules.credit("6201", 50)))
    with shared_database.reading() as session:
        entries = session.execute(
            select(Entry.account_version, Entry.balance_after)
            .join(Account, Account.id == Entry.account_id)
            .where(Account.code == "deposit/6201", Account.bank_id == bank_id)
            .order_by(Entry.account_version)
        ).all()
        assert [tuple(e) for e in entries] == [(1, 700), (2, 750)]
        held = AccountName(AccountKind.DEPOSIT, "6201")
        assert available(session, bank_id, held) == 750
        assert available(session, bank_id, AccountName(AccountKind.DEPOSIT, "none")) == 0
        code = session.get_one(Bank, bank_id).code
        lines = {line.kind: line for line in trial_balance(session) if line.bank == code}
        assert (lines[AccountKind.CASH].debit_fen, lines[AccountKind.CASH].credit_fen) == (
            750,
            0,
        )
        assert sum(line.debit_fen - line.credit_fen for line in lines.values()) == 0


def test_nothing_of_a_refused_journal_is_written(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    post_one(shared_database, journal(bank_id, "1", rules.credit("6201", 700)))
    for postings, cause in (
        (rules.refund_ordered("6201", 701), "overdrawn"),
        (rules.credit("nowhere", 1), "no_account"),
    ):
        with pytest.raises(PostingError) as refused:
            post_one(shared_database, journal(bank_id, "2", postings))
        assert refused.value.cause == cause
    with shared_database.reading() as session:
        assert count(session, bank_id) == 1
        assert disagreements(session) == []


def test_a_day_is_beijings(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    late = datetime(2026, 11, 22, 16, 30, tzinfo=UTC)
    wanted = Journal("night", JournalKind.CREDIT, bank_id, late, rules.credit("6201", 1))
    post_one(shared_database, wanted)
    with shared_database.reading() as session:
        row = session.scalars(select(JournalRow).where(JournalRow.key == "night")).one()
        assert row.ledger_day.isoformat() == "2026-11-23"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET kind = 'reversal'",
        "DELETE FROM journal",
        "TRUNCATE journal CASCADE",
        "UPDATE entry SET amount_fen = 1",
        "DELETE FROM entry",
        "TRUNCATE entry",
        "UPDATE account SET cr_posted = cr_posted + 1",
        "UPDATE account SET code = 'x'",
        "DELETE FROM account",
        "TRUNCATE account CASCADE",
    ],
)
def test_history_cannot_be_changed(shared_database: Database, statement: str) -> None:
    bank_id = new_bank(shared_database)
    post_one(shared_database, journal(bank_id, "1", rules.credit("6201", 700)))
    with pytest.raises(DBAPIError), shared_database.writing() as session:
        session.execute(text(statement))


def test_an_unbalanced_journal_fails_at_the_commit(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    with pytest.raises(DBAPIError, match="zero"), shared_database.writing() as session:
        session.execute(
            text(
                "SELECT * FROM post_journal(gen_random_uuid(), 'bad', 'credit', :bank, now(),"
                " ARRAY['cash', 'deposit/6201'], ARRAY[1, -1]::smallint[],"
                " ARRAY[5, 4]::bigint[])"
            ),
            {"bank": bank_id},
        )
    with shared_database.reading() as session:
        assert count(session, bank_id) == 0


@pytest.mark.parametrize("amounts", ["ARRAY[5, -5]", "ARRAY[0, 0]", "ARRAY[5]"])
def test_malformed_journals_are_refused(shared_database: Database, amounts: str) -> None:
    bank_id = new_bank(shared_database)
    with pytest.raises(DBAPIError, match="malformed"), shared_database.writing() as session:
        session.execute(
            text(
                "SELECT * FROM post_journal(gen_random_uuid(), 'bad', 'credit', :bank, now(),"
                f" ARRAY['cash', 'deposit/6201'], ARRAY[1, -1]::smallint[],"
                f" {amounts}::bigint[])"
            ),
            {"bank": bank_id},
        )
