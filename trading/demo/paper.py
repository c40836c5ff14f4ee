"""The demonstration's papers: tender documents as real, readable PDF files."""

from datetime import datetime
from hashlib import sha256

from kernel.format import stamp
from kernel.pdf.document import render
from kernel.pdf.record import Amount, Column, Fact, Paragraph, Record, Section, Table
from kernel.pure.money import format_yuan
from trading.demo.cast import Lot, cast
from trading.demo.timetable import Moments


def tender_document(lot: Lot, when: Moments, *, now: datetime) -> bytes:
    """The tender documents of a lot: instructions, scope, criteria, the opening by sealed bid."""
    told = cast()
    record = Record(
        title="招标文件",
        subtitle=lot.name,
        centre=told.organisation("centre").name,
        number="",
        at=now,
        facts=(
            Fact("招标人", told.organisation(lot.tenderee).name),
            Fact("招标代理机构", told.organisation("agency").name),
            Fact("资金来源", lot.funding),
            Fact("投标截止与开标时间", stamp(when.deadline)),
        ),
        sections=(
            Section("一、招标范围", (Paragraph(lot.scope),)),
            Section("二、投标人资格", (Paragraph(lot.qualification),)),
            Section("三、金额", (_amounts(lot),)),
            Section("四、投标与开标", tuple(Paragraph(text) for text in _CLAUSES)),
            Section("五、评标办法", (Paragraph(f"{lot.evaluation}。"),)),
        ),
        signatures=(),
        check_url="",
        record_hash=sha256(lot.name.encode()).digest(),
        log_number=None,
        demo=True,
        sealed=False,
    )
    return render(record).pdf


def _amounts(lot: Lot) -> Table:
    return Table(
        columns=(Column("项目", 2), Column("金额", 4)),
        rows=(
            ("最高投标限价", Amount(lot.ceiling_fen, words=True)),
            ("投标保证金", Amount(lot.deposit_fen, words=True)),
            ("估算", format_yuan(lot.estimate_fen)),
        ),
    )


_CLAUSES = (
    "投标文件在投标人自己的电脑上加密，平台只保存密文；截止前任何人，包括平台，都不能打开。",
    "保证金从基本账户汇入本标段的专用子账户，以银行入账时间为准。",
    "开标在线进行，不需要到场。名单公布后，投标人在解密窗口内用自己的密钥解密；逾期未解密的，视为撤销投标文件。",
    "唱标内容由投标人确认；确认窗口内没有答复的，视为没有异议。",
)
