"""From the signed report to the contract: in time, in order, by the right hands."""

from datetime import timedelta
from hashlib import sha256

import pytest

from kernel.pdf.signing import verify_seal
from kernel.permissions import Role
from kernel.pure.errors import Refused
from tests.trading.results.world import Results
from trading.portal import checks
from trading.results import queries
from trading.results.rules import Cause, NoticeKind, PassedOver
from trading.results.timing import limits_of
from trading.tenders.queries import lot_row


def test_a_report_comes_up_once_and_moves_the_lot(results: Results) -> None:
    results.receive()
    assert results.stage() == "report_signed"
    results.receive(move=False)
    with results.scene.house.database.reading() as session:
        kept = queries.report_of(session, results.lot_id)
    assert kept is not None
    assert (kept.version, [each.rank for each in kept.ranking]) == (1, [1, 2, 3])


def test_the_way_to_the_contract(results: Results) -> None:
    results.to_published()
    assert results.stage() == "candidates_published"
    with pytest.raises(Refused, match="RES-1401"):
        results.award()
    results.scene.go_to(results.publicity_ends())
    with pytest.raises(Refused, match="TEN-1004"):
        results.award(role=Role.AGENCY)
    with pytest.raises(Refused, match="RES-1007"):
        results.award(signer=Role.AGENCY)
    results.award()
    assert results.stage() == "awarded"
    with pytest.raises(Refused, match="RES-1004"):
        results.award()
    results.issue()
    assert results.stage() == "notice_issued"
    with pytest.raises(Refused, match="RES-1004"):
        results.issue()
    with pytest.raises(Refused, match="RES-1601"):
        results.contract(amount_fen=1)
    results.contract()
    assert results.stage() == "contract_signed"
    with pytest.raises(Refused, match="RES-1004"):
        results.contract()
    with results.scene.house.database.reading() as session:
        found = [
            (view.row.kind, view.row.seat) for view in queries.notices(session, results.lot_id)
        ]
        award = queries.award_of(session, results.lot_id)
    assert award is not None
    assert sorted(kind for kind, _ in found) == [
        "award",
        "candidates",
        "outcome",
        "outcome",
        "result",
    ]
    assert (NoticeKind.AWARD, award.seat) in found


def test_an_objection_stops_the_lot_until_its_answer(results: Results) -> None:
    results.to_published()
    bidders = results.scene.bidders
    first = results.object(bidders[1])
    second = results.object(bidders[2], paper=b"%PDF-1.4 evidence")
    assert results.stage() == "objection_suspended"
    results.scene.go_to(results.publicity_ends())
    with pytest.raises(Refused, match="RES-1402"):
        results.award()
    with pytest.raises(Refused, match="TEN-1004"):
        results.answer(first, role=Role.CENTRE)
    results.answer(first)
    assert results.stage() == "objection_suspended"
    results.answer(second, role=Role.TENDEREE)
    assert results.stage() == "candidates_published"
    with pytest.raises(Refused, match="RES-1305"):
        results.answer(first)
    results.award()
    assert results.stage() == "awarded"


def test_an_objection_is_a_bidders_own_and_in_time(results: Results) -> None:
    with pytest.raises(Refused, match="RES-1301"):
        results.object(results.scene.bidders[0])
    results.receive()
    results.publish()
    with pytest.raises(Refused, match="RES-1306"):
        results.object(results.scene.bidders[3])
    with pytest.raises(Refused, match="RES-1303"):
        results.object(results.scene.bidders[0], text="  ")
    with pytest.raises(Refused, match="RES-1009"):
        results.object(results.scene.bidders[0], paper=b"MZ")
    results.scene.go_to(results.publicity_ends() + timedelta(minutes=1))
    with pytest.raises(Refused, match="RES-1302") as late:
        results.object(results.scene.bidders[0])
    assert late.value.facts["until"] == "2026-12-17 24:00"
    assert results.stage() == "candidates_published"


def test_a_late_start_is_a_breach_and_blocks_nothing(results: Results) -> None:
    results.receive()
    results.scene.go_on(days=9)
    results.publish()
    with results.scene.house.database.reading() as session:
        lot = lot_row(session, results.lot_id)
        told = limits_of(session, lot)["candidates"]
    assert told.kept(results.scene.now()) == "late"
    assert told.clause_short == "招标投标法实施条例第 54 条"


def test_only_a_listed_cause_passes_the_first_rank_over(results: Results) -> None:
    results.to_published()
    results.scene.go_to(results.publicity_ends())
    with pytest.raises(Refused, match="RES-1404"):
        results.award(rank=2)
    gave_up = PassedOver(1, Cause.GAVE_UP, "书面声明放弃中标。")
    with pytest.raises(Refused, match="RES-1404"):
        results.award(rank=1, passed=(gave_up,))
    with pytest.raises(Refused, match="RES-1403"):
        results.award(rank=4)
    results.award(rank=2, passed=(gave_up,))
    with results.scene.house.database.reading() as session:
        award = queries.award_of(session, results.lot_id)
    assert award is not None
    assert (award.rank, award.body["ground"][0]["cause"]) == (2, "gave_up")


def test_publicity_is_never_shorter_than_the_law(results: Results) -> None:
    results.receive()
    with pytest.raises(Refused, match="RES-1201"):
        results.publish(days=2)
    with pytest.raises(Refused, match="TEN-1004"):
        results.publish(role=Role.TENDEREE)
    results.publish(days=5)
    assert results.publicity_ends() - results.scene.now() > timedelta(days=5)


def test_a_late_contract_needs_its_reason_and_is_told(results: Results) -> None:
    results.to_awarded()
    results.issue()
    noticed = results.today()
    results.scene.go_on(days=40)
    with pytest.raises(Refused, match="RES-1602"):
        results.contract(signed_on=noticed - timedelta(days=1))
    with pytest.raises(Refused, match="RES-1603"):
        results.contract(signed_on=results.today())
    results.contract(signed_on=results.today(), late_reason="中标人法定代表人变更")
    with results.scene.house.database.reading() as session:
        lot = lot_row(session, results.lot_id)
        told = limits_of(session, lot)["contract"]
    assert told.kept(results.scene.now()) == "late"


def test_the_notices_are_written_as_sealed_papers(results: Results) -> None:
    results.to_awarded()
    results.issue()
    results.write_pdfs()
    with results.scene.house.database.reading() as session:
        views = queries.notices(session, results.lot_id)
        assert [view.pdf is not None for view in views] == [True] * 5
        for view in views:
            assert view.pdf is not None
            with results.scene.house.blobs.open(view.pdf.blob_key) as file:
                paper = file.read()
            assert sha256(paper).digest() == bytes(view.pdf.sha256)
            assert verify_seal(paper, root=results.scene.authority.root).good
            found = checks.find(session, bytes(view.pdf.sha256))
            assert found is not None
            assert found.link == f"/lots/{results.lot_id}/results"
