"""A plan tried on made-up bids: what its formula makes of prices. Pure.

Nobody is marked: every bid gets full points, so that only prices tell bids apart.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from evaluation.plans.pricing import Synthesis
from evaluation.plans.rules import POINTED, Item, ItemKind, Plan
from evaluation.scoring import comparing
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.sheets import Mark, Place, Sheet, SheetStage
from kernel.pure.errors import Refused
from kernel.pure.parameters import plain

NOBODY = UUID(int=0)


def preview(plan: Plan, prices_fen: Sequence[int], *, ceiling_fen: int | None) -> dict[str, Any]:
    """What an editor shows beside the formula.

    {"base_fen", "benchmark": as in results or None, "assumed": {draw: value}, "bids": [{"number",
    "price_fen", "points": text or None, "total": text}]}.

    Of each draw the middle value is assumed, of a drawn bid the middle price; prices above the
    ceiling are left out. Raises Refused EVA-1305 when the formula needs a ceiling that is not set,
    EVA-1301 when no price is left.
    """
    bids = tuple(
        Entry(number, number.to_bytes(32, "big"), fen, None)
        for number, fen in enumerate(prices_fen, 1)
        if ceiling_fen is None or fen <= ceiling_fen
    )
    if not bids:
        raise Refused("EVA-1301", left=0, floor=1)
    assumed = _assumed(plan, bids)
    case = Case("", bytes(32), ceiling_fen, plan, bids, {}, assumed)
    judged = tuple(comparing.judged(plan, bid, (_full(plan, bid),)) for bid in bids)
    made = comparing.benchmark(case, judged)
    base = made.fen if made else min(each.price_fen for each in judged)
    found = [comparing.compared(plan, each, base_fen=base) for each in judged]
    numbers = {bid.commitment: bid.number for bid in bids}
    return {
        "base_fen": base,
        "benchmark": made.to_json(lambda each: numbers[each]) if made else None,
        "assumed": {name: value for name, value in assumed.items() if value is not None},
        "bids": [
            {
                "number": bid.number,
                "price_fen": bid.price_fen,
                "points": str(bid.price[1]) if bid.price else None,
                "total": str(bid.total),
            }
            for bid in found
        ],
    }


def _assumed(plan: Plan, bids: Sequence[Entry]) -> Mapping[str, str | None]:
    drawn: dict[str, str | None] = {
        each.name: plain(each.options[len(each.options) // 2]) if each.options else None
        for each in plan.draws
    }
    if plan.pricing and isinstance(plan.pricing.base, Synthesis):
        order = sorted(bids, key=lambda bid: bid.price_fen)
        drawn[plan.pricing.base.bid] = order[len(order) // 2].commitment.hex()
    return drawn


def _full(plan: Plan, bid: Entry) -> Sheet:
    place = Place(NOBODY, SheetStage.TECHNICAL, 1, bid.commitment)
    return Sheet(place, {item.key: Mark(_best(item), "") for item in plan.items})


def _best(item: Item) -> str:
    """The mark that gives every point and changes no price."""
    given = item.kind in POINTED and item.kind is not ItemKind.DEDUCTION
    return plain(item.maximum) if given else "0"
