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
    Digest,
    Mono,
    Paragraph,
    Span,
    Table,
)
from trading.openings.states import CAUSES, Answer, Party, Stage
from trading.openings.stream import CAUSE_WORDS, PAUSERS, SHANGHAI, STAGE_NAMES, clock, moment

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


def _why(bid: Mapping[str, Any]) -> str:
    return f"{CODE_WORDS.get(bid['code'] or '', '未开启')}（{bid['code'] or '—'}）"


def _deposit(bid: Mapping[str, Any]) -> str:
    if bid["deposit"]["finality"] != "final":
        return "待核实"
    return "到账" if bid["deposit"]["outcome"] in {"ok", "over", "split"} else "不符"


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


def orders(told: Told) -> Table:
    """The course of a reconvened session."""
    ordered = sorted(_orders(told), key=lambda row: datetime.fromisoformat(row[0]))
    rows = tuple((str(no), Mono(clock_ms(at)), text) for no, (at, text, _) in enumerate(ordered, 1))
    return Table((Column("号", 0.6), Column("时间", 1.6), Column("事项", 10.3)), rows)


def objections(told: Told, names: Mapping[int, str]) -> tuple[Block, ...]:
    """Each objection with its answer, when, in which stage, and the hashes of what was attached."""
    if not told["objections"]:
        return (Paragraph("无异议。"),)
    blocks: list[Block] = []
    for each in told["objections"]:
        stage = STAGE_NAMES[Stage(each["stage"])]
        head = (
            f"第 {each['no']} 号　{each['seat']:02d} 席{names[each['seat']]}"
            f"于 {clock_of(each['at'])}（{stage}）提出：{each['text']}"
        )
        blocks += [Paragraph(head), *_attached(each["attachments"])]
        if each["reply"] is None:
            blocks.append(Paragraph("未答复。"))
            continue
        by = each["replied_by"] or "招标人"
        reply = f"{by} {clock_of(each['replied_at'])} 当场答复：{each['reply']}"
        blocks += [Paragraph(reply), *_attached(each["reply_attachments"])]
    return tuple(blocks)


def _attached(files: list[Told]) -> list[Block]:
    return [
        Digest(f"附件 {each['name']}（{_size(each['size'])}）", bytes.fromhex(each["sha256"]))
        for each in files
    ]


def _size(count: int) -> str:
    return f"{count / 1024:,.0f} KiB" if count >= 1024 else f"{count} B"


def draws(told: Told, names: Mapping[str, str]) -> tuple[Block, ...]:
    """Each draw with what it was among, what it gave and its seed; `names` by commitment."""
    drawn = told["draws"]["drawn"]
    if not drawn:
        return (Paragraph("本标段的采购文件没有规定抽取参数。"),)
    parts = told["draws"]["parts"]
    given = sum(part["part"] is not None for part in parts)
    blocks: list[Block] = [
        Paragraph(
            f"输入为截止检查点的根和名单上 {len(parts)} 份投标封标时各自密封的抽取数，"
            f"已揭示 {given} 份。任何人可用本记录的机读文件重算。"
        )
    ]
    for each in drawn:
        options = "、".join(names.get(option, option) for option in each["options"])
        title, value = each["parameter"]["title"], each["value"]
        if value is None:
            blocks.append(Paragraph(f"{title}：没有可以抽取的投标，不抽取。"))
            continue
        text = f"{clock_of(each['at'])} {title}：在 {options} 中抽得 {names.get(value, value)}。"
        blocks += [Paragraph(text), Digest("种子", bytes.fromhex(each["seed"]))]
    return tuple(blocks)


def attendance(told: Told) -> tuple[Block, ...]:
    """Who was there: bidders that signed in, officials, trustees, and who handed the chair on."""
    signed = "、".join(
        f"{each['seat']:02d} 席{each['organisation']}（{clock_of(each['at'])}）"
        for each in told["attendance"]
    )
    trustees = {each["trustee"]: each["name"] for each in told["releases"]}
    lines = [
        f"签到的投标人：{signed or '无'}。未签到不影响投标有效。",
        f"释放份额的受托人：{'、'.join(trustees.values()) or '无'}。",
    ]
    lines += [
        f"{each['title']}：{'、'.join(each['names'])}。" for each in told.get("officials", [])
    ]
    return (Paragraph("\n".join(lines)),)


def transcript(told: Told) -> tuple[Block, ...]:
    """What was written in the hall after the list; hidden words stay, with the reason."""
    said = told.get("transcript", [])
    if not said:
        return (Paragraph("无文字发言。"),)
    rows: list[tuple[Cell, ...]] = []
    for each in said:
        hidden = f"（已隐藏：{each['removed']}）" if each.get("removed") else ""
        seat = f"{each['seat']:02d} 席" if each.get("seat") else ""
        name = f"{seat}{each['name']}"
        rows.append((str(each["no"]), Mono(clock_of(each["at"])), name, f"{each['text']}{hidden}"))
    columns = (Column("号", 0.6), Column("时间", 1.3), Column("发言人", 3.2), Column("内容", 7.4))
    return (Table(columns, tuple(rows)),)


def recordings(told: Told) -> tuple[Block, ...]:
    """Pictures and sound of the session by hash."""
    found = told.get("recordings", [])
    return tuple(
        Digest(f"录像 {each.get('name', each.get('no', ''))}", bytes.fromhex(each["sha256"]))
        for each in found
    )
