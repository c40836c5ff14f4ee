"""One lot on trial: opened, handed over, its committee at work; callers of every kind and tongue.

Everything is real and nothing is shared: the lot's own parties, and strangers in the same roles.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from cryptography.hazmat.primitives.asymmetric import ec
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text, update
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from escrow.public import ReleaseReason, SettlementLine, propose_settlement, register_bank
from evaluation.public import register_site, room_of
from kernel import clock, live
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.db import Database
from kernel.house import House
from kernel.identity import actions as identity
from kernel.identity.models import Person
from kernel.identity.rules import with_check_character
from kernel.media import actions as media
from kernel.media.rules import Kind
from kernel.permissions import Account, Actor, Guarded, Pseudonym, Role, Visitor
from kernel.pure.legal_days import SHANGHAI
from kernel.settings import Settings
from kernel.web import Edge
from tests.architecture.access_security import secured
from tests.evaluation import world as rooms
from tests.trading.openings.world import set_scene
from tests.trading.results.world import Results
from trading.app import create_app
from trading.bids import tickets
from trading.reminders.actions import Note, remind
from trading.reminders.models import InboxEntry
from trading.reminders.rules import Kind as Reminder
from trading.results import handover
from trading.sittings.queries import of_lot
from trading.tenders.models import Trustee
from trading.venues import actions as venues

JSON = {"Accept": "application/json"}
LOST = ReleaseReason.NOT_SELECTED
OWN = (Role.TENDEREE, Role.AGENCY, Role.CENTRE, Role.SUPERVISOR, Role.TRUSTEE)


@dataclass(slots=True)
class Caller:
    """Somebody at the door: nobody, a person logged in, or the holder of a ticket for a lot."""

    name: str
    app: Flask
    actor: Actor
    token: str = ""
    csrf: str = ""
    key: ec.EllipticCurvePrivateKey | None = None
    client: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        # The cookie goes with every request: none of them may take it away from the next.
        self.client = self.app.test_client(use_cookies=False)

    def ask(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, *, csrf: bool = True
    ) -> TestResponse:
        """The request as this caller's browser would send it, its body as JSON."""
        raw = b"" if method in ("GET", "HEAD") else json.dumps(body or {}).encode()
        kind = "application/json" if raw else None
        headers = self._headers(method, path, raw, csrf=csrf)
        return self.client.open(path, method=method, data=raw, headers=headers, content_type=kind)

    def fill(self, path: str, form: Mapping[str, Any]) -> TestResponse:
        """A form as this caller's browser would send it, files included."""
        return self.client.post(path, data=dict(form), headers=self._headers("POST", path, b""))

    def _headers(self, method: str, path: str, raw: bytes, *, csrf: bool = True) -> dict[str, str]:
        headers = dict(JSON)
        if self.token:
            headers["Cookie"] = f"{self.app.extensions['sunbid'].cookie_name}={self.token}"
        if self.csrf and csrf:
            headers["X-CSRF-Token"] = self.csrf
        if self.key is not None:
            headers |= self._signed(method, path.partition("?")[0], raw)
        return headers

    def _signed(self, method: str, path: str, raw: bytes) -> dict[str, str]:
        assert self.key is not None
        assert isinstance(self.actor, Pseudonym)
        house = self.app.extensions["sunbid"].house
        with house.database.reading() as session:
            at = clock.clock_timestamp(session)
        ticket, _ = tickets.issue(
            house.keys, lot_id=self.actor.lot_id, public_key=self.actor.public_key, now=at
        )
        stamp = str(int(at.timestamp()))
        message = "\n".join((method, path, hashlib.sha256(raw).hexdigest(), stamp)).encode()
        signature = sign_p256(self.key, message).hex()
        return {"Authorization": f"Ticket {ticket}", "X-Signature": f"{stamp}.{signature}"}


@dataclass(slots=True)
class World:
    """The application, the callers by name, and what stands in the paths of its doors."""

    app: Flask
    house: House
    callers: dict[str, Caller]
    strangers: dict[Role, Caller]
    fills: dict[str, Any]
    streams: dict[str, UUID]

    @property
    def edge(self) -> Edge:
        found: Edge = self.app.extensions["sunbid"]
        return found

    def doors(self, kind: str) -> list[Guarded]:
        return sorted(
            (each for each in self.edge.table.doors if each.kind == kind), key=lambda d: d.name
        )

    def path(self, door: Guarded) -> tuple[str, str]:
        """Method and path of a route, its parameters filled in; KeyError names a new parameter."""
        method, _, rule = door.name.partition(" ")
        parts = []
        for part in rule.split("/"):
            head, _, rest = part.partition("<")
            if rest:
                inside, _, tail = rest.partition(">")
                parts.append(f"{head}{self.fills[inside.rpartition(':')[2]]}{tail}")
            else:
                parts.append(part)
        return method, "/".join(parts)

    def fingerprint(self) -> str:
        """A digest over every row of every table."""
        with self.house.database.reading() as session:
            return str(session.scalar(text(_every_row(session))))

    @contextmanager
    def rehearsing(self) -> Iterator[None]:
        """Whoever is let in acts for real, and nothing of it stays."""
        real = Database.writing

        @contextmanager
        def rolled_back(database: Database) -> Iterator[Session]:
            session = Session(database.engine, expire_on_commit=False)
            try:
                yield session
            finally:
                session.rollback()
                session.close()

        Database.writing = rolled_back  # type: ignore[method-assign, assignment]
        try:
            yield
        finally:
            Database.writing = real  # type: ignore[method-assign]


_ROWS: dict[str, str] = {}


def _every_row(session: Session) -> str:
    url = str(session.get_bind())
    if url not in _ROWS:
        tables = session.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1")
        )
        each = (
            f"SELECT '{name}' || coalesce(md5(string_agg(t::text, '|' ORDER BY t::text)), '') AS d"
            f' FROM "{name}" t'
            for name in tables
        )
        rows = " UNION ALL ".join(each)
        _ROWS[url] = f"SELECT md5(string_agg(d, '' ORDER BY d)) FROM ({rows}) AS all_rows"
    return _ROWS[url]


def set_world(settings: Settings) -> World:
    """Build it: about as long as one opening and one draw take."""
    app = create_app(settings)
    house: House = app.extensions["sunbid"].house
    scene = set_scene(house)
    results = Results(scene)
    results.close_opening()
    with house.database.writing() as session:
        now = clock.legal_now(session)
        for site in (rooms.HOME, rooms.GUEST):
            register_site(session, site, now=now)
        pool = [rooms.an_expert(session, scene.authority, index, now) for index in range(8)]
        room_id = handover.hand_over(
            session, house.keys, scene.lot.id, actor=scene.world.account(Role.AGENCY), now=now
        )
    parties: dict[Role, rooms.Person] = dict(scene.world.parties)  # type: ignore[arg-type]
    contents: dict[tuple[int, str], bytes] = {}
    dossier = rooms.a_dossier(house, parties, contents, bids=3, plan=rooms.a_plan())
    room = rooms.Scene(house, scene.authority, parties, pool, dossier, contents, room_id)
    room.draw()
    for seat in room.seats:
        room.answer(seat)
    for seat in room.seats:
        room.arrive(seat)
    for seat in room.seats:
        room.vote(seat, 1)
    with house.database.writing() as session:
        now = clock.legal_now(session)
        logins = {role: scene.world.parties[role].login for role in OWN}
        logins[Role.EXPERT] = room.expert(1).person.login
        logins[Role.BIDDER] = _person(
            session, "bidder1", Role.BIDDER, now, scene.bidders[0].organisation_id
        )
        logins[Role.BANK] = _person(session, "bank1", Role.BANK, now)
        panel = _person(session, "panel1", Role.TRUSTEE, now)
        _give_key(session, scene.panel[0][0].person_id, to=panel)
        others = {role: _person(session, f"{role.value}-else", role, now) for role in Role}
        others[Role.EXPERT] = room.stranger().person.login
        summary = room_of(session, scene.lot.id)
        opening = live.open_session(session, kind="opening", ref=scene.lot.id)
        sitting = of_lot(session, scene.lot.id).live_id
        picture = media.start(
            session,
            of_lot(session, scene.lot.id).id,
            kind=Kind.CAMERA,
            mime=media.MIMES[0],
            actor=scene.world.account(Role.AGENCY),
            now=now,
            wall=clock.clock_timestamp(session),
        )
        settlement_id = propose_settlement(
            session,
            lot_ref=scene.lot.id,
            centre_ref=scene.world.account(Role.CENTRE).organisation_id,
            lines=[SettlementLine(one.organisation_id, LOST) for one in scene.bidders],
            title=scene.lot.name,
            now=now,
            due_at=now + timedelta(days=5),
        )
        guarantee_id, forfeit_id = secured(session, scene, now)
        own_bank = {
            "code": "simulator",
            "name": "bank1 的单位",
            "adapter": "iso20022",
            "base_url": "http://x",
            "master_number": "1",
            "master_name": "专户",
            "key_id": "k",
            "public_key": "00" * 32,
        }
        register_bank(session, enrolment=own_bank, now=now)
        board = live.open_session(session, kind="bank-board", ref=UUID(int=0))
        live.append(session, board, "begun", {})
        venue_id, booking_id = _lent_room(session, scene, now)
        entry_id = _reminded(session, scene.world.account(Role.AGENCY).person_id, now)
    assert summary is not None
    callers = {"visitor": Caller("visitor", app, Visitor())}
    callers |= {role.value: _logged_in(app, role.value, logins[role]) for role in Role}
    callers["panel"] = _logged_in(app, "panel", panel)
    callers["ticket"] = _ticket(app, "ticket", scene.lot.id, scene.bidders[0].sealed.signer)
    elsewhere = ec.generate_private_key(ec.SECP256R1())
    callers["ticket of another lot"] = _ticket(app, "ticket of another lot", uuid4(), elsewhere)
    strangers = {role: _logged_in(app, f"other {role.value}", others[role]) for role in Role}
    fills = {
        "lot_id": scene.lot.id,
        "room_id": room_id,
        "project_id": scene.lot.project_id,
        "live_id": opening,
        "number": 1,
        "day": now.astimezone(SHANGHAI).date(),
        "account": "6230000",
        "ledger_account": "cash",
        "journal_id": uuid4(),
        "look_id": uuid4(),
        "version": 1,
        "no": 1,
        "revision": 1,
        "part": "technical",
        "kind": "award",
        "code": "simulator",
        "digest": "0" * 64,
        "size": "4",
        "tile": "0/000.p/4",
        "document_id": uuid4(),
        "certificate_id": uuid4(),
        "passkey_id": uuid4(),
        "envelope_id": uuid4(),
        "settlement_id": settlement_id,
        "guarantee_id": guarantee_id,
        "forfeit_id": forfeit_id,
        "booking_id": booking_id,
        "venue_id": venue_id,
        "entry_id": entry_id,
        "objection_id": uuid4(),
        "refusal_id": uuid4(),
        "upload_id": uuid4(),
        "sitting_id": picture.about,
        "recording_id": picture.id,
        "peer_id": uuid4(),
    }
    streams = {
        "opening": opening,
        "sitting": sitting,
        "evaluation": summary.live_id,
        "bank-board": board,
    }
    return World(app, house, callers, strangers, fills, streams)


def _person(
    session: Session, login: str, role: Role, now: Any, organisation: UUID | None = None
) -> str:
    """A person in a role, for an organisation of their own unless one is given."""
    if organisation is None:
        digits = hashlib.sha256(login.encode()).hexdigest()[:9].upper()
        code = with_check_character(f"91330300{digits}")
        organisation = identity.register_organisation(
            session, credit_code=code, name=f"{login} 的单位", account=None, now=now
        )
    person = identity.add_person(
        session, login=login, name=f"{login} 的人", password_hash=None, demo=True, now=now
    )
    identity.join(session, person_id=person, organisation_id=organisation, role=role, now=now)
    return login


def _lent_room(session: Session, scene: Any, now: Any) -> tuple[UUID, UUID]:
    """A room of the centre, kept for an hour."""
    centre = scene.world.account(Role.CENTRE)
    room = venues.add_room(
        session,
        centre_id=centre.organisation_id,
        name="第一开标室",
        place="",
        capacity=9,
        equipment=(),
        now=now,
    )
    starts = now.replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    ends = starts + timedelta(hours=1)
    return room, venues.close_room(
        session, room, starts, ends, actor=centre, reason="检修", now=now
    )


def _reminded(session: Session, person_id: UUID, now: Any) -> UUID:
    """A reminder in the agency's inbox."""
    note = Note(Reminder.DAY_BEFORE, "one", href="/venues")
    remind(session, (), [person_id], note, now=now)
    return session.scalars(select(InboxEntry.id).where(InboxEntry.key == "one")).one()


def _give_key(session: Session, holder: UUID, *, to: str) -> None:
    """The rescue panel's members of the openings' scene have no login; one of them gets one."""
    person = session.scalars(select(Person.id).where(Person.login == to)).one()
    session.execute(update(Trustee).where(Trustee.person_id == holder).values(person_id=person))


def _logged_in(app: Flask, name: str, login: str) -> Caller:
    edge: Edge = app.extensions["sunbid"]
    with edge.house.database.writing() as session:
        at = clock.clock_timestamp(session)
        held = identity.log_in_demo(session, login=login, by_person=True, now=at)
    with edge.house.database.reading() as session:
        actor = edge.read_account(session, held.token, at)
    assert isinstance(actor, Account)
    return Caller(name, app, actor, token=held.token, csrf=actor.csrf_token)


def _ticket(app: Flask, name: str, lot_id: UUID, key: ec.EllipticCurvePrivateKey) -> Caller:
    public = public_bytes(key)
    actor = Pseudonym(lot_id, hashlib.sha256(public).hexdigest(), public)
    return Caller(name, app, actor, key=key)
