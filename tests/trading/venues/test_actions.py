"""Lending rooms against PostgreSQL: two at once, deadlines that move, lots opened together."""

import threading
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from kernel import outbox
from kernel.blobs import BlobStore
from kernel.clock import legal_now
from kernel.db import Database
from kernel.house import House
from kernel.ids import new_id
from kernel.permissions import Role, System
from kernel.pure.errors import Refused
from tests.trading.tenders.world import ready_lot
from tests.trading.venues.conftest import Venue
from trading import worker
from trading.tenders.actions import move_lot
from trading.tenders.events import NoticePublished
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage
from trading.venues import actions, queries
from trading.venues.models import RoomBooking
from trading.venues.rules import BookingState, SessionKind

TWO_HOURS = timedelta(hours=2)


def asked(session: Session, venue: Venue, lot_id: UUID, room: int = 0, reason: str = "") -> UUID:
    return actions.ask(
        session,
        lot_id,
        venue.rooms[room],
        TWO_HOURS,
        actor=venue.account(Role.AGENCY),
        reason=reason,
        now=legal_now(session),
    )


def another_lot(database: Database, blobs: BlobStore, venue: Venue) -> UUID:
    """A draft of another project, due at the same moment."""
    with database.writing() as session:
        deadline = session.get_one(Lot, venue.lot).deadline
        return ready_lot(session, blobs, venue.world, now=legal_now(session), deadline=deadline)


def state(database: Database, lot_id: UUID) -> BookingState | None:
    with database.reading() as session:
        found = queries.last_of_lot(session, lot_id)
        return found.state if found else None


def test_one_of_two_who_ask_at_once_gets_the_room(
    database: Database, blobs: BlobStore, venue: Venue
) -> None:
    lots = (venue.lot, another_lot(database, blobs, venue))
    both = threading.Barrier(2)
    told: list[str] = []

    def ask(lot_id: UUID) -> None:
        try:
            with database.writing() as session:
                both.wait(10)
                asked(session, venue, lot_id)
            told.append("held")
        except Refused as refused:
            told.append(refused.code)

    threads = [threading.Thread(target=ask, args=(lot,)) for lot in lots]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(told) == ["VEN-1101", "held"]


def test_the_database_itself_refuses_two_loans_at_once(database: Database, venue: Venue) -> None:
    with database.writing() as session:
        first = session.get_one(RoomBooking, asked(session, venue, venue.lot))
        at, number = first.starts_at, first.room_number
    row = text(
        "INSERT INTO room_booking (id, centre_id, room_id, room_number, starts_at, ends_at, kind,"
        " state, reason, asked_by_name, asked_at) VALUES (:id, :centre, :room, :number, :starts,"
        " :ends, 'ordinary', :state, '', '', :starts)"
    )
    values = {
        "id": new_id(),
        "centre": venue.world.organisation(Role.CENTRE),
        "room": venue.rooms[0],
        "number": number,
        "starts": at + timedelta(minutes=30),
        "ends": at + TWO_HOURS,
    }
    with pytest.raises(IntegrityError, match="ex_room_booking"), database.writing() as session:
        session.execute(row, {**values, "state": "confirmed"})
    with database.writing() as session:
        session.execute(row, {**values, "state": "cancelled"})


def test_a_room_is_changed_given_back_and_free_again(
    database: Database, blobs: BlobStore, venue: Venue
) -> None:
    agency, other = venue.account(Role.AGENCY), another_lot(database, blobs, venue)
    with database.writing() as session:
        asked(session, venue, venue.lot)
        with pytest.raises(Refused, match="VEN-1106"):
            asked(session, venue, venue.lot, 1)
        now = legal_now(session)
        actions.change(session, venue.lot, venue.rooms[1], TWO_HOURS, actor=agency, now=now)
        asked(session, venue, other)
        with pytest.raises(Refused, match="VEN-1101"):
            actions.change(session, venue.lot, venue.rooms[0], TWO_HOURS, actor=agency, now=now)
        actions.cancel(session, other, actor=agency, reason="改期", now=now)
        actions.change(session, venue.lot, venue.rooms[0], TWO_HOURS, actor=agency, now=now)
        held = queries.of_lot(session, venue.lot)
        assert held is not None
        assert held.room == "第一开标室"
        acts = [(step.act, step.by) for step in queries.steps(session, held.id)]
    assert acts == [("asked", agency.organisation_name)] + [("moved", agency.organisation_name)] * 2


def test_only_the_lots_agency_asks_and_only_its_centre_decides(
    database: Database, venue: Venue
) -> None:
    tenderee, centre = venue.account(Role.TENDEREE), venue.account(Role.CENTRE)
    with database.writing() as session:
        now = legal_now(session)
        with pytest.raises(Refused, match="TEN-1004"):
            actions.ask(
                session,
                venue.lot,
                venue.rooms[0],
                TWO_HOURS,
                actor=tenderee,
                reason="",
                now=now,
            )
        booking = asked(session, venue, venue.lot)
        session.get_one(RoomBooking, booking).centre_id = new_id()
        with pytest.raises(Refused, match="VEN-1002"):
            actions.withdraw(session, booking, actor=centre, reason="检修", now=now)


def test_an_emergency_waits_for_the_centre_and_holds_the_room_meanwhile(
    database: Database, blobs: BlobStore, venue: Venue
) -> None:
    other, centre = another_lot(database, blobs, venue), venue.account(Role.CENTRE)
    with database.writing() as session:
        for lot_id in (venue.lot, other):
            session.get_one(Lot, lot_id).deadline += timedelta(hours=12)
        with pytest.raises(Refused, match="VEN-1103"):
            asked(session, venue, venue.lot)
        booking = asked(session, venue, venue.lot, reason="防汛抢险")
        with pytest.raises(Refused, match="VEN-1101"):
            asked(session, venue, other, reason="防汛抢险")
        waiting = queries.waiting(session, centre.organisation_id)
        assert [(one.id, one.kind) for one in waiting] == [(booking, SessionKind.EMERGENCY)]
        now = legal_now(session)
        actions.judge(session, booking, approved=False, reason="无人值守", actor=centre, now=now)
        asked(session, venue, other, reason="防汛抢险")
    assert state(database, venue.lot) is BookingState.REFUSED


def test_a_deadline_that_moves_takes_the_room_along_or_says_that_it_is_lost(
    database: Database, house: House, blobs: BlobStore, venue: Venue
) -> None:
    other = another_lot(database, blobs, venue)

    def notice(lot_id: UUID, by: timedelta) -> None:
        with database.writing() as session:
            lot = session.get_one(Lot, lot_id)
            lot.deadline += by
            outbox.record(session, NoticePublished(new_id(), lot_id, 2, lot.deadline))
        worker.drain(house)

    with database.writing() as session:
        asked(session, venue, venue.lot)
    notice(venue.lot, timedelta(hours=3))
    with database.reading() as session:
        held = queries.of_lot(session, venue.lot)
        assert held is not None
        assert held.fits(session.get_one(Lot, venue.lot).deadline)
        assert held.room == "第一开标室"
    with database.writing() as session:
        asked(session, venue, other)
    notice(venue.lot, -timedelta(hours=3))
    assert state(database, venue.lot) is BookingState.DISPLACED
    with database.reading() as session:
        assert queries.of_lot(session, venue.lot) is None


def test_lots_opened_together_share_one_room_until_their_deadlines_part(
    database: Database, house: House, blobs: BlobStore, venue: Venue
) -> None:
    with database.writing() as session:
        lot = session.get_one(Lot, venue.lot)
        beside = ready_lot(
            session, blobs, venue.world, now=legal_now(session), deadline=lot.deadline
        )
        row = session.get_one(Lot, beside)
        row.ordinal, row.project_id = 2, lot.project_id
        booking = asked(session, venue, venue.lot)
        found = queries.of_lot(session, beside)
        assert found is not None
        assert found.id == booking
        row.deadline += timedelta(days=1)
        actions.follow_deadline(session, beside, now=legal_now(session))
        parted = queries.of_lot(session, beside)
        assert parted is not None
        assert parted.id != booking
        # The other one follows a day later and finds the room that holds for both.
        lot.deadline += timedelta(days=1)
        actions.follow_deadline(session, venue.lot, now=legal_now(session))
        assert queries.of_lot(session, venue.lot) == queries.of_lot(session, beside)
    with database.writing() as session:
        move_lot(
            session,
            venue.lot,
            LotStage.TERMINATED,
            actor=System("test"),
            now=legal_now(session),
            reason="重新立项",
        )
    worker.drain(house)
    with database.reading() as session:
        held = queries.of_lot(session, beside)
        assert held is not None
        assert held.lots == (beside,)


def test_the_centre_keeps_a_room_moves_a_session_and_retires_a_room(
    database: Database, venue: Venue
) -> None:
    centre = venue.account(Role.CENTRE)
    with database.writing() as session:
        now = legal_now(session)
        held = session.get_one(RoomBooking, asked(session, venue, venue.lot))
        with pytest.raises(Refused, match="VEN-1101"):
            actions.close_room(
                session,
                venue.rooms[0],
                held.starts_at,
                held.ends_at,
                actor=centre,
                reason="检修",
                now=now,
            )
        with pytest.raises(Refused, match="VEN-1203"):
            actions.retire_room(session, venue.rooms[0], centre_id=centre.organisation_id, now=now)
        actions.move_room(
            session, held.id, venue.rooms[2], actor=centre, reason="空调检修", now=now
        )
        actions.close_room(
            session,
            venue.rooms[0],
            held.starts_at,
            held.ends_at,
            actor=centre,
            reason="空调检修",
            now=now,
        )
        actions.withdraw(session, held.id, actor=centre, reason="另有活动", now=now)
        actions.retire_room(session, venue.rooms[2], centre_id=centre.organisation_id, now=now)
        names = [room.name for room in queries.rooms(session, centre.organisation_id)]
    assert names == ["第一开标室", "第二开标室"]
