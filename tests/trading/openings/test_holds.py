"""A lot held over its deadline: nothing opens meanwhile, and the hall goes on when the lot does."""

from kernel.permissions import System
from tests.trading.openings.test_actions import lot_stage
from tests.trading.openings.world import Scene
from trading.tenders import actions as tenders
from trading.tenders.rules import LotStage


def move(scene: Scene, to: LotStage, reason: str) -> None:
    with scene.house.database.writing() as session:
        tenders.move_lot(
            session,
            scene.lot.id,
            to,
            actor=System("test"),
            now=scene.now(),
            reason=reason,
        )
    scene.work()


def test_a_lot_held_over_its_deadline_is_locked_once_it_goes_on(scene: Scene) -> None:
    scene.bid_all()
    move(scene, LotStage.SUSPENDED, "招标文件异议")
    scene.go_to(scene.lot.deadline)
    assert scene.stage() == "sign_in"
    assert "deadline_locked" not in scene.kinds()
    move(scene, LotStage.DOCUMENTS_ON_OFFER, "异议已答复")
    assert scene.stage() == "deadline_lock"
    assert scene.kinds().count("deadline_locked") == 1
    assert lot_stage(scene) == LotStage.SUBMISSION_CLOSED


def test_a_short_hold_leaves_the_lock_to_the_deadline(scene: Scene) -> None:
    scene.bid_all()
    move(scene, LotStage.SUSPENDED, "招标文件异议")
    move(scene, LotStage.DOCUMENTS_ON_OFFER, "异议已答复")
    assert scene.stage() in {"waiting", "sign_in"}
    scene.go_to(scene.lot.deadline)
    assert scene.kinds().count("deadline_locked") == 1
