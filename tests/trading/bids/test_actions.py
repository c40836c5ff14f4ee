"""Bidding against real PostgreSQL: admission, races with the deadline, replay, withdrawal."""

import os
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, text, update
from sqlalchemy.exc import DBAPIError

from kernel import log
from kernel.clock import legal_now
from kernel.db import Base, Database
from kernel.house import House
from kernel.pure import merkle
from kernel.pure.envelope import PartName, Policy
from kernel.pure.errors import Refused
from kernel.pure.messages import withdrawal_message
from trading.bids import actions, models, queries
from trading.bids.actions import Accepted, Submission, TurnedAway
from trading.bids.rules import EnvelopeState
from trading.tenders.models import Lot
from trading.tenders.queries import lock_lot

from .world import SMALL, Bidder, PublishedLot, notice, root_of, sealed_bytes

Roots = dict[PartName, tuple[int, bytes]]


def upload(
    house: House, bidder: Bidder, sizes: Mapping[PartName, int] | None = None
) -> tuple[dict[PartName, UUID], Roots]:
    """Rows and kept bytes of complete uploads, as the upload process leaves them."""
    ids: dict[PartName, UUID] = {}
    roots: Roots = {}
    with house.database.writing() as session:
        for part, size in (sizes or {PartName.IDENTITY: SMALL, PartName.OPENING: SMALL}).items():
            data = sealed_bytes(size)
            roots[part] = size, root_of(data)
            row = models.Upload(
                lot_id=bidder.lot.id,
                pseudonym=bidder.pseudonym,
                part=part,
                size=len(data),
                held=len(data),
                leaves=merkle.leaf_hash(data),
                root=roots[part][1],
                blob="",
            )
            session.add(row)
            session.flush()
            house.blobs.staging(row.id).write_bytes(data)
            row.blob = house.blobs.keep(row.id)
            ids[part] = row.id
    return ids, roots


def sealed(
    house: House,
    bidder: Bidder,
    *,
    sequence: int = 1,
    previous: bytes | None = None,
    policy: Policy | None = None,
) -> Submission:
    """A whole envelope, uploaded and signed."""
    ids, roots = upload(house, bidder)
    header, signature = bidder.header(roots, sequence=sequence, previous=previous, policy=policy)
    return Submission(header, signature, ids)


def submit(house: House, bidder: Bidder, submission: Submission) -> Accepted | TurnedAway:
    with house.database.writing() as session:
        return actions.submit(session, actor=bidder.actor, submission=submission)


def accepted(house: House, bidder: Bidder, submission: Submission) -> Accepted:
    answer = submit(house, bidder, submission)
    assert isinstance(answer, Accepted), answer
    return answer


def refused(house: House, bidder: Bidder, submission: Submission) -> str:
    answer = submit(house, bidder, submission)
    assert isinstance(answer, TurnedAway), answer
    return answer.refused.code


def close_in(house: House, lot: PublishedLot, seconds: float) -> None:
    with house.database.writing() as session:
        deadline = legal_now(session) + timedelta(seconds=seconds)
        session.execute(update(Lot).where(Lot.id == lot.id).values(deadline=deadline))


def test_an_envelope_is_admitted_logged_and_receipted(house: House, bidder: Bidder) -> None:
    answer = accepted(house, bidder, sealed(house, bidder))
    with house.database.reading() as session:
        row = queries.own_envelope(session, bidder.lot.id, bidder.pseudonym, answer.envelope_id)
        assert actions.receipt(session, house.keys, leaf_id=row.leaf_id, of=row.commitment) is None
    with house.database.writing() as session:
        log.sequence(session, house.keys)
    with house.database.reading() as session:
        receipt = actions.receipt(session, house.keys, leaf_id=row.leaf_id, of=answer.commitment)
        checkpoint = log.latest(session)
    assert receipt is not None and checkpoint is not None
    assert receipt["commitment"] == answer.commitment.hex() in receipt["leaf"]
    assert str(bidder.lot.id) not in receipt["leaf"]
    assert bidder.pseudonym not in receipt["leaf"]
    assert merkle.verify_inclusion(
        leaf=merkle.leaf_hash(receipt["leaf"].encode()),
        index=receipt["index"],
        size=receipt["tree_size"],
        path=[bytes.fromhex(step) for step in receipt["path"]],
        root=checkpoint.root,
    )


def test_the_same_envelope_again_is_the_same_answer(house: House, bidder: Bidder) -> None:
    submission = sealed(house, bidder)
    first = accepted(house, bidder, submission)
    close_in(house, bidder.lot, -1)
    again = accepted(house, bidder, submission)
    assert (again.envelope_id, again.repeated) == (first.envelope_id, True)


def test_a_replacement_supersedes_and_a_withdrawal_empties(house: House, bidder: Bidder) -> None:
    first = accepted(house, bidder, sealed(house, bidder))
    second = accepted(house, bidder, sealed(house, bidder, sequence=2, previous=first.commitment))
    with house.database.reading() as session:
        live = queries.live_envelopes(session, bidder.lot.id)
        assert [row.id for row in live] == [second.envelope_id]
    withdraw(house, bidder, second.commitment)
    with house.database.writing() as session:
        log.sequence(session, house.keys)
    with house.database.reading() as session:
        assert queries.live_envelopes(session, bidder.lot.id) == ()
        states = [
            row.state for row in queries.own_envelopes(session, bidder.lot.id, bidder.pseudonym)
        ]
        entries = queries.manifest_entries(session, bidder.lot.id)
    assert states == [EnvelopeState.SUPERSEDED, EnvelopeState.WITHDRAWN]
    assert [entry.kind for entry in entries] == ["envelope", "envelope", "withdrawal"]
    assert [entry.index for entry in entries] == sorted(e.index or 0 for e in entries)


def withdraw(house: House, bidder: Bidder, commitment: bytes) -> None:
    message = withdrawal_message(
        lot=str(bidder.lot.id), pseudonym=bidder.pseudonym, commitment=commitment
    )
    with house.database.writing() as session:
        actions.withdraw(
            session,
            actor=bidder.actor,
            taken=commitment,
            signature=bidder.sign(message),
            token=None,
        )


def test_withdrawal_is_signed_repeatable_and_not_late(house: House, bidder: Bidder) -> None:
    first = accepted(house, bidder, sealed(house, bidder))
    with house.database.writing() as session, pytest.raises(Refused, match="BID-1414"):
        actions.withdraw(
            session,
            actor=bidder.actor,
            taken=first.commitment,
            signature=bytes(64),
            token=None,
        )
    withdraw(house, bidder, first.commitment)
    close_in(house, bidder.lot, -1)
    withdraw(house, bidder, first.commitment)
    other = Bidder(bidder.lot)
    with pytest.raises(Refused, match="BID-1410"):
        withdraw(house, other, first.commitment)


def test_two_tabs_at_once_admit_one_version(house: House, bidder: Bidder) -> None:
    submissions = [sealed(house, bidder) for _ in range(4)]
    answers: list[Accepted | TurnedAway] = []
    threads = [
        threading.Thread(target=lambda s=s: answers.append(submit(house, bidder, s)))
        for s in submissions
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    codes = sorted(a.refused.code if isinstance(a, TurnedAway) else "" for a in answers)
    assert codes == ["", "BID-1408", "BID-1408", "BID-1408"]


def test_late_and_foreign_attempts_are_refused_and_logged_once(
    house: House, bidder: Bidder, database: Database
) -> None:
    first = accepted(house, bidder, sealed(house, bidder))
    late = sealed(house, bidder, sequence=2, previous=first.commitment)
    stranger = Bidder(bidder.lot)
    assert refused(house, stranger, late) == "ENV-1102"
    close_in(house, bidder.lot, 0)
    assert refused(house, bidder, late) == "BID-1402"
    assert refused(house, bidder, late) == "BID-1402"
    assert refused(house, stranger, sealed(house, stranger)) == "BID-1403"
    with database.reading() as session:
        assert session.scalar(select(func.count(models.RefusedAttempt.id))) == 3


def test_another_lots_envelope_is_refused_here(
    house: House, bidder: Bidder, database: Database
) -> None:
    from .world import publish

    with database.writing() as session:
        other = publish(session, now=legal_now(session), closes_in=timedelta(hours=1))
    elsewhere = Bidder(other, bidder.key)
    submission = sealed(house, elsewhere)
    assert refused(house, bidder, submission) == "ENV-1101"


def test_damaged_or_swapped_uploads_are_refused(house: House, bidder: Bidder) -> None:
    ids, roots = upload(house, bidder)
    flipped = {**roots, PartName.OPENING: (SMALL, os.urandom(32))}
    header, signature = bidder.header(flipped)
    assert refused(house, bidder, Submission(header, signature, ids)) == "ENV-1201"
    header, signature = bidder.header(roots)
    missing = {PartName.IDENTITY: ids[PartName.IDENTITY]}
    assert refused(house, bidder, Submission(header, signature, missing)) == "BID-1411"
    foreign, _ = upload(house, Bidder(bidder.lot))
    stolen = {**ids, PartName.OPENING: foreign[PartName.OPENING]}
    assert refused(house, bidder, Submission(header, signature, stolen)) == "BID-1411"
    bad = bytes([signature[0] ^ 1]) + signature[1:]
    assert refused(house, bidder, Submission(header, bad, ids)) == "ENV-1006"
    torn = header[: len(header) // 2]
    assert refused(house, bidder, Submission(torn, signature, ids)).startswith("ENV-100")
    accepted(house, bidder, Submission(header, signature, ids))
    again, signed = bidder.header(roots, sequence=2, previous=None)
    assert refused(house, bidder, Submission(again, signed, ids)) == "ENV-1010"


def test_an_upload_serves_one_envelope_only(house: House, bidder: Bidder) -> None:
    ids, roots = upload(house, bidder)
    header, signature = bidder.header(roots)
    first = accepted(house, bidder, Submission(header, signature, ids))
    header, signature = bidder.header(roots, sequence=2, previous=first.commitment)
    assert refused(house, bidder, Submission(header, signature, ids)) == "BID-1411"


def test_an_envelope_id_is_used_once(house: House, bidder: Bidder) -> None:
    first = accepted(house, bidder, sealed(house, bidder))
    other = Bidder(bidder.lot)
    ids, roots = upload(house, other)
    header, signature = other.header(roots, envelope_id=first.envelope_id.hex)
    assert refused(house, other, Submission(header, signature, ids)) == "BID-1409"


def test_an_earlier_policy_stands_until_an_amendment_asks_to_resubmit(
    house: House, bidder: Bidder, database: Database
) -> None:
    earlier = bidder.lot.policy
    amended = replace(earlier, version=2, documents=bytes(32))
    with database.writing() as session:
        lot = session.get_one(Lot, bidder.lot.id)
        notice(session, lot, amended, legal_now(session))
    accepted(house, bidder, sealed(house, bidder, policy=earlier))
    with database.writing() as session:
        session.get_one(Lot, bidder.lot.id).resubmit_from_version = 2
    late = Bidder(bidder.lot)
    assert refused(house, late, sealed(house, late, policy=earlier)) == "ENV-1103"
    accepted(house, late, sealed(house, late, policy=amended))


def test_a_submission_in_flight_holds_the_close_back(house: House, bidder: Bidder) -> None:
    """Without the lock a bid admitted before T and committed after it was missing at the close."""
    submission = sealed(house, bidder)
    close_in(house, bidder.lot, 0.5)
    seen: list[int] = []

    def close() -> None:
        time.sleep(0.6)
        with house.database.writing() as session:
            lock_lot(session, bidder.lot.id)
            seen.append(len(queries.live_envelopes(session, bidder.lot.id)))

    closer = threading.Thread(target=close)
    closer.start()
    with house.database.writing() as session:
        answer = actions.submit(session, actor=bidder.actor, submission=submission)
        assert isinstance(answer, Accepted)
        time.sleep(1.2)
        assert seen == []
    closer.join()
    assert seen == [1]


def test_a_submission_behind_the_close_is_judged_after_it(house: House, bidder: Bidder) -> None:
    """Asked for before T, but the lock came after it: the clock is read under the lock."""
    submission = sealed(house, bidder)
    answers: list[Accepted | TurnedAway] = []
    with house.database.writing() as session:
        lock_lot(session, bidder.lot.id)
        waiting = threading.Thread(target=lambda: answers.append(submit(house, bidder, submission)))
        waiting.start()
        time.sleep(0.4)
        session.execute(
            update(Lot).where(Lot.id == bidder.lot.id).values(deadline=func.legal_now())
        )
    waiting.join()
    assert isinstance(answers[0], TurnedAway)
    assert answers[0].refused.code == "BID-1403"


def test_returned_envelopes_are_erased_and_cannot_be_read(
    house: House, bidder: Bidder, database: Database
) -> None:
    answer = accepted(house, bidder, sealed(house, bidder))
    with database.reading() as session:
        chunks = queries.read_part(session, house.blobs, answer.envelope_id, PartName.OPENING)
        assert sum(len(chunk) for chunk in chunks) == SMALL + 16
        keys = [key for _, key in queries.blobs_of_lot(session, bidder.lot.id) if key]
    with database.writing() as session:
        now = legal_now(session)
        assert actions.return_unopened(session, bidder.lot.id, now=now) == 1
        assert actions.return_unopened(session, bidder.lot.id, now=now) == 0
        actions.erase(session, house.blobs, bidder.lot.id)
    for key in keys:
        with pytest.raises(FileNotFoundError):
            house.blobs.open(key)
    with database.reading() as session, pytest.raises(Refused, match="BID-1417"):
        queries.read_part(session, house.blobs, answer.envelope_id, PartName.OPENING)


@pytest.mark.parametrize("model", models.APPEND_ONLY)
def test_what_was_written_stays(database: Database, model: type[Base]) -> None:
    with (
        pytest.raises(DBAPIError, match="append-only"),
        database.writing() as session,
    ):
        session.execute(text(f"TRUNCATE {model.__tablename__} CASCADE"))


def test_no_table_of_bidding_holds_both_sides() -> None:
    """The vault knows organisations, everything else lots and pseudonyms; nothing knows both."""
    account = {"organisation_id", "person_id", "account_id", "session_id", "credit_code"}
    bid = {"lot_id", "pseudonym", "envelope_id", "upload_id", "commitment"}
    tables = [
        Base.metadata.tables[mapper.class_.__tablename__]
        for mapper in Base.registry.mappers
        if mapper.class_.__module__ == models.__name__
    ]
    assert len(tables) == 8
    for table in tables:
        columns = {column.key for column in table.columns}
        assert not (columns & account and columns & bid), table
        vault_side = table.name.startswith("vault_")
        assert vault_side == bool(columns & account)
        if vault_side:
            assert not [c for c in columns if c.endswith("_at")]
            assert not table.foreign_keys
