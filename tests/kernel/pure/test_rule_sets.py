"""Rule sets are read strictly and overridden only with a reason."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from kernel.pure import rule_sets
from kernel.pure.errors import Refused
from kernel.pure.rule_sets import Mark, Regime

TEXT = """
version = "test-1"
regime = "tendering"
effective_from = 2026-01-01
[rules.bid_days]
value = 20
unit = "days"
source = "招标投标法第 24 条"
mark = "S"
"""


def test_a_set_is_read() -> None:
    found = rule_sets.load(TEXT)
    assert (found.version, found.regime) == ("test-1", Regime.TENDERING)
    assert found.effective_from == date(2026, 1, 1)
    assert found.value("bid_days") == 20
    assert found.rule("bid_days").mark is Mark.STATUTE
    with pytest.raises(Refused, match="RUL-0002"):
        found.value("unknown")


def test_a_centre_overrides_with_a_reason() -> None:
    changed = rule_sets.load(TEXT).overridden("bid_days", 25, reason="春节前")
    rule = changed.rule("bid_days")
    assert (rule.value, rule.default, rule.reason) == (25, 20, "春节前")
    with pytest.raises(Refused, match="RUL-0003"):
        changed.overridden("bid_days", 30, reason=" ")
    with pytest.raises(Refused, match="RUL-0002"):
        changed.overridden("unknown", 1, reason="x")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("value = 20", "value = 20.5"),
        ('mark = "S"', 'mark = "X"'),
        ('unit = "days"', ""),
        ("2026-01-01", '"2026-01-01"'),
        ('regime = "tendering"', 'regime = "other"'),
        ('version = "test-1"', 'version = "test-1"\nmore = 1'),
        ("[rules", "[[rules"),
        ("value = 20", "value = 20\nvalue = 21"),
    ],
)
def test_anything_else_is_refused(old: str, new: str) -> None:
    with pytest.raises(Refused, match="RUL-0001"):
        rule_sets.load(TEXT.replace(old, new))


def test_the_shipped_sets_are_read() -> None:
    folder = Path(__file__).parents[3] / "trading" / "tenders" / "rule_sets"
    for path in folder.glob("*.toml"):
        assert rule_sets.load(path.read_text(encoding="utf-8")).rules
