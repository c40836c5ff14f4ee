"""A room on real PostgreSQL: draw, arrival, election, replacement, what is logged and told."""

from evaluation.rooms.states import Stage
from tests.evaluation.world import Scene


def test_a_room_comes_to_work(scene: Scene) -> None:
    scene.to_qualification(leader=2)
    room = scene.room()
    assert room.leader == 2
    assert room.complete
    assert len({member.employer_code for member in room.members}) == 5
    assert {member.site for member in room.members} == {"云澜主场", "青屿副场"}
    scene.finish(Stage.QUALIFICATION, qualified=3)
    scene.finish(Stage.TECHNICAL)
    scene.finish(Stage.PRICE)
    assert scene.stage() is Stage.SIGNING
