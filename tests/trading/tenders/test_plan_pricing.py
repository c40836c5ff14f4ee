"""A price formula from the editor to the notice, and tried on made-up prices."""

from typing import Any

import pytest
from flask import Flask

from tests.trading.tenders.test_plans import DESIGN, RULES, as_form, told
from trading.tenders import plan_draws, plan_forms, plan_preview, plans

K: dict[str, Any] = {"name": "k", "title": "K", "kind": "set", "options": ["0.95", "0.96", "0.97"]}
DELTA = {"name": "delta", "title": "Δ", "kind": "set", "options": ["0.05", "0.1"]}
BID = {
    "name": "b",
    "title": "B",
    "kind": "bid",
    "delta": "delta",
    **plan_draws.USUAL,
}
RATES = {"above": "0.6", "below": "0.3", "least": "5"}
CUTS = [
    {"bids": 4, "high": 1, "low": 0, "share": "0"},
    {"bids": 7, "high": 0, "low": 0, "share": "0.2"},
]
PRICED: dict[str, dict[str, Any]] = {
    "mean": {
        "base": {"kind": "mean", "cuts": CUTS, "few": "second_lowest", "k": "k"},
        "among": "admitted",
    },
    "weighted": {
        "base": {"kind": "weighted", "cuts": [], "few": "mean", "k1": "1", "k2": "1", "q1": "0.7"},
        "among": "opened",
    },
    "synthesis": {
        "base": {"kind": "synthesis", "a": "0.5", "b": "0.3", "c": "0.2", "bid": "b", "k": "k"},
        "among": "opened",
    },
    "narrowed": {"base": {"kind": "narrowed", "away": "0.3", "k": "1"}, "among": "opened"},
}


def priced(kind: str) -> dict[str, Any]:
    return DESIGN | {"draws": [K, DELTA, BID], "pricing": {**PRICED[kind], **RATES}}


@pytest.mark.parametrize("kind", PRICED)
def test_a_price_formula_goes_through_the_editor_unchanged(kind: str) -> None:
    plan = priced(kind)
    assert plans.faults(plan) == []
    assert plan_forms.read(as_form(plan), RULES) == plan


@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
        ("price-k", "keys", "EVA-1113"),
        ("price-k", "viele", "EVA-1113"),
        ("price-k", "0,9", "EVA-1101"),
        ("price-above", "", "EVA-1101"),
        ("price-least", "40", "EVA-1116"),
        ("price-cut-0-high", "4", "EVA-1115"),
        ("price-cut-0-bids", "four", "EVA-1101"),
    ],
)
def test_a_fault_of_the_formula_stands_beside_it(field: str, value: str, code: str) -> None:
    assert told(as_form(priced("mean")) | {field: value}) == {"pricing": code}


def test_the_notice_tells_the_formula_whole() -> None:
    assert plans.shown(priced("mean"))["formula"] == (
        "评标基准价 = A × K，A 为平均价；4 家以上去掉最高 1 家、最低 0 家，"
        "7 家以上两端各去掉 0.2（四舍五入），更少时取次低报价；通过资格审查的报价；"
        "报价每高于评标基准价百分之一扣 0.6 分，每低百分之一扣 0.3 分，最低 5 分；"
        "总分 = 技术分 + 价格分，从高到低排序"
    )
    assert "A × 1 × 0.7 + B × 1 ×（1 − 0.7）" in plans.shown(priced("weighted"))["formula"]
    assert "（A × 0.5 + B × 0.3 + C × 0.2）× K" in plans.shown(priced("synthesis"))["formula"]
    assert "偏离平均价超过 0.3 倍" in plans.shown(priced("narrowed"))["formula"]


def test_a_formula_is_tried_on_made_up_prices() -> None:
    form = as_form(priced("narrowed")) | {"price-preview": "380、400、420", "ceiling": "500"}
    found = plan_preview.tried(priced("narrowed"), form)
    assert found is not None
    assert (found["base"], found["made"]) == ("¥400.00", "M = ¥400.00，K = 1，抽取的参数取中间值")
    # 40 points are full: −5 % × 0.3 and +5 % × 0.6 are off
    assert [(row["price"], row["points"]) for row in found["rows"]] == [
        ("¥380.00", "38.50"),
        ("¥400.00", "40.00"),
        ("¥420.00", "37.00"),
    ]


def test_a_trial_without_the_ceiling_it_needs_says_so_and_without_prices_is_silent(
    app: Flask,
) -> None:
    plan = priced("weighted")
    with app.test_request_context():
        found = plan_preview.tried(plan, {"price-preview": "380、400"})
    assert found == {"fault": "评标基准价缺少「最高投标限价」，不能计算。"}
    assert plan_preview.tried(plan, {}) is None
    assert plan_preview.tried(plan, {"price-preview": "380、many"}) is None
    usual = plan_preview.tried(plan, {"ceiling": "1000"})
    assert usual is not None
    assert [row["price"] for row in usual["rows"]] == ["¥880.00", "¥910.00", "¥940.00", "¥970.00"]
