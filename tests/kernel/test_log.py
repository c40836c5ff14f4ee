"""The log: every leaf provable, ticks that tell no count, nothing rewritten."""

import itertools
import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from kernel import log
from kernel.clock import installation
from kernel.db import Database
from kernel.pure import checkpoints, merkle
from kernel.secrets import Keys


@pytest.fixture
def keys(tmp_path: Path) -> Keys:
    return Keys(tmp_path / "keys")


def test_a_leaf_has_no_proof_before_it_is_numbered(database: Database, keys: Keys) -> None:
    with database.writing() as session:
        leaf = log.append(session, "test", {"n": 1})
        assert log.inclusion(session, leaf) is None
        log.sequence(session, keys)
        assert log.inclusion(session, leaf) is not None


def test_every_leaf_is_provable_under_a_signed_checkpoint(database: Database, keys: Keys) -> None:
    leaves = []
    for turn in range(5):
        with database.writing() as session:
            leaves += [log.append(session, "test", {"turn": turn, "n": n}) for n in range(turn * 3)]
            log.sequence(session, keys)
    with database.reading() as session:
        origin = installation(session).log_origin
        for leaf in leaves:
            proof = log.inclusion(session, leaf)
            assert proof is not None
            note = checkpoints.parse_note(proof.checkpoint.note)
            state = checkpoints.parse_body(note.text)
            line = note.by(origin, checkpoints.ed25519_key_id(origin, keys.log_public_key))
            assert line is not None
            assert _verifies(keys.log_public_key, line.signature, note.text.encode())
            assert merkle.verify_inclusion(
                leaf=merkle.leaf_hash(proof.entry.data),
                index=proof.entry.index,
                size=state.size,
                path=proof.path,
                root=state.root,
            )


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(counts=st.lists(st.integers(0, 9), min_size=2, max_size=5))
def test_the_log_only_grows(database: Database, keys: Keys, counts: list[int]) -> None:
    states = []
    for count in counts:
        with database.writing() as session:
            for n in range(count):
                log.append(session, "test", {"n": n})
            states.append(log.sequence(session, keys))
    with database.reading() as session:
        for old, new in itertools.pairwise(states):
            assert merkle.verify_consistency(
                old_size=old.size,
                old_root=old.root,
                size=new.size,
                root=new.root,
                path=log.consistency(session, old.size, new.size),
            )


def test_a_tick_grows_by_what_is_public_alone(database: Database, keys: Keys) -> None:
    """(quiet, loud, busy) → growth: quiet leaves never add to it and wait for room instead."""
    grown = [
        _tick(database, keys, quiet=quiet, loud=loud, busy=busy)
        for quiet, loud, busy in (
            (0, 0, False),
            (9, 0, False),  # 4 numbered, 5 wait
            (0, 2, False),  # 2 + 2, 3 wait
            (70, 2, True),  # 2 + 62, 11 wait
            (0, 3, False),  # 3 + 11, none waits
            (0, 62, False),
            (0, 63, False),
            (0, 32, True),
            (0, 33, True),
        )
    ]
    assert grown == [4, 4, 4, 64, 64, 64, 128, 64, 128]
    with database.reading() as session:
        assert session.scalar(text("SELECT count(*) FROM leaf_pending")) == 0


def test_quiet_leaves_are_numbered_oldest_first_and_a_close_takes_all(
    database: Database, keys: Keys
) -> None:
    with database.writing() as session:
        leaves = [log.append(session, "test", {"n": n}, quiet=True) for n in range(70)]
        log.sequence(session, keys)
        assert [log.entry(session, leaf) is None for leaf in leaves] == [False] * 4 + [True] * 66
        before = log.latest(session)
        assert before is not None
        assert log.sequence(session, keys, whole=True).size - before.size == 128
        entries = [log.entry(session, leaf) for leaf in leaves]
        indexes = [entry.index for entry in entries if entry is not None]
        assert len(indexes) == 70 and indexes == sorted(indexes)


def test_a_flood_of_patient_leaves_holds_no_quiet_one_up(database: Database, keys: Keys) -> None:
    with database.writing() as session:
        flood = [log.append(session, "test", {"n": n}, patient=True) for n in range(9)]
        leaf = log.append(session, "test", {}, quiet=True)
        log.sequence(session, keys)
        assert log.entry(session, leaf) is not None
        assert [log.entry(session, each) is None for each in flood] == [False] * 3 + [True] * 6


def _tick(database: Database, keys: Keys, *, quiet: int, loud: int, busy: bool) -> int:
    with database.writing() as session:
        before = log.latest(session)
        for n in range(quiet + loud):
            log.append(session, "test", {"n": n}, quiet=n < quiet)
        after = log.sequence(session, keys, busy=busy)
    return after.size - (before.size if before else 0)


def test_covers_cannot_be_told_from_leaves_by_their_hash(database: Database, keys: Keys) -> None:
    with database.writing() as session:
        log.sequence(session, keys)
    with database.reading() as session:
        hashes = {bytes(h) for h in session.scalars(text("SELECT hash FROM leaf"))}
        bodies = [json.loads(d) for d in session.scalars(text("SELECT data FROM leaf"))]
    assert len(hashes) == 4
    assert {(b["kind"], len(b["salt"])) for b in bodies} == {("cover", 32)}


def test_numbered_leaves_cannot_be_changed(database: Database, keys: Keys) -> None:
    with database.writing() as session:
        log.sequence(session, keys)
    for table in ("leaf", "log_node", "checkpoint"):
        for statement in (f"DELETE FROM {table}", f"TRUNCATE {table}"):
            with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
                session.execute(text(statement))


def _verifies(key: bytes, signature: bytes, message: bytes) -> bool:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    return True
