"""Life of a refund order and what may be given back when (条例35, 57). Pure.

An order whose answer is unknown is asked about under the same key until the bank answers. It never
becomes a new payment.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from kernel.pure.errors import Refused


class RefundReason(StrEnum):
    """Why money goes back."""

    WITHDRAWN = "withdrawn"
    LOT_FAILED = "lot_failed"
    BID_REJECTED = "bid_rejected"
    NOT_SELECTED = "not_selected"
    CONTRACT_SIGNED = "contract_signed"
    UNCLAIMED = "unclaimed"
    WRONG_PAYER = "wrong_payer"
    PERSONAL_PAYER = "personal_payer"
    EXCESS = "excess"
    UNKNOWN_SUB = "unknown_sub"
    AFTER_RELEASE = "after_release"
    FORFEITED = "forfeited"


class HoldPurpose(StrEnum):
    """What a sub-account's money is kept for: it goes back, or it is forfeited, never both."""

    REFUND = "refund"
    FORFEIT = "forfeit"


class ReleaseReason(StrEnum):
    """Causes for which a whole deposit is released on request."""

    WITHDRAWN = "withdrawn"
    LOT_FAILED = "lot_failed"
    BID_REJECTED = "bid_rejected"
    NOT_SELECTED = "not_selected"
    CONTRACT_SIGNED = "contract_signed"
    UNCLAIMED = "unclaimed"


class RefundState(StrEnum):
    """From the order to the bank's own booking."""

    ORDERED = "ordered"
    SENT = "sent"
    UNKNOWN = "unknown"
    ACCEPTED = "accepted"
    SETTLED = "settled"
    REJECTED = "rejected"
    RETURNED = "returned"


class Answer(StrEnum):
    """What a bank says of an order; NOT_FOUND is an answer to a question only."""

    ACCEPTED = "accepted"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    NOT_FOUND = "not_found"


_S = RefundState
TRANSITIONS: Final[dict[RefundState, frozenset[RefundState]]] = {
    _S.ORDERED: frozenset({_S.SENT}),
    # A bank may book before its answer reaches us. A booking after a refusal is its own error.
    _S.SENT: frozenset({_S.ACCEPTED, _S.REJECTED, _S.UNKNOWN, _S.SETTLED}),
    _S.UNKNOWN: frozenset({_S.ACCEPTED, _S.REJECTED, _S.SETTLED}),
    _S.ACCEPTED: frozenset({_S.SETTLED, _S.REJECTED}),
    _S.SETTLED: frozenset({_S.RETURNED}),
    _S.REJECTED: frozenset(),
    _S.RETURNED: frozenset(),
}
OPEN: Final = frozenset({_S.ORDERED, _S.SENT, _S.UNKNOWN, _S.ACCEPTED})
"""States in which the money stands in clearing."""

ASK_AFTER: Final = timedelta(seconds=2)
"""How long a sent order waits for its answer before the bank is asked (wall time)."""

RESEND_AFTER: Final = timedelta(seconds=60)
"""How long a bank must go on not knowing a key before the same order is sent again (wall time)."""


@dataclass(frozen=True, slots=True)
class Held:
    """What is known of a sub-account when its release is asked for."""

    judged: bool
    by_token: bool


def check_releasable(held: Held, reason: ReleaseReason) -> None:
    """Refuse ESC-1302: once judged, a deposit leaves by the officials' act only."""
    if held.by_token and held.judged:
        raise Refused("ESC-1302")
    if held.by_token and reason not in (ReleaseReason.WITHDRAWN, ReleaseReason.LOT_FAILED):
        raise Refused("ESC-1303")


def check_hold(standing: HoldPurpose | None, wanted: HoldPurpose) -> None:
    """Refuse ESC-1304 (a forfeiture stands or is paid), ESC-1305 (a refund is ordered)."""
    if standing is not None and standing is not wanted:
        raise Refused("ESC-1304" if standing is HoldPurpose.FORFEIT else "ESC-1305")


def after_answer(state: RefundState, answer: Answer) -> RefundState:
    """The state after the bank's answer; one that changes nothing leaves it."""
    wanted = {
        Answer.ACCEPTED: RefundState.ACCEPTED,
        Answer.REJECTED: RefundState.REJECTED,
        Answer.UNKNOWN: RefundState.UNKNOWN,
        Answer.NOT_FOUND: RefundState.UNKNOWN,
    }[answer]
    return wanted if wanted in TRANSITIONS[state] else state


def needs_person(
    state: RefundState,
    *,
    first_sent: datetime | None,
    called: bool,
    now: datetime,
    after: timedelta,
) -> bool:
    """Whether an order has been without the bank's answer so long that a person is called, once.

    It goes on being asked about under its key: calling somebody pays nothing.
    """
    silent = state in (RefundState.SENT, RefundState.UNKNOWN)
    return silent and not called and first_sent is not None and now - first_sent >= after


def may_send(
    state: RefundState, *, answer: Answer | None, first_sent: datetime | None, now: datetime
) -> bool:
    """Whether the order may go to the bank: the first time, or when the bank steadily denies it.

    `answer` is the bank's latest word on the key, `first_sent` and `now` wall time.
    """
    if state is RefundState.ORDERED:
        return True
    return (
        state is RefundState.UNKNOWN
        and answer is Answer.NOT_FOUND
        and first_sent is not None
        and now - first_sent >= RESEND_AFTER
    )
