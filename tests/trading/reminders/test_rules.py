"""Times of reminders, and what becomes of a message: tried, given up, never lost from sight."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from trading.reminders import rules
from trading.reminders.rules import Delivery, DeliveryState, Kind, Outcome
from trading.reminders.terms import terms

NOW = datetime(2026, 11, 24, 1, 30, tzinfo=UTC)


def test_the_times_before_an_opening_in_their_order() -> None:
    found = rules.occasions(NOW, timedelta(hours=2), terms())
    assert [(one.kind, NOW - one.at) for one in found] == [
        (Kind.DAY_BEFORE, timedelta(days=1)),
        (Kind.SIGN_IN, timedelta(hours=2)),
        (Kind.HOUR_BEFORE, timedelta(hours=1)),
    ]


@given(st.lists(st.sampled_from([*Outcome, None]), max_size=40))
def test_a_message_is_tried_a_bounded_number_of_times_and_ends_in_a_word(
    told: list[Outcome | None],
) -> None:
    now = NOW
    delivery = Delivery(DeliveryState.WAITING, 0, NOW)
    for each in told:
        now = max(now, delivery.retry_at)
        if not rules.is_due(delivery, now, terms()):
            break
        delivery = rules.attempt(delivery, now)
        assert not rules.is_due(delivery, now, terms())
        outcome = each or Outcome.UNCERTAIN
        if each is None:
            # Whoever tried it died: another one takes it up after the lease.
            now += terms().lease
            assert rules.is_due(delivery, now, terms()) == (delivery.attempts < terms().attempts)
        delivery = rules.settle(delivery, outcome, now, terms())
        assert timedelta() < delivery.retry_at - now <= terms().longest_wait
        if outcome is Outcome.SENT:
            assert delivery.state is DeliveryState.SENT
        if outcome is Outcome.UNCERTAIN:
            assert delivery.state is DeliveryState.UNKNOWN
    assert delivery.attempts <= terms().attempts
