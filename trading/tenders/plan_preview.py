"""A plan's formula tried on made-up prices while it is written: numbers before the notice binds.

Field: price-preview, prices in yuan; empty: four prices below the ceiling or the estimate.
"""

import re
from collections.abc import Mapping
from typing import Any

from evaluation.public import preview_plan
from kernel.format import yuan, yuan_input
from kernel.i18n import say
from kernel.pure.errors import Refused
from kernel.pure.money import parse_yuan
from kernel.web import explain
from trading.tenders.plans import COMPREHENSIVE, PlanJson

MOST = 30
FACTORS = {"delta": "Δ"}
_USUAL = (88, 91, 94, 97)
"""Percent of the ceiling, or of the estimate where there is none."""


def first_prices(form: Mapping[str, str]) -> str:
    """Prices to begin with, in yuan; empty while neither ceiling nor estimate can be read."""
    for name in ("ceiling", "estimate"):
        fen = _fen(form.get(name, ""))
        if fen:
            return "、".join(yuan_input(fen * share // 100) for share in _USUAL)
    return ""


def tried(plan: PlanJson, form: Mapping[str, str]) -> dict[str, Any] | None:
    """What the page shows beside the formula; None when there is nothing to try it on.

    {"base": yuan, "made": words, "rows": [{"price", "points", "share": 0 … 100}]} or {"fault"}.
    """
    text = form.get("price-preview", "").strip() or first_prices(form)
    prices = [_fen(each) for each in re.split(r"[\s，、;；]+", text) if each][:MOST]
    if plan["method"] != COMPREHENSIVE or not prices or None in prices:
        return None
    try:
        found = preview_plan(
            plan, [fen for fen in prices if fen], ceiling_fen=_fen(form.get("ceiling", ""))
        )
    except Refused as refused:
        # Faults of the plan stand beside its fields already.
        own = refused.code.startswith("EVA-13")
        return {"fault": explain(refused.code, **refused.facts).what} if own else None
    full = float(plan["price_weight"])
    return {
        "base": yuan(found["base_fen"]),
        "made": _made(found),
        "rows": [
            {
                "price": yuan(bid["price_fen"]),
                "points": bid["points"],
                "share": round(float(bid["points"]) / full * 100, 1),
            }
            for bid in found["bids"]
        ],
    }


def _made(found: Mapping[str, Any]) -> str:
    """Letters and assumed draws, as far as the formula has any."""
    benchmark = found["benchmark"]
    if benchmark is None:
        return ""
    letters = [
        f"{name} = {yuan(round(_ratio(value)))}" for name, value in benchmark["parts"].items()
    ]
    factors = [
        f"{FACTORS.get(name, name.upper())} = {value}"
        for name, value in benchmark["factors"].items()
    ]
    assumed = [say("抽取的参数取中间值")] if found["assumed"] else []
    return "，".join([*letters, *factors, *assumed])


def _ratio(text: str) -> float:
    above, below = text.split("/")
    return int(above) / int(below)


def _fen(text: str) -> int | None:
    try:
        return parse_yuan(text.strip()) if text.strip() else None
    except Refused:
        return None
