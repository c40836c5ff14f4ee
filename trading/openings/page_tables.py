"""Tables of a record: prices, course, failures, objections, draws, attendance, what was said."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from kernel.pdf.record import (
    Align,
    Amount,
    Block,
    Cell,
    Column,
    Mono,
    Paragraph,
    Span,
    Table,
)
from trading.openings.causes import CAUSES
from trading.openings.states import Answer, Party
from trading.openings.stream import CAUSE_WORDS, PAUSERS, SHANGHAI, clock, moment

TRUSTEE_STAGES = {1: "名单份额", 2: "报价份额"}
VIA_WORDS = {
    "bid_key": "投标密钥",
    "recovery": "投标恢复码",
    "rescue": "救援小组",
    "committee": "不设投标人锁",
}
PURPOSES = {"decryption": "投标人解密", "confirmation": "确认记录"}
ANSWERS = {Answer.AGREED.value: "签名", Answer.OBJECTED.value: "异议", Answer.DEEMED.value: "视同"}
CODE_WORDS = {CAUSES[cause].code: words for cause, words in CAUSE_WORDS.items()}

Told = Mapping[str, Any]


def clock_of(text: str | None) -> str:
    """09:30:00 of an ISO time; a dash for none."""
    return clock(datetime.fromisoformat(text)) if text else "—"


def clock_ms(text: str) -> str:
    """09:30:00.000 of an ISO time."""
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"


def prices(bids: list[Mapping[str, Any]]) -> Table:
    columns = (
        Column("序", 0.6),
        Column("投标人", 3.6),
        Column("投标报价（元）", 3.6, Align.RIGHT),
        Column("工期", 1.0),
        Column("质量", 1.0),
        Column("项目负责人", 1.5),
        Column("保证金", 1.5),
        Column("确认", 0.9),
    )
    return Table(columns, tuple(_price_row(bid) for bid in bids))


def _price_row(bid: Mapping[str, Any]) -> tuple[Cell, ...]:
    head: tuple[Cell, ...] = (str(bid["seat"]), bid["organisation"])
    answer = ANSWERS.get(bid["answer"] or "", "—")
    tail: tuple[Cell, ...] = (_deposit(bid), answer)
    offer = bid["offer"]
    if offer is None:
        return (*head, Span(_why(bid), 4), *tail)
    days = f"{offer['duration_days']} 天" if offer["duration_days"] else "—"
    quality = offer["quality"] or "—"
    if offer["above_ceiling"]:
        quality = f"{quality}（高于限价）"
    manager = offer["manager"] or "—"
    return (*head, Amount(offer["price_fen"]), days, quality, manager, *tail)


def _evidence(bid: Mapping[str, Any], attempts: list[Mapping[str, Any]]) -> str:
    """What the log holds of a bid that was not opened."""
    tried = [each for each in attempts if each["seat"] == bid["seat"] and each["code"]]
    codes = "、".join(f"{clock_of(each['at'])} {each['code']}" for each in tried)
    signed_in = "已签到" if bid["attended"] else "未签到"
    told = f"登记的解密尝试 {len(tried)} 次（{codes}）" if tried else "没有登记的解密尝试"
    return f"{signed_in}，{told}，封标指纹 {bid['commitment'][:16]}…"


def _why(bid: Mapping[str, Any]) -> str:
    return f"{CODE_WORDS.get(bid['code'] or '', '未开启')}（{bid['code'] or '—'}）"


SECURED: Mapping[str, str] = {
    **dict.fromkeys(("ok", "over", "split"), "到账"),
    "guaranteed": "保函有效",
    "not_asked": "不要求",
}


def _deposit(bid: Mapping[str, Any]) -> str:
    found = bid["deposit"]
    return SECURED.get(found["outcome"], "不符") if found["finality"] == "final" else "待核实"


def course(told: Mapping[str, Any]) -> Table:
    rows: list[tuple[str, str, str]] = [
        (
            told["deadline"],
            f"投标截止，收到 {told['received']} 份，不少于 {told['floor']} 份",
            "法 28、34",
        )
    ]
    rows += [
        (each["at"], f"受托人{each['name']}释放{TRUSTEE_STAGES[each['release']]}", "开标规则")
        for each in told["releases"]
    ]
    for window in told["windows"]:
        reason = f"，{window['reason']}" if window["reason"] else ""
        ends = clock_of(window["until"])
        text = f"{PURPOSES[window['purpose']]}窗口开放至 {ends}{reason}"
        rows.append((window["opens_at"], text, "20号令 30"))
    rows += [
        (bid["unlocked_at"], _unlocked(bid), "20号令 30")
        for bid in told["bids"]
        if bid["unlocked_at"]
    ]
    rows += [
        (each["at"], _attempt(each), "20号令 30")
        for each in told["attempts"]
        if each["code"] or each["member"] or each["via"] == "backup"
    ]
    rows += _orders(told)
    if signed := told["openings_signature"]:
        rows.append((signed["at"], f"{signed['signer']}签署开启清单", "开标规则"))
    rows.append((told["closed_at"], "开标结束", "条例 44"))
    ordered = sorted(rows, key=lambda row: datetime.fromisoformat(row[0]))
    return Table(
        (Column("号", 0.6), Column("时间", 1.6), Column("事项", 8.5), Column("依据", 1.8)),
        tuple(
            (str(number), Mono(clock_ms(at)), text, source)
            for number, (at, text, source) in enumerate(ordered, start=1)
        ),
    )


def _unlocked(bid: Mapping[str, Any]) -> str:
    return f"{bid['seat']:02d} 席{bid['organisation']}解密（{VIA_WORDS[bid['via']]}）"


def _attempt(attempt: Mapping[str, Any]) -> str:
    """A try that failed, or one member's share for a bid."""
    seat, code = f"{attempt['seat']:02d} 席", attempt["code"]
    if attempt["via"] == "backup":
        return f"{seat}以备份文件补回平台保存不全的密文，与登记的指纹一致"
    if attempt["member"] is None:
        return f"{seat}以{VIA_WORDS[attempt['via']]}解密未成功，代码 {code}"
    ending = f"的份额不符，未予采用，代码 {code}" if code else "放行"
    return f"救援小组第 {attempt['member']} 席为 {seat}{ending}"


def failures(told: Mapping[str, Any]) -> tuple[Block, ...]:
    lines = [
        f"{bid['seat']:02d} 席{bid['organisation']}：{_why(bid)}。"
        f"{_evidence(bid, told['attempts'])}"
        for bid in told["bids"]
        if bid["code"]
    ]
    lines += [
        f"{each['seat']:02d} 席的认定由监督人员作出，{clock_of(each['at'])}。理由：{each['reason']}"
        for each in told["failures"]
        if each["reason"]
    ]
    lines += [
        f"{late['organisation']}较早的一份由其最后一份取代，未开启。指纹 {late['commitment'][:16]}…"
        for late in told["superseded"]
    ]
    lines += [
        f"受托人{each['name']} {clock_of(each['at'])} 的份额与登记的指纹不符，未予采用。"
        for each in told["refused_releases"]
    ]
    lines += [
        f"受托人{each['name']} {clock_of(each['at'])} 不释放{TRUSTEE_STAGES[each['release']]}。"
        f"理由：{each['reason']}"
        for each in told["declined_releases"]
    ]
    return (Paragraph("\n".join(lines) if lines else "无。"),)


def _orders(told: Told) -> list[tuple[str, str, str]]:
    """Pauses and resumptions, the chair's hand-overs, what was announced."""
    rows: list[tuple[str, str, str]] = []
    for each in told["pauses"]:
        ends = each["resumes_at"]
        again = f"，宣布 {moment(datetime.fromisoformat(ends))} 恢复" if ends else ""
        who = PAUSERS[Party(each["by"])]
        rows.append((each["told_at"], f"{who}暂停开标，原因：{each['reason']}{again}", "开标规则"))
        if each["resumed_at"]:
            lifted = PAUSERS[Party(each["resumed_by"])]
            text = f"{lifted}恢复开标，窗口顺延"
            rows.append((each["resumed_at"], text, "开标规则"))
    for each in told["host_changes"]:
        rows.append((each["at"], host_change(each), "开标规则"))
    rows += [(each["at"], f"主持人播报：{each['text']}", "—") for each in told["announcements"]]
    return rows


def host_change(each: Told) -> str:
    """Who took the chair from whom."""
    reason = f"，原因：{each['reason']}" if each.get("reason") else ""
    return f"主持人由{_who(each.get('from'))}变更为{_who(each.get('to'))}{reason}"


def _who(told: Any) -> str:
    return str(told.get("name", "—")) if isinstance(told, Mapping) else str(told or "—")


def orders(told: Told) -> Block:
    """The course of a reconvened session."""
    if not any(told[name] for name in ("pauses", "host_changes", "announcements")):
        return Paragraph("无暂停、播报和主持人变更。")
    ordered = sorted(_orders(told), key=lambda row: datetime.fromisoformat(row[0]))
    rows = tuple((str(no), Mono(clock_ms(at)), text) for no, (at, text, _) in enumerate(ordered, 1))
    return Table((Column("号", 0.6), Column("时间", 1.6), Column("事项", 10.3)), rows)
