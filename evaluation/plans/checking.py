"""The live check of a plan that is still being written: every fault at once, nothing raised."""

from typing import Any

from evaluation.plans import rules
from kernel.pure.errors import Refused
from kernel.pure.parameters import plain


def check(value: object) -> dict[str, Any]:
    """What an editor shows beside a plan.

    {"sound": bool, "technical", "price", "total": decimal text or None when unreadable, "digest":
    hex or None, "faults": [{"code", "facts"}]}.
    """
    try:
        plan = rules.parse_plan(value)
    except Refused as fault:
        nothing = dict.fromkeys(("technical", "price", "total", "digest"))
        return {"sound": False, **nothing, "faults": [_told(fault)]}
    found = rules.faults(plan)
    return {
        "sound": not found,
        "technical": plain(plan.technical_weight),
        "price": plain(plan.price_weight),
        "total": plain(plan.technical_weight + plan.price_weight),
        "digest": None if found else plan.digest().hex(),
        "faults": [_told(fault) for fault in found],
    }


def _told(fault: Refused) -> dict[str, Any]:
    return {"code": fault.code, "facts": {name: str(fact) for name, fact in fault.facts.items()}}
