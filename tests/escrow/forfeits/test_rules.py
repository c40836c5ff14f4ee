"""What two people approve of a forfeit, and how far it is: pure, under any facts."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.forfeits.rules import (
    Beneficiary,
    ForfeitReason,
    ForfeitState,
    Ground,
    Means,
    Order,
    Taking,
    check_approver,
    check_proposal,
    order_key,
    state_of,
)
from escrow.refunds.rules import OPEN, RefundState
from kernel.pure.errors import Refused

GROUND = Ground(ForfeitReason.GAVE_UP, "条例第 74 条", "书面放弃中标。", bytes(32))
TENDEREE = Beneficiary("平阳县公路建设指挥部", "33010499", "云澜银行")
TAKING = Taking(Means.DEPOSIT, "YL1", "yunlan", "61", 80_000_00, credit_id=UUID(int=9))
ORDER = Order(UUID(int=1), UUID(int=2), UUID(int=3), 1, GROUND, TENDEREE, (TAKING,))
ONE, TWO = UUID(int=11), UUID(int=12)

texts = st.text(min_size=1, max_size=20, alphabet="甲乙丙abc123")
takings = st.builds(
    Taking,
    st.just(Means.DEPOSIT),
    texts,
    texts,
    st.none() | texts,
    st.integers(1, 10**12),
    st.uuids(),
    st.none() | st.sampled_from(RefundState),
)


@given(st.lists(takings, max_size=5, unique_by=lambda one: one.source), st.randoms())
def test_the_digest_knows_no_order_and_every_sum(found: list[Taking], chance: object) -> None:
    order = replace(ORDER, takings=tuple(found))
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert replace(order, takings=tuple(shuffled)).digest == order.digest
    assert order.total_fen == sum(one.amount_fen for one in found)
    for index, one in enumerate(found):
        more = replace(one, amount_fen=one.amount_fen + 1)
        changed = (*found[:index], more, *found[index + 1 :])
        assert replace(order, takings=changed).digest != order.digest


@pytest.mark.parametrize(
    "changed",
    [
        replace(ORDER, round=2),
        replace(ORDER, lot_ref=ONE),
        replace(ORDER, bidder_ref=ONE),
        replace(ORDER, forfeit_id=ONE),
        replace(ORDER, ground=replace(GROUND, reason=ForfeitReason.NO_BOND)),
        replace(ORDER, ground=replace(GROUND, clause="别的条款")),
        replace(ORDER, ground=replace(GROUND, text="别的理由")),
        replace(ORDER, ground=replace(GROUND, document=b"\x01" * 32)),
        replace(ORDER, beneficiary=replace(TENDEREE, account="33010498")),
        replace(ORDER, beneficiary=replace(TENDEREE, name="别人")),
        replace(ORDER, beneficiary=replace(TENDEREE, bank="别的银行")),
        replace(ORDER, takings=(replace(TAKING, number=None),)),
        replace(ORDER, takings=(replace(TAKING, again=RefundState.REJECTED),)),
    ],
)
def test_whatever_changes_makes_another_digest(changed: Order) -> None:
    assert changed.digest != ORDER.digest
    with pytest.raises(Refused, match="ESC-1605"):
        check_approver(changed, shown=ORDER.digest, person=ONE, before=())


def test_two_different_people_approve_what_there_is() -> None:
    check_approver(ORDER, shown=ORDER.digest, person=TWO, before=(ONE,))
    with pytest.raises(Refused, match="ESC-1606"):
        check_approver(ORDER, shown=ORDER.digest, person=ONE, before=(ONE,))
    nothing = replace(ORDER, takings=())
    with pytest.raises(Refused, match="ESC-1604"):
        check_approver(nothing, shown=nothing.digest, person=ONE, before=())
    assert order_key(ORDER.digest, "YL1") == order_key(ORDER.digest, "YL1")
    assert order_key(ORDER.digest, "YL1") != order_key(ORDER.digest, "YL2")
    assert len(order_key(ORDER.digest, "YL1")) == 35


@pytest.mark.parametrize(
    ("ground", "to", "code"),
    [
        (replace(GROUND, text=" "), TENDEREE, "ESC-1601"),
        (replace(GROUND, text="长" * 1001), TENDEREE, "ESC-1601"),
        (replace(GROUND, document=b""), TENDEREE, "ESC-1601"),
        (GROUND, replace(TENDEREE, account=" "), "ESC-1602"),
        (GROUND, replace(TENDEREE, name=""), "ESC-1602"),
    ],
)
def test_a_proposal_says_why_and_whom(ground: Ground, to: Beneficiary, code: str) -> None:
    check_proposal(GROUND, TENDEREE)
    with pytest.raises(Refused, match=code):
        check_proposal(ground, to)


@given(st.lists(st.none() | st.sampled_from(RefundState), max_size=4), st.integers(0, 1))
def test_the_state_is_the_one_that_most_needs_somebody(
    payments: list[RefundState | None], approvals: int
) -> None:
    found = state_of(payments, approvals=approvals, ended=False)
    bad = {RefundState.REJECTED, RefundState.RETURNED}
    if bad & set(payments):
        assert found is ForfeitState.ATTENTION
    elif None in payments:
        waits = ForfeitState.HALF_APPROVED if approvals else ForfeitState.PROPOSED
        assert found is waits
    elif set(payments) & OPEN:
        assert found is ForfeitState.PAYING
    else:
        assert found is (ForfeitState.PAID if payments else ForfeitState.PROPOSED)
    assert state_of(payments, approvals=approvals, ended=True) is ForfeitState.ENDED
