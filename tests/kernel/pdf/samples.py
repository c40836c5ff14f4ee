"""A believable opening record, long enough for two pages."""

from datetime import UTC, datetime
from hashlib import sha256

from kernel.pdf.record import (
    Align,
    Amount,
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

AT = datetime(2026, 11, 24, 2, 18, 6, tzinfo=UTC)

BIDDERS = (
    ("霁川水利建设集团有限公司", 7_986_350_000, "540 天", "合格", "周砚秋"),
    ("云澜市第一水利工程有限公司", 8_125_000_000, "540 天", "合格", "沈柏年"),
    ("禾屿河海建设有限公司", 8_041_782_635, "530 天", "合格", "陆知行"),
    ("澄怀水务建设有限公司", 8_012_860_000, "525 天", "合格", "许听澜"),
    ("中垣建设第三工程有限公司", 8_354_000_000, "540 天", "合格", "郑怀安"),
    ("瀚坪水电工程有限公司", 7_921_588_050, "540 天", "合格", "顾长庚"),
    ("衡岳路桥建设有限公司", 8_410_275_520, "540 天", "合格", "秦仲文"),
)

COLUMNS = (
    Column("序", 0.9),
    Column("投标人", 6.6),
    Column("投标报价（元）", 6.2, Align.RIGHT),
    Column("工期", 2.1),
    Column("质量", 1.6),
    Column("项目负责人", 2.8),
    Column("保证金", 1.9),
    Column("确认", 1.5),
)

EVENTS = (
    ("216", "09:30:00.000", "截止检查点签发，收到 8 家，不少于 3 家", "法 28、34"),
    ("217", "09:30:14.226", "受托人释放 3/5 份额：招标人、交易中心、公证处", "文件 5.2.1"),
    ("218", "09:30:21.040", "公布投标人名单，8 家", "文件 5.2.2"),
    ("219", "09:30:22.115", "解密窗口开放 15 分钟", "文件 5.2.3"),
    ("258", "09:45:00.000", "解密窗口关闭，7 家成功", "文件 5.2.3"),
    ("266", "09:48:31.902", "7 家指纹与回执一致", "文件 5.2.6"),
    ("283", "10:02:40.077", "唱标完毕", "条例 44"),
    ("301", "10:17:05.300", "6 家签名确认，1 家未表示异议，视同确认", "文件 5.2.9"),
)


def bid_table(repeat: int = 1) -> Table:
    """Opened bids and one that was revoked."""
    rows: list[tuple[Cell, ...]] = []
    for number, (name, fen, days, quality, manager) in enumerate(BIDDERS * repeat, start=1):
        rows.append((str(number), name, Amount(fen), days, quality, manager, "到账", "签名"))
    why = "未在窗口内解密，投标人原因（OPN-2114），按招标文件 5.2.4 条撤销"
    rows.append((str(len(rows) + 1), "东篱基础工程股份有限公司", Span(why, 4), "到账", "—"))
    return Table(COLUMNS, tuple(rows))


def event_table() -> Table:
    """What happened, by the number of the event."""
    columns = (Column("号", 1), Column("时间", 2.4), Column("事项", 9), Column("依据", 2.2))
    return Table(columns, tuple((n, Mono(at), what, law) for n, at, what, law in EVENTS))


def opening_record(*, repeat: int = 1, demo: bool = True) -> Record:
    """The record of one opening."""
    facts = (
        Fact("招标人", "云澜市水利工程建设处"),
        Fact("招标代理", "云澜正和工程咨询有限公司"),
        Fact("开标时间", "2026 年 11 月 24 日 09:30:00"),
        Fact("方式", "不见面开标"),
        Fact("最高限价", "¥86,420,000.00"),
        Fact("时间源", "平台时钟与国家授时，偏差 18 ms"),
        Fact("收到", "8 家，解密成功 7 家"),
    )
    objection = (
        "东篱基础工程股份有限公司于 09:46:10 提出：解密窗口不应在其网络中断时关闭。招标人 09:49:02 "
        "当场答复：同期其余 7 家与平台连接正常，平台、证书服务均无故障记录，且恢复码途径始终可用，"
        "故不延长。"
    )
    checks = (
        "投标签名 8 份有效",
        "回执均在日志内",
        "日志前后一致",
        "受托人份额相符",
        "密钥与承诺相符",
        "唱标与密文一致",
        "本记录与事件一致",
    )
    return Record(
        title="开标记录",
        subtitle="澜河东岸防洪排涝工程施工（二标段）",
        centre="云澜市公共资源交易中心",
        number="E3299012604178001001002 · OR-2",
        at=AT,
        facts=facts,
        sections=(
            Section(None, (bid_table(repeat),)),
            Section("一、经过", (event_table(),)),
            Section("二、现场异议", (Paragraph(objection),)),
            Section("三、验证", (Checks(checks), Digest("清单指纹", sha256(b"list").digest()))),
        ),
        signatures=(
            Signature("魏知远", "招标人代表", AT, "5bca866a"),
            Signature("方静", "主持人", AT, "66921d0a"),
            Signature("季承", "监督", AT, "9019976a"),
            Signature("贺兰", "见证", None, ""),
        ),
        check_url="https://sunbid.example/check/1919044403ca567c",
        record_hash=sha256(b"record").digest(),
        log_number=48377,
        demo=demo,
    )
