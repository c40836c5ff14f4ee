"""The signed PDF record: the frozen facts laid out, sealed by the centre, logged, kept as a blob.

条例 44, 20号令 30: who bid, what was read out, objected and answered; hashes to check it by.
"""

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from kernel import log
from kernel.clock import installation
from kernel.house import Call
from kernel.identity.authority import Authority
from kernel.identity.certificates import centre_seal
from kernel.pdf import signing
from kernel.pdf.document import render
from kernel.pdf.record import (
    Align,
    Amount,
    Block,
    Cell,
    Checks,
    Column,
    Digest,
    Fact,
    Mono,
    Paragraph,
    Record,
    Section,
    Signature,
    Span,
    Table,
)
from kernel.pure import jcs
from kernel.pure.money import format_yuan
from trading.openings import hall as halls
from trading.openings.hall import Hall
from trading.openings.models import RecordRow
from trading.openings.states import CAUSES, Answer, BidState, Kind
from trading.openings.states import Fact as Happened
from trading.openings.stream import CAUSE_WORDS, SHANGHAI, clock

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


def issue(call: Call, authority: Authority, lot_id: UUID) -> None:
    """Issue the record once; a second call changes nothing."""
    hall = halls.enter(call.session, lot_id, call.now)
    if call.session.get(RecordRow, lot_id) is not None:
        return
    row = hall.row
    if row.facts is None or row.facts_hash is None or row.finished_at is None:
        return
    if row.facts_leaf and log.entry(call.session, row.facts_leaf) is None:
        # The record names the number of its own facts in the log.
        log.sequence(call.session, call.house.keys)
    rendered = render(_record(call, hall))
    seal = centre_seal(call.session, authority, organisation_id=hall.lot.centre_id, now=call.now)
    pdf = signing.apply_seal(rendered, seal=seal, at=call.now, reason="开标记录")
    digest = sha256(pdf).digest()
    leaf = log.append(
        call.session,
        "record",
        {"lot": str(lot_id), "facts": row.facts_hash.hex(), "pdf": digest.hex()},
    )
    call.session.add(
        RecordRow(
            lot_id=lot_id,
            facts_hash=row.facts_hash,
            pdf_hash=digest,
            blob_key=call.house.blobs.put([pdf]),
            pages=rendered.pages,
            leaf_id=leaf,
            issued_at=call.now,
        )
    )
    call.session.flush()
    told = {
        "facts_hash": row.facts_hash,
        "pdf_hash": digest,
        "url": f"/lots/{lot_id}/record",
        "log_leaf": str(leaf),
    }
    halls.say(hall, Happened(Kind.RECORD_ISSUED), {Kind.RECORD_ISSUED: told})


def _record(call: Call, hall: Hall) -> Record:
    row = hall.row
    told: dict[str, Any] = jcs.parse(row.facts or b"{}")  # type: ignore[assignment]
    entry = log.entry(call.session, row.facts_leaf) if row.facts_leaf else None
    settings = call.house.settings
    digest = row.facts_hash or b""
    return Record(
        title="开标记录",
        subtitle=told["lot"]["name"],
        centre=settings.centre_name,
        number=told["lot"]["number"],
        at=row.finished_at or call.now,
        facts=_facts(told),
        sections=(
            Section(None, (_prices(told["bids"]),)),
            Section("一、经过", (_course(told),)),
            Section("二、未能开启与未予采用", _failures(told)),
            Section("三、现场异议与答复", _objections(told["bids"])),
            Section("四、参数抽取", (Paragraph("本标段的采购文件没有规定抽取参数。"),)),
            Section("五、核验", _checks(told)),
        ),
        signatures=_signatures(told, settings.centre_name, row.finished_at or call.now),
        check_url=f"{settings.public_url}/check/{digest.hex()}",
        record_hash=digest,
        log_number=entry.index if entry else None,
        foot_note="扫码或把本文件拖到验证页，断网也能核验。",
        demo=installation(call.session).demo,
    )


def _facts(told: Mapping[str, Any]) -> tuple[Fact, ...]:
    lot, bids = told["lot"], told["bids"]
    opened = sum(bid["state"] == BidState.OPENED.value for bid in bids)
    ceiling = lot["ceiling_fen"]
    return (
        Fact("项目", lot["project"], wide=True),
        Fact("招标人", lot["tenderee"]),
        Fact("招标代理", lot["agency"]),
        Fact("开标时间", _moment(told["deadline"])),
        Fact("方式", "不见面开标"),
        Fact("最高投标限价", "未设" if ceiling is None else format_yuan(ceiling)),
        Fact("收到", f"{told['received']} 份，名单 {len(bids)} 家，开启 {opened} 家"),
        Fact("规则集", lot["rule_set"]),
        Fact("结束时间", _moment(told["closed_at"])),
    )


def _prices(bids: list[Mapping[str, Any]]) -> Table:
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


def _course(told: Mapping[str, Any]) -> Table:
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
        ends = _clock(window["until"])
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
    if signed := told["openings_signature"]:
        rows.append((signed["at"], f"{signed['signer']}签署开启清单", "开标规则"))
    rows.append((told["closed_at"], "开标结束", "条例 44"))
    ordered = sorted(rows, key=lambda row: datetime.fromisoformat(row[0]))
    return Table(
        (Column("号", 0.6), Column("时间", 1.6), Column("事项", 8.5), Column("依据", 1.8)),
        tuple(
            (str(number), Mono(_clock_ms(at)), text, source)
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


def _failures(told: Mapping[str, Any]) -> tuple[Block, ...]:
    lines = [
        f"{bid['seat']:02d} 席{bid['organisation']}：{_why(bid)}。"
        for bid in told["bids"]
        if bid["code"]
    ]
    lines += [
        f"{late['organisation']}较早的一份由其最后一份取代，未开启。指纹 {late['commitment'][:16]}…"
        for late in told["superseded"]
    ]
    lines += [
        f"受托人{each['name']} {_clock(each['at'])} 的份额与登记的指纹不符，未予采用。"
        for each in told["refused_releases"]
    ]
    lines += [
        f"受托人{each['name']} {_clock(each['at'])} 不释放{TRUSTEE_STAGES[each['release']]}。"
        f"理由：{each['reason']}"
        for each in told["declined_releases"]
    ]
    return (Paragraph("\n".join(lines) if lines else "无。"),)


def _objections(bids: list[Mapping[str, Any]]) -> tuple[Block, ...]:
    lines = []
    for bid in bids:
        if not bid["objection"]:
            continue
        lines.append(
            f"{bid['organisation']}于 {_clock(bid['answered_at'])} 提出：{bid['objection']}"
        )
        lines.append(f"招标人 {_clock(bid['replied_at'])} 当场答复：{bid['reply']}")
    return (Paragraph("\n".join(lines) if lines else "无异议。"),)


def _checks(told: Mapping[str, Any]) -> tuple[Block, ...]:
    bids = told["bids"]
    matched = sum(bool(bid["matched"]) for bid in bids)
    return (
        Checks(
            (
                f"截止检查点 {told['close']['size']:,} 片叶",
                "受托人份额与登记的指纹相符",
                f"{matched} 家开启内容与截止前登记的指纹一致",
                "唱标内容取自开启的投标文件",
            )
        ),
        Digest("截止检查点根", bytes.fromhex(told["close"]["root"])),
        Digest("截止清单", bytes.fromhex(told["manifest"])),
        Digest("唱标表", bytes.fromhex(told["read_out"])),
    )


def _signatures(told: Mapping[str, Any], centre: str, at: datetime) -> tuple[Signature, ...]:
    signed = told["openings_signature"]
    agency = (
        Signature(
            signed["signer"],
            "招标代理（开启清单）",
            datetime.fromisoformat(signed["at"]),
            signed["certificate_tail"],
        )
        if signed
        else Signature(told["lot"]["agency"], "招标代理")
    )
    return (agency, Signature(centre, "交易中心", at))


def _moment(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at.year} 年 {at.month} 月 {at.day} 日 {at:%H:%M:%S}"


def _clock(text: str | None) -> str:
    return clock(datetime.fromisoformat(text)) if text else "—"


def _clock_ms(text: str) -> str:
    at = datetime.fromisoformat(text).astimezone(SHANGHAI)
    return f"{at:%H:%M:%S}.{at.microsecond // 1000:03d}"
