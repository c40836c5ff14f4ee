"""Cases for the scoring rules: a small plan, sheets from bare numbers."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from hashlib import sha256
from uuid import UUID

from evaluation.plans.rules import Check, Item, ItemKind, Method, Plan, Tie
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.sheets import Mark, Place, Sheet, SheetStage
from kernel.pure.parameters import plain

ROOM = UUID("018f0000-0000-7000-8000-000000000001")
LOT = "018f0000-0000-7000-8000-000000000002"
D = Decimal

PLAN = Plan(
    method=Method.COMPREHENSIVE,
    checks=(Check("licence", "营业执照", "有效。"), Check("quality", "资质", "满足。")),
    items=(
        Item("scheme", "方案", "好", ItemKind.RANGE, D(30), D("0.5"), objective=False),
        Item("team", "人员", "多", ItemKind.RANGE, D(30), D("0.5"), objective=True),
    ),
    price_weight=D(40),
    ties=(Tie.PRICE, Tie.TECHNICAL, Tie.DRAW),
    trim=False,
    rounding=2,
    candidates=3,
    seats=5,
    avoidance_years=3,
    leader_rounds=3,
    abnormal_percent=30,
    floor=2,
)
LOWEST = replace(
    PLAN,
    method=Method.LOWEST_EVALUATED,
    items=(
        Item("payment", "付款", "加", ItemKind.DEVIATION, D(50_000_000), D(1), objective=False),
        Item("period", "工期", "加", ItemKind.DEVIATION, D(50_000_000), D(1), objective=False),
    ),
    price_weight=D(100),
    ties=(Tie.PRICE, Tie.DRAW),
)


def digest(word: object) -> bytes:
    return sha256(str(word).encode()).digest()


def case(plan: Plan, prices: Sequence[int], *, ceiling_fen: int | None = None) -> Case:
    """Bids 1, 2, … at these prices."""
    bids = tuple(
        Entry(number, digest(number), fen, digest(f"part {number}"))
        for number, fen in enumerate(prices, 1)
    )
    return Case(LOT, digest("root"), ceiling_fen, plan, bids)


def place(stage: SheetStage, seat: int, number: int) -> Place:
    return Place(ROOM, stage, seat, digest(number))


def passing(case: Case, failing: Mapping[tuple[int, int], str] | None = None) -> list[Sheet]:
    """Qualification sheets of all seats; `failing` maps (number, seat) to the key failed."""
    return [
        Sheet(
            place(SheetStage.QUALIFICATION, seat, bid.number),
            {
                check.key: _answer(failing, bid.number, seat, check.key)
                for check in case.plan.checks
            },
        )
        for bid in case.bids
        for seat in range(1, case.plan.seats + 1)
    ]


def _answer(
    failing: Mapping[tuple[int, int], str] | None, number: int, seat: int, key: str
) -> Mark:
    failed = (failing or {}).get((number, seat)) == key
    return Mark("fail", "证书过期") if failed else Mark("pass", "")


def technical(case: Case, marks: Mapping[int, Sequence[Sequence[object]]]) -> list[Sheet]:
    """Technical sheets: bid number → one tuple of marks per seat, in the plan's order."""
    return [
        Sheet(
            place(SheetStage.TECHNICAL, seat, number),
            {
                item.key: Mark(plain(D(str(value))), "")
                for item, value in zip(case.plan.items, row, strict=True)
            },
        )
        for number, rows in marks.items()
        for seat, row in enumerate(rows, 1)
    ]
