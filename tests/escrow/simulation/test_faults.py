"""Each fault by itself: caused at a bank, and what becomes of the deposit; every invariant holds.

docs/escrow-faults.md names these tests row by row.
"""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, text

from escrow.banks.rules import InboxState, LinkState
from escrow.banks.simulator import faults, teller
from escrow.banks.simulator.courier import forged
from escrow.public import Finality, Outcome
from escrow.reconciliation.models import StatementRow
from escrow.refunds.rules import RefundReason, RefundState
from tests.escrow.simulation.base import COMPANY, OWN_ACCOUNTS, PERSON, Base
from tests.escrow.simulation.scenes import FEN, OWN, Scene, scene_at
from tests.escrow.simulation.seeds import SKEW


@pytest.fixture
def scene(base: Base) -> Iterator[Scene]:
    yield from scene_at(base, "yunlan")


@pytest.fixture
def line(base: Base) -> Iterator[Scene]:
    yield from scene_at(base, "jiangpan")


@pytest.fixture(params=["jiangpan", "qinghe"])
def each(base: Base, request: pytest.FixtureRequest) -> Iterator[Scene]:
    yield from scene_at(base, request.param)


def test_a_notice_told_five_times_is_booked_once(scene: Scene) -> None:
    scene.fault("duplicate_push", seconds=5)
    scene.pay()
    scene.go_on()
    assert scene.booked() == [("credit", FEN)]
    assert scene.states().count(InboxState.ALARM) == 0


def test_notices_out_of_order(scene: Scene) -> None:
    scene.fault("reorder_push", times=2)
    for fen in (1, 2, 3):
        scene.pay(fen)
    scene.go_on()
    assert scene.booked() == [("credit", 1), ("credit", 2), ("credit", 3)]


@pytest.mark.parametrize("first", ["original", "reversal"])
def test_a_reversal_before_and_after_its_original(scene: Scene, first: str) -> None:
    ref = scene.pay()
    with scene.world.base.book.session() as book:
        taken = teller.reverse(book, ref).bank_ref
    order = [ref, taken] if first == "original" else [taken, ref]
    for one in order:
        assert scene.world.receive(scene.bank, scene.parcel(one))
        scene.world.read()
        scene.life.check()
    assert [scene.balance(kind) for kind in ("cash", "deposit", "bank_claim")] == [0, 0, 0]
    verdict = scene.judged()
    assert (verdict.outcome, verdict.finality) == (Outcome.REVERSED, Finality.FINAL)


def test_a_dropped_notice_comes_by_polling(scene: Scene) -> None:
    scene.fault("drop_push")
    scene.pay()
    scene.go_on(rounds=1)
    assert scene.booked() == [("credit", FEN)]


def test_booked_before_the_deadline_and_heard_of_after_it(scene: Scene) -> None:
    scene.reach(-timedelta(seconds=10))
    scene.fault("delay_push", seconds=3600)
    scene.pay()
    scene.reach(timedelta(seconds=1))
    assert scene.world.judge(scene.holder).finality is Finality.PROVISIONAL
    verdict = scene.judged()
    assert (verdict.outcome, verdict.finality) == (Outcome.OK, Finality.FINAL)


def test_paid_before_the_deadline_and_booked_after_it(scene: Scene) -> None:
    scene.reach(-timedelta(seconds=10))
    scene.fault("book_late", seconds=60)
    scene.pay()
    scene.reach(timedelta(minutes=2))
    assert scene.judged().outcome is Outcome.LATE


def test_a_caught_notice_sent_again_later_is_refused_and_sooner_booked_once(each: Scene) -> None:
    caught = each.parcel(each.pay())
    assert each.world.receive(each.bank, caught) and each.world.receive(each.bank, caught)
    each.world.wait(timedelta(minutes=6))
    assert not each.world.receive(each.bank, caught)
    each.go_on()
    assert each.booked() == [("credit", FEN)]


def test_a_forged_notice_leaves_nothing(each: Scene) -> None:
    parcel = each.parcel(each.pay())
    assert not each.world.receive(each.bank, replace(parcel, raw=forged(parcel.raw)))
    assert each.states() == []


def test_a_bank_among_forgers_and_echoes_is_heard_once(scene: Scene) -> None:
    for fen in (1, 2):
        scene.fault("forged_push")
        scene.fault("replay_push")
        scene.pay(fen)
        scene.life.post.deliver()
    scene.go_on()
    assert scene.booked() == [("credit", 1), ("credit", 2)]
    assert set(scene.states()) == {InboxState.DONE}


def test_a_notice_that_differs_is_a_break_and_an_alarm(scene: Scene) -> None:
    scene.fault("differing_push")
    scene.pay()
    scene.life.post.deliver()
    scene.world.read()
    scene.pay(5)
    scene.fault("drop_push")
    scene.pay(7)
    scene.go_on()
    # The other entries of the report came in, whatever the one contradicts.
    assert scene.booked() == [("credit", 5), ("credit", 7), ("credit", FEN + 1)]
    assert scene.states().count(InboxState.ALARM) == 1
    scene.life.heal()
    scene.life.agree()


def test_a_payment_in_two_bookings_is_one_deposit(scene: Scene) -> None:
    scene.fault("split_payment")
    scene.pay()
    scene.go_on()
    assert scene.judged().outcome is Outcome.SPLIT


def test_two_deposits_paid_as_one_are_too_much_and_the_rest_goes_back(scene: Scene) -> None:
    before = scene.money_of(OWN)
    scene.pay(2 * FEN)
    assert scene.judged().outcome is Outcome.OVER
    scene.go_on()
    assert (scene.refund().reason, scene.refund().state) == (
        RefundReason.EXCESS,
        RefundState.SETTLED,
    )
    assert scene.money_of(OWN) == before - FEN


@pytest.mark.parametrize("payer", [COMPANY, PERSON])
def test_a_third_partys_money_goes_back_to_it(scene: Scene, payer: str) -> None:
    before = scene.money_of(payer)
    scene.pay(payer=payer)
    scene.go_on()
    scene.world.look(scene.holder)
    scene.go_on()
    assert scene.refund().state is RefundState.SETTLED
    assert scene.money_of(payer) == before


def test_a_name_in_full_width_is_the_same_name(scene: Scene) -> None:
    assert "(" in OWN_ACCOUNTS[OWN]
    scene.fault("full_width_names")
    scene.pay()
    scene.go_on()
    assert scene.judged().outcome is Outcome.OK


def test_money_for_an_unknown_number_goes_back(scene: Scene) -> None:
    before = scene.money_of(OWN)
    scene.fault("unknown_sub")
    scene.pay()
    scene.go_on()
    assert (scene.refund().reason, scene.money_of(OWN)) == (RefundReason.UNKNOWN_SUB, before)


@pytest.mark.parametrize("kind", ["lose_refund_answer", "lose_answer", "damaged_answer", "storm"])
def test_an_order_whose_answer_is_lost_is_paid_once(line: Scene, kind: str) -> None:
    line.pay()
    line.go_on()
    line.world.withdraw(line.holder)
    line.fault(kind)
    line.world.send_refunds()
    assert line.refund().state is RefundState.UNKNOWN
    line.go_on(seconds=61, rounds=4)
    assert line.refund().state is RefundState.SETTLED
    assert line.booked() == [("credit", FEN), ("refund_settled", FEN)]


def test_a_refused_order_puts_the_money_back(scene: Scene) -> None:
    scene.pay()
    scene.go_on()
    scene.fault("reject_refund")
    scene.world.withdraw(scene.holder)
    scene.go_on()
    assert scene.refund().state is RefundState.REJECTED
    assert (scene.balance("deposit"), scene.balance("refund_clearing")) == (FEN, 0)


def test_a_refund_that_comes_back_waits_in_suspense(scene: Scene) -> None:
    scene.pay()
    scene.go_on()
    scene.fault("return_refund")
    scene.world.withdraw(scene.holder)
    scene.go_on()
    assert scene.refund().state is RefundState.RETURNED
    assert scene.balance("suspense") == FEN


def test_an_order_paid_twice_is_a_claim_on_the_bank(scene: Scene) -> None:
    scene.pay()
    scene.go_on()
    scene.fault("double_execution")
    scene.world.withdraw(scene.holder)
    scene.go_on()
    assert scene.refund().state is RefundState.SETTLED
    assert scene.balance("bank_claim") == FEN


def test_an_order_accepted_and_never_paid_stays_open_to_see(scene: Scene) -> None:
    scene.pay()
    scene.go_on()
    scene.fault("partial_batch")
    scene.world.withdraw(scene.holder)
    scene.go_on(seconds=61)
    assert scene.refund().state is RefundState.ACCEPTED
    assert scene.balance("refund_clearing") == FEN


@pytest.mark.parametrize(
    ("kind", "fault"),
    [
        ("statement_line_missing", "unbalanced"),
        ("statement_unbalanced", "unbalanced"),
        ("statement_gap", "gap"),
    ],
)
def test_a_statement_that_is_not_whole_waits_for_a_better_one(
    scene: Scene, kind: str, fault: str
) -> None:
    def faults_told() -> list[str]:
        scene.world.wait(timedelta(days=1))
        scene.go_on(rounds=1)
        scene.world.fetch_statements()
        with scene.world.database.reading() as session:
            return list(session.scalars(select(StatementRow.faults).order_by(StatementRow.day)))

    assert faults_told() == [""]
    scene.pay()
    scene.fault(kind)
    assert faults_told() == ["", fault]
    assert faults_told() == ["", "", ""]


def test_what_a_report_withheld_is_a_break_of_its_day(scene: Scene) -> None:
    scene.fault("drop_push")
    scene.fault("report_line_missing")
    scene.pay()
    # Longer ago than what each question asks for again.
    scene.world.wait(timedelta(minutes=2))
    scene.go_on()
    assert scene.booked() == [] and len(scene.world.withheld) == 1
    scene.life.heal()
    scene.life.agree()


@pytest.mark.parametrize("kind", ["damaged_answer", "storm", "lose_answer"])
def test_an_answer_that_never_comes_whole_is_asked_for_again(each: Scene, kind: str) -> None:
    each.fault("drop_push")
    each.pay()
    each.fault(kind)
    each.world.poll(each.bank)
    each.world.read()
    with each.world.database.reading() as session:
        state = session.scalar(text("SELECT state FROM bank_link"))
    assert state != LinkState.UP.value and each.booked() == []
    each.go_on()
    assert each.booked() == [("credit", FEN)]


@pytest.mark.parametrize("seconds", [-SKEW, SKEW])
def test_a_banks_clock_ten_minutes_off_judges_by_its_own_booking(
    scene: Scene, seconds: int
) -> None:
    """Paid five minutes from the deadline by our clock: the bank's booking time decides."""
    early = seconds > 0
    scene.fault("clock_skew", seconds=seconds)
    scene.reach(timedelta(minutes=-5 if early else 5))
    scene.pay()
    scene.reach(timedelta(minutes=20))
    scene.go_on()
    assert scene.judged().outcome is (Outcome.LATE if early else Outcome.OK)


def test_a_key_changed_at_noon_counts_from_its_entry(each: Scene) -> None:
    before = each.parcel(each.pay(1))
    each.fault("rotate_key")
    after = each.parcel(each.pay(2))
    assert not each.world.receive(each.bank, after)
    each.world.enrol_again()
    # Both hold until the old one is retired.
    assert each.world.receive(each.bank, after) and each.world.receive(each.bank, before)
    each.go_on()
    assert each.booked() == [("credit", 1), ("credit", 2)]


def test_a_bank_down_over_the_deadline_rejects_nobody(scene: Scene) -> None:
    scene.reach(-timedelta(minutes=30))
    scene.pay()
    scene.fault("down", seconds=3 * 3600)
    for minutes in (1, 60, 120):
        scene.reach(timedelta(minutes=minutes))
        scene.go_on(rounds=1)
        assert scene.world.judge(scene.holder).finality is Finality.PROVISIONAL
    with scene.world.database.reading() as session:
        assert session.scalar(text("SELECT state FROM bank_link")) == LinkState.DOWN.value
    scene.reach(timedelta(hours=4))
    verdict = scene.judged()
    assert (verdict.outcome, verdict.finality) == (Outcome.OK, Finality.FINAL)


def test_every_fault_of_the_simulator_is_caused_by_some_test() -> None:
    own = Path(__file__).read_text("utf-8")
    others = {"slow_answer"}  # tests/escrow/banks/test_exchange.py: a bank that dawdles
    assert {kind for kind in faults.FAULTS if f'"{kind}"' not in own} <= others
