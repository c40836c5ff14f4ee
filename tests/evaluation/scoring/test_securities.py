"""What secures a bid is decided by fact: rejected without it, and waited for before the reveal."""

from dataclasses import replace

import pytest

from evaluation.rooms.dossier import Security
from evaluation.rooms.queries import room as read_room
from evaluation.rooms.rules import Stage
from evaluation.scoring import actions
from evaluation.scoring.sheets import SheetStage
from kernel.house import House
from tests.evaluation.scoring.cases import digest
from tests.evaluation.scoring.world import Committee, seat_committee

PAID = Security("ok", "已到账", sound=True)
SHORT = Security("short", "金额不足", sound=False)
WAITING = Security("ok", "待银行核实", sound=None)


@pytest.fixture
def asked(house: House) -> Committee:
    """Three bids: paid, short, and not known yet."""
    return seat_committee(house, securities=(PAID, SHORT, WAITING))


def tell(committee: Committee, number: int, security: Security) -> None:
    with committee.house.database.writing() as session:
        lot = read_room(session, committee.room_id).lot_ref
        actions.judge_security(session, lot, digest(number), security, now=committee.now())


def test_nothing_is_revealed_before_the_last_bank_has_spoken(asked: Committee) -> None:
    asked.qualify()
    asked.work()
    assert asked.room().stage is Stage.QUALIFICATION
    assert asked.desk().current(SheetStage.QUALIFICATION) is None

    tell(asked, 3, PAID)
    asked.work()
    reveal = asked.desk().current(SheetStage.QUALIFICATION)
    assert asked.room().stage is Stage.TECHNICAL
    assert reveal is not None
    told = {each["number"]: each for each in reveal.content["verdicts"]}
    assert [told[number]["admitted"] for number in (1, 2, 3)] == [True, False, True]
    assert told[2]["reason"] == "投标担保不符合要求：金额不足"
    assert [told[number].get("unsecured") for number in (1, 2, 3)] == [None, "金额不足", None]


def test_a_bank_that_speaks_first_only_tells_the_room(asked: Committee) -> None:
    tell(asked, 3, replace(SHORT, word="到账已过截止"))
    assert asked.room().stage is Stage.QUALIFICATION
    [event] = [each for each in asked.events() if each["kind"] == "security_judged"]
    assert event["payload"] == {
        "number": 3,
        "outcome": "short",
        "word": "到账已过截止",
        "sound": False,
    }
    asked.qualify()
    asked.work()
    # One of three is left, and the plan asks for two.
    assert asked.room().stage is Stage.FAILED


def test_a_verdict_that_stands_is_not_changed_by_being_told_again(asked: Committee) -> None:
    tell(asked, 2, PAID)
    assert [bid.security for bid in asked.room().bids] == [PAID, SHORT, WAITING]
    tell(asked, 3, PAID)
    tell(asked, 3, SHORT)
    assert [bid.security for bid in asked.room().bids] == [PAID, SHORT, PAID]
    kinds = [each["kind"] for each in asked.events()]
    assert kinds.count("security_judged") == 1
