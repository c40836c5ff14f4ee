"""A plan that may be published is whole, sums to 100 and ends every tie; any other says why."""

import copy
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from evaluation.plans.checking import check
from evaluation.plans.defaults import ITEMS, default_plan
from evaluation.plans.rules import ItemKind, Method, Tie, faults, parse_plan, read_plan
from kernel.pure.errors import Refused
from kernel.pure.parameters import plain

DESIGN = default_plan(Method.COMPREHENSIVE, "survey_design")


@pytest.mark.parametrize("method", Method)
@pytest.mark.parametrize("kind", ITEMS)
def test_every_default_may_be_published_and_survives_its_json(method: Method, kind: str) -> None:
    plan = default_plan(method, kind, estimate_fen=480_000_000)
    assert faults(plan) == ()
    assert read_plan(plan.to_json()) == plan
    assert plan.price_weight + plan.technical_weight == 100
    assert plan.ties[-1] is Tie.DRAW


def test_a_plan_without_draws_is_what_it_was_and_one_with_draws_names_them() -> None:
    assert "draws" not in DESIGN.to_json()
    plan = read_plan(DESIGN.to_json() | {"draws": DRAWS})
    assert plan.to_json()["draws"] == DRAWS
    assert read_plan(plan.to_json()) == plan
    assert plan.digest() != DESIGN.digest()


def test_survey_and_design_is_judged_sixty_to_forty() -> None:
    assert (DESIGN.technical_weight, DESIGN.price_weight) == (Decimal(60), Decimal(40))
    assert any(item.objective for item in DESIGN.items)


def test_deviations_are_bounded_by_the_estimate() -> None:
    plan = default_plan(Method.LOWEST_EVALUATED, "works", estimate_fen=100_000_000)
    assert {item.kind for item in plan.items} == {ItemKind.DEVIATION}
    assert [plain(item.maximum) for item in plan.items] == ["2000000", "3000000", "2000000"]


def test_the_digest_is_that_of_the_content() -> None:
    changed = DESIGN.to_json() | {"trim": True}
    assert read_plan(DESIGN.to_json()).digest() == DESIGN.digest()
    assert read_plan(changed).digest() != DESIGN.digest()


def _item(number: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value["items"][number].update(changes)


def _top(**changes: Any) -> Callable[[dict[str, Any]], None]:
    return lambda value: value.update(changes)


DRAWS: list[dict[str, Any]] = [
    {"name": "k", "title": "下浮系数 K", "kind": "set", "options": ["0.95", "0.96", "0.97"]},
    {"name": "delta", "title": "Δ", "kind": "set", "options": ["0", "0.05"]},
    {
        "name": "b",
        "title": "B 值所在的投标",
        "kind": "bid",
        "delta": "delta",
        "mean": "0.7",
        "ceiling": "0.3",
        "cut": "0.25",
        "upper": "0.95",
    },
]


def _draw(number: int, **changes: Any) -> Callable[[dict[str, Any]], None]:
    """A plan that draws, with one of its draws changed."""

    def spoil(value: dict[str, Any]) -> None:
        draws = copy.deepcopy(DRAWS)
        draws[number] |= changes
        value["draws"] = draws

    return spoil


SPOILT: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("EVA-1101", _top(format="sunbid evaluation plan/2")),
    ("EVA-1101", _top(more=1)),
    ("EVA-1101", _top(trim="yes")),
    ("EVA-1101", _top(price_weight="4e1")),
    ("EVA-1101", _top(price_weight=40)),
    ("EVA-1101", _top(price_weight="40.001")),
    ("EVA-1101", _top(ties="draw")),
    ("EVA-1101", _top(ties=[["draw"]])),
    ("EVA-1101", _top(ties=["price", "age"])),
    ("EVA-1101", _item(0, maximum="-1")),
    ("EVA-1101", _item(0, key="Ä")),
    ("EVA-1101", _item(0, weight="1")),
    ("EVA-1102", _top(price_weight="41")),
    ("EVA-1102", _item(0, maximum="9")),
    ("EVA-1103", _item(0, key="licence")),
    ("EVA-1104", _top(seats=4)),
    ("EVA-1104", _top(seats=6)),
    ("EVA-1104", _top(seats=3)),
    ("EVA-1105", _top(candidates=4)),
    ("EVA-1105", _top(candidates=0)),
    ("EVA-1106", _item(0, step="0.3")),
    ("EVA-1106", _item(0, step="0")),
    ("EVA-1107", _item(0, kind="deviation", step="1")),
    ("EVA-1108", _top(price_weight="0")),
    ("EVA-1109", _top(ties=[])),
    ("EVA-1109", _top(ties=["price"])),
    ("EVA-1109", _top(ties=["draw", "price"])),
    ("EVA-1109", _top(ties=["price", "price", "draw"])),
    ("EVA-1101", _top(draws=[])),
    ("EVA-1101", _draw(0, options=["0.95", "0.960"])),
    ("EVA-1101", _draw(0, options=["-0", "0.95"])),
    ("EVA-1101", _draw(0, kind="shuffle")),
    ("EVA-1101", _draw(0, chosen="0.95")),
    ("EVA-1101", _draw(2, upper=".95")),
    ("EVA-1110", _draw(1, name="k")),
    ("EVA-1111", _draw(0, options=["0.95"])),
    ("EVA-1111", _draw(0, options=["0.96", "0.95"])),
    ("EVA-1111", _draw(0, options=["0.95", "0.95"])),
    ("EVA-1112", _draw(2, delta="b")),
    ("EVA-1112", _draw(1, options=["0.5", "1"])),
    ("EVA-1112", _draw(2, mean="0.8")),
    ("EVA-1112", _draw(2, cut="1")),
    ("EVA-1112", _draw(2, upper="1.1")),
]


@pytest.mark.parametrize(("code", "spoil"), SPOILT)
def test_a_spoilt_plan_is_refused_by_its_fault(
    code: str, spoil: Callable[[dict[str, Any]], None]
) -> None:
    value = DESIGN.to_json()
    spoil(value)
    with pytest.raises(Refused) as refused:
        read_plan(value)
    told = check(value)
    assert not told["sound"]
    assert code in {fault["code"] for fault in told["faults"]}
    assert refused.value.code == told["faults"][0]["code"]


def test_a_technical_tie_needs_technical_points() -> None:
    value = default_plan(Method.LOWEST_EVALUATED, "goods").to_json()
    value["ties"] = ["technical", "draw"]
    assert [fault.code for fault in faults(parse_plan(value))] == ["EVA-1109"]


def test_the_lowest_price_has_no_points() -> None:
    value = default_plan(Method.LOWEST_EVALUATED, "goods").to_json() | {"price_weight": "60"}
    assert {f.code for f in faults(parse_plan(value))} == {"EVA-1102", "EVA-1108"}


def test_an_editor_is_told_the_weights_while_they_are_wrong() -> None:
    told = check(DESIGN.to_json() | {"price_weight": "41"})
    assert (told["technical"], told["price"], told["total"]) == ("60", "41", "101")
    assert told["faults"] == [{"code": "EVA-1102", "facts": {"total": "101"}}]
    assert told["digest"] is None
    assert check(DESIGN.to_json())["digest"] == DESIGN.digest().hex()


@pytest.mark.parametrize("value", [None, [], "plan", {}, {"format": 1}])
def test_what_is_no_plan_at_all_is_told_without_raising(value: object) -> None:
    assert [fault["code"] for fault in check(value)["faults"]] == ["EVA-1101"]
