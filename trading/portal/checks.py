"""What the platform knows of a SHA-256: a notice, its PDF, a tender document, an opening record.

Each feature that publishes something checkable adds its finder; the page shows what they find.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evaluation import public as evaluation
from kernel import log
from kernel.format import hash_short, stamp
from kernel.i18n import say
from kernel.pure.errors import Refused
from trading.openings import queries as openings
from trading.results import queries as results
from trading.results.told import notice_word
from trading.tenders import queries as tenders
from trading.tenders.models import Document, Lot, Notice, NoticePdf
from trading.tenders.rules import BEFORE_NOTICE


@dataclass(frozen=True, slots=True)
class Finding:
    """Something published under this digest; `link` opens it, `leaf_id` proves it.

    `told` when the leaf is about what is published: only then its text may be shown (0009).
    """

    title: str
    subject: str
    facts: tuple[tuple[str, str], ...]
    leaf_id: UUID | None
    link: str
    told: bool = True


Finder = Callable[[Session, bytes], Finding | None]


def parse_digest(text: str) -> bytes:
    """64 hex digits, spaces and case ignored. Raises Refused POR-1002."""
    plain = "".join(text.split()).lower()
    if len(plain) != 64 or any(char not in "0123456789abcdef" for char in plain):
        raise Refused("POR-1002")
    return bytes.fromhex(plain)


def find(session: Session, digest: bytes) -> Finding | None:
    """What is published under `digest`, if anything."""
    for finder in FINDERS:
        found = finder(session, digest)
        if found is not None:
            return found
    return None


def proof(session: Session, finding: Finding) -> log.Inclusion | None:
    """The finding's place in the log, once it is numbered."""
    return log.inclusion(session, finding.leaf_id) if finding.leaf_id else None


def _notice(session: Session, digest: bytes) -> Finding | None:
    row = session.execute(
        select(Notice, Lot)
        .join(Lot, Lot.id == Notice.lot_id)
        .outerjoin(NoticePdf, NoticePdf.notice_id == Notice.id)
        .where(
            or_(
                Notice.digest == digest,
                Notice.policy_digest == digest,
                NoticePdf.sha256 == digest,
            )
        )
        .limit(1)
    ).first()
    if row is None:
        return None
    notice, lot = row
    return Finding(
        title=notice.title,
        subject=say("招标公告，第 %(n)s 版", n=notice.version),
        facts=(
            (say("标段编号"), lot.number),
            (say("签名"), notice.signer),
            (say("发布"), stamp(notice.published_at)),
            (say("投标截止"), stamp(notice.deadline)),
            (say("开标条件"), hash_short(bytes(notice.policy_digest))),
        ),
        leaf_id=notice.leaf_id,
        link=f"/lots/{lot.id}#notices",
    )


def _document(session: Session, digest: bytes) -> Finding | None:
    row = session.execute(
        select(Document, Lot)
        .join(Lot, Lot.id == Document.lot_id)
        .where(Document.sha256 == digest, Document.withdrawn.is_(False), Lot.notice_version > 0)
        .where(Lot.stage.not_in(BEFORE_NOTICE))
        .order_by(Document.added_at)
        .limit(1)
    ).first()
    if row is None:
        return None
    document, lot = row
    notice = session.scalars(
        select(Notice).where(Notice.lot_id == lot.id).order_by(Notice.version.desc()).limit(1)
    ).first()
    return Finding(
        title=document.name,
        subject=say("招标文件"),
        facts=(
            (say("标段"), lot.name),
            (say("标段编号"), lot.number),
            (say("版本"), str(document.version)),
            (say("上传"), stamp(document.added_at)),
        ),
        leaf_id=notice.leaf_id if notice else None,
        link=f"/lots/{lot.id}#documents",
    )


def _record(session: Session, digest: bytes) -> Finding | None:
    record = openings.find_record(session, digest)
    if record is None:
        return None
    lot = tenders.lot_row(session, record.lot_id)
    return Finding(
        title=say("%(name)s 开标记录", name=lot.name),
        subject=say("开标记录"),
        facts=(
            (say("标段编号"), lot.number),
            (say("出具"), stamp(record.issued_at)),
            (say("事实指纹"), hash_short(bytes(record.facts_hash))),
            (say("PDF 指纹"), hash_short(bytes(record.pdf_hash))),
        ),
        leaf_id=record.leaf_id,
        link=f"/lots/{lot.id}#records",
    )


def _report(session: Session, digest: bytes) -> Finding | None:
    """The committee's report, by its facts or by either form of its PDF, once it is public."""
    found = evaluation.find_report(session, digest)
    if found is None:
        return None
    return Finding(
        title=say("%(name)s 评标报告", name=found.title),
        subject=say("评标报告"),
        facts=(
            (say("标段编号"), found.number),
            (say("出具"), stamp(found.issued_at)),
            (say("事实指纹"), hash_short(found.facts_hash)),
        ),
        leaf_id=found.leaf_id,
        link=f"/lots/{found.lot_ref}/evaluation-report",
    )


def _result(session: Session, digest: bytes) -> Finding | None:
    """A notice of the result; an addressed one is said to be genuine, not to whom it went."""
    found = results.find_notice(session, digest)
    if found is None:
        return None
    lot = tenders.lot_row(session, found.row.lot_id)
    return Finding(
        title=found.row.title,
        subject=notice_word(found.row.kind),
        facts=(
            (say("标段编号"), lot.number),
            (say("签名"), found.row.signer),
            (say("发布"), stamp(found.row.published_at)),
            (say("内容指纹"), hash_short(bytes(found.row.digest))),
        ),
        leaf_id=found.row.leaf_id,
        link=f"/lots/{lot.id}/results",
    )


def _leaf(session: Session, digest: bytes) -> Finding | None:
    """A receipt's code names its leaf: that it is in the log is public, what it is of is not."""
    entry = log.entry_by_hash(session, digest)
    if entry is None:
        return None
    return Finding(
        title=say("公开日志第 %(n)s 条", n=entry.index),
        subject=say("日志登记"),
        facts=(
            (say("登记号"), f"#{entry.index:,}"),
            (say("内容"), say("不公开；持有回执的人可用回执文件核对")),
        ),
        leaf_id=entry.id,
        link="/log",
        told=False,
    )


FINDERS: list[Finder] = [_notice, _record, _report, _result, _document, _leaf]
