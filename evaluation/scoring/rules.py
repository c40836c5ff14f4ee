"""Qualification, compilation and ranking from the revealed sheets, exact and order-free. Pure.

条例 49, 51, 53; 评标委员会和评标方法暂行规定 29-35. The same inputs in any order give the same
bytes, so anyone with the bundle can recompute them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any

from evaluation.plans.rules import Method, Plan, Tie
from evaluation.scoring import sheets as forms
from evaluation.scoring.formulas import abnormal, consensus, half_up, price_points
from evaluation.scoring.results import (
    BidResult,
    Flag,
    MemberMarks,
    Results,
    Standing,
    TieDraw,
    Verdict,
    Vote,
)
from evaluation.scoring.sheets import Answer, Place, Sheet, SheetStage
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.errors import Refused

commitment = forms.commitment
"""Of a sheet's text; here because whoever checks a bundle knows only rules."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One bid as the opening left it; `draw_part` None when it could not be read."""

    number: int
    commitment: bytes
    price_fen: int
    draw_part: bytes | None


@dataclass(frozen=True, slots=True)
class Case:
    """What is evaluated: the plan, the bids, the ceiling, and what ties are drawn from.

    `lot` is the lot's reference as text, `close_root` 32 bytes of the close checkpoint. `unopened`
    has the draw parts of listed bids that were not opened, by commitment: whoever may choose not to
    decrypt must not choose what is drawn.
    """

    lot: str
    close_root: bytes
    ceiling_fen: int | None
    plan: Plan
    bids: tuple[Entry, ...]
    unopened: Mapping[bytes, bytes] = field(default_factory=dict)


def sheets_of(case: Case, texts: Iterable[bytes]) -> tuple[Sheet, ...]:
    """Canonical sheet texts read and judged, for whoever recomputes.

    Raises:
        Refused: EVA-1211 … EVA-1218 a sheet that must not count; EVA-1212 two of one place too.
    """
    known = {bid.commitment for bid in case.bids}
    found: dict[Place, Sheet] = {}
    for text in texts:
        sheet = forms.read(text)
        forms.judge(sheet, case.plan, sheet.place)
        if sheet.place in found or sheet.place.bid not in known:
            raise Refused("EVA-1212")
        found[sheet.place] = sheet
    return tuple(found.values())


def qualify(case: Case, sheets: Iterable[Sheet]) -> tuple[Verdict, ...]:
    """Which bids go on, by number: the majority on every check, and the ceiling."""
    by_bid = _by_bid(sheets, SheetStage.QUALIFICATION)
    return tuple(
        Verdict(
            number=bid.number,
            commitment=bid.commitment,
            votes=tuple(
                _vote(key, name, by_bid.get(bid.commitment, ())) for key, name in _checks(case.plan)
            ),
            over_ceiling_fen=_over(bid, case.ceiling_fen),
        )
        for bid in sorted(case.bids, key=lambda each: each.number)
    )


def admitted(case: Case, verdicts: Iterable[Verdict]) -> tuple[Entry, ...]:
    """The bids that are compared, by number."""
    passed = {verdict.commitment for verdict in verdicts if verdict.admitted}
    found = (bid for bid in case.bids if bid.commitment in passed)
    return tuple(sorted(found, key=lambda each: each.number))


def compile_results(case: Case, sheets: Iterable[Sheet]) -> Results:
    """Scores and ranking from all sheets of both stages.

    Raises:
        Refused: EVA-1301 fewer bids than may be ranked; EVA-1302 an admitted bid has no sheet.
    """
    sheets = tuple(sheets)
    verdicts = qualify(case, sheets)
    going_on = admitted(case, verdicts)
    if len(going_on) < max(case.plan.floor, 1):
        raise Refused("EVA-1301", left=len(going_on), floor=case.plan.floor)
    by_bid = _by_bid(sheets, SheetStage.TECHNICAL)
    base = min(bid.price_fen for bid in going_on)
    bids = tuple(
        _bid(case.plan, bid, by_bid.get(bid.commitment, ()), base_fen=base) for bid in going_on
    )
    standings, draws = rank(case, bids)
    return Results(
        method=case.plan.method,
        plan_digest=case.plan.digest(),
        verdicts=verdicts,
        base_fen=base,
        bids=bids,
        standings=standings,
        draws=draws,
        candidates=tuple(place.number for place in standings[: case.plan.candidates]),
    )


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


def _checks(plan: Plan) -> tuple[tuple[str, str], ...]:
    return tuple((check.key, check.name) for check in plan.checks)


def _by_bid(sheets: Iterable[Sheet], stage: SheetStage) -> Mapping[bytes, tuple[Sheet, ...]]:
    found: dict[bytes, list[Sheet]] = {}
    for sheet in sheets:
        if sheet.place.stage is stage:
            found.setdefault(sheet.place.bid, []).append(sheet)
    return {
        bid: tuple(sorted(group, key=lambda each: each.place.seat)) for bid, group in found.items()
    }


def _vote(key: str, name: str, sheets: Sequence[Sheet]) -> Vote:
    failing = [sheet for sheet in sheets if sheet.marks[key].value == Answer.FAIL]
    notes = tuple((sheet.place.seat, sheet.marks[key].note) for sheet in failing)
    return Vote(key, name, len(sheets) - len(failing), len(failing), notes)


def _over(bid: Entry, ceiling_fen: int | None) -> int | None:
    if ceiling_fen is None or bid.price_fen <= ceiling_fen:
        return None
    return bid.price_fen - ceiling_fen


def _bid(plan: Plan, bid: Entry, sheets: Sequence[Sheet], *, base_fen: int) -> BidResult:
    if not sheets and plan.items:
        raise Refused("EVA-1302", number=bid.number)
    members = tuple(_member(plan, sheet) for sheet in sheets)
    totals = [(member.seat, member.total) for member in members]
    made = partial(
        BidResult,
        number=bid.number,
        commitment=bid.commitment,
        price_fen=bid.price_fen,
        members=members,
        flags=_flags(plan, members),
    )
    if plan.method is Method.LOWEST_EVALUATED:
        added = consensus(totals, trim=plan.trim, places=0)
        evaluated = bid.price_fen + int(added.rounded)
        return made(technical=added, price=None, evaluated_fen=evaluated, total=Decimal(evaluated))
    technical = consensus(totals, trim=plan.trim, places=plan.rounding)
    exact = price_points(base_fen=base_fen, price_fen=bid.price_fen, weight=plan.price_weight)
    points = half_up(exact, plan.rounding)
    return made(
        technical=technical,
        price=(exact, points),
        evaluated_fen=None,
        total=technical.rounded + points,
    )


def _member(plan: Plan, sheet: Sheet) -> MemberMarks:
    marks = tuple((item.key, Decimal(sheet.marks[item.key].value)) for item in plan.items)
    return MemberMarks(sheet.place.seat, marks, sum((value for _, value in marks), Decimal(0)))


def _flags(plan: Plan, members: Sequence[MemberMarks]) -> tuple[Flag, ...]:
    totals = [(member.seat, member.total) for member in members]
    far = abnormal(totals, percent=plan.abnormal_percent)
    flags = [Flag("abnormal", seat, None, away) for seat, away in far.items()]
    for position, item in enumerate(plan.items):
        if item.objective and len({member.marks[position][1] for member in members}) > 1:
            flags.append(Flag("differs", None, item.key, None))
    return tuple(flags)


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
