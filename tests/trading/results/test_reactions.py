"""What the lot does when evaluation and escrow tell something, once or twice, also while held."""

from datetime import timedelta

import pytest

from escrow import public as escrow
from escrow.events import DepositsSettled
from escrow.public import ReleaseReason
from evaluation.events import EvaluationFailed
from kernel import clock, outbox
from kernel.ids import new_id
from kernel.permissions import Role
from kernel.pure import jcs
from kernel.pure.errors import Refused
from tests.trading.results.world import HOST, Results
from trading.results import archiving, queries, settling
from trading.tenders.actions import end_lot, move_lot
from trading.tenders.queries import timeline
from trading.tenders.rules import LotStage


def failed(results: Results) -> EvaluationFailed:
    return EvaluationFailed(
        new_id(), results.lot_id, "有效投标不足，否决全部投标", results.scene.now()
    )


def tell(results: Results, *events: object) -> None:
    """Record events as another package does, and let the worker deliver them."""
    with results.scene.house.database.writing() as session:
        for event in events:
            outbox.record(session, event)  # type: ignore[arg-type]
    results.scene.work()


def move(results: Results, to: LotStage, reason: str | None = None) -> None:
    with results.scene.house.database.writing() as session:
        move_lot(
            session,
            results.lot_id,
            to,
            actor=HOST,
            now=clock.legal_now(session),
            reason=reason,
        )
    results.scene.work()


def test_a_failed_evaluation_ends_the_lot_and_returns_every_deposit(results: Results) -> None:
    move(results, LotStage.EVALUATING)
    event = failed(results)
    tell(results, event)
    assert results.stage() == "failed"
    with results.scene.house.database.reading() as session:
        [change] = [c for c in timeline(session, results.lot_id) if c.to_stage == "failed"]
        view = escrow.settlement(session, lot_ref=results.lot_id, now=results.scene.now())
    assert change.reason == "有效投标不足，否决全部投标"
    assert view is not None
    assert {line.reason for line in view.lines} == {ReleaseReason.LOT_FAILED}
    assert len(view.lines) == 3
    tell(results, failed(results))
    assert results.stage() == "failed"


def test_a_lot_ended_by_its_tenderee_after_the_opening_pays_back_too(results: Results) -> None:
    results.to_published()
    with results.scene.house.database.writing() as session:
        end_lot(
            session,
            results.lot_id,
            LotStage.TERMINATED,
            actor=results.scene.world.account(Role.TENDEREE),
            now=clock.legal_now(session),
            reason="项目调整",
        )
    results.scene.work()
    with results.scene.house.database.reading() as session:
        assert settling.view(session, results.lot_id, results.scene.now()) is not None
    with pytest.raises(Refused, match="RES-1302"):
        results.object(results.scene.bidders[0])


def test_a_report_signed_while_the_lot_was_held_is_not_lost(results: Results) -> None:
    move(results, LotStage.EVALUATING)
    move(results, LotStage.SUSPENDED, "监督部门要求暂停")
    results.receive(move=False)
    assert results.stage() == "suspended"
    move(results, LotStage.EVALUATING, "恢复")
    assert results.stage() == "report_signed"


def test_the_last_refund_moves_the_lot_and_a_second_word_does_not(results: Results) -> None:
    results.to_awarded()
    results.issue()
    results.contract()
    with pytest.raises(Refused, match="RES-1004"):
        archive(results)
    tell(results, DepositsSettled(new_id(), results.lot_id, results.scene.now()))
    assert results.stage() == "contract_signed"
    propose(results)
    assert results.stage() == "deposits_settled"
    tell(results, DepositsSettled(new_id(), results.lot_id, results.scene.now()))
    assert results.stage() == "deposits_settled"
    with results.scene.house.database.reading() as session:
        view = settling.view(session, results.lot_id, results.scene.now())
    assert view is not None
    assert sorted(line.reason for line in view.lines) == [
        ReleaseReason.CONTRACT_SIGNED,
        ReleaseReason.NOT_SELECTED,
        ReleaseReason.NOT_SELECTED,
    ]
    assert view.due_at - results.scene.now() > timedelta(days=4)


def test_the_archive_lists_every_paper_and_waits_for_their_pdfs(results: Results) -> None:
    results.to_published()
    objection = results.object(results.scene.bidders[1], paper=b"%PDF-1.4 proof")
    results.answer(objection)
    results.scene.go_to(results.publicity_ends())
    results.award()
    results.issue()
    results.contract()
    propose(results)
    with pytest.raises(Refused, match="RES-1801"):
        archive(results)
    results.write_pdfs()
    results.write_tender_pdfs()
    with pytest.raises(Refused, match="TEN-1004"):
        archive(results, role=Role.TENDEREE)
    archive(results)
    assert results.stage() == "archived"
    with results.scene.house.database.reading() as session:
        kept = queries.archive_of(session, results.lot_id)
    assert kept is not None
    listed = jcs.parse(bytes(kept.manifest))
    assert isinstance(listed, dict)
    kinds = [each["kind"] for each in listed["documents"]]  # type: ignore[index,call-overload,union-attr]
    assert sorted(set(kinds)) == sorted(  # type: ignore[type-var]
        {
            *("notice", "notice_pdf", "document", "opening_facts", "opening_record"),
            *("report_facts", "report", "candidates", "candidates_pdf", "award", "award_pdf"),
            *("outcome", "outcome_pdf", "result", "result_pdf", "objection", "objection_file"),
            *("answer", "decision", "contract"),
        }
    )
    with pytest.raises(Refused, match="RES-1004"):
        archive(results)


def propose(results: Results) -> None:
    with results.scene.house.database.writing() as session:
        settling.propose(
            session,
            results.lot_id,
            actor=results.scene.world.account(Role.AGENCY),
            now=clock.legal_now(session),
        )
    results.scene.work()


def archive(results: Results, *, role: Role = Role.AGENCY) -> None:
    with results.scene.house.database.writing() as session:
        archiving.archive_lot(
            session,
            results.lot_id,
            actor=results.scene.world.account(role),
            now=clock.legal_now(session),
        )
