"""The one place that listens to what evaluation and escrow tell, and to how lots move on.

Facts come up by event; each handler looks at the rows first, so that hearing twice changes nothing.
"""

from uuid import UUID

from escrow.events import DepositsSettled
from evaluation import public as evaluation
from evaluation.events import EvaluationFailed, ReportSigned
from kernel.house import Call
from kernel.outbox import Subscription
from trading.openings.events import SecurityJudged
from trading.results import handover, queries, reports, settling
from trading.results.rules import Outcome, Ranked, Rejected
from trading.tenders import queries as lots
from trading.tenders.actions import move
from trading.tenders.events import LotMoved
from trading.tenders.rules import HOLDS, LotStage

ENDS = frozenset({LotStage.FAILED, LotStage.TERMINATED, LotStage.VOID})
EVALUATED = frozenset({LotStage.EVALUATING, LotStage.RE_EVALUATION})


def report_signed(call: Call, event: ReportSigned) -> None:
    """The report is issued: keep it, and let the lot go on to its candidates."""
    outcome = outcome_of(call, event.lot_ref)
    if outcome is not None:
        reports.receive(call.session, outcome, actor=call.actor, now=call.now)


def evaluation_failed(call: Call, event: EvaluationFailed) -> None:
    """No ranking: the lot has failed, and what follows from its end follows."""
    lots.lock_lot(call.session, event.lot_ref)
    lot = lots.lot_row(call.session, event.lot_ref)
    if lot.stage in EVALUATED or (lot.stage in HOLDS and lot.held_from in EVALUATED):
        move(
            call.session,
            lot,
            LotStage.FAILED,
            actor=call.actor,
            now=call.now,
            reason=event.reason or "评标没有产生结果",
        )


def deposits_settled(call: Call, event: DepositsSettled) -> None:
    """The last deposit is booked by its bank."""
    settling.finish(call.session, event.lot_ref, actor=call.actor, now=call.now)


def security_judged(call: Call, event: SecurityJudged) -> None:
    """Bank or issuer spoke after the list: the committee's room hears it, if there is one yet."""
    lot = lots.lot_row(call.session, event.lot_id)
    for bidder in queries.bidders(call.session, event.lot_id):
        judged = handover.security(lot, bidder)
        if bidder.seat == event.seat and judged is not None:
            evaluation.judge_security(
                call.session, event.lot_id, bidder.commitment, judged, now=call.now
            )


def lot_moved(call: Call, event: LotMoved) -> None:
    """A lot that ended after its opening gives everything back; one that was held catches up."""
    to = LotStage(event.to_stage)
    if to in ENDS and queries.bidders(call.session, event.lot_id):
        lots.lock_lot(call.session, event.lot_id)
        settling.return_all(call.session, lots.lot_row(call.session, event.lot_id), now=call.now)
        evaluation.close_reading(call.session, event.lot_id, now=call.now)
    if LotStage(event.from_stage) in HOLDS:
        reports.resume(call.session, event.lot_id, actor=call.actor, now=call.now)
        settling.finish(call.session, event.lot_id, actor=call.actor, now=call.now)


def outcome_of(call: Call, lot_id: UUID) -> Outcome | None:
    """The signed report as trading keeps it."""
    found = evaluation.report(call.session, lot_id)
    if found is None:
        return None
    return Outcome(
        lot_id=lot_id,
        version=1,
        facts_hash=found.facts_hash,
        pdf_hash=found.public_pdf_hash,
        leaf_id=found.leaf_id,
        signed_at=found.signed_at,
        ranking=tuple(
            Ranked(
                rank=each.rank,
                number=each.number,
                bidder_ref=each.bidder_ref,
                commitment=each.commitment,
                organisation=each.organisation,
                credit_code=each.credit_code,
                price_fen=each.price_fen,
                total=str(each.total),
            )
            for each in found.ranking
        ),
        rejected=tuple(
            Rejected(each.number, each.bidder_ref, each.organisation, each.reason)
            for each in found.rejected
        ),
    )


SUBSCRIPTIONS = (
    Subscription(ReportSigned, "results.report_signed", report_signed),
    Subscription(EvaluationFailed, "results.evaluation_failed", evaluation_failed),
    Subscription(DepositsSettled, "results.deposits_settled", deposits_settled),
    Subscription(SecurityJudged, "results.security_judged", security_judged),
    Subscription(LotMoved, "results.lot_moved", lot_moved),
)
