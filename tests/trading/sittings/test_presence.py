"""Presence: two web processes agree on who is here, after the list; before it nobody is counted."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, update

from kernel import clock
from kernel.live import LiveEvent
from kernel.permissions import Actor, Pseudonym, Role, Visitor
from kernel.sockets import Follower
from tests.trading.openings.world import Scene
from tests.trading.sittings.test_chat import seat
from tests.trading.sittings.test_presiding import announce, colleague, named, take_over, view
from trading import worker
from trading.openings import actions
from trading.openings.models import OpeningRow
from trading.openings.presence import Presence, has_seat
from trading.openings.states import Stage
from trading.reminders.models import InboxEntry
from trading.reminders.rules import Kind
from trading.sittings import presence
from trading.sittings import queries as sittings
from trading.sittings.models import HostSeenRow, PresenceRow, SittingAttendanceRow
from trading.sittings.presence import Here, frame
from trading.supervision.board import tiles


class Room:
    """What `Sockets` offers, of one web process: who follows, and what was pushed to them."""

    def __init__(self, live_id: UUID, ref: UUID) -> None:
        self.live_id, self.ref = live_id, ref
        self.actors: list[Actor] = []
        self.frames: list[dict[str, Any]] = []
        self._joined: Any = None

    def on_joined(self, hook: Any) -> None:
        self._joined = hook

    def at_start(self, run: Any) -> None:
        assert callable(run)

    def followers(self, live_id: UUID) -> list[Follower]:
        assert live_id == self.live_id
        return [self._follower(number, actor) for number, actor in enumerate(self.actors)]

    def push(self, live_id: UUID, name: str, payload: dict[str, Any]) -> None:
        assert (live_id, name) == (self.live_id, "presence")
        self.frames.append(payload)

    def come(self, *actors: Actor) -> None:
        for actor in actors:
            self.actors.append(actor)
            self._joined(None, self._follower(len(self.actors), actor))

    def _follower(self, number: int, actor: Actor) -> Follower:
        return Follower(str(number), self.live_id, "sitting", self.ref, actor)


class Process:
    """One web process of the installation."""

    def __init__(self, scene: Scene) -> None:
        here = view(scene)
        self.room = Room(here.live_id, here.id)
        self._presence = Presence(self.room, scene.house.database)  # type: ignore[arg-type]

    def beat(self) -> dict[str, Any]:
        """What the line says after this beat."""
        self._presence.beat(self.room.live_id)
        return self.room.frames[-1] if self.room.frames else {}


@pytest.fixture
def two(scene: Scene) -> Iterator[tuple[Process, Process]]:
    """Two web processes on one database."""
    yield Process(scene), Process(scene)


def rows(scene: Scene) -> int:
    with scene.house.database.reading() as session:
        return session.scalar(select(func.count()).select_from(PresenceRow)) or 0


def test_before_the_list_nothing_is_kept_or_told(
    scene: Scene, two: tuple[Process, Process]
) -> None:
    scene.bid_all(3)
    bidders = [bidder.actor(scene.lot.id) for bidder in scene.bidders[:3]]
    two[0].room.come(scene.host(), scene.world.account(Role.SUPERVISOR), *bidders)
    two[1].room.come(*[Visitor()] * 40)
    for moment in (scene.now(), scene.lot.deadline - timedelta(minutes=1), scene.lot.deadline):
        scene.go_to(moment)
        assert [process.beat() for process in two] == [{}, {}]
        with scene.house.database.reading() as session:
            assert not any(has_seat(session, each, two[0].room.ref) for each in bidders)
            assert session.scalar(select(func.count()).select_from(SittingAttendanceRow)) == 0
            live = select(LiveEvent).where(LiveEvent.session_id == two[0].room.live_id)
            assert session.scalars(live).all() == []
    assert rows(scene) == 0


def test_two_processes_agree(scene: Scene, two: tuple[Process, Process]) -> None:
    scene.to_list()
    one, other = two
    host, supervisor = scene.host(), scene.world.account(Role.SUPERVISOR)
    one.room.come(host, host, supervisor, seat(scene, 1), Visitor(), Visitor())
    other.room.come(supervisor, seat(scene, 1), seat(scene, 3), scene.world.account(Role.TRUSTEE))
    other.room.come(scene.world.account(Role.CENTRE), Pseudonym(scene.lot.id, "0" * 64, b""))
    one.beat()
    told = other.beat()
    assert one.beat() == told
    assert told["roles"] == {"host": 1, "deputy": 0, "supervisor": 1, "witness": 1, "public": 4}
    centre = scene.world.account(Role.CENTRE).person_name
    assert told["names"] == {"supervisor": supervisor.person_name, "witness": centre}
    assert told["seats"] == [{"lot": str(scene.lot.id), "seat": number} for number in (1, 3)]
    # What does not change is neither written nor told again at once.
    count = len(one.room.frames)
    one.beat()
    assert len(one.room.frames) == count
    with scene.house.database.reading() as session:
        named = sittings.officials(session, scene.lot.id)
        assert has_seat(session, seat(scene, 1), one.room.ref)
        assert not has_seat(session, Pseudonym(scene.lot.id, "0" * 64, b""), one.room.ref)
        assert not has_seat(session, seat(scene, 1), scene.lot.id)
    assert sorted(each["role"] for each in named) == ["host", "supervisor", "witness"]


def test_who_leaves_and_a_process_that_dies_are_gone(
    scene: Scene, two: tuple[Process, Process]
) -> None:
    scene.to_list()
    one, other = two
    one.room.come(scene.host())
    other.room.come(Visitor())
    one.beat()
    assert other.beat()["roles"]["host"] == 1
    one.room.actors.clear()
    one.beat()
    assert other.beat()["roles"] == dict.fromkeys((*presence.OFFICES, "public"), 0) | {"public": 1}
    one.room.come(scene.host())
    one.beat()
    # Killed: it neither renews nor says good-bye.
    with scene.house.database.writing() as session:
        late = clock.clock_timestamp(session) - timedelta(seconds=1)
        session.execute(
            update(PresenceRow).where(PresenceRow.label != "public:").values(until=late)
        )
    assert other.beat()["roles"]["host"] == 0


def test_whoever_presides_counts_as_host(scene: Scene, two: tuple[Process, Process]) -> None:
    scene.to_list()
    host, deputy, third = scene.host(), colleague(scene), colleague(scene, "林一舟")
    with scene.house.database.writing() as session:
        actions.act(session, scene.lot.id, announce, actor=host, now=clock.legal_now(session))
    room = two[0].room
    room.come(deputy, third)
    assert two[0].beat()["roles"] == {
        "host": 0,
        "deputy": 0,
        "supervisor": 0,
        "witness": 0,
        "public": 2,
    }
    take_over(scene, deputy)
    room.come(host)
    told = two[0].beat()["roles"]
    assert (told["host"], told["deputy"], told["public"]) == (1, 1, 1)


def asked(scene: Scene) -> dict[UUID, str]:
    """Who was told that the host is gone, and where that leads, after the worker's turn."""
    [tick] = [each for each in worker.ticks() if each.name == "reminders.asked"]
    worker.run_tick(scene.house, tick)
    with scene.house.database.reading() as session:
        told = select(InboxEntry).where(InboxEntry.kind == Kind.HOST_GONE)
        return {entry.person_id: entry.href for entry in session.scalars(told)}


def alarms(scene: Scene) -> list[str]:
    """What the supervisor's wall says."""
    with scene.house.database.reading() as session:
        now = clock.legal_now(session)
        day = timedelta(days=1)
        found = tiles(session, start=now - day, end=now + day, now=now, centre_id=None)
        return [alarm.text for tile in found for alarm in tile.alarms]


def test_a_host_who_vanished_is_missed_by_deputy_centre_and_supervisor(
    scene: Scene, two: tuple[Process, Process]
) -> None:
    scene.to_list()
    host, deputy = scene.host(), colleague(scene)
    named(scene, host, host.person_id, deputy.person_id)
    scene.act(announce)
    assert asked(scene) == {}  # presides from elsewhere, and was never here
    room = two[0].room
    room.come(host)
    two[0].beat()
    room.actors.clear()
    two[0].beat()
    assert asked(scene) == {} and alarms(scene) == []
    with scene.house.database.writing() as session:
        session.execute(update(HostSeenRow).values(at=HostSeenRow.at - timedelta(minutes=3)))
    centre = scene.world.account(Role.CENTRE).person_id
    assert set(asked(scene)) == {deputy.person_id, centre}
    assert [text for text in alarms(scene) if "主持人不在开标大厅" in text]
    assert len(asked(scene)) == 2
    take_over(scene, deputy)
    assert alarms(scene) == []


def test_nothing_is_kept_once_all_is_over(scene: Scene, two: tuple[Process, Process]) -> None:
    scene.to_list()
    two[0].room.come(scene.host())
    two[0].beat()
    assert rows(scene) == 1
    with scene.house.database.writing() as session:
        session.get_one(OpeningRow, scene.lot.id).stage = Stage.CANCELLED
    two[0].beat()
    assert rows(scene) == 0


LEASES = st.lists(
    st.tuples(
        st.sampled_from(["host:a", "deputy:b", "supervisor:c", "supervisor:d", "public:"])
        | st.integers(1, 4).map(lambda n: Here("seat", f"lot:{n}").label),
        st.integers(1, 5),
    ),
    max_size=20,
)


@given(LEASES, st.randoms(use_true_random=False))
@settings(max_examples=40)
def test_the_line_does_not_depend_on_who_saw_whom_first(
    leases: list[tuple[str, int]], random: Any
) -> None:
    shuffled = list(leases)
    random.shuffle(shuffled)
    told = frame(leases)
    assert told == frame(shuffled)
    assert told["roles"]["public"] == sum(n for label, n in leases if label == "public:")
    assert told["roles"]["supervisor"] <= 2
    assert len(told["seats"]) == len({label for label, _ in leases if label.startswith("seat:")})
