"""Edges of a refund's life: exactly after a minute, held for one purpose, words for ever."""

from datetime import UTC, datetime, timedelta

import pytest

from escrow.refunds.rules import (
    RESEND_AFTER,
    Answer,
    HoldPurpose,
    RefundReason,
    RefundState,
    ReleaseReason,
    check_hold,
    may_send,
)
from kernel.pure.errors import Refused

NOW = datetime(2026, 11, 22, tzinfo=UTC)
MOMENT = timedelta(microseconds=1)


@pytest.mark.parametrize(
    ("state", "answer", "since", "allowed"),
    [
        (RefundState.ORDERED, None, None, True),
        (RefundState.UNKNOWN, Answer.NOT_FOUND, RESEND_AFTER, True),
        (RefundState.UNKNOWN, Answer.NOT_FOUND, RESEND_AFTER - MOMENT, False),
        (RefundState.UNKNOWN, Answer.UNKNOWN, RESEND_AFTER, False),
        (RefundState.UNKNOWN, None, RESEND_AFTER, False),
        (RefundState.UNKNOWN, Answer.NOT_FOUND, None, False),
        (RefundState.SENT, Answer.NOT_FOUND, RESEND_AFTER, False),
        (RefundState.ACCEPTED, Answer.NOT_FOUND, RESEND_AFTER, False),
    ],
)
def test_when_an_order_may_go_again(
    state: RefundState, answer: Answer | None, since: timedelta | None, allowed: bool
) -> None:
    first = None if since is None else NOW - since
    assert may_send(state, answer=answer, first_sent=first, now=NOW) is allowed


@pytest.mark.parametrize(
    ("stands", "wanted", "code"),
    [
        (HoldPurpose.FORFEIT, HoldPurpose.REFUND, "ESC-1304"),
        (HoldPurpose.REFUND, HoldPurpose.FORFEIT, "ESC-1305"),
    ],
)
def test_money_is_held_for_one_purpose(stands: HoldPurpose, wanted: HoldPurpose, code: str) -> None:
    with pytest.raises(Refused, match=code):
        check_hold(stands, wanted)
    check_hold(None, wanted)
    check_hold(wanted, wanted)


def test_words_of_banks_and_reasons_stay() -> None:
    assert [one.value for one in Answer] == ["accepted", "rejected", "unknown", "not_found"]
    assert {one.value for one in ReleaseReason} <= {one.value for one in RefundReason}
