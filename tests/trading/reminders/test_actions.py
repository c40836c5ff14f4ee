"""Reminding against PostgreSQL and a real SMTP server: once each, retried, nobody counted."""

import json
from collections.abc import Sequence
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, HTTPServer
from threading import Thread
from uuid import UUID

from sqlalchemy import select, text, update

from kernel.clock import clock_timestamp, legal_now
from kernel.db import Database
from kernel.house import House
from kernel.permissions import Role
from tests.trading.reminders.post import PostOffice
from tests.trading.venues.conftest import Venue
from trading import worker
from trading.reminders import actions, delivering, queries, ways
from trading.reminders.models import InboxEntry, ReminderDelivery, Way
from trading.reminders.rules import DeliveryState, Kind, Outcome
from trading.reminders.terms import terms
from trading.reminders.ways import carriers
from trading.tenders.models import Lot
from trading.venues import actions as venues


def to_the_eve(database: Database, house: House, venue: Venue, before: timedelta) -> None:
    """Let the lot's deadline come near, as a notice would have it, and do what is due."""
    with database.writing() as session:
        now = legal_now(session)
        lot = session.get_one(Lot, venue.lot)
        lot.documents_from = now - timedelta(days=30)
        lot.deadline = now + before
        actions.plan(session, lot.id, now=now - timedelta(days=2))
    worker.drain(house)


def entries(database: Database, person: UUID) -> Sequence[InboxEntry]:
    with database.reading() as session:
        found = session.scalars(select(InboxEntry).where(InboxEntry.person_id == person))
        return found.all()


def messages(database: Database) -> Sequence[ReminderDelivery]:
    with database.reading() as session:
        return session.scalars(select(ReminderDelivery).order_by(ReminderDelivery.way)).all()


def hurry(database: Database) -> None:
    """What waits waits no longer."""
    with database.writing() as session:
        at = clock_timestamp(session) - timedelta(seconds=1)
        session.execute(update(ReminderDelivery).values(retry_at=at))


def test_officials_are_reminded_once_and_by_mail(
    database: Database, house: House, venue: Venue, office: PostOffice
) -> None:
    to_the_eve(database, house, venue, timedelta(minutes=50))
    worker.drain(house)
    for role in (Role.AGENCY, Role.SUPERVISOR, Role.CENTRE, Role.TRUSTEE):
        told = sorted(one.kind for one in entries(database, venue.account(role).person_id))
        assert Kind.HOUR_BEFORE in told
        assert len(told) == len(set(told))
    assert delivering.deliver(house, carriers(house.settings)) == len(messages(database)) > 0
    assert {one.state for one in messages(database)} == {DeliveryState.SENT}
    letter = next(one for one in office.taken if one["To"] == "liang@example.cn")
    assert letter["Message-ID"].endswith("@example.cn>")
    body = letter.get_content()  # type: ignore[attr-defined]
    assert "/lots/" in body
    for word in ("投标人", "家", "席"):
        assert word not in letter["Subject"]
    texts = [
        json.loads(path.read_text("utf-8"))
        for path in (house.settings.state_dir / "sms").glob("*.json")
    ]
    assert {one["to"] for one in texts} == {"13800000001"}
    assert delivering.deliver(house, carriers(house.settings)) == 0


def test_a_moved_deadline_takes_its_reminders_along(
    database: Database, house: House, venue: Venue
) -> None:
    with database.writing() as session:
        now = legal_now(session)
        lot = session.get_one(Lot, venue.lot)
        former = lot.deadline
        lot.deadline += timedelta(days=3)
        actions.before_opening(session, (), lot.id, Kind.DAY_BEFORE, former, now=now)
    assert entries(database, venue.account(Role.AGENCY).person_id) == []


def test_a_busy_server_is_asked_again_and_a_refusal_is_final(
    database: Database, house: House, venue: Venue, office: PostOffice
) -> None:
    to_the_eve(database, house, venue, timedelta(minutes=50))
    mail = {Way.MAIL: carriers(house.settings)[Way.MAIL]}
    office.mood = "busy"
    tried = delivering.deliver(house, mail)
    of_mail = [one for one in messages(database) if one.way is Way.MAIL]
    assert {(one.state, one.attempts) for one in of_mail} == {(DeliveryState.WAITING, 1)}
    assert delivering.deliver(house, mail) == 0
    hurry(database)
    office.mood = "unknown person"
    assert delivering.deliver(house, mail) == tried
    of_mail = [one for one in messages(database) if one.way is Way.MAIL]
    assert {(one.state, one.attempts) for one in of_mail} == {(DeliveryState.FAILED, 2)}
    assert office.taken == []


def test_a_lost_answer_is_unknown_and_comes_again_under_the_same_key(
    database: Database, house: House, venue: Venue, office: PostOffice
) -> None:
    to_the_eve(database, house, venue, timedelta(minutes=50))
    mail = {Way.MAIL: carriers(house.settings)[Way.MAIL]}
    office.mood = "vanish"
    tried = delivering.deliver(house, mail)
    of_mail = [one for one in messages(database) if one.way is Way.MAIL]
    assert {one.state for one in of_mail} == {DeliveryState.UNKNOWN}
    hurry(database)
    office.mood = "accept"
    assert delivering.deliver(house, mail) == tried
    keys = [one["Message-ID"] for one in office.taken]
    assert len(keys) == 2 * tried
    assert len(set(keys)) == tried


def test_whoever_dies_over_a_message_leaves_it_to_the_next(
    database: Database, house: House, venue: Venue, office: PostOffice
) -> None:
    to_the_eve(database, house, venue, timedelta(minutes=50))
    with database.writing() as session:
        long_ago = clock_timestamp(session) - terms().lease - timedelta(seconds=1)
        session.execute(
            update(ReminderDelivery)
            .where(ReminderDelivery.way == Way.MAIL)
            .values(state=DeliveryState.SENDING, attempts=1, begun_at=long_ago)
        )
    mail = {Way.MAIL: carriers(house.settings)[Way.MAIL]}
    assert delivering.deliver(house, mail) == len(office.taken) > 0
    of_mail = [one for one in messages(database) if one.way is Way.MAIL]
    assert {(one.state, one.attempts) for one in of_mail} == {(DeliveryState.SENT, 2)}


def test_nobody_listens(house: House) -> None:
    with house.database.reading() as session:
        at = clock_timestamp(session)
    message = ways.Message("key", "a@example.cn", "s", "t", at)
    assert ways.Mail("smtp://127.0.0.1:9", "b@example.cn").send(message) is Outcome.LATER
    assert ways.Gateway("http://127.0.0.1:9/sms").send(message) is Outcome.LATER


def test_a_gateway_is_told_the_key(house: House) -> None:
    heard: list[tuple[str, str, dict[str, str]]] = []
    answers = [202, 409, 503, 400, 429]

    class Provider(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            heard.append((self.path, self.headers["Idempotency-Key"], body))
            self.send_response(answers[len(heard) - 1])
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Tests are quiet."""

    server = HTTPServer(("127.0.0.1", 0), Provider)
    Thread(target=server.serve_forever, daemon=True).start()
    with house.database.reading() as session:
        at = clock_timestamp(session)
    message = ways.Message("key-1", "13800000001", "s", "开标", at)
    gateway = ways.Gateway(f"http://127.0.0.1:{server.server_port}/sms")
    assert [gateway.send(message) for _ in answers] == [
        Outcome.SENT,
        Outcome.SENT,
        Outcome.UNCERTAIN,
        Outcome.REFUSED,
        Outcome.LATER,
    ]
    server.shutdown()
    assert heard[0] == ("/sms", "key-1", {"key": "key-1", "to": "13800000001", "text": "开标"})


def test_secrets_stand_in_no_repr(house: House) -> None:
    settings = repr(house.settings)
    assert "smtp://" not in settings
    with house.database.reading() as session:
        at = clock_timestamp(session)
    assert "13800000001" not in repr(ways.Message("k", "13800000001", "s", "t", at))
    assert "secret" not in repr(ways.Mail("smtp://u:secret@h", "b@example.cn"))


def test_the_centre_hears_of_a_request_and_the_agency_of_the_answer(
    database: Database, house: House, venue: Venue
) -> None:
    centre, agency = venue.account(Role.CENTRE), venue.account(Role.AGENCY)
    with database.writing() as session:
        session.get_one(Lot, venue.lot).deadline += timedelta(hours=12)
        booking = venues.ask(
            session,
            venue.lot,
            venue.rooms[0],
            timedelta(hours=2),
            actor=agency,
            reason="防汛抢险",
            now=legal_now(session),
        )
    worker.drain(house)
    asked = [one for one in entries(database, centre.person_id) if one.kind is Kind.ROOM_ASKED]
    assert [one.facts["reason"] for one in asked] == ["防汛抢险"]
    with database.writing() as session:
        now = legal_now(session)
        venues.judge(session, booking, approved=True, reason="安排值班", actor=centre, now=now)
    worker.drain(house)
    told = [one for one in entries(database, agency.person_id) if one.kind is Kind.ROOM_APPROVED]
    assert [one.facts["room"] for one in told] == ["第一开标室"]


def test_what_is_over_waits_no_longer(database: Database, house: House, venue: Venue) -> None:
    to_the_eve(database, house, venue, timedelta(minutes=50))
    person = venue.account(Role.AGENCY).person_id
    with database.writing() as session:
        now = legal_now(session)
        assert queries.unread(session, person, now) > 0
        session.execute(text("UPDATE inbox_entry SET until = :now"), {"now": now})
        assert queries.unread(session, person, now) == 0
