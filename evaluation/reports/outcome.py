"""What came out, section by section: qualification, ranking, flags, checks (条例 51, 53)."""

from collections.abc import Mapping
from fractions import Fraction
from typing import Any, Final

from evaluation.plans.rules import Plan
from evaluation.reports.naming import Names
from evaluation.reports.score_tables import percent
from evaluation.reports.telling import yuan
from evaluation.scoring.formulas import half_up
from kernel.pdf.record import (
    Align,
    Amount,
    Block,
    Cell,
    Checks,
    Column,
    Digest,
    Paragraph,
    Strong,
    Table,
)
from kernel.pure.parameters import plain

Facts = Mapping[str, Any]

DECIDED: Final = {
    "result": "得分",
    "price": "得分相同，报价较低",
    "technical": "得分、报价相同，技术分较高",
    "draw": "抽取",
}

_FACTORS: Final = {"delta": "Δ"}


def qualification(told: Facts, plan: Plan) -> tuple[Block, ...]:
    """Each bid's votes by check, as passed to failed; then who was rejected and why (条例 51)."""
    bids = {bid["number"]: bid for bid in told["bids"]}
    columns = (
        Column("序", 0.6),
        Column("投标人", 4.4),
        *(Column(check.name, 1.3, Align.CENTRE) for check in plan.checks),
        Column("结论", 1.2),
    )
    rows = []
    for verdict in told["result"]["verdicts"]:
        votes = {vote["key"]: vote for vote in verdict["votes"]}
        cells = (_tally(votes[check.key]) for check in plan.checks)
        end: Cell = "通过" if verdict["admitted"] else Strong("否决")
        number = verdict["number"]
        rows.append((str(number), bids[number]["organisation"], *cells, end))
    lines = [
        f"{bids[v['number']]['organisation']}：{v['reason']}。"
        for v in told["result"]["verdicts"]
        if not v["admitted"]
    ]
    note = "每格为合格与不合格的票数，多数为准。"
    return (
        Table(columns, tuple(rows), dense=True),
        Paragraph("\n".join([note, *([] if not lines else ["否决投标", *lines])])),
    )


def _tally(vote: Facts) -> Cell:
    text = f"{vote['passed']} : {vote['failed']}"
    return Strong(text) if vote["failed"] > vote["passed"] else text


def scores(told: Facts, plan: Plan, names: Names) -> tuple[Block, ...]:
    """The ranking with what it is made of."""
    if names.points:
        return (_points_table(told), Paragraph(_formula(told, plan)))
    return (_price_table(told), Paragraph("评标价为投标报价与各项量化偏差加价之和，由低到高排序。"))


def _points_table(told: Facts) -> Table:
    bids, results, seats = _by_number(told)
    columns = (
        Column("名次", 0.9),
        Column("投标人", 4.6),
        *(Column(f"{seat:02d} 席", 1.25, Align.RIGHT) for seat in seats),
        Column("技术分", 1.4, Align.RIGHT),
        Column("投标报价（元）", 3.0, Align.RIGHT),
        Column("价格分", 1.4, Align.RIGHT),
        Column("总分", 1.4, Align.RIGHT),
    )
    rows: list[tuple[Cell, ...]] = []
    for place in told["result"]["ranking"]:
        bid = results[place["number"]]
        totals = {member["seat"]: member["total"] for member in bid["members"]}
        dropped = bid["technical"]["dropped"]
        marks = (f"({totals[s]})" if s in dropped else totals[s] for s in seats)
        rows.append(
            (
                Strong(str(place["rank"])),
                f"{place['number']}　{bids[place['number']]['organisation']}",
                *marks,
                bid["technical"]["rounded"],
                Amount(bid["price_fen"], words=False),
                bid["price"]["rounded"],
                Strong(bid["total"]),
            )
        )
    return Table(columns, tuple(rows), dense=True)


def _price_table(told: Facts) -> Table:
    bids, results, _ = _by_number(told)
    columns = (
        Column("名次", 0.9),
        Column("投标人", 5.4),
        Column("投标报价（元）", 3.4, Align.RIGHT),
        Column("加价（元）", 2.8, Align.RIGHT),
        Column("评标价（元）", 3.4, Align.RIGHT),
    )
    rows = tuple(
        (
            Strong(str(place["rank"])),
            f"{place['number']}　{bids[place['number']]['organisation']}",
            Amount(results[place["number"]]["price_fen"], words=False),
            yuan(results[place["number"]]["technical"]["rounded"]),
            Strong(yuan(results[place["number"]]["evaluated_fen"])),
        )
        for place in told["result"]["ranking"]
    )
    return Table(columns, rows, dense=True)


def _formula(told: Facts, plan: Plan) -> str:
    mean = "去掉一个最高分和一个最低分（括号内）后的平均分" if plan.trim else "各成员合计的平均分"
    formula = (
        f"技术分为{mean}；{_price_words(told, plan)}各保留 {plan.rounding} 位小数，四舍五入，"
        "总分为两者之和。"
    )
    lines = [formula]
    for place in told["result"]["ranking"]:
        if place["decided_by"] not in {"result"}:
            lines.append(f"第 {place['rank']} 名与前一名：{DECIDED[place['decided_by']]}。")
    return "\n".join(lines)


def _price_words(told: Facts, plan: Plan) -> str:
    """How price points came about: from the lowest price, or against the benchmark."""
    base, weight = yuan(told["result"]["base_fen"]), plain(plan.price_weight)
    if plan.pricing is None:
        return (
            f"价格分为评标基准价除以投标报价再乘以 {weight}；评标基准价 {base}，"
            "为通过资格审查的最低报价。"
        )
    made = told["result"]["benchmark"]
    steps = [f"{name} = {_money(value)}" for name, value in made["parts"].items()]
    steps += [
        f"{_FACTORS.get(name, name.upper())} = {value}" for name, value in made["factors"].items()
    ]
    left_out = [yuan(each["fen"]) for each in made["prices"] if not each["counts"]]
    steps += [f"求平均价时去掉 {'、'.join(left_out)}"] if left_out else []
    above, below, least = (
        plain(value) for value in (plan.pricing.above, plan.pricing.below, plan.pricing.least)
    )
    return (
        f"评标基准价 {base}（{'，'.join(steps)}）；价格分以 {weight} 分为满分，报价每高于基准价 1% "
        f"扣 {above} 分，每低 1% 扣 {below} 分，最低 {least} 分。"
    )


def _money(fraction: str) -> str:
    above, below = map(int, fraction.split("/"))
    return yuan(int(half_up(Fraction(above, below), 0)))


def flags(told: Facts, plan: Plan, names: Names) -> tuple[Block, ...]:
    """Marks far from the mean, and objective items on which members differ (87号令 64)."""
    bids = {bid["number"]: bid["organisation"] for bid in told["bids"]}
    items = {item.key: item.name for item in plan.items}
    lines = []
    for bid in told["result"]["bids"]:
        for flag in bid["flags"]:
            name = bids[bid["number"]]
            if flag["kind"] == "abnormal":
                away = percent(flag["away"])
                lines.append(f"{name}：{names.member(flag['seat'])}的合计偏离平均 {away}。")
            else:
                lines.append(f"{name}：客观项「{items[flag['key']]}」各成员评分不一致。")
    for reason in told["reasons"]:
        name = next(b["organisation"] for b in told["bids"] if b["commitment"] == reason["bid"])
        lines.append(f"{names.member(reason['seat'])}对{name}的说明：{reason['reason']}")
    for draw in told["result"]["draws"]:
        lines.append(f"{draw['name']}：结果相同，依开标抽取数复算，种子 {draw['seed'][:16]}…。")
    return (Paragraph("\n".join(lines) if lines else "无。"),)


def checks(told: Facts) -> tuple[Block, ...]:
    """What anyone can recompute, and by which digests."""
    count = len(told["sheets"])
    return (
        Checks(
            (
                f"专家从 {told['draw']['eligible']} 名中抽取，三方承诺后揭示，可复算",
                f"{count} 份评审表提交时即登记指纹，全部提交后同时揭示",
                "得分、排序由评审表按下列指纹的评标办法算出，可复算",
                "每份评审表和报告由签到时的证书签名",
            )
        ),
        Digest("评标办法", bytes.fromhex(told["plan_digest"])),
        Digest("抽取记录", bytes.fromhex(told["draw"]["record"])),
        Digest("抽取种子", bytes.fromhex(told["draw"]["seed"])),
        Digest("截止检查点根", bytes.fromhex(told["lot"]["close_root"])),
    )


def _by_number(told: Facts) -> tuple[dict[int, Facts], dict[int, Facts], list[int]]:
    bids = {bid["number"]: bid for bid in told["bids"]}
    results = {bid["number"]: bid for bid in told["result"]["bids"]}
    return bids, results, sorted(member["seat"] for member in told["committee"])
