"""Digest, approvals and states of a settlement, without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.interest.rules import Interest, reckon
from escrow.interest.terms import terms_of
from escrow.refunds.rules import RefundReason, RefundState, ReleaseReason
from escrow.settlements.rules import (
    Batch,
    Due,
    LineState,
    SettlementLine,
    SettlementState,
    check_approver,
    check_lines,
    line_state,
    order_key,
    settlement_state,
    value_day,
)
from escrow.settlements.working import interest_as_json, interest_from_json
from kernel.pure.errors import Refused

DAY = date(2026, 11, 22)
EARLIER = date(2026, 9, 23)
NOBODY = UUID(int=0)


def due(ref: str = "YL1", *, fen: int = 80_000_00, interest_fen: int = 6_67) -> Due:
    return Due(
        bidder_ref=UUID(int=1),
        credit_id=UUID(int=2),
        bank_ref=ref,
        bank="yunlan",
        number="6233",
        to_name="甲公司",
        to_account="33",
        reason=RefundReason.NOT_SELECTED,
        principal_fen=fen,
        interest=Interest(fen, EARLIER, DAY, (), interest_fen),
    )


def batch(*dues: Due, number: int = 1, day: date = DAY) -> Batch:
    return Batch(UUID(int=7), UUID(int=8), number, day, dues)


def code_of(refused: pytest.ExceptionInfo[Refused]) -> str:
    return refused.value.code


def test_sums() -> None:
    found = batch(due("YL1"), due("YL2", fen=1_00, interest_fen=0))
    assert (found.principal_fen, found.interest_fen, found.total_fen) == (
        80_001_00,
        6_67,
        80_007_67,
    )


def test_the_order_of_payments_does_not_change_the_digest() -> None:
    one, two = due("YL1"), due("YL2")
    assert batch(one, two).digest == batch(two, one).digest
    assert len(batch(one).digest) == 32


@pytest.mark.parametrize(
    "other",
    [
        batch(),
        batch(due("YL2")),
        batch(due(), due("YL2")),
        batch(due(fen=80_000_01)),
        batch(due(interest_fen=6_68)),
        batch(replace(due(), to_name="乙公司")),
        batch(replace(due(), to_account="34")),
        batch(replace(due(), number=None)),
        batch(replace(due(), bank="other")),
        batch(replace(due(), bidder_ref=UUID(int=9))),
        batch(replace(due(), reason=RefundReason.CONTRACT_SIGNED)),
        batch(replace(due(), again=RefundState.REJECTED)),
        batch(replace(due(), interest=replace(due().interest, start=DAY))),
        batch(due(), number=2),
        batch(due(), day=DAY + timedelta(days=1)),
        replace(batch(due()), lot_ref=NOBODY),
        replace(batch(due()), settlement_id=NOBODY),
    ],
)
def test_whatever_changes_makes_another_digest(other: Batch) -> None:
    assert other.digest != batch(due()).digest


def test_two_different_people_approve_what_they_see() -> None:
    found, person = batch(due()), uuid4()
    check_approver(found, shown=found.digest, person=person, before=())
    check_approver(found, shown=found.digest, person=person, before=(uuid4(),))
    with pytest.raises(Refused) as refused:
        check_approver(found, shown=found.digest, person=person, before=(person,))
    assert code_of(refused) == "ESC-1406"
    for stale in (b"", bytes(32), batch(due(), day=EARLIER).digest):
        with pytest.raises(Refused) as refused:
            check_approver(found, shown=stale, person=person, before=())
        assert code_of(refused) == "ESC-1405"
    with pytest.raises(Refused) as refused:
        check_approver(batch(), shown=batch().digest, person=person, before=())
    assert code_of(refused) == "ESC-1404"


def test_lines_name_each_bidder_once() -> None:
    one = SettlementLine(UUID(int=1), ReleaseReason.CONTRACT_SIGNED)
    two = SettlementLine(UUID(int=2), ReleaseReason.NOT_SELECTED)
    assert check_lines([two, one]) == check_lines([one, two]) == (one, two)
    for wrong in ([], [one, one], [one, replace(one, reason=ReleaseReason.NOT_SELECTED)]):
        with pytest.raises(Refused) as refused:
            check_lines(wrong)
        assert code_of(refused) == "ESC-1402"


@given(st.binary(min_size=32, max_size=32), st.uuids(), st.uuids())
def test_a_key_is_stable_short_and_its_own(digest: bytes, one: UUID, two: UUID) -> None:
    assert order_key(digest, one) == order_key(digest, one)
    assert len(order_key(digest, one)) == 35
    assert (order_key(digest, one) == order_key(digest, two)) == (one == two)


def test_days_are_beijings() -> None:
    assert value_day(datetime(2026, 11, 22, 15, 59, tzinfo=UTC)) == date(2026, 11, 22)
    assert value_day(datetime(2026, 11, 22, 16, 0, tzinfo=UTC)) == date(2026, 11, 23)


R = RefundState


@pytest.mark.parametrize(
    ("payments", "state"),
    [
        ((), LineState.NOTHING),
        ((None,), LineState.PROPOSED),
        ((R.ORDERED,), LineState.PAYING),
        ((R.SENT, R.UNKNOWN, R.ACCEPTED), LineState.PAYING),
        ((R.SETTLED, R.SETTLED), LineState.PAID),
        ((R.SETTLED, R.SENT), LineState.PAYING),
        ((R.SETTLED, None), LineState.PROPOSED),
        ((R.SENT, R.REJECTED), LineState.REFUSED),
        ((R.REJECTED, R.RETURNED), LineState.RETURNED),
    ],
)
def test_a_line_is_as_far_as_its_slowest_payment(
    payments: tuple[RefundState | None, ...], state: LineState
) -> None:
    assert line_state(payments) is state


L = LineState


@pytest.mark.parametrize(
    ("lines", "approvals", "state"),
    [
        ((L.NOTHING,), 0, SettlementState.SETTLED),
        ((L.PAID, L.NOTHING), 2, SettlementState.SETTLED),
        ((L.PROPOSED, L.NOTHING), 0, SettlementState.PROPOSED),
        ((L.PROPOSED,), 1, SettlementState.HALF_APPROVED),
        ((L.PAYING, L.PAID), 2, SettlementState.PAYING),
        ((L.PAYING, L.REFUSED), 0, SettlementState.ATTENTION),
        ((L.PAID, L.RETURNED), 1, SettlementState.ATTENTION),
    ],
)
def test_the_whole_follows_its_lines(
    lines: tuple[LineState, ...], approvals: int, state: SettlementState
) -> None:
    assert settlement_state(lines, approvals=approvals) is state


def test_the_working_is_kept_whole() -> None:

    found = reckon(
        800_000_00, start=date(2022, 8, 1), end=date(2025, 9, 30), terms=terms_of("yunlan")
    )
    assert len(found.segments) == 6
    assert interest_from_json(interest_as_json(found)) == found
