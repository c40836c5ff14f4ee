"""Pages of the rooms by role: the week, the request, the decisions, the public calendar."""

from datetime import timedelta
from typing import Any

from flask import Flask

from kernel.clock import legal_now
from kernel.db import Database
from kernel.permissions import Role
from tests.trading.tenders.test_views import desk
from tests.trading.tenders.world import LOT_NAME
from tests.trading.venues.conftest import Venue
from trading.tenders.models import Lot
from trading.venues import actions, queries
from trading.venues.rules import BookingState
from trading.venues.week import monday


def text(answer: Any) -> str:
    return str(answer.get_data(as_text=True))


def weeks_until(database: Database, venue: Venue) -> int:
    """How many weeks after this one the lot is due."""
    with database.reading() as session:
        deadline, now = session.get_one(Lot, venue.lot).deadline, legal_now(session)
        return (monday(deadline) - monday(now)).days // 7


def test_an_agency_books_and_everybody_sees_where(
    app: Flask, database: Database, venue: Venue
) -> None:
    agency = desk(app, database, venue.world, Role.AGENCY)
    path = f"/tenders/lots/{venue.lot}/room"
    assert "第二开标室" in text(agency.get(path))
    wanted = {"room": str(venue.rooms[1]), "length": "120"}
    assert agency.post(path, wanted).location == path
    page = text(agency.get(path))
    assert "已确认" in page
    assert "取消预订" in page
    shift = weeks_until(database, venue)
    for role in (Role.CENTRE, Role.SUPERVISOR, Role.TENDEREE, Role.AGENCY):
        week = text(desk(app, database, venue.world, role).get(f"/venues?week={shift}"))
        assert LOT_NAME in week, role
        assert ("登记一间开标室" in week) == (role is Role.CENTRE)
    public = text(app.test_client().get(f"/calendar?week={shift}"))
    assert "第二开标室" in public
    assert agency.post(f"{path}/cancel", {"reason": "改期"}).status_code == 303
    assert "第二开标室" not in text(app.test_client().get(f"/calendar?week={shift}"))


def test_a_taken_room_comes_back_with_the_nearest_free_ones(
    app: Flask, database: Database, venue: Venue
) -> None:
    with database.writing() as session:
        deadline, now = session.get_one(Lot, venue.lot).deadline, legal_now(session)
        actions.close_room(
            session,
            venue.rooms[0],
            deadline - timedelta(minutes=30),
            deadline + timedelta(hours=1),
            actor=venue.account(Role.CENTRE),
            reason="检修",
            now=now,
        )
    agency = desk(app, database, venue.world, Role.AGENCY)
    answer = agency.post(f"/tenders/lots/{venue.lot}/room", {"room": str(venue.rooms[0])})
    assert answer.status_code == 409
    page = text(answer)
    assert "VEN-1101" in page
    near = page[page.index('id="nearest"') :]
    assert near.index("第二开标室") < near.index("第三开标室") < near.index("须先变更投标截止时间")


def test_the_centre_judges_an_emergency_with_a_reason(
    app: Flask, database: Database, venue: Venue
) -> None:
    with database.writing() as session:
        session.get_one(Lot, venue.lot).deadline += timedelta(hours=12)
    agency = desk(app, database, venue.world, Role.AGENCY)
    centre = desk(app, database, venue.world, Role.CENTRE)
    path = f"/tenders/lots/{venue.lot}/room"
    assert "申请理由" in text(agency.get(path))
    asked = {"room": str(venue.rooms[0]), "reason": "防汛抢险"}
    assert agency.post(path, asked).status_code == 303
    waiting = text(centre.get("/venues"))
    assert "防汛抢险" in waiting
    assert "应急专场" in waiting
    with database.reading() as session:
        held = queries.of_lot(session, venue.lot)
        assert held is not None
    public = f"/calendar?week={weeks_until(database, venue)}"
    assert "应急专场" not in text(app.test_client().get(public))
    judged = {"decision": "approve", "reason": ""}
    booking = f"/venues/bookings/{held.id}"
    assert centre.post(f"{booking}/judge", judged).status_code == 400
    assert centre.post(f"{booking}/judge", judged | {"reason": "安排值班"}).status_code == 303
    assert "安排值班" in text(agency.get(path))
    assert "应急专场" in text(app.test_client().get(public))
    moved = {"room": str(venue.rooms[2]), "reason": "空调检修"}
    assert centre.post(f"{booking}/move", moved).status_code == 303
    assert "空调检修" in text(centre.get(booking))
    assert centre.post(f"{booking}/withdraw", {"reason": "停电"}).status_code == 303
    with database.reading() as session:
        last = queries.last_of_lot(session, venue.lot)
        assert last is not None
        assert last.state is BookingState.CANCELLED


def test_the_centre_keeps_its_rooms(app: Flask, database: Database, venue: Venue) -> None:
    centre = desk(app, database, venue.world, Role.CENTRE)
    room = {"name": "第四开标室", "capacity": "20", "equipment": "投影，话筒"}
    assert centre.post("/venues/rooms", room).status_code == 303
    assert "话筒" in text(centre.get("/venues"))
    assert centre.post("/venues/rooms", room).status_code == 409
    assert centre.post("/venues/rooms", room | {"capacity": "x"}).status_code == 400
    shut = {
        "room": str(venue.rooms[0]),
        "starts": "2030-03-04T09:00",
        "ends": "2030-03-04T12:00",
        "reason": "检修",
    }
    assert centre.post("/venues/closures", shut).status_code == 303
    again = centre.post("/venues/closures", shut)
    assert again.status_code == 409
    assert "VEN-1101" in text(again)
    assert centre.post("/venues/closures", shut | {"ends": "never"}).status_code == 400
    assert centre.post(f"/venues/rooms/{venue.rooms[2]}/retire").status_code == 303


def test_others_are_turned_away(app: Flask, database: Database, venue: Venue) -> None:
    assert app.test_client().get("/venues").status_code == 401
    trustee = desk(app, database, venue.world, Role.TRUSTEE)
    assert trustee.get("/venues").status_code == 403
    tenderee = desk(app, database, venue.world, Role.TENDEREE)
    assert tenderee.get(f"/tenders/lots/{venue.lot}/room").status_code == 403
    assert tenderee.post("/venues/rooms", {"name": "x"}).status_code == 403
