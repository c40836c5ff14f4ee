"""Interest against the design's vector, an oracle that goes day by day, and what must hold."""

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from escrow.interest.rules import Interest, Rate, Terms, half_up, rate_on, reckon
from escrow.interest.terms import published_terms, read_terms, terms_of
from kernel.pure.errors import Refused

QUARTERS = ((3, 20), (6, 20), (9, 20), (12, 20))
RATES = (
    Rate(date(2012, 7, 6), Decimal("0.35"), "基准"),
    Rate(date(2022, 9, 15), Decimal("0.25"), "挂牌"),
)
EARLIEST = RATES[0].since


def terms(
    *,
    capital: tuple[tuple[int, int], ...] = (),
    rates: tuple[Rate, ...] = RATES,
    year_days: int = 360,
) -> Terms:
    return Terms("b", rates, year_days, capital, "test")


@pytest.mark.parametrize(
    ("capital", "fen", "segments"),
    [
        ((), 433_33, [(45, 800_000, 350_000), (15, 800_000, 83_333)]),
        (
            QUARTERS,
            433_36,
            [(45, 800_000, 350_000), (5, 800_000, 27_778), (10, 800_377, 55_582)],
        ),
    ],
)
def test_the_design_vector(
    capital: tuple[tuple[int, int], ...], fen: int, segments: list[tuple[int, int, int]]
) -> None:
    found = reckon(
        800_000_00, start=date(2022, 8, 1), end=date(2022, 9, 30), terms=terms(capital=capital)
    )
    assert found.fen == fen
    assert [(s.days, s.base_yuan, s.mils) for s in found.segments] == segments


def rounded(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def oracle(principal_fen: int, start: date, end: date, told: Terms) -> int:
    """Day by day with fractions: what a clerk with patience would write down."""
    credited, period, segment = 0, Fraction(0), Fraction(0)
    day, before = start, None
    while day < end:
        percent = next(r.percent for r in reversed(told.rates) if r.since <= day)
        capital = day != start and (day.month, day.day) in told.capital_days
        if capital or (before is not None and percent != before):
            period += Fraction(rounded(segment * 1000), 1000)
            segment = Fraction(0)
        if capital:
            credited += rounded(period * 100)
            period = Fraction(0)
        base = (principal_fen + credited) // 100
        segment += Fraction(percent) / 100 * base / told.year_days
        day, before = day + timedelta(days=1), percent
    period += Fraction(rounded(segment * 1000), 1000)
    return credited + rounded(period * 100)


days = st.integers(0, 3000).map(lambda n: EARLIEST + timedelta(days=n))
percents = st.decimals("0.01", "3.00", places=2)


@st.composite
def any_terms(draw: st.DrawFn) -> Terms:
    changes = draw(st.lists(st.tuples(days, percents), max_size=5, unique_by=lambda c: c[0]))
    rates = {EARLIEST: draw(percents)} | dict(changes)
    # A new line with the same rate is no change of rate, and no bank would publish it.
    ordered: list[Rate] = []
    for since, percent in sorted(rates.items()):
        if not ordered or ordered[-1].percent != percent:
            ordered.append(Rate(since, percent, "test"))
    return terms(
        capital=draw(st.sampled_from([(), QUARTERS, ((12, 20),)])),
        rates=tuple(ordered),
        year_days=draw(st.sampled_from([360, 365])),
    )


@given(
    principal=st.integers(1, 10**13),
    start=days,
    length=st.integers(0, 900),
    told=any_terms(),
)
def test_equal_to_the_oracle(principal: int, start: date, length: int, told: Terms) -> None:
    end = start + timedelta(days=length)
    found = reckon(principal, start=start, end=end, terms=told)
    assert found.fen == oracle(principal, start, end, told)


@given(principal=st.integers(1, 10**13), start=days, length=st.integers(1, 900), told=any_terms())
def test_segments_cover_every_day_once(
    principal: int, start: date, length: int, told: Terms
) -> None:
    end = start + timedelta(days=length)
    segments = reckon(principal, start=start, end=end, terms=told).segments
    assert segments[0].start == start
    assert segments[-1].end == end
    assert all(one.end == two.start for one, two in pairwise(segments))
    assert all(s.percent == rate_on(told, s.start) for s in segments)
    assert sum(s.days for s in segments) == length


@given(
    principal=st.integers(1, 10**12),
    more=st.integers(0, 10**12),
    start=days,
    length=st.integers(0, 500),
    longer=st.integers(0, 500),
)
def test_more_money_or_time_never_earns_less(
    principal: int, more: int, start: date, length: int, longer: int
) -> None:
    def earned(fen: int, count: int) -> int:
        end = start + timedelta(days=count)
        return reckon(fen, start=start, end=end, terms=terms(capital=QUARTERS)).fen

    assert earned(principal + more, length) >= earned(principal, length)
    # Half a mil may be lost where a longer time cuts a segment in two.
    assert earned(principal, length + longer) >= earned(principal, length) - 1


@pytest.mark.parametrize(
    ("principal", "start", "end", "fen"),
    [
        (800_000_00, date(2022, 8, 1), date(2022, 8, 1), 0),
        (800_000_00, date(2022, 8, 2), date(2022, 8, 1), 0),
        (99, date(2013, 1, 1), date(2022, 1, 1), 0),
        (1_00, date(2022, 8, 1), date(2022, 8, 2), 0),
        # 100.99 yuan earn on 100: 100 × 0.35 % × 90 / 360 = 0.0875 → 0.088 → 0.09
        (100_99, date(2022, 1, 1), date(2022, 4, 1), 9),
    ],
)
def test_edges(principal: int, start: date, end: date, fen: int) -> None:
    assert reckon(principal, start=start, end=end, terms=terms()).fen == fen


def test_a_day_without_a_known_rate_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        reckon(1_00, start=EARLIEST - timedelta(days=1), end=EARLIEST, terms=terms())
    assert refused.value.code == "ESC-1407"
    assert reckon(1_00, start=EARLIEST, end=EARLIEST, terms=terms()) == Interest(
        1_00, EARLIEST, EARLIEST, (), 0
    )


@pytest.mark.parametrize(("above", "below", "whole"), [(5, 10, 1), (4, 10, 0), (15, 10, 2)])
def test_halves_go_up(above: int, below: int, whole: int) -> None:
    assert half_up(above, below) == whole


def test_the_published_table_is_read_and_sourced() -> None:
    assert terms_of("yunlan") is published_terms()["*"]
    every = terms_of("yunlan")
    assert every.year_days == 360
    assert all(rate.source for rate in every.rates)
    assert rate_on(every, date(2022, 9, 14)) == Decimal("0.35")
    assert rate_on(every, date(2022, 9, 15)) == Decimal("0.25")


BANK = '[[bank]]\ncode = "{code}"\nyear_days = 360\ncapital_days = []\nsource = "x"\nmark = "U"\n'
RATE = '[[bank.rate]]\nsince = {since}\npercent = "{percent}"\nsource = "x"\nmark = "U"\n'


@pytest.mark.parametrize(
    "text",
    [
        BANK.format(code="b") + RATE.format(since="2012-07-06", percent="0.35"),
        BANK.format(code="*") + RATE.format(since='"2012-07-06"', percent="0.35"),
        BANK.format(code="*") + RATE.format(since="2012-07-06", percent="-1"),
        BANK.format(code="*") + 2 * RATE.format(since="2012-07-06", percent="0.35"),
        BANK.format(code="*").replace("360", "100")
        + RATE.format(since="2012-07-06", percent="0.35"),
    ],
)
def test_a_table_that_makes_no_sense_is_not_read(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_terms(text)
