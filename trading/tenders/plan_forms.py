"""The evaluation plan as a form: rows named by number, so that it works without scripts.

Fields: plan-method, plan-price_weight, plan-ties, plan-trim, plan-candidates, plan-seats,
check-N-key|name|rule, item-N-key|name|rule|kind|maximum|step|objective; draws and price as in
plan_draws and plan_pricing. A row without a name is dropped.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Any

from kernel.format import yuan_input
from kernel.i18n import say
from kernel.pure.errors import Refused
from kernel.pure.money import parse_yuan
from kernel.pure.rule_sets import RuleSet
from kernel.web import explain
from trading.tenders import plan_draws, plan_pricing, plans
from trading.tenders.plans import LOWEST, METHODS, PlanJson

Form = Mapping[str, str]
MOST_ROWS = 200
POINTED = ("range", "fixed", "deduction")
_ROW = re.compile(r"(check|item|draw)-([0-9]{1,3})-name")
_PATH = re.compile(r"(checks|items|draws)\[([0-9]+)\]\.?(\w*)")
_SLOTS = {
    "EVA-1102": "sum",
    "EVA-1104": "seats",
    "EVA-1105": "candidates",
    "EVA-1108": "price_weight",
    "EVA-1109": "ties",
    **dict.fromkeys(("EVA-1113", "EVA-1114", "EVA-1115", "EVA-1116", "EVA-1117"), "pricing"),
}
_OF_DRAWS = {"EVA-1110": "name", "EVA-1111": "title", "EVA-1112": "title"}
"""By which field a fault names its draw."""


def is_filled(form: Form) -> bool:
    """Whether the form speaks of a plan at all."""
    return "plan-method" in form


def read(form: Form, rules: RuleSet) -> PlanJson:
    """The plan as filled in, faulty or not: what cannot be read stays as text, to be refused."""
    method = form.get("plan-method", "")
    keys = _keys(form)
    return {
        "format": "sunbid evaluation plan/1",
        "method": method if method in METHODS else METHODS[0],
        "checks": [
            {"key": keys["check", n], "name": name, "rule": _line(form, f"check-{n}-rule")}
            for n, name in _rows(form, "check")
        ],
        "items": [
            {"key": keys["item", n], "name": name, **_item(form, n, as_money=method == LOWEST)}
            for n, name in _rows(form, "item")
        ],
        "price_weight": "100" if method == LOWEST else _line(form, "plan-price_weight"),
        "ties": [tie for tie in _line(form, "plan-ties").split(",") if tie],
        "trim": form.get("plan-trim") == "1",
        "rounding": 2,
        "candidates": _whole(_line(form, "plan-candidates")),
        "seats": _whole(_line(form, "plan-seats")),
        "avoidance_years": rules.value("avoidance_years"),
        "leader_rounds": rules.value("leader_rounds"),
        "abnormal_percent": rules.value("abnormal_score_percent"),
        "floor": rules.value("floor_after_decryption"),
        **_draws(form),
        **_pricing(form, method),
    }


def _draws(form: Form) -> dict[str, Any]:
    """The draws, and no field at all without any: such a plan is what it always was."""
    names = ("key", "name", "kind", "options", "delta", *plan_draws.SHARES)
    rows = [
        {"number": str(n), **{each: _line(form, f"draw-{n}-{each}") for each in names}}
        for n, _ in _rows(form, "draw")
    ]
    return {"draws": [plan_draws.read(row) for row in rows]} if rows else {}


def _pricing(form: Form, method: str) -> dict[str, Any]:
    found = plan_pricing.read(form) if method != LOWEST else None
    return {} if found is None else {"pricing": found}


def _item(form: Form, n: int, *, as_money: bool) -> dict[str, Any]:
    kind = _line(form, f"item-{n}-kind")
    return {
        "rule": _line(form, f"item-{n}-rule"),
        "kind": "deviation" if as_money else kind if kind in POINTED else POINTED[0],
        "maximum": _number(_line(form, f"item-{n}-maximum"), as_money=as_money),
        "step": _number(_line(form, f"item-{n}-step"), as_money=as_money),
        "objective": form.get(f"item-{n}-objective") == "1",
    }


def values(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A plan, stored or as filled in, as the editor shows it; deviations in yuan."""
    as_money = plan["method"] == LOWEST
    return {
        **plan,
        "scored": not as_money,
        "ties": ",".join(plan["ties"]),
        "items": [
            {
                **item,
                "maximum": _shown(item["maximum"], as_money=as_money),
                "step": _shown(item["step"], as_money=as_money),
            }
            for item in plan["items"]
        ],
        "draws": plan_draws.values(plan.get("draws", ())),
        "pricing": plan_pricing.values(plan.get("pricing")),
    }


def verdict(plan: PlanJson) -> dict[str, Any]:
    """The check beside the editor: total, technical, price, faults [{slot, text, next, code}]."""
    found = plans.check(plan)
    faults = []
    for slot, fault in placed(plan, found):
        words = explain(fault.code, **fault.facts)
        told = {"slot": slot, "text": words.what, "next": words.next, "code": fault.code}
        faults.append(told)
    sums = {name: found[name] for name in ("total", "technical", "price")}
    return {**sums, "faults": faults}


def placed(plan: PlanJson, found: dict[str, Any]) -> list[tuple[str, Refused]]:
    """What `plans.check` found, each with the slot of the editor it stands in."""
    return [_placed(plan, each["code"], each["facts"]) for each in found["faults"]]


def _placed(plan: PlanJson, code: str, facts: dict[str, str]) -> tuple[str, Refused]:
    slot = _SLOTS.get(code, "items")
    if code == "EVA-1101":
        slot, word = _place(facts["field"])
        return slot, Refused(code, field=word)
    if code == "EVA-1106":
        names = [item["name"] for item in plan["items"]]
        slot = f"item-{names.index(facts['name'])}" if facts["name"] in names else slot
    if code in _OF_DRAWS:
        field = _OF_DRAWS[code]
        told = [draw[field] for draw in plan["draws"]]
        # The last of them: of two that repeat each other the later one is to be changed.
        slot = f"draw-{len(told) - 1 - told[::-1].index(facts[field])}"
    return slot, Refused(code, **facts)


def _place(path: str) -> tuple[str, str]:
    """A field's path as the slot beside it and its name in words."""
    found = _PATH.match(path)
    if path.startswith("pricing"):
        return "pricing", field_word(path.rsplit(".", 1)[-1])
    if found is None:
        return path, field_word(path)
    group, number, name = found[1], int(found[2]), found[3]
    row = {
        "checks": say("第 %(n)s 项审查", n=number + 1),
        "items": say("第 %(n)s 项评审因素", n=number + 1),
        "draws": say("第 %(n)s 项抽取", n=number + 1),
    }[group]
    word = say("代号") if (group, name) == ("draws", "name") else field_word(name)
    return f"{group[:-1]}-{number}", f"{row}：{word}"


def field_word(name: str) -> str:
    """A field's name as the editor labels it."""
    return {
        "name": say("名称"),
        "rule": say("评审规则"),
        "maximum": say("满分或最高加价"),
        "step": say("打分步长"),
        "price_weight": say("价格分"),
        "candidates": say("候选人数"),
        "seats": say("评委人数"),
        "ties": say("得分相同时"),
        "checks": say("资格审查"),
        "items": say("评审因素"),
        "title": say("名称"),
        "options": say("备选值"),
        "delta": say("Δ 取自"),
        "mean": say("平均价的权重"),
        "ceiling": say("限价的权重"),
        "cut": say("区间下浮"),
        "upper": say("上限系数"),
        "draws": say("参数抽取"),
        "above": say("每高百分之一扣分"),
        "below": say("每低百分之一扣分"),
        "least": say("最低得分"),
        "few": say("家数更少时"),
        "among": say("参与计算的报价"),
        "bid": say("B 取自（代号）"),
        "away": say("偏离范围"),
        "bids": say("家数"),
        "high": say("去掉最高"),
        "low": say("去掉最低"),
        "share": say("两端各去掉比例"),
    }.get(name, name)


def _rows(form: Form, group: str) -> Iterator[tuple[int, str]]:
    """The numbers of the named rows, in order."""
    numbers = sorted(
        int(found[2]) for name in form if (found := _ROW.fullmatch(name)) and found[1] == group
    )
    for n in numbers[:MOST_ROWS]:
        if name := _line(form, f"{group}-{n}-name"):
            yield n, name


def _keys(form: Form) -> dict[tuple[str, int], str]:
    """Each row's key as it came with the page; a new row gets the next that is free."""
    rows = [(group, n) for group in ("check", "item") for n, _ in _rows(form, group)]
    given = {(group, n): _line(form, f"{group}-{n}-key") for group, n in rows}
    free = (f"row_{n}" for n in count(1) if f"row_{n}" not in given.values())
    return {row: key or next(free) for row, key in given.items()}


def _line(form: Form, name: str) -> str:
    return " ".join(form.get(name, "").replace("\x00", "").split())


def _whole(text: str) -> int | str:
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 4 else text


def _number(text: str, *, as_money: bool) -> str:
    """Points as they stand; yuan as fen. What is no number stays and is refused by name."""
    if as_money:
        try:
            return str(parse_yuan(text))
        except Refused:
            return text or "-"
    return text or "-"


def _shown(text: str, *, as_money: bool) -> str:
    if text == "-":
        return ""
    return yuan_input(int(text)) if as_money and text.isdecimal() else text
