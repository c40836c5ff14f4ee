"""The order of the compared bids, and what set each behind the one before it. Pure.

87号令 57, 评标委员会和评标方法暂行规定 45: the documents say what decides between equals.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from evaluation.plans.rules import Tie
from evaluation.scoring.cases import Case
from evaluation.scoring.results import BidResult, Standing, TieDraw
from kernel.pure.draws import Draw, lot_seed


def rank(case: Case, bids: Sequence[BidResult]) -> tuple[tuple[Standing, ...], tuple[TieDraw, ...]]:
    """A total order: result, then the plan's ties, at last the draw; and the draws it took."""
    criteria = ("result", *(tie.value for tie in case.plan.ties if tie is not Tie.DRAW))
    keyed = {bid.commitment: _keys(bid, criteria) for bid in bids}
    groups: dict[tuple[Decimal, ...], list[BidResult]] = {}
    for bid in bids:
        groups.setdefault(keyed[bid.commitment], []).append(bid)
    standings: list[Standing] = []
    draws: list[TieDraw] = []
    before: tuple[Decimal, ...] | None = None
    for key in sorted(groups):
        group = groups[key]
        if len(group) > 1:
            draws.append(_draw(case, len(standings) + 1, group))
            group = sorted(group, key=lambda each: draws[-1].order.index(each.commitment))
        decided = _decided_by(criteria, before, key)
        for bid in group:
            place = Standing(len(standings) + 1, bid.number, bid.commitment, decided)
            standings.append(place)
            decided = Tie.DRAW.value
        before = key
    return tuple(standings), tuple(draws)


def _keys(bid: BidResult, criteria: Sequence[str]) -> tuple[Decimal, ...]:
    values: dict[str, Decimal] = {
        "result": -bid.total if bid.evaluated_fen is None else bid.total,
        Tie.PRICE.value: Decimal(bid.price_fen),
        Tie.TECHNICAL.value: -bid.technical.rounded,
    }
    return tuple(values[name] for name in criteria)


def _decided_by(
    criteria: Sequence[str], before: tuple[Decimal, ...] | None, key: tuple[Decimal, ...]
) -> str:
    if before is None:
        return criteria[0]
    pairs: Iterable[tuple[str, Any, Any]] = zip(criteria, before, key, strict=True)
    return next(name for name, earlier, own in pairs if earlier != own)


def _draw(case: Case, place: int, group: Sequence[BidResult]) -> TieDraw:
    name = f"ranking from {place}"
    opened = {bid.commitment: bid.draw_part for bid in case.bids if bid.draw_part is not None}
    parts = {**case.unopened, **opened}
    seed = lot_seed(lot=case.lot, name=name, close_root=case.close_root, draw_parts=parts)
    options = tuple(sorted(bid.commitment for bid in group))
    return TieDraw(name, seed, options, Draw(seed).shuffle(options))
