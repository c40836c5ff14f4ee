"""The notice as a sealed PDF of record, with its digest, log number and a QR to the check page."""

from hashlib import sha256
from typing import Any

from kernel.clock import installation
from kernel.format import local, stamp
from kernel.house import Call
from kernel.identity import authority, certificates
from kernel.identity import queries as identity_queries
from kernel.pdf.document import render
from kernel.pdf.record import (
    Align,
    Amount,
    Column,
    Digest,
    Fact,
    Mono,
    Paragraph,
    Record,
    Section,
    Signature,
    Table,
)
from kernel.pdf.signing import apply_seal
from kernel.pure.money import format_yuan
from trading.tenders import life, plans, queries
from trading.tenders.models import Lot, Notice, NoticePdf
from trading.tenders.rules import TrusteeRole


def write_notice_pdf(call: Call, notice: Notice, *, log_number: int) -> NoticePdf:
    """Render, seal and keep one notice; it takes about a second of the worker."""
    session = call.session
    lot = queries.lot_row(session, notice.lot_id)
    centre = identity_queries.organisation(session, lot.centre_id)
    seal = certificates.centre_seal(
        session,
        authority.of(call.house, session, call.now),
        organisation_id=lot.centre_id,
        now=call.now,
    )
    record = notice_record(
        lot,
        notice,
        centre=centre.name,
        check_url=f"{call.house.settings.public_url}/check/{bytes(notice.digest).hex()}",
        log_number=log_number,
        demo=installation(session).demo,
    )
    pdf = apply_seal(render(record), seal=seal, at=call.now, reason="招标公告登记")
    key = call.house.blobs.put((pdf,))
    row = NoticePdf(
        notice_id=notice.id,
        sha256=sha256(pdf).digest(),
        blob_key=key,
        size=len(pdf),
        made_at=call.now,
    )
    session.add(row)
    session.flush()
    return row


def notice_record(
    lot: Lot, notice: Notice, *, centre: str, check_url: str, log_number: int, demo: bool
) -> Record:
    """What the PDF says, all of it from the signed body."""
    body = notice.body
    return Record(
        title="招标公告",
        subtitle=lot.name,
        centre=centre,
        number=lot.number,
        at=notice.published_at,
        facts=_facts(lot, notice),
        sections=(
            Section("招标范围", (Paragraph(body["scope"]),)),
            *_optional("投标人资格要求", body["qualification"]),
            *_evaluation(body),
            Section("金额", (_amounts(body),)),
            Section("招标文件", (_documents(body),)),
            Section(
                "开标与受托人",
                (Paragraph(_opening(lot, body)), _trustees(body["trustees"], "受托人")),
            ),
            *_rescue(body),
            Section(
                "验证",
                (
                    Digest("公告指纹", bytes(notice.digest)),
                    Digest("开标条件指纹", bytes(notice.policy_digest)),
                ),
            ),
        ),
        signatures=(
            Signature(
                name=notice.signer,
                capacity="招标代理",
                at=notice.published_at,
                certificate_tail=sha256(bytes(notice.certificate)).hexdigest()[-8:],
            ),
        ),
        check_url=check_url,
        record_hash=bytes(notice.digest),
        log_number=log_number,
        demo=demo,
    )


def _facts(lot: Lot, notice: Notice) -> tuple[Fact, ...]:
    body = notice.body
    return (
        Fact("招标人", body["tenderee"]),
        Fact("招标代理", body["agency"]),
        Fact("项目", body["project"], wide=True),
        Fact("招标方式", "公开招标"),
        Fact("类别", life.kind_word(lot.kind)),
        Fact("地区", body["region"]),
        Fact("资金", body["funding"] or "—"),
        Fact("获取文件", f"{stamp(lot.documents_from)} 至 {stamp(lot.documents_until)}", wide=True),
        Fact("投标截止", stamp(notice.deadline)),
        Fact("开标", "截止的同一时间，在线公开"),
        Fact("联系人", body["contact"]),
        Fact("监督部门", body["supervisor"] or "—"),
        Fact("规则集", body["rule_set"]),
        Fact("公告版本", f"第 {notice.version} 版"),
    )


def _optional(heading: str, text: str) -> tuple[Section, ...]:
    return (Section(heading, (Paragraph(text),)),) if text else ()


def _evaluation(body: dict[str, Any]) -> tuple[Section, ...]:
    """The headline sentence, then the plan that decides; notices before it have only the line."""
    headline = (Paragraph(body["evaluation"]),) if body["evaluation"] else ()
    if "evaluation_plan" not in body:
        return (Section("评标办法", headline),) if headline else ()
    plan = plans.shown(body["evaluation_plan"])
    most = "满分" if plan["scored"] else "最高加价"
    items = Table(
        columns=(Column("评审因素", 3), Column(most, 2, Align.RIGHT), Column("评审规则", 7)),
        rows=tuple((each["name"], each["most"], each["rule"]) for each in plan["items"]),
        caption="评审因素",
    )
    checks = Table(
        columns=(Column("资格审查", 3), Column("合格条件", 9)),
        rows=tuple((each["name"], each["rule"]) for each in plan["checks"]),
        caption="资格审查",
    )
    draws = Table(
        columns=(Column("开标时抽取", 3), Column("备选", 9)),
        rows=tuple((each["title"], each["from"]) for each in plan["draws"]),
        caption="参数抽取",
    )
    tables = tuple(table for table in (checks, items, draws) if table.rows)
    return (Section("评标办法", (*headline, Paragraph(_method(plan)), *tables)),)


def _method(plan: dict[str, Any]) -> str:
    weights = f"技术 {plan['technical']} 分，价格 {plan['price']} 分。" if plan["scored"] else ""
    mean = "评委打分去掉一个最高分和一个最低分后取平均。" if plan["trim"] else "评委打分取平均。"
    return (
        f"{plan['method']}。{weights}{plan['formula']}。"
        f"{mean if plan['scored'] else ''}名次相同时：{plan['ties']}。"
        f"评标委员会 {plan['seats']} 人，随机抽取；推荐候选人不超过 {plan['candidates']} 名。"
    )


def _amounts(body: dict[str, Any]) -> Table:
    named = (
        ("估算价", body["estimate_fen"]),
        ("最高投标限价", body["ceiling_fen"]),
        ("投标保证金", body["deposit_fen"]),
    )
    return Table(
        columns=(Column("项", 2), Column("金额（元）", 5)),
        rows=tuple((name, Amount(fen)) for name, fen in named if fen is not None),
    )


def _documents(body: dict[str, Any]) -> Table:
    return Table(
        columns=(Column("文件", 4), Column("SHA-256", 6)),
        rows=tuple((each["name"], Mono(each["sha256"])) for each in body["documents"]),
    )


def _opening(lot: Lot, body: dict[str, Any]) -> str:
    count, minutes = len(body["trustees"]), body["minutes"]
    who = (
        "并由投标人在解密时限内自行解密"
        if lot.holder_lock.value == "bidder"
        else "投标人不必到场解密"
    )
    text = (
        f"投标文件在投标人处加密后提交。截止后由 {count} 位受托人中至少 {lot.threshold} 位放行，"
        f"{who}。签到自截止前 {minutes['sign_in']} 分钟起；解密时限 {minutes['decryption']} 分钟；"
        f"记录确认 {minutes['confirmation']} 分钟。投标不足 {lot.floor} 家的不予开标，原封退回。"
        f"投标有效期 {lot.validity_days} 天，保证金"
        f" {format_yuan(lot.deposit_fen)}，从基本户转出。"
    )
    if lot.emergency_reason:
        text += (
            f"\n开标安排在服务日历之外：{lot.emergency_reason}（{local(lot.deadline):%Y-%m-%d}）。"
        )
    return text


def _rescue(body: dict[str, Any]) -> tuple[Section, ...]:
    """Who may stand in for a bidder that consented and lost key and code; notices may have none."""
    panel = body.get("rescue")
    if not panel:
        return ()
    text = (
        "投标人封标时可以同意由救援小组代为解密：投标密钥和恢复码都丢失时，由投标人在解密时限内"
        f"用单位证书申请，{len(panel['panel'])} 位成员中至少 {panel['threshold']} 位核对后放行。"
        "成员不是受托人。未同意的投标不受影响，也没有这项补救；成员未到齐的，仍按投标人原因处理。"
    )
    return (Section("救援小组", (Paragraph(text), _trustees(panel["panel"], "成员"))),)


def _trustees(seats: list[dict[str, Any]], title: str) -> Table:
    return Table(
        columns=(Column("序", 1), Column("代表", 2), Column(title, 3), Column("公钥", 5)),
        rows=tuple(
            (
                str(each["index"]),
                life.trustee_word(TrusteeRole(each["role"])),
                each["name"],
                Mono(sha256(bytes.fromhex(each["key"])).hexdigest()[:32]),
            )
            for each in seats
        ),
    )
