"""Time-driven work of tenders: putting documents on offer, writing the notice's PDF."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from kernel import log
from kernel.house import Call
from kernel.jobs import Jobs
from trading.tenders import notices
from trading.tenders.access import TenderRight
from trading.tenders.models import Notice, NoticePdf
from trading.tenders.notice_pdf import write_notice_pdf

jobs = Jobs("tenders")
AT_ONCE = 5


@jobs.due(notices.OFFER, permission=TenderRight.OFFER)
def offer_documents(call: Call, payload: dict[str, Any]) -> None:
    """Documents go on offer at the time the notice names."""
    notices.offer_documents(call.session, UUID(payload["lot_id"]), now=call.now)


@jobs.every(seconds=2, permission=TenderRight.WRITE_PDF)
def write_pdfs(call: Call) -> None:
    """Write the PDF of each notice that the log has numbered."""
    waiting = call.session.scalars(
        select(Notice)
        .outerjoin(NoticePdf, NoticePdf.notice_id == Notice.id)
        .where(NoticePdf.notice_id.is_(None))
        .order_by(Notice.published_at)
        .limit(AT_ONCE)
    ).all()
    for notice in waiting:
        entry = log.entry(call.session, notice.leaf_id)
        if entry is not None:
            write_notice_pdf(call, notice, log_number=entry.index)
