"""Believable facts of a report of any size, scored by the real rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from hashlib import sha256
from random import Random
from typing import Any
from uuid import UUID

from evaluation.plans.defaults import default_plan
from evaluation.plans.rules import Item, ItemKind, Method, Plan
from evaluation.reports.document import Setting, Signed
from evaluation.reports.rules import FORMAT, Answer, hidden_digest
from evaluation.scoring import rules as scoring
from evaluation.scoring.cases import Case, Entry
from evaluation.scoring.sheets import Mark, Place, Sheet, SheetStage
from kernel.pure import jcs
from kernel.pure.parameters import plain

AT = datetime(2026, 11, 24, 6, 0, tzinfo=UTC)
ROOM = UUID(int=7)
FIRMS = (
    "霁川水利建设集团有限公司",
    "云澜市第一水利工程有限公司",
    "禾屿河海建设有限公司",
    "东篱基础工程股份有限公司",
    "澄怀水务建设有限公司",
    "中垣建设第三工程有限公司",
    "瀚坪水电工程有限公司",
    "宁塬市政建设集团有限公司",
    "海晏疏浚工程有限公司",
    "衡岳路桥建设有限公司",
)
PEOPLE = (
    ("周砚秋", "云澜市水利勘测设计研究院有限公司"),
    ("陆知行", "宁塬大学土木工程学院"),
    ("许听澜", "东篱工程造价咨询有限公司"),
    ("顾长庚", "禾屿市建设工程质量监督站"),
    ("秦仲文", "澄怀工程管理有限公司"),
)
SITES = ("云澜市公共资源交易中心", "宁塬分中心")


def hidden() -> dict[str, Any]:
    """Names and reasons with their salts."""
    reason = "三年内曾在投标人衡岳路桥建设有限公司任职"
    return {"members": _people(), "outs": [{"seat": 3, "reason": reason, "salt": "00" * 32}]}


def _people() -> list[dict[str, Any]]:
    return [
        {
            "seat": seat,
            "name": name,
            "employer": employer,
            "employer_code": f"91320000{seat:010d}",
            "salt": sha256(bytes([seat])).hexdigest(),
        }
        for seat, (name, employer) in enumerate(PEOPLE, start=1)
    ]


def plan_of(items: int | None, method: Method = Method.COMPREHENSIVE) -> Plan:
    """The default plan for design, or one with so many items of one point and a half."""
    plan = default_plan(method, "survey_design", estimate_fen=80_000_000_00, floor=2)
    if items is None:
        return plan
    many = tuple(
        Item(
            f"item{n}",
            f"第 {n} 项评审因素与说明",
            "按招标文件。",
            ItemKind.RANGE,
            Decimal("1.5"),
            Decimal("0.1"),
            objective=False,
        )
        for n in range(1, items + 1)
    )
    return replace(plan, items=many, price_weight=Decimal(100) - Decimal("1.5") * items)


def facts(bids: int = 4, items: int | None = None, *, plan: Plan | None = None) -> dict[str, Any]:
    """The facts of a whole evaluation with `bids` bids; the last one fails a check."""
    plan = plan or plan_of(items)
    dice = Random(bids)
    entries = tuple(
        Entry(
            n, sha256(f"bid {n}".encode()).digest(), 78_000_000_00 + dice.randrange(9 * 10**8), None
        )
        for n in range(1, bids + 1)
    )
    case = Case(str(UUID(int=1)), bytes(32), 90_000_000_00, plan, entries)
    sheets = [
        Sheet(
            Place(ROOM, stage, seat, entry.commitment), _marks(plan, stage, entry, bids, dice, seat)
        )
        for entry in entries
        for seat in range(1, plan.seats + 1)
        for stage in SheetStage
        if stage is SheetStage.QUALIFICATION or entry.number < bids
    ]
    return {
        "format": FORMAT,
        "room": str(ROOM),
        "lot": {
            "ref": case.lot,
            "tender": str(UUID(int=2)),
            "number": "E3299012604178001001002",
            "title": "澜河东岸防洪排涝工程勘察设计（二标段）",
            "tenderee": "云澜市水利工程建设处",
            "agency": "云澜正和工程咨询有限公司",
            "centre": SITES[0],
            "ceiling_fen": case.ceiling_fen,
            "close_root": case.close_root.hex(),
        },
        "plan": plan.to_json(),
        "plan_digest": plan.digest().hex(),
        "draw": {
            "record": sha256(b"record").hexdigest(),
            "seed": sha256(b"seed").hexdigest(),
            "pool": 48,
            "eligible": 41,
        },
        "committee": [
            {
                "seat": each["seat"],
                "expert": sha256(each["name"].encode()).hexdigest(),
                "site": SITES[each["seat"] > 3],
                "key": "04" + "00" * 64,
                "member": hidden_digest(each).hex(),
                "leader": each["seat"] == 2,
                "checked_in_at": _at(30 + each["seat"]),
                "pledged_at": _at(33 + each["seat"]),
            }
            for each in _people()
        ],
        "outs": [
            {
                "seat": 3,
                "expert": "00" * 32,
                "kind": "recused",
                "reason": hidden_digest(hidden()["outs"][0]).hex(),
                "at": _at(37),
            }
        ],
        "election": {"seat": 2, "round": 1, "by": "votes", "votes": 4},
        "stages": [
            {"stage": stage, "from": _at(minutes), "to": _at(until)}
            for stage, minutes, until in (
                ("drawing", 0, 12),
                ("inviting", 12, 29),
                ("check_in", 29, 41),
                ("election", 41, 44),
                ("qualification", 44, 70),
                ("technical", 70, 160),
                ("price", 160, 166),
            )
        ],
        "pauses": [
            {
                "from": _at(80),
                "to": _at(84),
                "by": "supervisor",
                "reason": "副场网络中断，恢复后继续",
            }
        ],
        "unopened": [],
        "drawn": {},
        "bids": [
            {
                "number": e.number,
                "commitment": e.commitment.hex(),
                "organisation": FIRMS[(e.number - 1) % len(FIRMS)],
                "credit_code": f"91320000{e.number:010d}",
                "price_fen": e.price_fen,
                "draw_part": None,
            }
            for e in entries
        ],
        "sheets": [
            {
                "stage": s.place.stage.value,
                "seat": s.place.seat,
                "bid": s.place.bid.hex(),
                "commitment": sha256(repr(s.place).encode()).hexdigest(),
                "marks": {k: {"value": m.value, "note": m.note} for k, m in s.marks.items()},
            }
            for s in sheets
        ],
        "reasons": [
            {
                "seat": 4,
                "bid": entries[1].commitment.hex(),
                "reason": "其方案未满足汛期导流要求，维持评分",
            }
        ],
        "result": scoring.compile_results(case, sheets).to_json(),
        "frozen_at": _at(166),
    }


def _marks(
    plan: Plan, stage: SheetStage, entry: Entry, bids: int, dice: Random, seat: int
) -> dict[str, Mark]:
    if stage is SheetStage.QUALIFICATION:
        failing = {"similar"} if entry.number == bids and seat != 5 else set()
        return {
            c.key: Mark("fail", "所附合同为分包合同，不符合业绩要求")
            if c.key in failing
            else Mark("pass", "")
            for c in plan.checks
        }
    return {item.key: _mark(item, dice, entry, seat) for item in plan.items}


def _mark(item: Item, dice: Random, entry: Entry, seat: int) -> Mark:
    steps = int(item.maximum / item.step)
    low = 0 if seat == 4 and entry.number == 2 else steps // 2
    high = steps // 3 if seat == 4 and entry.number == 2 else steps
    value = item.step * (dice.randint(low, high) if not item.objective else steps // 2)
    note = "方案缺少汛期施工的导流安排" if low == 0 and item.key.endswith("scheme") else ""
    return Mark(plain(value), note)


def _at(minutes: int) -> str:
    return (AT + timedelta(minutes=minutes)).isoformat()


def answers() -> list[Signed]:
    """Three agree, one dissents, one refused without a reason."""
    opinion = (
        "第 2 名投标人的类似业绩应当按合同签订时间认定，本人认为该业绩超出近五年范围，"
        "客观项应少计 1 分，其总分因此低于第 3 名。理由：招标文件第三章第 2.2.4 条。"
    )
    given = (
        (1, Answer.AGREE, None, None, None),
        (2, Answer.AGREE, None, None, None),
        (3, Answer.DISSENT, opinion, None, None),
        (4, Answer.DEEMED, None, "监督人方静", "两次提示后离席，未提交书面意见"),
        (5, Answer.AGREE, None, None, None),
    )
    return [
        Signed(seat, answer, text, AT + timedelta(minutes=170 + seat), "5bca866a", by, why)
        for seat, answer, text, by, why in given
    ]


def setting(told: dict[str, Any]) -> Setting:
    """The sheet of paper of a demonstration."""
    digest = sha256(jcs.canonical(told)).digest()
    return Setting(
        centre=SITES[0],
        check_url=f"https://sunbid.example/check/{digest.hex()}",
        digest=digest,
        log_number=48_911,
        at=AT + timedelta(minutes=180),
        demo=True,
    )
