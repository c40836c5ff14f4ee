"""放弃中标: the award falls, the next candidate may win, the security waits for approvers."""

import pytest

from escrow import public
from escrow.guarantees.actions import hear
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import Word
from escrow.public import ForfeitReason, ForfeitState
from kernel import clock
from kernel.identity.actions import register_organisation
from kernel.identity.queries import organisation
from kernel.identity.rules import BasicAccount
from kernel.permissions import Role
from kernel.pure.errors import Refused
from tests.trading.openings.test_deposits import guarantee, list_issuer
from tests.trading.openings.world import PRICES
from tests.trading.results.world import Results
from trading.results import queries
from trading.results.rules import Cause, NoticeKind, PassedOver

GAVE_UP = PassedOver(1, Cause.GAVE_UP, "中标人来函放弃中标。")


def test_the_next_candidate_wins_after_a_winner_gave_up(results: Results) -> None:
    results.to_awarded()
    with pytest.raises(Refused, match="TEN-1004"):
        results.renounce(role=Role.AGENCY)
    with pytest.raises(Refused, match="RES-1009"):
        results.renounce(paper=b"MZ")
    results.issue()
    results.renounce()
    assert results.stage() == "candidates_published"
    with pytest.raises(Refused, match="RES-1004"):
        results.renounce()
    with results.scene.house.database.reading() as session:
        assert queries.award_of(session, results.lot_id) is None
        assert queries.notice_of_award(session, results.lot_id) is None
        [gone] = queries.renunciations(session, results.lot_id)
        # Nobody's deposit was judged in this scene, so there was nothing to keep.
        assert (gone.rank, gone.cause, gone.forfeit_ref) == (1, Cause.GAVE_UP, None)
    with pytest.raises(Refused, match="RES-1405"):
        results.award()
    with pytest.raises(Refused, match="RES-1404"):
        results.award(rank=2)
    results.award(rank=2, passed=(GAVE_UP,))
    results.issue()
    with results.scene.house.database.reading() as session:
        award = queries.award_of(session, results.lot_id)
        notice = queries.notice_of_award(session, results.lot_id)
        found = [(v.row.kind, v.row.version) for v in queries.notices(session, results.lot_id)]
    assert award is not None
    assert notice is not None
    assert (award.version, award.rank, notice.seat) == (2, 2, award.seat)
    assert found.count((NoticeKind.RESULT, 2)) == 1
    assert sorted(v for k, v in found if k is NoticeKind.AWARD) == [1, 1]
    results.contract()
    assert results.stage() == "contract_signed"


def test_the_winners_guarantee_is_put_before_the_approvers(unopened: Results) -> None:
    results, scene = unopened, unopened.scene
    issuer = list_issuer(scene)
    winner = scene.bidders[0]
    winner.guarantee = guarantee(scene, issuer, winner, "AL0000000000000001")
    results.close_opening()
    assert PRICES[0] == min(PRICES)
    with scene.house.database.writing() as session:
        [row] = session.query(Guarantee).all()
        hear(session, row, Word.ISSUED, now=clock.legal_now(session))
    results.to_awarded()
    with scene.house.database.writing() as session:
        tenderee = organisation(session, scene.lot.tenderee_id)
    with pytest.raises(Refused, match="ESC-1602"):
        results.renounce()
    with scene.house.database.writing() as session:
        register_organisation(
            session,
            credit_code=tenderee.credit_code,
            name=tenderee.name,
            account=BasicAccount(tenderee.name, "33010499", "云澜银行"),
            now=clock.legal_now(session),
        )
    results.renounce(Cause.NO_BOND)
    with scene.house.database.reading() as session:
        told = public.forfeit(session, lot_ref=results.lot_id, bidder_ref=winner.organisation_id)
    assert told is not None
    assert (told.reason, told.state) == (ForfeitReason.NO_BOND, ForfeitState.PROPOSED)
    assert told.amount_fen == scene.lot.deposit_fen
