"""The statement of a sub-account as a document of record and as a table for spreadsheets."""

import csv
import io
from hashlib import sha256
from typing import Final

from escrow.disclosure.rules import SHANGHAI
from escrow.explorer.queries import AccountPage, natural_fen
from escrow.ledger.rules import JournalKind, Side
from kernel.clock import installation
from kernel.house import Call
from kernel.pdf.record import (
    Align,
    Amount,
    Cell,
    Column,
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
from kernel.pure.money import format_yuan, yuan_decimal

WORDS: Final = {
    JournalKind.CREDIT: "到账",
    JournalKind.REVERSAL: "银行冲正",
    JournalKind.REFUND_ORDERED: "退款指令",
    JournalKind.REFUND_FAILED: "退款被拒",
    JournalKind.REFUND_SETTLED: "退款已付",
    JournalKind.REFUND_RETURNED: "退款退汇",
    JournalKind.UNEXPLAINED_DEBIT: "不明付款",
    JournalKind.INTEREST_RECEIVED: "利息到账",
    JournalKind.FORFEIT_ORDERED: "不予退还",
    JournalKind.FORFEIT_FAILED: "不予退还被拒",
}
HEAD: Final = ("版本", "记账日", "发生时间", "事由", "凭证号", "借方", "贷方", "余额")


def csv_of(page: AccountPage) -> str:
    """Oldest first, amounts in yuan; begins with a mark by which spreadsheets know UTF-8."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(HEAD)
    for line in reversed(page.lines):
        entry, journal = line.entry, line.journal
        amount = str(yuan_decimal(entry.amount_fen))
        sides = (amount, "") if entry.side is Side.DEBIT else ("", amount)
        writer.writerow(
            (
                entry.account_version,
                journal.ledger_day.isoformat(),
                journal.occurred_at.astimezone(SHANGHAI).isoformat(sep=" ", timespec="seconds"),
                WORDS[journal.kind],
                _plain(journal.key),
                *sides,
                str(yuan_decimal(entry.balance_after)),
            )
        )
    return "\ufeff" + out.getvalue()


def record_of(call: Call, page: AccountPage) -> Record:
    """Every entry of the sub-account with the balance it left."""
    settings = call.house.settings
    balance = natural_fen(page.account)
    return Record(
        title="保证金子账号对账单",
        subtitle=f"{page.bank.name}　{page.number}",
        centre=settings.centre_name,
        number=f"{page.bank.code.upper()}-{page.number}-{page.account.version}",
        at=call.now,
        facts=(
            Fact("开户银行", page.bank.name),
            Fact("子账号", page.number or ""),
            Fact("分录数", str(page.account.version)),
            Fact("余额", format_yuan(balance)),
        ),
        sections=(
            Section("一、逐笔", (_table(page),) if page.lines else (Paragraph("没有分录。"),)),
        ),
        signatures=(Signature("", "制表"), Signature("", "复核")),
        check_url=f"{settings.public_url}/log",
        record_hash=sha256(jcs.canonical(_said(page))).digest(),
        log_number=None,
        foot_note="按账面逐笔列出，余额为每笔之后的余额",
        demo=installation(call.session).demo,
        sealed=False,
    )


def _table(page: AccountPage) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for line in reversed(page.lines):
        entry, journal = line.entry, line.journal
        amount: Cell = Amount(entry.amount_fen, words=False)
        debit, credit = (amount, "") if entry.side is Side.DEBIT else ("", amount)
        rows.append(
            (
                Mono(journal.ledger_day.isoformat()),
                WORDS[journal.kind],
                Mono(journal.key),
                debit,
                credit,
                Amount(entry.balance_after, words=False),
            )
        )
    rows.append(
        (Strong("期末余额"), "", "", "", "", Amount(natural_fen(page.account), words=False))
    )
    return Table(
        (
            Column("记账日", 1.3),
            Column("事由", 1.2),
            Column("凭证号", 3.0),
            Column("借方（元）", 1.6, Align.RIGHT),
            Column("贷方（元）", 1.6, Align.RIGHT),
            Column("余额（元）", 1.6, Align.RIGHT),
        ),
        tuple(rows),
    )


def _said(page: AccountPage) -> list[list[str]]:
    return [
        [
            str(line.entry.account_version),
            line.journal.key,
            line.entry.side.value,
            str(line.entry.amount_fen),
            str(line.entry.balance_after),
        ]
        for line in reversed(page.lines)
    ]


def _plain(text: str) -> str:
    """A bank's reference must not become a formula in a spreadsheet."""
    return f"'{text}" if text[:1] in "=+-@" else text
