"""Several lots in one session: found together, parted or joined before sign-in, each on its own."""

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from kernel import clock
from kernel.permissions import Role, Visitor
from kernel.pure.errors import Refused
from tests.trading.openings.world import Scene
from tests.trading.sittings.test_chat import say, seat
from tests.trading.sittings.test_presence import Process, rows
from tests.trading.sittings.test_presiding import announce, code_of, colleague, take_over
from trading.openings import actions, presiding, queries
from trading.openings.models import OpeningRow
from trading.openings.states import Stage
from trading.sittings import queries as sittings
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

COPY = """INSERT INTO lot SELECT (jsonb_populate_record(lot, jsonb_build_object(
  'id', CAST(:id AS text), 'number', number || :tail, 'ordinal', ordinal + 1))).*
  FROM lot WHERE id = :of"""


@pytest.fixture
def second(scene: Scene) -> UUID:
    """Another lot of the project, due at the same time, its hall prepared."""
    other = uuid4()
    with scene.house.database.writing() as session:
        session.execute(text(COPY), {"id": str(other), "tail": "-2", "of": scene.lot.id})
        actions.prepare(session, other, now=clock.legal_now(session))
    return other


def together(scene: Scene, lot_id: UUID) -> list[UUID]:
    with scene.house.database.reading() as session:
        return [lot.id for lot in sittings.of_lot(session, lot_id).lots]


def arrange(scene: Scene, lot_id: UUID, other: UUID | None, role: Role = Role.AGENCY) -> None:
    actor = scene.world.account(role)
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        if other is None:
            presiding.part(session, lot_id, actor=actor, now=now)
        else:
            presiding.join(session, lot_id, other, actor=actor, now=now)


def stage(scene: Scene, lot_id: UUID, to: Stage) -> None:
    """Where the second lot's opening is said to stand."""
    with scene.house.database.writing() as session:
        session.get_one(OpeningRow, lot_id).stage = to


def test_lots_of_one_project_and_deadline_share_their_session(scene: Scene, second: UUID) -> None:
    assert together(scene, scene.lot.id) == together(scene, second) == [scene.lot.id, second]
    arrange(scene, second, None)
    assert together(scene, scene.lot.id) == [scene.lot.id]
    assert together(scene, second) == [second]
    with pytest.raises(Refused) as refused:
        arrange(scene, second, None)
    assert code_of(refused) == "SIT-1006"
    for _ in range(2):
        arrange(scene, second, scene.lot.id)
    assert together(scene, second) == [scene.lot.id, second]
    with pytest.raises(Refused) as refused:
        arrange(scene, second, None, Role.SUPERVISOR)
    assert code_of(refused) == "OPN-1001"


def test_a_deadline_that_moves_leaves_and_comes_back(scene: Scene, second: UUID) -> None:
    with scene.house.database.reading() as session:
        before = sittings.of_lot(session, second)
    for days, expected in ((1, [second]), (0, [scene.lot.id, second])):
        with scene.house.database.writing() as session:
            session.get_one(Lot, second).deadline = scene.lot.deadline + timedelta(days=days)
            session.flush()
            actions.prepare(session, second, now=clock.legal_now(session))
        assert together(scene, second) == expected
    # Alone, a lot takes its session along.
    with scene.house.database.writing() as session:
        for each in (scene.lot.id, second):
            session.get_one(Lot, each).deadline = scene.lot.deadline + timedelta(days=2)
            session.flush()
            actions.prepare(session, each, now=clock.legal_now(session))
        after = sittings.of_lot(session, second)
    assert [lot.id for lot in after.lots] == [lot.id for lot in before.lots]


def test_after_sign_in_has_begun_nothing_is_rearranged(scene: Scene, second: UUID) -> None:
    stage(scene, second, Stage.SIGN_IN)
    for other in (None, scene.lot.id):
        with pytest.raises(Refused) as refused:
            arrange(scene, second, other)
        assert code_of(refused) == "SIT-1006"


def test_one_host_for_all_and_a_change_is_told_to_each(scene: Scene, second: UUID) -> None:
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        actions.act(session, scene.lot.id, announce, actor=scene.host(), now=now)
    other = colleague(scene)
    with scene.house.database.writing() as session, pytest.raises(Refused) as refused:
        actions.act(session, second, announce, actor=other, now=clock.legal_now(session))
    assert code_of(refused) == "SIT-1001"
    take_over(scene, other)
    with scene.house.database.reading() as session:
        for each in (scene.lot.id, second):
            row = queries.opening_row(session, each)
            kinds = [event["kind"] for event in queries.frames(session, row.live_id)]
            assert kinds.count("host_changed") == 1


def test_one_lot_ends_the_others_go_on(scene: Scene, second: UUID) -> None:
    with scene.house.database.writing() as session:
        session.get_one(Lot, second).stage = LotStage.TERMINATED
    stage(scene, second, Stage.CANCELLED)
    scene.to_list()
    say(scene, seat(scene, 1), "本标段继续")
    with scene.house.database.reading() as session:
        view = sittings.of_lot(session, second)
    assert len(view.lots) == 2


def test_a_listed_lot_does_not_betray_one_that_is_not(scene: Scene, second: UUID) -> None:
    """Its bidders may speak; who is here stays unknown until the last list."""
    scene.to_list()
    stage(scene, second, Stage.DEADLINE_LOCK)
    process = Process(scene)
    process.room.come(scene.host(), seat(scene, 1), *[Visitor()] * 7)
    assert process.beat() == {}
    assert rows(scene) == 0
    assert say(scene, seat(scene, 1), "我方在") == 1
    stage(scene, second, Stage.LIST_PUBLISHED)
    assert process.beat()["roles"]["public"] == 7
