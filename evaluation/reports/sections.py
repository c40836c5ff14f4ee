"""Who, where, when: the report's head, its candidates, its committee and its course (条例 53)."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from evaluation.plans.rules import Method, Plan
from evaluation.reports.naming import Names
from evaluation.reports.telling import clock, moment, stamp, yuan
from kernel.pdf.record import (
    Align,
    Amount,
    Block,
    Cell,
    Column,
    Fact,
    Mono,
    Paragraph,
    Strong,
    Table,
)

Facts = Mapping[str, Any]

METHODS: Final = {
    Method.COMPREHENSIVE: "综合评分法，低价优先",
    Method.LOWEST_EVALUATED: "经评审的最低投标价法",
}
STAGES: Final = {
    "drawing": "专家抽取",
    "inviting": "通知专家",
    "check_in": "签到与承诺",
    "election": "推选组长",
    "qualification": "资格审查",
    "technical": "技术评审",
    "price": "报价评审",
    "signing": "签署报告",
}
OUTS: Final = {
    "declined": "不能参加",
    "recused": "回避",
    "replaced": "更换",
}


def head(told: Facts, plan: Plan, names: Names) -> tuple[Fact, ...]:
    """The block under the title."""
    lot, result = told["lot"], told["result"]
    rejected = sum(not verdict["admitted"] for verdict in result["verdicts"])
    leader = next((m["seat"] for m in told["committee"] if m["leader"]), None)
    sites = "、".join(dict.fromkeys(member["site"] for member in told["committee"]))
    return (
        Fact("招标人", lot["tenderee"]),
        Fact("招标代理", lot["agency"]),
        Fact("评标开始", moment(told["stages"][0]["from"])),
        Fact("评审结束", moment(told["frozen_at"])),
        Fact("评标办法", METHODS[plan.method]),
        Fact("最高投标限价", "未设" if lot["ceiling_fen"] is None else yuan(lot["ceiling_fen"])),
        Fact("评标委员会", f"{len(told['committee'])} 人，{sites}", wide=True),
        Fact("组长", names.plain(leader) if leader else "—"),
        Fact("投标", f"{len(told['bids'])} 家，否决 {rejected} 家"),
        Fact("推荐候选人", f"{len(result['candidates'])} 名"),
    )


def candidates(told: Facts, names: Names) -> tuple[Block, ...]:
    """条例 53: not more than three, in order."""
    bids = {bid["number"]: bid for bid in told["bids"]}
    places = {place["number"]: place for place in told["result"]["ranking"]}
    rows: list[tuple[Cell, ...]] = []
    for number in told["result"]["candidates"]:
        place, bid = places[number], bids[number]
        total = place["total"] if names.points else yuan(place["total"])
        cells = (Strong(str(place["rank"])), bid["organisation"], Mono(bid["credit_code"]))
        rows.append((*cells, Amount(bid["price_fen"]), Strong(total)))
    columns = (
        Column("名次", 1.0),
        Column("中标候选人", 4.2),
        Column("统一社会信用代码", 3.3),
        Column("投标报价（元）", 5.2, Align.RIGHT),
        Column(
            "总分" if names.points else "评标价（元）", 1.6 if names.points else 2.8, Align.RIGHT
        ),
    )
    return (Table(columns, tuple(rows)),)


def committee(told: Facts, names: Names) -> tuple[Block, ...]:
    """Who sat, where, since when; who was asked and left."""
    rows = tuple(
        (
            f"{member['seat']:02d}",
            names.plain(member["seat"]) if names.people else "公示期不公开",
            names.employer(member["seat"]),
            member["site"],
            "组长" if member["leader"] else "成员",
            Mono(clock(member["checked_in_at"])),
            Mono(clock(member["pledged_at"])),
        )
        for member in told["committee"]
    )
    columns = (
        Column("席", 0.7),
        Column("姓名", 2.2),
        Column("工作单位", 4.4),
        Column("评标地点", 3.8),
        Column("职责", 1.1),
        Column("签到", 1.7),
        Column("承诺", 1.7),
    )
    lines = [_election(told, names), *_outs(told, names)]
    return (Table(columns, rows), Paragraph("\n".join(line for line in lines if line)))


def _election(told: Facts, names: Names) -> str:
    chosen = told["election"]
    if chosen is None:
        return ""
    name = names.member(chosen["seat"])
    if chosen["by"] == "draw":
        return f"组长推选 {chosen['round']} 轮票数相同，以可复算抽取产生：{name}。"
    return f"组长经第 {chosen['round']} 轮推选产生：{name}，{chosen['votes']} 票。"


def _outs(told: Facts, names: Names) -> Iterator[str]:
    for place, each in enumerate(told["outs"]):
        reason = names.reason(place)
        word = OUTS.get(each["kind"], each["kind"]) + (f"：{reason}" if reason else "")
        at, seat = moment(each["at"]), each["seat"]
        yield f"{at}　{seat:02d} 席原抽中专家{word}，由抽取顺序递补。"


def course(told: Facts) -> tuple[Block, ...]:
    """Stages and pauses in their order."""
    rows: list[tuple[str, str | None, str, str]] = [
        (each["from"], each["to"], STAGES.get(each["stage"], each["stage"]), "")
        for each in told["stages"]
    ]
    rows += [(each["from"], each["to"], "暂停", f"{each['reason']}") for each in told["pauses"]]
    columns = (
        Column("开始", 3.2),
        Column("结束", 3.2),
        Column("阶段", 2.4),
        Column("说明", 5.4),
    )
    cells = tuple(
        (Mono(stamp(start)), Mono(stamp(end)) if end else "—", name, note)
        for start, end, name, note in sorted(rows, key=lambda row: row[0])
    )
    return (Table(columns, cells),)
