"""Loans of rooms as pure values: no two meet, whatever is asked, moved, followed or given back."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.calendar import published_holidays
from kernel.pure.errors import Refused
from kernel.pure.legal_days import SHANGHAI
from kernel.pure.rule_sets import Regime
from trading.tenders import rule_book
from trading.venues import rules
from trading.venues.rules import Booking, BookingState, SessionKind, Slot
from trading.venues.terms import kind_of, opening_hours, terms

START = datetime(2026, 11, 24, 1, 0, tzinfo=UTC)
ROOMS = tuple(UUID(int=n) for n in range(1, 4))
IDS = tuple(UUID(int=n) for n in range(100, 108))
STEP = terms().step

moments = st.integers(0, 12).map(lambda n: START + STEP * n)
lengths = st.integers(1, 5).map(lambda n: STEP * n)
slots = st.builds(
    lambda room, at, long: Slot(room, at, at + long), st.sampled_from(ROOMS), moments, lengths
)
kinds = st.sampled_from(SessionKind)
ids = st.sampled_from(IDS)
truth = st.booleans()
commands = st.one_of(
    st.builds(rules.Ask, ids, slots, kinds, st.just("停电"), truth),
    st.builds(rules.Judge, ids, truth, st.sampled_from(["", "可以"])),
    st.builds(rules.Move, ids, slots, kinds, truth),
    st.builds(rules.Follow, ids, slots, kinds),
    st.builds(rules.Cancel, ids, st.sampled_from(["", "改期"])),
)


@given(st.lists(commands, max_size=30))
def test_no_two_loans_of_a_room_ever_meet(told: list[rules.Command]) -> None:
    book: dict[UUID, Booking] = {}
    for command in told:
        if isinstance(command, rules.Ask) and command.id in book:
            continue
        try:
            booking = rules.decide(list(book.values()), command, terms())
        except Refused as refused:
            assert refused.code.startswith("VEN-11")
            continue
        book[booking.id] = booking
        holding = [each for each in book.values() if each.holds]
        for at, one in enumerate(holding):
            assert not any(one.slot.meets(other.slot) for other in holding[at + 1 :])


@given(st.lists(slots, max_size=12), slots)
def test_what_is_called_free_is_free(taken: list[Slot], wanted: Slot) -> None:
    held: list[Booking] = []
    for slot in taken:
        if not rules.in_the_way(held, slot):
            found = Booking(IDS[0], slot, SessionKind.ORDINARY, BookingState.CONFIRMED)
            held.append(found)
    day = (START, START + timedelta(hours=9))
    near = rules.nearest(held, wanted, ROOMS, terms(), day=day)
    assert len(near) <= terms().nearest
    assert len(set(near)) == len(near)
    for slot in near:
        assert not rules.in_the_way(held, slot)
        assert slot.length == wanted.length
        assert slot.starts == wanted.starts or day[0] <= slot.starts < slot.ends <= day[1]
    away = [abs(slot.starts - wanted.starts) for slot in near]
    assert away == sorted(away)


def confirmed(kind: SessionKind = SessionKind.ORDINARY) -> Booking:
    return Booking(IDS[0], Slot(ROOMS[0], START, START + STEP), kind, BookingState.CONFIRMED)


def test_a_working_day_is_confirmed_at_once_and_others_wait() -> None:
    slot = Slot(ROOMS[0], START, START + STEP)
    asked = rules.decide([], rules.Ask(IDS[0], slot, SessionKind.ORDINARY), terms())
    assert asked.state is BookingState.CONFIRMED
    waiting = rules.decide([], rules.Ask(IDS[0], slot, SessionKind.SATURDAY, "抢险"), terms())
    assert waiting.state is BookingState.REQUESTED
    judged = rules.decide([waiting], rules.Judge(IDS[0], approved=True, reason="可以"), terms())
    assert judged.state is BookingState.CONFIRMED
    with pytest.raises(Refused, match="VEN-1105"):
        rules.decide([judged], rules.Judge(IDS[0], approved=True, reason="可以"), terms())
    with pytest.raises(Refused, match="VEN-1103"):
        rules.decide([], rules.Ask(IDS[0], slot, SessionKind.EMERGENCY, " "), terms())


def test_a_deadline_that_moved_takes_the_room_along_or_gives_it_up() -> None:
    later = Slot(ROOMS[0], START + STEP * 4, START + STEP * 5)
    moved = rules.decide([confirmed()], rules.Follow(IDS[0], later, SessionKind.ORDINARY), terms())
    assert (moved.slot, moved.state) == (later, BookingState.CONFIRMED)
    onto = rules.decide([confirmed()], rules.Follow(IDS[0], later, SessionKind.SATURDAY), terms())
    assert onto.state is BookingState.REQUESTED
    other = Booking(IDS[1], later, SessionKind.ORDINARY, BookingState.CONFIRMED)
    follow = rules.Follow(IDS[0], later, SessionKind.ORDINARY)
    gone = rules.decide([confirmed(), other], follow, terms())
    assert gone.state is BookingState.DISPLACED
    with pytest.raises(Refused, match="VEN-1104"):
        rules.decide([gone, other], rules.Cancel(IDS[0], "改期"), terms())


def test_a_loan_begins_before_the_deadline_on_the_grid() -> None:
    deadline = datetime(2026, 11, 24, 9, 40, tzinfo=SHANGHAI)
    slot = rules.slot_for(ROOMS[0], deadline, timedelta(hours=2), terms())
    assert slot.starts == datetime(2026, 11, 24, 9, 0, tzinfo=SHANGHAI)
    assert slot.covers(deadline)
    rules.check_slot(slot, terms())
    odd = Slot(ROOMS[0], START + timedelta(minutes=7), START + STEP * 2)
    with pytest.raises(Refused, match="VEN-1102"):
        rules.check_slot(odd, terms())


@pytest.mark.parametrize(
    ("day", "hour", "kind"),
    [
        ((2026, 11, 24), 10, SessionKind.ORDINARY),
        ((2026, 11, 28), 10, SessionKind.SATURDAY),
        ((2026, 11, 29), 10, SessionKind.EMERGENCY),
        ((2026, 5, 16), 10, SessionKind.EMERGENCY),
        ((2026, 11, 24), 20, SessionKind.EMERGENCY),
        ((2099, 1, 5), 10, SessionKind.ORDINARY),
    ],
)
def test_day_and_hour_say_what_a_session_is(
    day: tuple[int, int, int], hour: int, kind: SessionKind
) -> None:
    at = datetime(*day, hour, 0, tzinfo=SHANGHAI)
    found = kind_of(at, rule_book.current(Regime.TENDERING), published_holidays())
    assert found is kind
    first, last = opening_hours(at, rule_book.current(Regime.TENDERING))
    assert first.date() == last.date() == at.date()
