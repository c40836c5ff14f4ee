"""Every door × every role: the application answers as its table says, and objects stay their own's.

Generated from the doors: a route without a row in `OBJECTS`, or with a new parameter, fails here.
"""

import re
from base64 import b64encode
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from werkzeug.test import TestResponse

from kernel import postgres
from kernel.identity.rules import RevocationReason
from kernel.permissions import Guarded, Role, System
from kernel.settings import Settings
from tests.architecture.access_rows import MONEY, Row
from tests.architecture.access_rows import form as _form
from tests.architecture.access_rows import of as _of
from tests.architecture.access_world import Caller, World, set_world
from trading.bids import upload

NOT_IN = ("WEB-1101", "WEB-1102")
TICKET_REFUSED = ("BID-1301", "WEB-1104")
SIGNED = {"digest": "0" * 64, "signature": "0" * 128, "certificate_chain": ["00"]}
SOME_ID = str(uuid4())
PLACE = {"stage": "qualification", "bid": "0" * 64}

AGENCY, TENDEREE, CENTRE, EXPERT = Role.AGENCY, Role.TENDEREE, Role.CENTRE, Role.EXPERT
_ROOM, _LOT, _TENDER, _HALL = (
    "/evaluations/<uuid:room_id>",
    "/lots/<uuid:lot_id>",
    "/tenders/lots/<uuid:lot_id>",
    "/lots/<uuid:lot_id>/hall",
)
_LOAN = "/venues/bookings/<uuid:booking_id>"
_PICTURE = "/pictures/<uuid:recording_id>"
_PEER = f"{_PICTURE}/peers/<uuid:peer_id>"
EVERYONE = tuple(Role)
OWN = re.compile("certificate_id|passkey_id|look_id")
# Whose code tells a stranger, where the holder is no plain role.
HOLDERS = {"OPN-1201": "trustee", "OPN-1311": "panel"}
OBJECTS: dict[str, Row] = {
    # a person's own certificates
    "GET /account/certificates/<uuid:certificate_id>": _of("IDN-1203", *EVERYONE),
    "POST /account/certificates/<uuid:certificate_id>/revoke": _form(
        "IDN-1203", *EVERYONE, reason=next(iter(RevocationReason)).value
    ),
    "POST /account/passkeys/<uuid:passkey_id>/end": _of("IDN-1405", *EVERYONE),
    # evaluation: the room's members, its centre, its agency; any supervisor
    f"GET {_ROOM}": _of("EVA-2001", CENTRE, EXPERT),
    f"GET {_ROOM}/state": _of("EVA-2001", CENTRE, EXPERT),
    f"GET {_ROOM}/bids/<int:number>/<part>": _of("EVA-2001", EXPERT),
    f"GET {_ROOM}/draft-key": _of("EVA-2001", EXPERT),
    f"GET {_ROOM}/drafts": _of("EVA-2001", EXPERT),
    f"GET {_ROOM}/draw": _of("EVA-2001", AGENCY, CENTRE),
    f"GET {_ROOM}/draw/state": _of("EVA-2001", AGENCY, CENTRE),
    f"GET {_ROOM}/report": _of("EVA-2001", CENTRE, EXPERT),
    f"GET {_ROOM}/report/draft": _of("EVA-2001", CENTRE, EXPERT),
    f"GET {_ROOM}/results": _of("EVA-2001", EXPERT),
    f"GET {_ROOM}/sheets": _of("EVA-2001", EXPERT),
    f"POST {_ROOM}/check-in": _of("EVA-2001", EXPERT, signature="0" * 128, certificate="00"),
    f"POST {_ROOM}/draft-key": _of("EVA-2001", EXPERT, wrapped="0" * 226),
    f"POST {_ROOM}/drafts": _of("EVA-2001", EXPERT, **PLACE, version=1, ciphertext="00"),
    f"POST {_ROOM}/draw/commitments": _of("EVA-2001", AGENCY, CENTRE, commitment="0" * 64),
    f"POST {_ROOM}/draw/nonces": _of("EVA-2001", AGENCY, CENTRE, nonce="0" * 64),
    f"POST {_ROOM}/draw/restart": Row({}),
    f"POST {_ROOM}/failure": Row({}),
    f"POST {_ROOM}/invitation": _of("EVA-2001", EXPERT, answer="accept"),
    f"POST {_ROOM}/pause": Row({}),
    f"POST {_ROOM}/pledge": _of("EVA-2001", EXPERT, signature="0" * 128),
    f"POST {_ROOM}/price-confirmation": _of("EVA-2001", EXPERT),
    f"POST {_ROOM}/recusal": _of("EVA-2001", EXPERT),
    f"POST {_ROOM}/replacement": _of("EVA-2001", CENTRE, seat=1, reason="缺席"),
    f"POST {_ROOM}/report/refusals": _of("EVA-2001", CENTRE, seat=1, reason="拒签"),
    f"POST {_ROOM}/report/signatures": _of(
        "EVA-2001", EXPERT, answer="agree", opinion=None, signature="0" * 128
    ),
    f"POST {_ROOM}/resume": Row({}),
    f"POST {_ROOM}/sheets": _of(
        "EVA-2001", EXPERT, **PLACE, commitment="0" * 64, sealed="00", signature="0" * 128
    ),
    f"POST {_ROOM}/votes": _of("EVA-2001", EXPERT, seat=1),
    # bidding: every bidder may take part in every lot; only the ticket knows which
    f"GET {_LOT}/bid": Row({}),
    f"GET {_LOT}/bid/deposit": Row({}),
    f"POST {_LOT}/tickets": Row({}),
    # the opening: its host, its trustees; any supervisor
    f"GET {_HALL}/host": _of("OPN-1001", AGENCY, TENDEREE),
    f"GET {_HALL}/openings-manifest": _of("OPN-1001", AGENCY, TENDEREE),
    f"POST {_HALL}/acts": _of("OPN-1001", AGENCY, TENDEREE, act="read_out"),
    f"POST {_HALL}/excuse": Row({}),
    f"POST {_HALL}/late-close": Row({}),
    f"POST {_HALL}/pause": _of("OPN-1001", AGENCY, TENDEREE, reason="断线"),
    f"POST {_HALL}/resume": _of("OPN-1001", AGENCY, TENDEREE),
    f"POST {_HALL}/chat": _of("OPN-1001", AGENCY, TENDEREE, CENTRE, text="好", key="1"),
    f"POST {_HALL}/chat/mute": _of("OPN-1001", AGENCY, TENDEREE, reason="秩序"),
    f"POST {_HALL}/chat/remove": _of("OPN-1001", AGENCY, TENDEREE, no=1, reason="秩序"),
    f"POST {_HALL}/chair": _of("OPN-1001", AGENCY, TENDEREE, host=SOME_ID, deputy=""),
    f"POST {_HALL}/sitting": _of("OPN-1001", AGENCY, TENDEREE, **{"with": ""}),
    f"POST {_HALL}/host/attachments": _of("OPN-1001", AGENCY, TENDEREE),
    f"POST {_LOT}/records/<int:no>/prepare": _of(
        "OPN-1705", AGENCY, TENDEREE, Role.BIDDER, certificate_chain=["00"]
    ),
    f"POST {_LOT}/records/<int:no>/sign": _of(
        "OPN-1705", AGENCY, TENDEREE, Role.BIDDER, id=SOME_ID, signature="0" * 128
    ),
    f"POST {_HALL}/take-over": _of("OPN-1001", AGENCY, TENDEREE, reason="断线"),
    # the picture: its maker's own; direct lines for the sitting's participants and any supervisor
    "POST /sittings/<uuid:sitting_id>/picture": _of(
        "OPN-1001", AGENCY, TENDEREE, kind="camera", mime="video/webm;codecs=vp8,opus"
    ),
    f"POST {_PICTURE}/parts/<int:no>": _of("MED-1101", AGENCY, TENDEREE),
    f"POST {_PICTURE}/end": _of("MED-1101", AGENCY, TENDEREE),
    f"POST {_PICTURE}/peers": _of("MED-1104", AGENCY, TENDEREE, CENTRE, Role.BIDDER),
    f"GET {_PEER}": _of("MED-1104", AGENCY, TENDEREE, CENTRE, Role.BIDDER),
    f"POST {_PEER}/answer": _of("MED-1101", AGENCY, TENDEREE),
    f"POST {_PEER}/leave": _of("MED-1104", AGENCY, TENDEREE, CENTRE, Role.BIDDER),
    # a bidder in need acts on its own seat only; a panel's member for the lots that name it
    f"GET {_HALL}/remedies": Row({}),
    f"GET {_HALL}/remedies/state": Row({}),
    f"POST {_HALL}/remedies/failures": Row(
        {Role.BIDDER: "OPN-1301"}, {"code": "OPN-2101", "via": "bid_key"}
    ),
    f"POST {_HALL}/remedies/unlock": _of(
        "OPN-1301", Role.BIDDER, commitment="0" * 64, s_holder="0" * 64, via="recovery"
    ),
    f"POST {_HALL}/remedies/backup": _of("OPN-1301", Role.BIDDER),
    f"POST {_HALL}/rescue": _of("OPN-1301", Role.BIDDER),
    f"POST {_LOT}/rescue-releases": _of("OPN-1311", *EVERYONE),
    f"GET {_LOT}/releases/request": _of("OPN-1201", *EVERYONE),
    f"POST {_LOT}/releases": _of("OPN-1201", *EVERYONE),
    f"POST {_LOT}/releases/refusals": _of("OPN-1201", *EVERYONE),
    # the tender and its results: agency and tenderee of the project
    f"GET {_TENDER}": _of("TEN-1004", AGENCY, TENDEREE),
    f"GET {_TENDER}/edit": _of("TEN-1004", AGENCY),
    f"GET {_TENDER}/notice": _of("TEN-1004", AGENCY),
    f"GET {_TENDER}/results": _of("TEN-1004", AGENCY, TENDEREE),
    f"GET {_TENDER}/results/state": _of("TEN-1004", AGENCY, TENDEREE),
    "GET /tenders/projects/<uuid:project_id>/lots/new": _of("TEN-1004", AGENCY),
    "POST /tenders/projects/<uuid:project_id>/lots": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/approve": _of("TEN-1004", TENDEREE),
    f"POST {_TENDER}/documents": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/documents/<uuid:document_id>/withdraw": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/edit": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/end": _form("TEN-1004", AGENCY, TENDEREE, to="suspended", reason="原因"),
    f"POST {_TENDER}/notice": _of("TEN-1004", AGENCY, confirmation="发布公告", **SIGNED),
    f"POST {_TENDER}/rescue-panel": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/trustees": _of("TEN-1004", AGENCY),
    f"GET {_TENDER}/room": _of("TEN-1004", AGENCY),
    f"POST {_TENDER}/room": _form("TEN-1004", AGENCY, room=str(uuid4())),
    f"POST {_TENDER}/room/cancel": _form("TEN-1004", AGENCY, reason="改期"),
    # reminders: one's own
    "POST /inbox/<uuid:entry_id>": _form(
        "REM-1001", AGENCY, CENTRE, Role.SUPERVISOR, TENDEREE, Role.TRUSTEE
    ),
    # rooms and their loans: those of one's own centre
    f"GET {_LOAN}": _of("VEN-1002", CENTRE),
    f"POST {_LOAN}/judge": _form("VEN-1002", CENTRE, decision="approve", reason="可以"),
    f"POST {_LOAN}/move": _form("VEN-1002", CENTRE, room=str(uuid4()), reason="检修"),
    f"POST {_LOAN}/withdraw": _form("VEN-1002", CENTRE, reason="检修"),
    "POST /venues/rooms/<uuid:venue_id>/retire": _form("VEN-1001", CENTRE),
    f"GET {_LOT}/award": _of("TEN-1004", TENDEREE),
    f"GET {_LOT}/candidates": _of("TEN-1004", AGENCY),
    f"POST {_LOT}/archive": _of("TEN-1004", AGENCY, confirmation="归档"),
    f"POST {_LOT}/award": _of("TEN-1004", TENDEREE, confirmation="确定中标人", **SIGNED),
    f"POST {_LOT}/candidates": _of("TEN-1004", AGENCY, confirmation="公示候选人", **SIGNED),
    f"POST {_LOT}/contract": _form(
        "TEN-1004", AGENCY, TENDEREE, number="1", amount_fen="1", signed_on="2026-12-01"
    ),
    f"POST {_LOT}/handover": _of("TEN-1004", AGENCY, confirmation="移交评标"),
    f"POST {_LOT}/notices": _of("TEN-1004", AGENCY, TENDEREE),
    f"POST {_LOT}/objections": _of("RES-1306", Role.BIDDER, text="异议"),
    f"POST {_LOT}/objections/<uuid:objection_id>/answer": _of("TEN-1004", AGENCY, TENDEREE),
    f"POST {_LOT}/settlement": _of("TEN-1004", AGENCY, TENDEREE),
    f"POST {_LOT}/renunciation": _form(
        "TEN-1004", TENDEREE, confirmation="登记放弃中标", cause="gave_up", text="x"
    ),
    **MONEY,
}


@pytest.fixture(scope="module")
def world(
    postgres_url: str, template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[World]:
    """One world for all; whoever is let in leaves no trace in it."""
    name = f"test_{uuid4().hex[:12]}"
    postgres.create_database(postgres_url, name, template=template)
    settings = Settings(
        database_url=postgres.beside(postgres_url, name), state_dir=tmp_path_factory.mktemp("doors")
    )
    found = set_world(settings)
    yield found
    found.house.database.dispose()
    postgres.drop_database(postgres_url, name)


def code_of(answer: TestResponse) -> str:
    """The refusal's code, empty for anything else."""
    told = answer.get_json(silent=True)
    return str(told.get("code", "")) if isinstance(told, dict) else ""


def is_ticketed(world: World, door: Guarded) -> bool:
    return not world.edge.table.allows(world.callers["bidder"].actor, door.right) and (
        world.edge.table.allows(world.callers["ticket"].actor, door.right)
    )


def test_whom_the_table_refuses_the_application_refuses(world: World) -> None:
    before = world.fingerprint()
    wrong = []
    for door in world.doors("route"):
        method, path = world.path(door)
        for caller in world.callers.values():
            if world.edge.table.allows(caller.actor, door.right):
                continue
            answer = caller.ask(method, path)
            # A visitor is asked to log in, others are refused; tickets are read before rights.
            wanted = TICKET_REFUSED if is_ticketed(world, door) else NOT_IN
            if code_of(answer) not in wanted or answer.status_code not in (401, 403):
                wrong.append((door.name, caller.name, answer.status_code, code_of(answer)))
    assert wrong == []
    assert world.fingerprint() == before, "a refused request wrote something"


def test_whom_the_table_lets_in_the_application_lets_in(world: World) -> None:
    wrong = []
    with world.rehearsing():
        for door in world.doors("route"):
            method, path = world.path(door)
            for caller in _let_in(world, door):
                answer = caller.ask(method, path)
                code = code_of(answer)
                if answer.status_code >= 500 or code in NOT_IN:
                    wrong.append((door.name, caller.name, answer.status_code, code))
    assert wrong == []


def _let_in(world: World, door: Guarded) -> list[Caller]:
    """Every role that holds the right; of a door open to anyone, three stand for all."""
    callers = [
        caller
        for caller in world.callers.values()
        if world.edge.table.allows(caller.actor, door.right)
        and not (is_ticketed(world, door) and caller.name == "ticket of another lot")
    ]
    if len(callers) < len(world.callers) - 1:
        return callers
    return [world.callers[name] for name in ("visitor", "bidder", "supervisor")]


def test_a_ticket_of_another_lot_opens_nothing_of_this_one(world: World) -> None:
    before = world.fingerprint()
    other = world.callers["ticket of another lot"]
    for door in world.doors("route"):
        if is_ticketed(world, door) and "<uuid:lot_id>" in door.name:
            method, path = world.path(door)
            answer = other.ask(method, path)
            assert (answer.status_code, code_of(answer)) == (401, "WEB-1104"), door.name
    assert world.fingerprint() == before


def test_no_act_of_an_account_passes_without_its_token(world: World) -> None:
    before = world.fingerprint()
    for door in world.doors("route"):
        method, path = world.path(door)
        if method != "POST" or is_ticketed(world, door):
            continue
        caller = next(
            c
            for c in world.callers.values()
            if c.csrf and world.edge.table.allows(c.actor, door.right)
        )
        answer = caller.ask(method, path, csrf=False)
        assert code_of(answer) == "WEB-1103", (door.name, caller.name)
    assert world.fingerprint() == before


def test_every_door_to_an_object_has_its_row(world: World) -> None:
    """A new route with a parameter, for some roles only, says here whose object it is."""
    visitor = world.callers["visitor"]
    doors = {
        door.name
        for door in world.doors("route")
        if "<" in door.name
        and not world.edge.table.allows(visitor.actor, door.right)
        and not is_ticketed(world, door)
    }
    assert doors == set(OBJECTS)


def test_the_right_role_of_somebody_elses_object_is_refused(world: World) -> None:
    before = world.fingerprint()
    wrong = []
    for door in world.doors("route"):
        row = OBJECTS.get(door.name, Row({}))
        method, path = world.path(door)
        for role, code in row.codes.items():
            stranger = world.strangers[role]
            assert world.edge.table.allows(stranger.actor, door.right), (door.name, role)
            answer = row.ask(stranger, method, path)
            if code_of(answer) != code or answer.status_code not in (403, 404):
                wrong.append((door.name, role, answer.status_code, code_of(answer)))
    assert wrong == []
    assert world.fingerprint() == before


def test_whose_object_it_is_is_not_refused_so(world: World) -> None:
    """The refusals above are about the stranger, not about the request."""
    wrong = []
    with world.rehearsing():
        for door in world.doors("route"):
            row = OBJECTS.get(door.name, Row({}))
            # Nobody's certificate, key or look and somebody else's look the same.
            if not row.codes or OWN.search(door.name):
                continue
            method, path = world.path(door)
            role, code = next(iter(row.codes.items()))
            holder = HOLDERS.get(code, role.value)
            if code_of(row.ask(world.callers[holder], method, path)) == code:
                wrong.append(door.name)
    assert wrong == []


def test_streams_are_followed_by_those_who_may(world: World) -> None:
    doors = world.app.extensions["sunbid.streams"]
    joins = {door.name for door in world.doors("socket") if door.name.startswith("join ")}
    assert joins == {f"join {kind}" for kind in world.streams}
    everybody = {caller.name for caller in (*world.callers.values(), *world.strangers.values())}
    officials = {"centre", "supervisor", "bank"}
    inside = {
        "evaluation": {"expert", "centre", "supervisor", "other supervisor"},
        "bank-board": officials | {f"other {role}" for role in officials},
    }
    for kind, live_id in world.streams.items():
        everyone = [*world.callers.values(), *world.strangers.values()]
        for caller in everyone:
            if caller.key is not None:
                continue
            path = f"/live/{live_id}/events?after=0"
            may = caller.name in inside.get(kind, everybody)
            answer = caller.ask("GET", path)
            joined = _join(world, caller, str(live_id))
            if may:
                assert answer.status_code == 200, (kind, caller.name)
                assert joined["events"], (kind, caller.name)
            else:
                assert code_of(answer) in NOT_IN, (kind, caller.name)
                assert joined == {"error": code_of(answer)}, (kind, caller.name)
    assert doors is not None


def _join(world: World, caller: Caller, live_id: str) -> dict[str, Any]:
    """The socket's own answer to `join`."""
    io = world.app.extensions["sunbid.sockets"].io
    cookie = f"{world.edge.cookie_name}={caller.token}" if caller.token else ""
    socket = io.test_client(world.app, namespace="/live", headers={"Cookie": cookie})
    answer = socket.emit("join", {"id": live_id, "after": 0}, namespace="/live", callback=True)
    socket.disconnect(namespace="/live")
    return dict(answer)


def test_jobs_are_nobodys_but_the_platforms(world: World) -> None:
    table = world.edge.table
    routes = {door.right for door in world.doors("route")}
    for door in world.doors("job"):
        assert table.allows(System(door.name), door.right), door.name
        assert door.right not in routes, f"{door.name} shares its right with a route"
        for caller in world.callers.values():
            assert not table.allows(caller.actor, door.right), (door.name, caller.name)


def test_uploads_are_under_ticket_alone(world: World) -> None:
    app = upload.create_app(world.house.settings)
    before = world.fingerprint()
    for door in world.doors("upload"):
        method, path = world.path(door)
        for caller in world.callers.values():
            if caller.key is not None:
                continue
            headers = {
                "Cookie": f"{world.edge.cookie_name}={caller.token}",
                "Upload-Checksum": f"sbe1-root {b64encode(bytes(32)).decode()}",
            }
            answer = app.test_client(use_cookies=False).open(path, method=method, headers=headers)
            assert answer.status_code in (401, 403), (door.name, caller.name)
    assert world.fingerprint() == before
    app.extensions["house"].database.dispose()
