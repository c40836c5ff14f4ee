"""Time-driven work of results: the PDF of each notice that the log has numbered."""

from kernel import log
from kernel.house import Call
from kernel.jobs import Jobs
from trading.results import queries
from trading.results.access import ResultRight
from trading.results.notice_pdf import write_pdf

jobs = Jobs("results")
AT_ONCE = 5


@jobs.every(seconds=2, permission=ResultRight.WRITE_PDF)
def write_result_pdfs(call: Call) -> None:
    """Write what waits, a few at a time."""
    for notice in queries.waiting_for_pdf(call.session, most=AT_ONCE):
        entry = log.entry(call.session, notice.leaf_id)
        if entry is not None:
            write_pdf(call, notice, log_number=entry.index)
