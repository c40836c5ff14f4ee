"""Every stage of a lot's life on its own public page: chip, rail, what is asked, what is next."""

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from kernel.clock import legal_now
from kernel.db import Database
from kernel.permissions import System
from tests.trading.tenders.world import LOT_NAME
from trading.tenders import life
from trading.tenders.actions import move_lot
from trading.tenders.models import Lot
from trading.tenders.rules import BEFORE_NOTICE, LotStage

S = LotStage
JOB = System("test")
AFTER_DEADLINE = (
    S.SUBMISSION_CLOSED,
    S.OPENING,
    S.OPENED,
    S.EVALUATING,
    S.REPORT_SIGNED,
    S.CANDIDATES_PUBLISHED,
    S.AWARDED,
    S.NOTICE_ISSUED,
    S.CONTRACT_SIGNED,
    S.DEPOSITS_SETTLED,
    S.ARCHIVED,
)
NEXT = {
    S.OPENED: "移交评标，随机抽取评标委员会",
    S.EVALUATING: "评标委员会签署评标报告",
    S.REPORT_SIGNED: "距开始公示的期限",
    S.CANDIDATES_PUBLISHED: "候选人公示还有",
    S.AWARDED: "随后发出中标通知书和结果通知书",
    S.NOTICE_ISSUED: "距签订合同的期限",
    S.CONTRACT_SIGNED: "距退还保证金的期限",
    S.DEPOSITS_SETTLED: "保证金已全部退还，随后归档",
    S.ARCHIVED: "归档",
}
STATION = {
    S.OPENED: (3, "done"),
    S.EVALUATING: (4, "progress"),
    S.REPORT_SIGNED: (4, "done"),
    S.CANDIDATES_PUBLISHED: (5, "progress"),
    S.AWARDED: (6, "progress"),
    S.CONTRACT_SIGNED: (7, "progress"),
    S.ARCHIVED: (8, "done"),
}


def go(database: Database, lot_id: UUID, *stages: LotStage, reason: str | None = None) -> None:
    with database.writing() as session:
        for stage in stages:
            move_lot(session, lot_id, stage, actor=JOB, now=legal_now(session), reason=reason)


def rail_of(page: str) -> list[str]:
    rail = page.partition('<ol class="rail')[2].partition("</ol>")[0]
    return re.findall(r'<li data-s="(\w+)"', rail)


def test_each_stage_after_the_deadline_shows_itself(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    for stage in AFTER_DEADLINE:
        go(database, lot_id, stage)
        page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
        assert life.stage_word(stage) in page, stage
        assert NEXT.get(stage, "") in page, stage
        if stage in STATION:
            at, state = STATION[stage]
            rail = rail_of(page)
            assert rail[:at] == ["done"] * at, stage
            assert rail[at] == state, stage
            assert set(rail[at + 1 :]) <= {"next"}, stage
        assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    ("stage", "query"),
    [
        (S.EVALUATING, "evaluation"),
        (S.CANDIDATES_PUBLISHED, "publicity"),
        (S.NOTICE_ISSUED, "award"),
        (S.ARCHIVED, "ended"),
    ],
)
def test_the_filters_know_the_later_stages(
    client: FlaskClient, database: Database, lot_id: UUID, stage: LotStage, query: str
) -> None:
    go(database, lot_id, *AFTER_DEADLINE[: AFTER_DEADLINE.index(stage) + 1])
    for group in ("opening", "evaluation", "publicity", "award", "ended"):
        page = client.get(f"/?stage={group}").get_data(as_text=True)
        listed = page.split('id="lots"')[1].split("</section>")[0]
        assert (LOT_NAME in listed) is (group == query), group


def test_publicity_ends_in_the_calendar(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    go(database, lot_id, *AFTER_DEADLINE[:6])
    pages = [client.get(f"/calendar?week={n}").get_data(as_text=True) for n in range(3)]
    assert any("公示截止" in page for page in pages)


def test_an_objection_holds_publicity_and_says_until_when(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    go(database, lot_id, *AFTER_DEADLINE[:6])
    go(database, lot_id, S.OBJECTION_SUSPENDED, reason="对第一候选人的业绩提出异议")
    page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
    for told in ("异议处理，暂停", "距答复异议的期限", "实施条例第 54 条", "答复之前暂停定标"):
        assert told in page, told
    assert rail_of(page)[5] == "progress"
    listed = client.get("/?stage=publicity").get_data(as_text=True)
    assert str(lot_id) in listed.split('id="lots"')[1]
    go(database, lot_id, S.CANDIDATES_PUBLISHED, reason="已答复")
    assert "恢复：候选人公示" in client.get(f"/lots/{lot_id}").get_data(as_text=True)


def test_a_second_evaluation_shows_its_reason(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    go(database, lot_id, *AFTER_DEADLINE[:6])
    go(database, lot_id, S.RE_EVALUATION, reason="异议成立，重新评审")
    page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
    assert "重新评标" in page
    assert "异议成立，重新评审" in page
    assert rail_of(page)[4] == "progress"


@pytest.mark.parametrize("to", [S.TERMINATED, S.FAILED, S.VOID])
@pytest.mark.parametrize("after", [0, 3, 6])
@pytest.mark.parametrize("held", [False, True])
def test_a_lot_that_left_the_line_says_why_and_where(
    client: FlaskClient, database: Database, lot_id: UUID, to: LotStage, after: int, held: bool
) -> None:
    go(database, lot_id, *AFTER_DEADLINE[:after])
    if held:
        go(database, lot_id, S.SUSPENDED, reason="接到投诉")
        assert "接到投诉。恢复后另行公告" in client.get(f"/lots/{lot_id}").get_data(as_text=True)
    go(database, lot_id, to, reason="项目资金取消。")
    page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
    assert life.stage_word(to) in page
    assert "项目资金取消。标段到此结束" in page
    assert rail_of(page).count("refused") == 1
    assert ("没有开启的投标原封退回" in page) is (after < 3)
    assert "参加投标" not in page


def test_a_page_never_counts_down_to_a_period_that_is_over(
    client: FlaskClient, database: Database, lot_id: UUID
) -> None:
    """The page renews itself when a countdown ends; one that has ended would renew for ever."""
    with database.writing() as session:
        session.get_one(Lot, lot_id)
        long_ago = legal_now(session) - timedelta(days=60)
        for stage in AFTER_DEADLINE[:6]:
            move_lot(session, lot_id, stage, actor=JOB, now=long_ago)
    page = client.get(f"/lots/{lot_id}").get_data(as_text=True)
    assert "data-until" not in page.split('<ol class="rail')[0]


def test_every_public_stage_has_its_words() -> None:
    for stage in frozenset(S) - BEFORE_NOTICE:
        assert life.stage_word(stage)
