"""The door of evaluation: everything that trading may ask of it, besides its events."""

from typing import Any

from evaluation.plans import checking
from evaluation.plans.defaults import default_plan as _default
from evaluation.plans.rules import Method

__all__ = ["check_plan", "default_plan"]


def check_plan(value: object) -> dict[str, Any]:
    """Every fault of a plan's JSON at once, its sums and digest; see evaluation.plans.checking."""
    return checking.check(value)


def default_plan(*, method: str, kind: str, estimate_fen: int, floor: int) -> dict[str, Any]:
    """The JSON of a whole, lawful plan for a kind of lot; `floor` is the rule set's.

    Raises ValueError for an unknown method, KeyError for an unknown kind.
    """
    return _default(Method(method), kind, estimate_fen=estimate_fen, floor=floor).to_json()
