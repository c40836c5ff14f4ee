"""条例 48: what a replaced member concluded is void, and the successor reviews anew."""

from evaluation.rooms.rules import Stage
from evaluation.scoring.queries import outcome
from evaluation.scoring.sheets import SheetStage
from tests.evaluation.scoring.test_rules import MARKS
from tests.evaluation.scoring.world import Committee

Q, T = SheetStage.QUALIFICATION, SheetStage.TECHNICAL


def test_a_successor_in_the_same_stage_owes_all_sheets(committee: Committee) -> None:
    committee.qualify()
    committee.replace_member(2)
    committee.work()
    assert committee.room().stage is Stage.QUALIFICATION
    assert committee.desk().current(Q) is None
    committee.qualify(seats=(2,))
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL


def test_a_successor_in_a_later_stage_begins_at_the_first(committee: Committee) -> None:
    committee.qualify()
    committee.work()
    committee.score(MARKS)
    committee.work()
    assert committee.room().stage is Stage.PRICE
    gone = committee.room().member(5).expert_id

    committee.replace_member(5)
    assert committee.room().stage is Stage.QUALIFICATION
    desk = committee.desk()
    assert desk.current(Q) is None
    assert desk.current(T) is None
    committee.qualify(seats=(5,))
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL

    better = {n: [*rows[:4], (29, 29)] for n, rows in MARKS.items()}
    committee.score(better, seats=(5,))
    committee.work()
    assert committee.room().stage is Stage.PRICE
    with committee.house.database.reading() as session:
        found = outcome(session, committee.room())
    assert found is not None
    # 58 57 59 56.5 58 = 288.5; 57.70 + 35.56
    assert found.results["bids"][2]["total"] == "93.26"
    assert len(found.sheets) == 30
    key = committee.person(5).certificate.private_key.public_key().public_numbers()
    last = [sheet for sheet in found.sheets if sheet.seat == 5]
    assert all(sheet.public_key[1:33] == key.x.to_bytes(32, "big") for sheet in last)
    reveals = committee.desk().reveals
    assert (reveals[Q].turn, reveals[T].turn) == (2, 2)
    assert gone not in reveals[T].members.values()
