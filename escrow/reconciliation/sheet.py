"""余额调节表 as a document of record: both balances, what lies between them, who has checked it."""

from hashlib import sha256
from typing import Any, Final

from escrow.banks.queries import master_of
from escrow.reconciliation.balances import Balances, Item
from escrow.reconciliation.day import Day
from escrow.reconciliation.models import DaySeal
from escrow.reconciliation.rules import BreakCode, Level
from kernel import log
from kernel.clock import installation
from kernel.house import Call
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
    Strong,
    Table,
)
from kernel.pure import jcs
from kernel.pure.errors import Refused

WORDS: Final = {
    BreakCode.NOT_BOOKED: "银行已记、平台未记",
    BreakCode.NOT_ON_STATEMENT: "平台已记、银行未记",
    BreakCode.DOUBLED: "同一流水号重复",
    BreakCode.AMOUNT_DIFFERS: "金额或方向不符",
    BreakCode.ACCOUNT_DIFFERS: "子账号不符",
    BreakCode.DAY_DIFFERS: "记账日期不符",
}
LEVELS: Final = {
    Level.REFERENCE: "按银行流水号（L1）",
    Level.END_TO_END: "按端到端编号（L2）",
    Level.UNIQUE: "按子账号和金额唯一（L3）",
}


def record_of(call: Call, one: Day) -> Record:
    """The sheet of a day. Refuses ESC-1509: no whole statement, or sums that may not be shown."""
    if one.sheet is None:
        raise Refused("ESC-1509", day=one.day.isoformat())
    master = master_of(call.session, one.bank.id)
    settings = call.house.settings
    said = _said(one, one.sheet)
    return Record(
        title="银行存款余额调节表",
        subtitle=f"{one.bank.name}　{one.day.isoformat()}",
        centre=settings.centre_name,
        number=f"{one.bank.code.upper()}-{one.day:%Y%m%d}",
        at=one.seal.closed_at if one.seal else call.now,
        facts=(
            Fact("开户银行", one.bank.name),
            Fact("账号", master.number),
            Fact("户名", master.name, wide=True),
            Fact("截止日期", f"{one.day.isoformat()} 日终"),
            Fact("日结", f"第 {one.seal.number} 日，已封存" if one.seal else "尚未日结"),
        ),
        sections=(
            Section("一、余额调节", (_balance(one.sheet),)),
            Section("二、未达账项", _items(one.sheet)),
            Section("三、逐笔核对", _checked(one)),
            *((Section("四、日结封存", _sealed(one.seal)),) if one.seal else ()),
        ),
        signatures=(
            Signature(one.seal.closed_name, "日结", one.seal.closed_at)
            if one.seal
            else Signature("", "制表"),
            Signature("", "复核"),
        ),
        check_url=f"{settings.public_url}/log",
        record_hash=sha256(jcs.canonical(said)).digest(),
        log_number=_log_number(call, one.seal),
        foot_note="封存后的日结根在公开日志里，任何人可以核对" if one.seal else "日结前的草表",
        demo=installation(call.session).demo,
        sealed=False,
    )


def _log_number(call: Call, seal: DaySeal | None) -> int | None:
    found = log.entry(call.session, seal.leaf_id) if seal else None
    return found.index if found else None


def _said(one: Day, sheet: Balances) -> dict[str, Any]:
    """What the sheet states, for its hash."""
    items = [
        [side, item.code.value, item.day.isoformat(), item.reference, str(item.signed_fen)]
        for side, told in (("bank", sheet.lines), ("ledger", sheet.bookings))
        for item in told
    ]
    return {
        "bank": one.bank.code,
        "day": one.day.isoformat(),
        "bank_fen": str(sheet.bank_fen),
        "ledger_fen": str(sheet.ledger_fen),
        "items": items,
        "root": one.seal.root.hex() if one.seal else None,
    }


def _balance(sheet: Balances) -> Table:
    """Both sides, row by row, each to its adjusted balance."""
    into, out = _split(sheet.bookings)
    came, left = _split(sheet.lines)
    rows: tuple[tuple[str, int, str, int], ...] = (
        ("银行对账单余额", sheet.bank_fen, "平台账银行存款余额", sheet.ledger_fen),
        ("加：平台已收、银行未收", into, "加：银行已收、平台未收", came),
        ("减：平台已付、银行未付", out, "减：银行已付、平台未付", left),
    )
    total = (
        Strong("调节后余额"),
        _amount(sheet.bank_adjusted_fen),
        Strong("调节后余额"),
        _amount(sheet.ledger_adjusted_fen),
    )
    cells: tuple[tuple[Cell, ...], ...] = tuple(
        (left_, _amount(a), right_, _amount(b)) for left_, a, right_, b in rows
    )
    return Table(
        (
            Column("银行方", 3.2),
            Column("金额（元）", 2.2, Align.RIGHT),
            Column("平台方", 3.2),
            Column("金额（元）", 2.2, Align.RIGHT),
        ),
        (*cells, total),
    )


def _split(items: tuple[Item, ...]) -> tuple[int, int]:
    into = sum(one.signed_fen for one in items if one.signed_fen > 0)
    return into, -sum(one.signed_fen for one in items if one.signed_fen < 0)


def _amount(fen: int) -> Cell:
    return Amount(fen, words=False)


def _items(sheet: Balances) -> tuple[Block, ...]:
    told = [("银行", one) for one in sheet.lines] + [("平台", one) for one in sheet.bookings]
    if not told:
        return (Paragraph("无。两方余额相符。"),)
    return (
        Table(
            (
                Column("记账方", 0.9),
                Column("日期", 1.4),
                Column("银行流水号", 2.6),
                Column("情况与处理", 3.4),
                Column("金额（元）", 1.8, Align.RIGHT),
            ),
            tuple(
                (
                    side,
                    Mono(one.day.isoformat()),
                    Mono(one.reference),
                    _case(one),
                    _amount(one.signed_fen),
                )
                for side, one in told
            ),
        ),
    )


def _case(one: Item) -> str:
    people = f"（{'、'.join(one.people)}）" if one.people else ""
    return f"{WORDS[one.code]}。{one.words}{people}" if one.words else WORDS[one.code]


def _checked(one: Day) -> tuple[Block, ...]:
    levels = one.levels or {}
    total = sum(levels.values())
    told = "，".join(f"{LEVELS[level]} {levels.get(level, 0)} 笔" for level in Level)
    agreed = "调节后两方余额相等" if one.balanced else "调节后两方余额不等，当日不能日结"
    return (
        Paragraph(f"对账单流水逐笔对上 {total} 笔：{told}。"),
        Checks(("对账单期初、发生额与期末相符，编号连续（L0）", agreed))
        if one.balanced
        else Paragraph(agreed + "。"),
    )


def _sealed(seal: DaySeal) -> tuple[Block, ...]:
    return (
        Paragraph("封存后当日不再入账；根覆盖对账单、逐笔结果、差异和全部分录。"),
        Digest("当日之根", bytes(seal.root)),
        Digest("前一日", bytes(seal.previous_hash)),
    )
