"""Clients at the same time: keys race, accounts cross, and the books stay as one after another."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from escrow.ledger.actions import Posted, PostingError, post, post_many
from escrow.ledger.models import Account, Entry
from escrow.ledger.queries import disagreements
from escrow.ledger.rules import CASH, REFUND_CLEARING, AccountKind, AccountName, Journal, move
from kernel.db import Database
from tests.escrow.ledger.test_posting import SUBS, count, journal, new_bank

NAMES = (CASH, REFUND_CLEARING, *(AccountName(AccountKind.DEPOSIT, number) for number in SUBS))
# Whose money goes where, in any direction: two clients meet the same accounts from both ends.
moves = st.tuples(
    st.permutations(range(len(NAMES))), st.integers(1, 300), st.integers(0, 3), st.booleans()
)
Move = tuple[list[int], int, int, bool]


def wanted(bank_id: UUID, told: Move) -> Journal:
    places, fen, key, _ = told
    a, b, c, d, _ = (NAMES[place] for place in places)
    legs = (*move(debit=a, credit=b, amount_fen=fen), *move(debit=c, credit=d, amount_fen=fen))
    return journal(bank_id, f"{key}", legs)


def outcome(database: Database, one: Journal, *, together: bool) -> Posted | str:
    """Posted alone or as a batch of one; the cause of a refusal."""
    try:
        with database.writing() as session:
            return post_many(session, [one])[0] if together else post(session, one)
    except PostingError as refused:
        return refused.cause


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(told=st.lists(moves, min_size=6, max_size=16))
def test_racing_clients_leave_sound_books(shared_database: Database, told: list[Move]) -> None:
    bank_id = new_bank(shared_database)
    with shared_database.writing() as session:
        for number in SUBS:
            legs = move(debit=CASH, credit=AccountName(AccountKind.DEPOSIT, number), amount_fen=500)
            post(session, journal(bank_id, f"open/{number}", legs))

    def client(one: Move) -> Posted | str:
        return outcome(shared_database, wanted(bank_id, one), together=one[3])

    with ThreadPoolExecutor(6) as clients:
        answers = list(clients.map(client, told))
    fresh = [one for one in answers if isinstance(one, Posted) and not one.replayed]
    # A key is posted once, whoever was first; the same body again is told the same journal.
    ids = {one.journal_id for one in answers if isinstance(one, Posted)}
    assert len(fresh) == len(ids)
    assert set(answers) - {one for one in answers if isinstance(one, Posted)} <= {
        "overdrawn",
        "key_reused",
    }
    with shared_database.reading() as session:
        assert count(session, bank_id) == len(SUBS) + len(fresh)
        assert disagreements(session) == []
        accounts = session.scalars(select(Account).where(Account.bank_id == bank_id)).all()
        assert sum(one.dr_posted - one.cr_posted for one in accounts) == 0
        deposits = [one for one in accounts if one.kind is AccountKind.DEPOSIT]
        assert all(one.cr_posted - one.dr_posted - one.dr_pending >= 0 for one in deposits)
        rows = session.execute(
            select(Entry.account_id, Entry.account_version)
            .join(Account, Account.id == Entry.account_id)
            .where(Account.bank_id == bank_id)
        ).all()
        versions = Counter(account for account, _ in rows)
        for one in accounts:
            assert sorted(v for a, v in rows if a == one.id) == list(range(1, versions[one.id] + 1))
