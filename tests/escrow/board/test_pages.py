"""The pages of the money: sealed before the lists, everything after them, each to its readers."""

from datetime import timedelta
from io import BytesIO
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader
from sqlalchemy import select

from escrow.bookings.models import BankEntry
from escrow.bookings.rules import BookedEntry, Sign
from escrow.public import Block, BlockKind
from escrow.refunds.models import Refund
from escrow.refunds.rules import RefundState
from kernel.clock import clock_timestamp
from tests.escrow.board.conftest import As
from tests.escrow.board.scene import (
    BANKS,
    DUE,
    FIRST_DAY,
    NOW,
    OWNER,
    STRANGER,
    Scene,
    T,
)

DAY = FIRST_DAY + timedelta(days=1)
PLACE = f"/reconciliation/yunlan/{DAY.isoformat()}"


def text(client: FlaskClient, path: str) -> str:
    answer = client.get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return answer.get_data(as_text=True)


def still(page: str) -> list[str]:
    return [line for line in page.splitlines() if "data-clock" not in line]


def test_before_its_list_a_payment_changes_no_byte_of_any_page(scene: Scene, as_: As) -> None:
    scene.lots.since = NOW - timedelta(days=20)
    scene.complete()
    scene.told("heguang", FIRST_DAY)
    account = scene.claim("yunlan")
    pages = (
        "/bank-board",
        "/bank-board/screen",
        "/reconciliation",
        "/refunds",
        "/reconciliation/heguang/2026-11-20",
        PLACE,
    )
    before = [still(text(as_("maker"), page)) for page in pages]
    for fen, number in ((DUE, account.number), (77_00, None)):
        scene.pay("yunlan", number, fen, at=T - timedelta(days=2))
        scene.pay("heguang", None, fen, at=T - timedelta(days=2))
    assert [still(text(as_("maker"), page)) for page in pages] == before
    for hidden in (account.number, "80,000", OWNER.name):
        assert all(hidden not in line for page in before for line in page)
    assert as_("maker").get(f"/sub-accounts/{account.number}").status_code == 404
    told = as_("maker").get("/reconciliation/heguang/2026-11-20/balances.pdf")
    assert (told.status_code, "ESC-1509" in told.get_data(as_text=True)) == (409, True)


def test_after_the_list_the_board_tells_everything_of_it(scene: Scene, as_: As) -> None:
    scene.lots.since = NOW - timedelta(days=20)
    held = scene.list_is_published()
    sealed = text(as_("maker"), "/bank-board")
    for shown in (
        "示范区道路勘察设计 1 标段",
        held["jiangpan"].number,
        "240,000",
        "起有标段的名单尚未公布",
    ):
        assert shown in sealed
    assert "近 30 日各家银行" not in sealed
    scene.lots.since = None
    scene.pay("heguang", None, 77_00, at=T)
    page = text(as_("maker"), "/bank-board")
    for shown in ("近 30 日各家银行", "¥80,000.00", "所有名单均已公布"):
        assert shown in page
    assert all(name in text(as_("supervisor"), "/bank-board/screen") for name in BANKS.values())
    mine = text(as_("bank"), "/bank-board")
    assert held["yunlan"].number in mine
    assert held["jiangpan"].number not in mine


def test_a_refund_without_an_answer_calls_a_person(scene: Scene, as_: As) -> None:
    scene.list_is_published()
    with scene.database.writing() as session:
        refund = session.scalars(select(Refund)).one()
        refund.state = RefundState.UNKNOWN
        refund.sent_at = clock_timestamp(session) - timedelta(days=1)
        key = refund.key
    page = text(as_("maker"), "/bank-board")
    assert "等人工处理的退款 1" in page
    assert key in page
    assert "银行未答复，查询中" in text(as_("maker"), "/refunds")


def test_a_sub_account_tells_its_life(scene: Scene, as_: As) -> None:
    held = scene.list_is_published()
    scene.propose()
    page = text(as_("supervisor"), f"/sub-accounts/{held['jiangpan'].number}")
    for shown in (
        "投标人领取",
        "到账 ¥50,000.00",
        "到账 ¥30,000.00",
        "第 1 次认定：合格，分次到账",
        "提出退还，等两人批准",
        OWNER.name,
    ):
        assert shown in page
    third = text(as_("maker"), f"/sub-accounts/{held['qinghe'].number}")
    assert "户名不符" in third
    assert "下达付款 ¥80,000.00" in third
    assert STRANGER.name not in third
    answer = as_("maker").post(
        "/deposits", data={"token": held["qinghe"].token, "csrf_token": "csrf"}
    )
    assert STRANGER.name in answer.get_data(as_text=True)
    assert as_("bidder").get(f"/sub-accounts/{held['qinghe'].number}").status_code == 403


def test_overdue_refunds_stand_first_and_say_what_holds_them(scene: Scene, as_: As) -> None:
    scene.list_is_published()
    scene.propose(due_at=NOW - timedelta(days=1))
    scene.lots.held[scene.lot] = Block(BlockKind.OBJECTION, NOW + timedelta(days=2))
    page = text(as_("maker"), "/refunds")
    for shown in ("已超期", "异议待答复", "等 2 人批准", "单笔退回"):
        assert shown in page
    assert "badrow" in page
    assert "这个状态下没有退款" in text(as_("maker"), "/refunds?state=settled")
    assert "这个状态下没有退款" in text(as_("maker"), "/refunds?q=桥梁")
    assert "示范区" in text(as_("maker"), "/refunds?state=overdue&q=示范区")
    assert "示范区" in text(as_("maker"), "/refunds?state=nonsense")


def broken(scene: Scene) -> BookedEntry:
    """A day on which the bank tells of one line more than we have booked."""
    held = scene.list_is_published()
    with scene.database.reading() as session:
        mine = BankEntry.bank_id == scene.banks["yunlan"]
        booked = session.scalars(select(BankEntry).where(mine)).one()
    number = held["yunlan"].number
    told = BookedEntry(
        booked.bank_ref, Sign.CREDIT, booked.amount_fen, booked.booked_at, number, None
    )
    extra = BookedEntry("YL9", Sign.CREDIT, 123_45, booked.booked_at, number, None)
    scene.told("yunlan", FIRST_DAY)
    scene.told("yunlan", DAY, told, extra)
    return extra


def test_a_day_says_what_blocks_it_and_closes(scene: Scene, as_: As) -> None:
    broken(scene)
    page = text(as_("maker"), PLACE)
    for shown in (
        "80,123",
        "80,000",
        "123",
        "B-01",
        "到当日为止还有差异",
        "先日结 2026-11-20",
        "两方相等",
    ):
        assert shown in page
    assert "日结并封存" not in page
    one = page.split('name="break" value="', 1)[1].split('"', 1)[0]
    form = {"break": str(UUID(one)), "csrf_token": "csrf", "back": PLACE}
    claimed = as_("checker").post("/reconciliation/claims", data=form)
    assert (claimed.status_code, claimed.location) == (303, PLACE)
    assert "何远" in text(as_("maker"), PLACE)
    told = {**form, "words": "银行补记"}
    assert as_("maker").post("/reconciliation/explanations", data=told).status_code == 303
    elsewhere = as_("checker").post(
        "/reconciliation/agreements", data={**told, "back": "https://elsewhere.example"}
    )
    assert elsewhere.location == "/reconciliation"
    for day in (FIRST_DAY, DAY):
        assert "日结并封存" in text(as_("maker"), f"/reconciliation/yunlan/{day}")
        closing = {"bank": "yunlan", "day": str(day), "csrf_token": "csrf"}
        assert as_("maker").post("/reconciliation/closings", data=closing).status_code == 303
    assert "封存的当日之根" in text(as_("bank"), PLACE)
    assert "已复核" in text(as_("maker"), "/reconciliation?breaks=ended")


def test_the_sheet_as_pdf_says_what_the_page_says(scene: Scene, as_: As) -> None:
    broken(scene)
    answer = as_("supervisor").get(f"{PLACE}/balances.pdf")
    assert (answer.status_code, answer.mimetype) == (200, "application/pdf")
    pages = PdfReader(BytesIO(answer.data)).pages
    told = "".join("".join(page.extract_text() for page in pages).split())
    for shown in (
        "银行存款余额调节表",
        "云澜银行",
        "银行对账单余额",
        "80,123.45",
        "80,000.00",
        "加：银行已收、平台未收",
        "123.45",
        "调节后余额",
        "银行已记、平台未记",
        "YL9",
        "330104",
        "调节后两方余额相等",
    ):
        assert "".join(shown.split()) in told
    foreign = as_("bank").get("/reconciliation/heguang/2026-11-20/balances.pdf")
    assert foreign.status_code == 404


@pytest.mark.parametrize("path", ["yunlan/soon", "none/2026-11-20", "yunlan/2020-01-01"])
def test_a_day_that_is_none_is_not_found(as_: As, path: str) -> None:
    assert as_("maker").get(f"/reconciliation/{path}").status_code == 404


def test_other_centres_refunds_are_not_listed(scene: Scene, as_: As) -> None:
    scene.list_is_published()
    scene.propose()
    assert "还没有退款" in text(as_("centre"), "/refunds")
