"""Compile and rank 20 bids × 40 items × 5 members, beside the same computation in plain floats.

The peer does what a quick script would: no intermediates kept, no exactness, no draw.
"""

import random
import time
from collections.abc import Callable
from decimal import Decimal
from hashlib import sha256
from statistics import median
from uuid import UUID

from evaluation.plans.defaults import CHECKS
from evaluation.plans.rules import Item, ItemKind, Method, Plan, Tie
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.rules import compile_results
from evaluation.scoring.sheets import Mark, Place, Sheet, SheetStage
from kernel.bench import Bar, Bench, Figure, Side
from kernel.pure.parameters import plain

BIDS, ITEMS, SEATS, TURNS = 20, 40, 5, 15
ROOM = UUID(int=1)
PLAN = Plan(
    method=Method.COMPREHENSIVE,
    checks=CHECKS,
    items=tuple(
        Item(
            f"item_{number}",
            f"评审项 {number}",
            "按招标文件",
            ItemKind.RANGE,
            Decimal("1.5"),
            Decimal("0.1"),
            objective=False,
        )
        for number in range(ITEMS)
    ),
    price_weight=Decimal(40),
    ties=(Tie.PRICE, Tie.TECHNICAL, Tie.DRAW),
    trim=True,
    rounding=2,
    candidates=3,
    seats=SEATS,
    avoidance_years=3,
    leader_rounds=3,
    abnormal_percent=30,
    floor=2,
)


def measure(_bench: Bench) -> list[Figure]:
    """Seconds from sheets to ranking, and to the digest of the record with all intermediates."""
    case, sheets = _case()
    assert [s.number for s in compile_results(case, sheets).standings] == _loop(case, sheets)
    ours = _median(lambda: compile_results(case, sheets))
    whole = _median(lambda: compile_results(case, sheets).digest())
    peer = _median(lambda: _loop(case, sheets))
    bar = Bar(Side.AT_MOST, 0.1, on_ratio=False)
    name = f"compile and rank {BIDS} bids × {ITEMS} items × {SEATS} members"
    return [
        Figure(name, ours, "s", bar, peer="plain floats", peer_value=peer),
        Figure(f"{name}, record and digest", whole, "s", bar, "plain floats", peer),
    ]


def _case() -> tuple[Case, list[Sheet]]:
    fair = random.Random(7)  # noqa: S311 - the same case each time
    bids = tuple(
        Entry(n, _hash(n), fair.randrange(400_000_000, 480_000_000), _hash(-n))
        for n in range(1, BIDS + 1)
    )
    sheets = [
        Sheet(Place(ROOM, stage, seat, bid.commitment), _marks(stage, fair))
        for stage in SheetStage
        for seat in range(1, SEATS + 1)
        for bid in bids
    ]
    return Case(str(ROOM), _hash(0), None, PLAN, bids), sheets


def _marks(stage: SheetStage, fair: random.Random) -> dict[str, Mark]:
    if stage is SheetStage.QUALIFICATION:
        return {check.key: Mark("pass", "") for check in PLAN.checks}
    return {item.key: Mark(plain(item.step * fair.randrange(8, 16)), "") for item in PLAN.items}


def _hash(number: int) -> bytes:
    return sha256(str(number).encode()).digest()


def _loop(case: Case, sheets: list[Sheet]) -> list[int]:
    totals: dict[bytes, list[float]] = {}
    failed: dict[bytes, int] = {}
    for sheet in sheets:
        bid = sheet.place.bid
        if sheet.place.stage is SheetStage.QUALIFICATION:
            failed[bid] = failed.get(bid, 0) + sum(m.value == "fail" for m in sheet.marks.values())
            continue
        totals.setdefault(bid, []).append(sum(float(m.value) for m in sheet.marks.values()))
    base = min(bid.price_fen for bid in case.bids if failed[bid.commitment] < SEATS)
    scores = []
    for entry in case.bids:
        kept = sorted(totals[entry.commitment])[1:-1]
        price = round(base / entry.price_fen * 40, 2)
        scores.append((-(round(sum(kept) / len(kept), 2) + price), entry.price_fen, entry.number))
    return [number for _, _, number in sorted(scores)]


def _median(act: Callable[[], object]) -> float:
    spent = []
    for _ in range(TURNS):
        began = time.perf_counter()
        act()
        spent.append(time.perf_counter() - began)
    return median(spent)
