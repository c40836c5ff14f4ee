"""Where the demonstration's time may step to, and when its clock begins."""

from datetime import UTC, datetime, timedelta

from trading.demo.rules import BEGIN_BEFORE, EVE, Due, begin, is_playing, next_step

DEADLINE = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def test_the_first_page_leaves_ten_minutes() -> None:
    assert begin(DEADLINE, DEADLINE - EVE) == EVE - BEGIN_BEFORE
    assert begin(DEADLINE, DEADLINE - BEGIN_BEFORE) is None


def test_a_page_served_while_the_history_is_played_moves_nothing() -> None:
    early = DEADLINE - timedelta(days=20)
    assert is_playing(DEADLINE, early)
    assert begin(DEADLINE, early) is None
    assert not is_playing(DEADLINE, DEADLINE - EVE)


def test_a_step_leads_to_a_minute_before_the_next_event() -> None:
    now = DEADLINE - timedelta(minutes=10)
    other = Due("another lot", "投标截止", now + timedelta(minutes=2))
    step = next_step((Due("main", "投标截止", DEADLINE),), (other,), now)
    assert step is not None
    assert step.to == DEADLINE - timedelta(minutes=1)
    assert step.others == ("another lot",)
