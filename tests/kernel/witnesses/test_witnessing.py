"""The worker asks for what is owed, keeps it, marks what is missing; a fork is told for ever."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel import log, testimony, witnessing
from kernel.db import Database
from kernel.house import House
from kernel.outbox import OutboxEvent
from kernel.pure import checkpoints, merkle, witness
from kernel.settings import Settings
from kernel.testimony import WitnessRefusalRow
from tests.witnesses import stamper, watched, watcher


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    found = House.open(settings, pool_size=4)
    yield watched(found)
    found.database.dispose()


def tick(house: House, *, wanted: bool = False) -> log.Checkpoint:
    with house.database.writing() as session:
        checkpoint = log.sequence(session, house.keys)
        if wanted:
            testimony.want(session, checkpoint)
    return checkpoint


def held(house: House, size: int) -> testimony.Testimony:
    with house.database.reading() as session:
        return testimony.of(session, size)


def owing(house: House) -> dict[str, str]:
    with house.database.reading() as session:
        return {each.witness: each.code for each in testimony.failing(session)}


def patient(house: House) -> None:
    """Let every back-off be over."""
    with house.database.writing() as session:
        session.execute(text("UPDATE witness_standing SET retry_at = clock_timestamp()"))


def test_wanted_checkpoints_come_first_and_none_is_lost_while_a_witness_is_away(
    house: House,
) -> None:
    first = tick(house)
    witnessing.turn(house)
    assert held(house, first.size).is_complete
    watcher(house).down = stamper(house).down = True
    closes = [tick(house, wanted=True) for _ in range(2)]
    newest = tick(house)
    witnessing.turn(house)
    assert owing(house) == {watcher(house).name: "LOG-2301", "stamping": "LOG-2301"}
    assert witnessing.is_wanted(house)
    watcher(house).down = stamper(house).down = False
    patient(house)
    witnessing.turn(house)
    assert all(held(house, each.size).is_complete for each in [*closes, newest])
    assert owing(house) == {} and not witnessing.is_wanted(house)
    with house.database.reading() as session:
        told = [row.payload["size"] for row in session.scalars(select(OutboxEvent))]
    assert sorted(told) == [each.size for each in closes]


def test_an_answer_that_was_lost_is_asked_for_again(house: House) -> None:
    tick(house)
    witnessing.turn(house)
    lost = tick(house)
    own = watcher(house)
    with house.database.reading() as session:
        path = log.consistency(session, 4, lost.size)
    request = witness.format_request(4, path, lost.note)
    own.offer(request)
    newest = tick(house)
    witnessing.turn(house)
    assert held(house, newest.size).is_complete and owing(house) == {}


def test_a_forked_log_is_refused_marked_and_stays_so(house: House) -> None:
    tick(house)
    witnessing.turn(house)
    own = watcher(house)
    # Somebody shows the cosigner another tree of this log, signed with its key.
    body = checkpoints.parse_body(checkpoints.parse_note(tick(house).note).text)
    forged = checkpoints.Checkpoint(body.origin, body.size, merkle.leaf_hash(b"forged"))
    key_id = checkpoints.ed25519_key_id(body.origin, house.keys.log_public_key)
    signature = house.keys.sign_as_log(forged.body().encode())
    line = checkpoints.signature_line(body.origin, key_id, signature)
    shown = checkpoints.format_note(forged.body(), line)
    own.cosigner._book.keep(body.origin, witness.Seen(forged.size, forged.root), shown)
    close = tick(house, wanted=True)
    witnessing.turn(house)
    assert owing(house)[own.name] == "LOG-2104"
    assert held(house, close.size).cosignatures == ()
    assert held(house, close.size).stamp is not None
    with house.database.reading() as session:
        codes = {row.code for row in session.scalars(select(WitnessRefusalRow))}
    assert codes == {"LOG-2104"}


def test_a_log_put_back_to_an_older_state_is_told(house: House) -> None:
    tick(house)
    witnessing.turn(house)
    own = watcher(house)
    size, root = 400, merkle.leaf_hash(b"later")
    origin = checkpoints.parse_body(checkpoints.parse_note(tick(house).note).text).origin
    own.cosigner._book.keep(origin, witness.Seen(size, root), "")
    witnessing.turn(house)
    assert owing(house)[own.name] == "LOG-2106"


def test_what_witnesses_said_is_never_changed(house: House, database: Database) -> None:
    tick(house, wanted=True)
    witnessing.turn(house)
    for table in ("checkpoint_cosignature", "checkpoint_stamp", "checkpoint_wanted"):
        with pytest.raises(DBAPIError, match="append-only"), database.writing() as session:
            session.execute(text(f"DELETE FROM {table}"))
