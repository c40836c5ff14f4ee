"""What was said and who was there, for a record: objections, draws, attendance, transcript."""

from collections.abc import Mapping

from kernel.pdf.record import Block, Cell, Column, Digest, Mono, Paragraph, Table
from trading.openings.page_tables import Told, clock_of, host_change
from trading.openings.states import Stage
from trading.openings.stream import STAGE_NAMES

OFFICES = {
    "host": "主持人",
    "deputy": "副主持人",
    "supervisor": "监督人员",
    "witness": "交易中心",
}


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
        ),
        _parts(parts, names),
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


def _parts(parts: list[Told], names: Mapping[str, str]) -> Table:
    """What went into every draw, in the order it enters the seed."""
    return Table(
        (Column("投标人", 4.5), Column("封标时投入的数", 8.5)),
        tuple(
            (names[each["commitment"]], Mono(each["part"]) if each["part"] else "未能还原，不计入")
            for each in parts
        ),
    )


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
        *_officials(told),
        *(f"{clock_of(each['at'])} {host_change(each)}。" for each in told["host_changes"]),
    ]
    return (Paragraph("\n".join(lines)),)


def _officials(told: Told) -> list[str]:
    found: dict[str, list[str]] = {}
    for each in told["officials"]:
        title = OFFICES.get(each["role"], each["role"])
        who = f"{each['name']}（{each['organisation']}，{clock_of(each['at'])} 到场）"
        found.setdefault(title, []).append(who)
    return [f"{title}：{'、'.join(names)}。" for title, names in found.items()]


def transcript(told: Told) -> tuple[Block, ...]:
    """What was written in the hall after the list; hidden words stay, with the reason."""
    rows = [_line(each) for each in told["transcript"]]
    if not rows:
        return (Paragraph("无文字发言。"),)
    columns = (Column("号", 0.6), Column("时间", 1.3), Column("发言人", 3.2), Column("内容", 7.4))
    return (Table(columns, tuple(rows)),)


def _line(each: Told) -> tuple[Cell, ...]:
    at = Mono(clock_of(each["at"]))
    if each["kind"] != "chat_said":
        words = "禁言" if each["kind"] == "chat_muted" else "解除禁言"
        whom = f"{each['seat']:02d} 席" if each.get("seat") else "全体"
        reason = f"，原因：{each['reason']}" if each.get("reason") else ""
        return ("—", at, each["by"], f"{whom}{words}{reason}")
    hidden = f"（已移除，原因：{each['removed']}）" if each["removed"] else ""
    seat = f"{each['seat']:02d} 席" if each.get("seat") else ""
    return (str(each["no"]), at, f"{seat}{each['name']}", f"{each['text']}{hidden}")


def recordings(told: Told) -> tuple[Block, ...]:
    """Pictures and sound of the session, each by the root of its parts."""
    return tuple(
        Digest(f"录像 {number}，{each['parts']} 段", bytes.fromhex(each["root"]))
        for number, each in enumerate(told["recordings"], 1)
        if each["root"]
    )
