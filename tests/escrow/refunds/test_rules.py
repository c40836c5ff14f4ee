"""The life of a refund: an unknown answer is asked about, never paid again."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.refunds.rules import (
    OPEN,
    RESEND_AFTER,
    TRANSITIONS,
    Answer,
    Held,
    RefundReason,
    RefundState,
    ReleaseReason,
    after_answer,
    check_releasable,
    may_send,
)
from kernel.pure.errors import Refused

NOW = datetime(2026, 11, 22, tzinfo=UTC)
S = RefundState


@pytest.mark.parametrize(
    ("state", "answer", "after"),
    [
        (S.SENT, Answer.ACCEPTED, S.ACCEPTED),
        (S.SENT, Answer.REJECTED, S.REJECTED),
        (S.SENT, Answer.UNKNOWN, S.UNKNOWN),
        (S.SENT, Answer.NOT_FOUND, S.UNKNOWN),
        (S.UNKNOWN, Answer.ACCEPTED, S.ACCEPTED),
        (S.UNKNOWN, Answer.REJECTED, S.REJECTED),
        (S.UNKNOWN, Answer.NOT_FOUND, S.UNKNOWN),
        (S.ACCEPTED, Answer.UNKNOWN, S.ACCEPTED),
        (S.SETTLED, Answer.ACCEPTED, S.SETTLED),
        (S.SETTLED, Answer.REJECTED, S.SETTLED),
        (S.REJECTED, Answer.ACCEPTED, S.REJECTED),
        (S.RETURNED, Answer.ACCEPTED, S.RETURNED),
    ],
)
def test_answers(state: S, answer: Answer, after: S) -> None:
    assert after_answer(state, answer) is after


@given(st.sampled_from(S), st.lists(st.sampled_from(Answer), max_size=8))
def test_answers_only_walk_along_the_table(state: S, answers: list[Answer]) -> None:
    for answer in answers:
        following = after_answer(state, answer)
        assert following is state or following in TRANSITIONS[state]
        state = following


@given(
    st.sampled_from(S),
    st.none() | st.sampled_from(Answer),
    st.none() | st.integers(0, 200).map(lambda s: NOW - timedelta(seconds=s)),
)
def test_an_order_is_sent_first_or_when_steadily_denied(
    state: S, answer: Answer | None, first_sent: datetime | None
) -> None:
    allowed = may_send(state, answer=answer, first_sent=first_sent, now=NOW)
    denied = (
        state is S.UNKNOWN
        and answer is Answer.NOT_FOUND
        and first_sent is not None
        and NOW - first_sent >= RESEND_AFTER
    )
    assert allowed == (state is S.ORDERED or denied)


def test_money_is_in_clearing_until_the_bank_has_spoken() -> None:
    assert {S.ORDERED, S.SENT, S.UNKNOWN, S.ACCEPTED} == OPEN


@pytest.mark.parametrize("reason", ReleaseReason)
def test_officials_may_release_for_any_cause(reason: ReleaseReason) -> None:
    check_releasable(Held(judged=True, by_token=False), reason)
    assert RefundReason(reason.value)


@pytest.mark.parametrize(
    ("judged", "reason", "code"),
    [
        (True, ReleaseReason.WITHDRAWN, "ESC-1302"),
        (False, ReleaseReason.NOT_SELECTED, "ESC-1303"),
        (False, ReleaseReason.BID_REJECTED, "ESC-1303"),
        (False, ReleaseReason.UNCLAIMED, "ESC-1303"),
        (False, ReleaseReason.WITHDRAWN, None),
        (False, ReleaseReason.LOT_FAILED, None),
    ],
)
def test_a_token_releases_what_nobody_has_judged(
    judged: bool, reason: ReleaseReason, code: str | None
) -> None:
    held = Held(judged=judged, by_token=True)
    if code is None:
        check_releasable(held, reason)
        return
    with pytest.raises(Refused) as refused:
        check_releasable(held, reason)
    assert refused.value.code == code
