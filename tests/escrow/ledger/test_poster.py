"""The poster: many clients, one transaction; nothing acknowledged is lost, nothing is doubled."""

import re
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, text

from escrow.ledger import rules
from escrow.ledger.actions import Posted, PostingError
from escrow.ledger.models import JournalRow
from escrow.ledger.poster import Poster
from escrow.ledger.queries import disagreements
from escrow.ledger.rules import Journal
from kernel.db import Database
from tests.escrow.ledger.test_posting import count, journal, new_bank

ROOT = Path(__file__).resolve().parents[3]
CLIENTS = 8


def arrivals(bank_id: UUID, many: int, *, prefix: str = "") -> list[Journal]:
    return [journal(bank_id, f"{prefix}{n}", rules.credit("6201", n + 1)) for n in range(many)]


def hand_in(one: Poster, journals: list[Journal]) -> list[Posted | PostingError]:
    """Each by a client of its own, at the same time."""

    def ask(wanted: Journal) -> Posted | PostingError:
        try:
            return one.post(wanted)
        except PostingError as refused:
            return refused

    with ThreadPoolExecutor(len(journals)) as clients:
        return list(clients.map(ask, journals))


def test_many_clients_share_one_commit(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    wanted = arrivals(bank_id, 40)
    with Poster(shared_database) as one:
        answers = hand_in(one, wanted)
        again = hand_in(one, wanted)
    assert all(isinstance(answer, Posted) and not answer.replayed for answer in answers)
    assert [a.journal_id for a in again if isinstance(a, Posted)] == [
        a.journal_id for a in answers if isinstance(a, Posted)
    ]
    assert all(isinstance(answer, Posted) and answer.replayed for answer in again)
    with shared_database.reading() as session:
        shared = text("SELECT count(DISTINCT xmin::text) FROM journal WHERE bank_id = :bank")
        assert (session.scalar(shared, {"bank": bank_id}) or 0) < len(wanted)
        assert disagreements(session) == []


@pytest.mark.parametrize("cause", ["overdrawn", "no_account", "key_reused"])
def test_a_bad_journal_sinks_nobody_else(shared_database: Database, cause: str) -> None:
    bank_id = new_bank(shared_database)
    good = arrivals(bank_id, CLIENTS)
    bad = {
        "overdrawn": journal(bank_id, "bad", rules.refund_ordered("6202", 1)),
        "no_account": journal(bank_id, "bad", rules.credit("nowhere", 7)),
        "key_reused": replace(good[0], postings=rules.credit("6201", 99)),
    }[cause]
    one = Poster(shared_database)
    # Gathered before it begins: all of them are one batch.
    with ThreadPoolExecutor(CLIENTS + 1) as clients:
        asked = [clients.submit(one.post, wanted) for wanted in good]
        refused = clients.submit(one.post, bad)
        while one._queue.qsize() < CLIENTS + 1:
            pass
        with one:
            outcomes = [each.exception(timeout=30) for each in (*asked, refused)]
    causes = [each.cause for each in outcomes if isinstance(each, PostingError)]
    assert causes == [cause]
    with shared_database.reading() as session:
        assert count(session, bank_id) == CLIENTS
        assert disagreements(session) == []


def test_what_was_handed_in_is_posted_before_the_poster_ends(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    one = Poster(shared_database)
    clients = [
        threading.Thread(target=one.post, args=(wanted,)) for wanted in arrivals(bank_id, CLIENTS)
    ]
    for client in clients:
        client.start()
    while one._queue.qsize() < CLIENTS:
        pass
    with one:
        pass
    for client in clients:
        client.join(timeout=30)
    with shared_database.reading() as session:
        assert count(session, bank_id) == CLIENTS


def test_a_killed_poster_has_lost_nothing_it_acknowledged(shared_database: Database) -> None:
    bank_id = new_bank(shared_database)
    command = [sys.executable, "-m", "tests.escrow.ledger.posting_process"]
    process = subprocess.Popen(
        [*command, shared_database.url, str(bank_id)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    told = [process.stdout.readline().strip() for _ in range(40)]
    process.kill()
    told += process.stdout.read().split()
    process.wait()
    # A line that the kill cut short names no journal in full.
    acknowledged = {key for key in told if re.fullmatch(r"\d/\d+", key)}
    with shared_database.reading() as session:
        rows = session.scalars(select(JournalRow.key).where(JournalRow.bank_id == bank_id)).all()
        assert disagreements(session) == []
    posted = {key.removeprefix(f"{bank_id}/") for key in rows}
    assert acknowledged <= posted
    assert len(rows) == len(posted)
    # What was under way is known by its key: asked again, it is posted once.
    again = [
        journal(bank_id, key, rules.credit("6201", int(key.partition("/")[2]) + 1))
        for key in sorted(posted)
    ]
    with Poster(shared_database) as one:
        answers = hand_in(one, again)
    assert all(isinstance(answer, Posted) and answer.replayed for answer in answers)


def test_a_lost_connection_is_tried_again(shared_database: Database) -> None:
    """The server ends the poster's connections all the while; every client still gets its word."""
    bank_id = new_bank(shared_database)
    done = threading.Event()

    def ending() -> None:
        while not done.wait(0.05):
            with shared_database.writing() as session:
                session.execute(
                    text(
                        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <>"
                        " pg_backend_pid() AND datname = current_database()"
                    )
                )

    with ThreadPoolExecutor(1) as other:
        ended = other.submit(ending)
        with Poster(shared_database) as one:
            for n in range(10):
                answers = hand_in(one, arrivals(bank_id, CLIENTS, prefix=f"{n}-"))
                assert all(isinstance(answer, Posted) for answer in answers)
        done.set()
        ended.result(timeout=30)
    with shared_database.reading() as session:
        assert count(session, bank_id) == 10 * CLIENTS
        assert disagreements(session) == []
