"""A lot's evaluation plan on trading's side: its default, what is wrong with it, its words.

条例 49: what the tender documents do not say may not decide. The plan itself is evaluation's.
"""

from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

from evaluation.public import check_plan, default_plan
from kernel.format import yuan
from kernel.i18n import say
from kernel.pure.errors import Refused
from kernel.pure.parameters import BID
from kernel.pure.rule_sets import RuleSet
from trading.tenders import plan_draws, plan_pricing
from trading.tenders.rules import LotKind

COMPREHENSIVE = "comprehensive"
LOWEST = "lowest_evaluated"
METHODS = (COMPREHENSIVE, LOWEST)
TIES = ("price,technical,draw", "technical,price,draw", "price,draw", "draw")
PlanJson = dict[str, Any]


def default(
    rules: RuleSet, *, kind: LotKind, estimate_fen: int, method: str = COMPREHENSIVE
) -> PlanJson:
    """A whole, lawful plan of a method for a kind of lot, with the rule set's numbers."""
    plan = default_plan(
        method=method,
        kind=kind.value,
        estimate_fen=max(estimate_fen, 1),
        floor=rules.value("floor_after_decryption"),
    )
    return plan | {
        "seats": rules.value("committee_seats"),
        "candidates": rules.value("candidates"),
        "avoidance_years": rules.value("avoidance_years"),
        "leader_rounds": rules.value("leader_rounds"),
        "abnormal_percent": rules.value("abnormal_score_percent"),
    }


def check(plan: object) -> dict[str, Any]:
    """All faults at once, with the sums; the form of `evaluation.public.check_plan`."""
    return check_plan(plan)


def faults(plan: object) -> list[Refused]:
    """Everything that keeps a plan from being published (EVA-11xx); empty when it may be."""
    return [Refused(each["code"], **each["facts"]) for each in check(plan)["faults"]]


def needs_ceiling(plan: Mapping[str, Any]) -> bool:
    """Whether a draw's range or the benchmark follows from the ceiling price."""
    ranged = any(each["kind"] == BID for each in plan.get("draws", ()))
    return ranged or plan.get("pricing", {}).get("base", {}).get("kind") == "weighted"


def require_readable(plan: object) -> None:
    """Let a plan be kept as draft: whole, though perhaps not lawful yet. Raises EVA-1101."""
    for fault in faults(plan):
        if fault.code == "EVA-1101":
            raise fault


def method_word(method: str) -> str:
    """The method's name."""
    return {
        COMPREHENSIVE: say("综合评分法"),
        LOWEST: say("经评审的最低投标价法"),
    }.get(method, method)


def ties_word(ties: str) -> str:
    """What decides between equals, `ties` joined by commas."""
    return {
        "price,technical,draw": say("报价低者优先，再比技术分，仍相同的公开抽签"),
        "technical,price,draw": say("技术分高者优先，再比报价，仍相同的公开抽签"),
        "price,draw": say("报价低者优先，仍相同的公开抽签"),
        "draw": say("公开抽签"),
    }.get(ties, ties)


def shown(plan: Mapping[str, Any]) -> dict[str, Any]:
    """A stored plan as the public page and the notice tell it."""
    scored = plan["method"] == COMPREHENSIVE
    return {
        "method": method_word(plan["method"]),
        "scored": scored,
        "price": plan["price_weight"],
        "technical": _technical(plan),
        "formula": _formula(plan, scored=scored),
        "price_rule": _price_rule(plan),
        "ties": ties_word(",".join(plan["ties"])),
        "trim": plan["trim"],
        "candidates": plan["candidates"],
        "seats": plan["seats"],
        "rounding": plan["rounding"],
        "checks": plan["checks"],
        "items": [
            {**item, "most": item["maximum"] if scored else _money(item["maximum"])}
            for item in plan["items"]
        ],
        "draws": plan_draws.told(plan.get("draws", ())),
    }


def _formula(plan: Mapping[str, Any], *, scored: bool) -> str:
    if scored and "pricing" in plan:
        priced = plan_pricing.told(plan["pricing"], plan.get("draws", ()))
        return priced + say("；总分 = 技术分 + 价格分，从高到低排序")
    if scored:
        return say(
            "价格分 = 有效投标最低报价 ÷ 投标报价 × %(weight)s，保留 %(places)s 位小数；"
            "总分 = 技术分 + 价格分，从高到低排序",
            weight=plan["price_weight"],
            places=plan["rounding"],
        )
    return say("评标价 = 投标报价 + 各项偏差折价；评标价从低到高排序")


def _price_rule(plan: Mapping[str, Any]) -> str:
    """The price's line among the criteria."""
    if "pricing" in plan:
        return say("与评标基准价比较，按公式计算，不由评委打分。")
    return say("低价优先，按公式计算，不由评委打分。")


def _technical(plan: Mapping[str, Any]) -> str:
    return format(Decimal(100) - Decimal(plan["price_weight"]), "f")


def _money(fen: str) -> str:
    try:
        return yuan(int(Decimal(fen)))
    except InvalidOperation:
        return fen
