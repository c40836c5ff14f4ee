"""How far suggestions reach, and which way money counts."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from escrow.bookings.rules import Sign
from escrow.interest.rules import Rate
from escrow.reconciliation.rules import Level, Line, reconcile

DAY = date(2026, 11, 12)
LINE = Line("L", "S1", None, "62", Sign.CREDIT, 500, DAY)


@pytest.mark.parametrize(("days", "suggested"), [(10, 1), (11, 0), (-10, 1), (-11, 0)])
def test_a_suggestion_reaches_ten_days(days: int, suggested: int) -> None:
    far = replace(LINE, id="B", bank_ref="R1", day=DAY + timedelta(days=days))
    assert len(reconcile([LINE], [far]).suggestions) == suggested


def test_money_in_counts_up_and_money_out_down() -> None:
    assert LINE.signed_fen == 500
    assert replace(LINE, sign=Sign.DEBIT).signed_fen == -500


def test_the_words_of_levels_stay() -> None:
    assert [one.value for one in Level] == ["reference", "end_to_end", "unique"]


@pytest.mark.parametrize("percent", ["-0.01", "100"])
def test_a_rate_is_per_cent_a_year(percent: str) -> None:
    from decimal import Decimal

    with pytest.raises(ValueError, match="per cent"):
        Rate(DAY, Decimal(percent), "")
