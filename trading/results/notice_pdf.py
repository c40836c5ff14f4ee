"""The notices of a result as sealed PDFs of record, each laid out from its own frozen body."""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from kernel.clock import installation
from kernel.format import stamp
from kernel.house import Call
from kernel.identity import authority, certificates
from kernel.identity import queries as identities
from kernel.pdf.document import render
from kernel.pdf.record import (
    Align,
    Amount,
    Block,
    Column,
    Digest,
    Fact,
    Paragraph,
    Record,
    Section,
    Signature,
    Table,
)
from kernel.pdf.signing import apply_seal
from kernel.pure.money import capital, format_yuan
from trading.results.issuing import TITLES
from trading.results.models import ResultNotice, ResultNoticePdf
from trading.results.rules import NoticeKind, end_words
from trading.tenders import queries as lots
from trading.tenders.models import Lot

Body = Mapping[str, Any]
LOWEST = "lowest_evaluated"
CAUSES = {
    "gave_up": "放弃中标",
    "force_majeure": "因不可抗力不能履行合同",
    "no_bond": "未按招标文件提交履约保证金",
    "violation": "被查实有影响中标结果的违法行为",
}


def write_pdf(call: Call, notice: ResultNotice, *, log_number: int) -> ResultNoticePdf:
    """Render, seal and keep one notice; about a second of the worker."""
    lot = lots.lot_row(call.session, notice.lot_id)
    seal = certificates.centre_seal(
        call.session,
        authority.of(call.house, call.session, call.now),
        organisation_id=lot.centre_id,
        now=call.now,
    )
    record = notice_record(
        lot,
        notice,
        centre=identities.organisation(call.session, lot.centre_id).name,
        public_url=call.house.settings.public_url,
        log_number=log_number,
        demo=installation(call.session).demo,
    )
    pdf = apply_seal(render(record), seal=seal, at=call.now, reason=f"{record.title}登记")
    row = ResultNoticePdf(
        notice_id=notice.id,
        sha256=sha256(pdf).digest(),
        blob_key=call.house.blobs.put((pdf,)),
        size=len(pdf),
        made_at=call.now,
    )
    call.session.add(row)
    call.session.flush()
    return row


def notice_record(
    lot: Lot, notice: ResultNotice, *, centre: str, public_url: str, log_number: int, demo: bool
) -> Record:
    """What the PDF says, all of it from the body whose digest it carries."""
    facts, sections = _LAYOUTS[notice.kind](notice)
    public = notice.kind is NoticeKind.CANDIDATES
    digest = bytes(notice.digest)
    return Record(
        title="中标候选人公示" if public else TITLES[notice.kind],
        subtitle=lot.name,
        centre=centre,
        number=lot.number,
        at=notice.published_at,
        facts=facts,
        sections=(*sections, Section("验证", _proof(notice))),
        signatures=_signatures(lot, notice),
        check_url=f"{public_url}/check/{digest.hex()}",
        record_hash=digest,
        log_number=log_number,
        demo=demo,
    )


def _candidates(notice: ResultNotice) -> tuple[tuple[Fact, ...], tuple[Section, ...]]:
    body = notice.body
    shown = body["publicity"]
    until = datetime.fromisoformat(shown["until"])
    facts = (
        *_parties(body),
        Fact("评标报告", stamp(datetime.fromisoformat(body["report"]["signed_at"]))),
        Fact("公示开始", stamp(notice.published_at)),
        Fact("公示期", f"{shown['days']} 日，至 {end_words(until)}", wide=True),
    )
    return facts, (
        Section("一、中标候选人", (_proposed(body),)),
        Section("二、全部有效投标的得分和名次", (_ranking(body),)),
        Section("三、被否决的投标及理由", (_rejected(body["rejected"]),)),
        Section(
            "四、异议",
            (
                Paragraph(
                    "投标人或者其他利害关系人对评标结果有异议的，应当在公示期间提出。招标人自收到"
                    "异议之日起 3 日内答复，答复前暂停招标投标活动（招标投标法实施条例第 54 条）。"
                    f"{body['objections']}。"
                ),
            ),
        ),
    )


def _award(notice: ResultNotice) -> tuple[tuple[Fact, ...], tuple[Section, ...]]:
    body = notice.body
    until = date.fromisoformat(body["contract_until"])
    letter = (
        f"{body['recipient']}：\n"
        f"你单位参加{body['project']}「{body['name']}」（标段编号 {body['number']}）的投标，经评标"
        f"委员会推荐、招标人确定，你单位为中标人，中标价 {format_yuan(body['price_fen'])}"
        f"（{capital(body['price_fen'])}）。\n"
        f"请自本通知书发出之日起 {body['contract_days']} 日内，即 {_day(until)}前，与招标人按照"
        "招标文件和你单位的投标文件订立书面合同，并按招标文件提交履约保证金。合同的主要条款应当与"
        "招标文件和投标文件一致（招标投标法第 46 条、实施条例第 57 条）。\n"
        "中标通知书对招标人和中标人具有法律效力。招标人改变中标结果的，或者中标人放弃中标项目的，"
        "应当依法承担法律责任（招标投标法第 45 条）。"
    )
    table = Table(
        columns=(Column("项", 2), Column("内容", 6)),
        rows=(
            ("中标价（元）", Amount(body["price_fen"])),
            ("工期和质量", f"{_days(body['duration_days'])}，{body['quality'] or '—'}"),
            ("项目负责人", body["manager"] or "—"),
        ),
    )
    return _senders(body), (Section(None, (Paragraph(letter), table)),)


def _outcome(notice: ResultNotice) -> tuple[tuple[Fact, ...], tuple[Section, ...]]:
    body = notice.body
    letter = (
        f"{body['recipient']}：\n"
        f"你单位参加{body['project']}「{body['name']}」（标段编号 {body['number']}）的投标。"
        f"该标段已确定{body['winner']}为中标人，中标价 {format_yuan(body['price_fen'])}"
        f"（{capital(body['price_fen'])}），你单位未中标。"
        "现将结果通知你单位（招标投标法第 45 条）。\n"
        f"{_own(body)}\n"
        "投标保证金和银行同期存款利息在合同签订后 5 日内退还到你单位的基本账户"
        f"（实施条例第 57 条）。联系人：{body['contact']}。"
    )
    return _senders(body), (Section(None, (Paragraph(letter),)),)


def _own(body: Body) -> str:
    own = body["own"]
    if own is not None:
        return (
            f"你单位的投标报价 {format_yuan(own['price_fen'])}，"
            f"{_measure(body)} {_total(body, own['total'])}，"
            f"在 {body['ranked']} 家有效投标中名列第 {own['rank']}。"
        )
    if body["rejected"]:
        return f"你单位的投标被评标委员会否决，理由：{body['rejected']}。"
    return "你单位的投标在开标时未能开启或未予唱标，没有进入评审，原因见开标记录。"


def _result(notice: ResultNotice) -> tuple[tuple[Fact, ...], tuple[Section, ...]]:
    body = notice.body
    facts = (
        *_parties(body),
        Fact("中标人", body["winner"], wide=True),
        Fact("统一社会信用代码", body["winner_code"]),
        Fact("定标时间", stamp(datetime.fromisoformat(body["decided_at"]))),
    )
    table = Table(
        columns=(Column("中标人", 4), Column("中标价（元）", 5, Align.RIGHT)),
        rows=((body["winner"], Amount(body["price_fen"])),),
    )
    sections = [
        Section("一、中标结果", (table,)),
        Section("二、得分和名次", (_ranking(body),)),
    ]
    if body["ground"]:
        lines = [
            f"第 {each['rank']} 名候选人{CAUSES[each['cause']]}：{each['text']}"
            for each in body["ground"]
        ]
        text = "\n".join(lines)
        sections.append(Section("三、未由排名在前的候选人中标的原因", (Paragraph(text),)))
    return facts, tuple(sections)


_LAYOUTS: dict[
    NoticeKind, Callable[[ResultNotice], tuple[tuple[Fact, ...], tuple[Section, ...]]]
] = {
    NoticeKind.CANDIDATES: _candidates,
    NoticeKind.AWARD: _award,
    NoticeKind.OUTCOME: _outcome,
    NoticeKind.RESULT: _result,
}


def _parties(body: Body) -> tuple[Fact, ...]:
    return (
        Fact("项目", body["project"], wide=True),
        Fact("招标人", body["tenderee"]),
        Fact("招标代理", body["agency"]),
        Fact("监督部门", body["supervisor"] or "—"),
        Fact("规则集", body["rule_set"]),
    )


def _senders(body: Body) -> tuple[Fact, ...]:
    return (Fact("招标人", body["tenderee"]), Fact("招标代理", body["agency"]))


def _proposed(body: Body) -> Table:
    return Table(
        columns=(
            Column("名次", 0.7),
            Column("中标候选人", 3.3),
            Column("投标报价（元）", 4.2, Align.RIGHT),
            Column(_measure(body), _width(body), Align.RIGHT),
            Column("工期", 1.0),
            Column("质量", 0.9),
            Column("项目负责人", 1.5),
        ),
        rows=tuple(
            (
                str(each["rank"]),
                each["organisation"],
                Amount(each["price_fen"]),
                _total(body, each["total"]),
                _days(each["duration_days"]),
                each["quality"] or "—",
                each["manager"] or "—",
            )
            for each in body["candidates"]
        ),
    )


def _ranking(body: Body) -> Table:
    return Table(
        columns=(
            Column("名次", 0.8),
            Column("投标人", 4.0),
            Column("投标报价（元）", 3.0, Align.RIGHT),
            Column(_measure(body), _width(body), Align.RIGHT),
        ),
        rows=tuple(
            (
                str(each["rank"]),
                each["organisation"],
                Amount(each["price_fen"], words=False),
                _total(body, each["total"]),
            )
            for each in body["ranking"]
        ),
    )


def _rejected(rows: list[Body]) -> Block:
    if not rows:
        return Paragraph("没有投标被否决。")
    return Table(
        columns=(Column("投标人", 3), Column("理由", 6)),
        rows=tuple((each["organisation"], each["reason"]) for each in rows),
    )


def _proof(notice: ResultNotice) -> tuple[Block, ...]:
    own = Digest("本文件内容指纹", bytes(notice.digest))
    if notice.kind is NoticeKind.CANDIDATES:
        return (own, Digest("评标报告事实指纹", bytes.fromhex(notice.body["report"]["facts"])))
    return (own, Digest("定标指纹（招标人签名）", bytes.fromhex(notice.body["award"])))


def _signatures(lot: Lot, notice: ResultNotice) -> tuple[Signature, ...]:
    tail = sha256(bytes(notice.certificate)).hexdigest()[-8:]
    capacity = "招标代理" if notice.kind is NoticeKind.CANDIDATES else "招标人（定标）"
    decided = notice.body.get("decided_at")
    at = datetime.fromisoformat(decided) if decided else notice.published_at
    signed = Signature(notice.signer, capacity, at, tail)
    if notice.kind is NoticeKind.CANDIDATES:
        return (signed,)
    return (signed, Signature(lot.project.agency_name, "招标代理", notice.published_at))


def _measure(body: Body) -> str:
    """By what bids were compared."""
    return "评标价（元）" if body["method"] == LOWEST else "得分"


def _width(body: Body) -> float:
    return 2.6 if body["method"] == LOWEST else 1.1


def _total(body: Body, total: str) -> str:
    return format_yuan(int(total)) if body["method"] == LOWEST else total


def _days(count: int | None) -> str:
    return f"{count} 天" if count else "—"


def _day(day: date) -> str:
    return f"{day.year} 年 {day.month} 月 {day.day} 日"
