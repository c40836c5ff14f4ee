"""Rehearsals leave nothing that counts or stays; uploads that nobody submitted go as well."""

import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from kernel import log
from kernel.clock import legal_now
from kernel.db import Base
from kernel.pure.envelope import PartName
from kernel.pure.policy import Policy
from trading.bids import models, rules, staging
from trading.bids.models import RefusedAttempt, Upload
from trading.bids.tickets import REHEARSAL
from trading.tenders.models import Lot

from .desk import Desk
from .test_actions import sealed, upload
from .world import POINT, SMALL, Bidder, PublishedLot, root_of, sealed_bytes

Sent = Mapping[PartName, tuple[str, bytes]]


@pytest.fixture
def rehearser() -> Bidder:
    """A pseudonym for the lot that does not exist."""
    policy = Policy(
        tender=str(REHEARSAL),
        lot=str(REHEARSAL),
        version=1,
        documents=bytes(32),
        deadline="2000-01-01T00:00:00Z",
        floor=1,
        threshold=1,
        trustees=((1, bytes.fromhex(POINT)),),
    )
    when = datetime.fromisoformat(policy.deadline)
    return Bidder(PublishedLot(REHEARSAL, REHEARSAL, when, policy))


def _send(desk: Desk, bidder: Bidder) -> Sent:
    """Both required parts, uploaded: where each lies and what it is."""
    sent = {}
    for part in (PartName.IDENTITY, PartName.OPENING):
        data = sealed_bytes(SMALL)
        path = desk.begin(bidder, part.value, len(data)).headers["Location"]
        assert desk.patch(bidder, path, data).status_code == 204
        sent[part] = path, data
    return sent


def _judged(desk: Desk, bidder: Bidder, sent: Sent) -> str:
    """What the platform says of the test envelope: a commitment, or a refusal's code."""
    roots = {part: (SMALL, root_of(data)) for part, (_, data) in sent.items()}
    header, signature = bidder.header(roots)
    uploads = {part.value: path.rsplit("/", 1)[1] for part, (path, _) in sent.items()}
    body = {"header": header.decode(), "signature": signature.hex(), "uploads": uploads}
    told = desk.post(bidder, "/rehearsal/envelope", body).get_json()
    return str(told.get("commitment") or told["code"])


def _rows(desk: Desk, table: type[Base]) -> int:
    with desk.house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def test_a_test_envelope_is_judged_given_back_and_gone(desk: Desk, rehearser: Bidder) -> None:
    counted = (log.LeafPending, models.Envelope, RefusedAttempt)
    before = [_rows(desk, table) for table in counted]
    sent = _send(desk, rehearser)
    assert len(_judged(desk, rehearser, sent)) == 64
    damaged = {**sent, PartName.OPENING: (sent[PartName.OPENING][0], os.urandom(SMALL + 16))}
    assert _judged(desk, rehearser, damaged) == "ENV-1201"
    for path, data in sent.values():
        assert desk.ask(rehearser, "GET", f"{path}/bytes").data == data
        stranger = Bidder(rehearser.lot)
        for method, named in (("GET", f"{path}/bytes"), ("DELETE", path)):
            assert desk.ask(stranger, method, named).get_json()["code"] == "BID-1202"
        kept = UUID(path.rsplit("/", 1)[1]).hex
        assert desk.ask(rehearser, "DELETE", path).status_code == 204
        with pytest.raises(FileNotFoundError):
            desk.house.blobs.open(kept)
    assert _judged(desk, rehearser, sent) == "BID-1411"
    too_much = desk.begin(rehearser, "technical", rules.MOST_REHEARSED + rules.SEALED_CHUNK)
    assert too_much.get_json() | {"refusal": None} == too_much.get_json()
    assert too_much.get_json()["code"] == "BID-1207"
    assert [_rows(desk, table) for table in counted] == before
    assert _rows(desk, Upload) == 0


def test_a_bid_is_never_given_back_or_erased_by_request(desk: Desk) -> None:
    bidder = Bidder(desk.lot())
    path, _ = _send(desk, bidder)[PartName.OPENING]
    for method, named in (("GET", f"{path}/bytes"), ("DELETE", path)):
        assert desk.ask(bidder, method, named).get_json()["code"] == "BID-1202"
    told = desk.post(bidder, "/rehearsal/envelope", {}).get_json()
    assert told["code"] in ("BID-1407", "WEB-1104")


def test_a_ticket_for_a_rehearsal_opens_no_lot(desk: Desk, rehearser: Bidder) -> None:
    lot = desk.lot()
    assert desk.ask(rehearser, "GET", f"/lots/{lot.id}/bids").get_json()["code"] == "WEB-1104"
    for path in ("bids", "withdrawals", "sub-accounts"):
        told = desk.post(rehearser, f"/lots/{REHEARSAL}/{path}", {"bank": "simulator"}).get_json()
        assert told["code"] in ("TEN-1001", "BID-1407", "WEB-1004"), path
        assert told.get("refusal") is None


def test_what_was_never_submitted_is_erased_in_time(desk: Desk, rehearser: Bidder) -> None:
    """Rehearsals by the hour, abandoned uploads in a week, the rest a day after the deadline."""
    bidder, done = Bidder(desk.lot()), Bidder(desk.lot())
    ids, _ = upload(desk.house, bidder)
    kept = sealed(desk.house, done)
    assert desk.hand_in(done, kept).status_code == 201
    rehearsed = {UUID(path.rsplit("/", 1)[1]) for path, _ in _send(desk, rehearser).values()}

    def swept(after: timedelta) -> set[UUID]:
        """Of this test's uploads, those that are gone when the job runs `after` from now."""
        with desk.house.database.writing() as session:
            staging.sweep(session, desk.house.blobs, now=legal_now(session) + after)
        with desk.house.database.reading() as session:
            left = set(session.scalars(select(Upload.id)))
        return {*ids.values(), *rehearsed, *kept.uploads.values()} - left

    assert swept(timedelta(minutes=29)) == set()
    assert swept(timedelta(minutes=91)) == rehearsed
    with desk.house.database.writing() as session:
        soon = legal_now(session) + timedelta(days=30)
        session.execute(update(Lot).where(Lot.id == bidder.lot.id).values(deadline=soon))
    assert swept(timedelta(days=6)) == rehearsed
    gone = swept(timedelta(days=8))
    assert gone == rehearsed | set(ids.values())
    for upload_id in gone:
        assert not desk.house.blobs.staging(upload_id).exists()
        with pytest.raises(FileNotFoundError):
            desk.house.blobs.open(upload_id.hex)
    for upload_id in kept.uploads.values():
        desk.house.blobs.open(upload_id.hex).close()
    late = Bidder(desk.lot())
    ids, _ = upload(desk.house, late)
    assert set(ids.values()) <= swept(timedelta(days=1, hours=2))
