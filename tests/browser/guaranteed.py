"""Guarantees and forfeits in Chromium: applied for, paid, carried; what officials see of them."""

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from playwright.sync_api import Browser, Page, expect

from escrow import public
from escrow.forfeits.models import Forfeit
from escrow.guarantees.actions import step
from escrow.guarantees.models import Guarantee, Issuer
from escrow.guarantees.rules import GuaranteeState
from escrow.public import Against, Beneficiary, ForfeitReason, Ground
from kernel.clock import legal_now
from kernel.db import Database
from kernel.identity.queries import organisation, people_in_role
from kernel.permissions import Role
from tests.browser.test_interface import opened
from tests.trading.bids.world import PublishedLot
from trading.installation import Installation
from trading.tenders.models import Lot

DUE = 8_000_000
TEXT = "中标人于 2026-12-20 来函，声明放弃中标。"
GOOD, BAD = "霁川交通规划设计研究院有限公司", "禾屿公路勘察设计有限公司"
Checked = Callable[[Page], None]


def walk(running: Installation, lot: PublishedLot, browser: Browser, checked: Checked) -> None:
    """A bidder obtains a guarantee; officials see it, and decide on a forfeit over one."""
    context = browser.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce")
    context.request.post("/login/demo", form={"login": "bidder-4"})
    page = opened(context, running.url, f"/lots/{lot.id}/bid/deposit")
    page.click("[data-demo-key]")
    page.click("#recovery-kept")
    page.check("input[name=means][value=guarantee]")
    checked(page)
    page.click("#claim-form button[type=submit]")
    expect(page.locator("#guarantee-chip")).to_have_text("等待缴纳保函费用", timeout=30_000)
    checked(page)
    with page.expect_popup() as counter:
        page.get_by_role("link", name="到出函机构缴费").click()
    counter.value.get_by_role("button", name="缴纳").click()
    expect(counter.value.get_by_text("费用已缴纳")).to_be_visible()
    expect(page.locator("#guarantee-chip")).to_have_text("保函已出具", timeout=30_000)
    expect(page.locator("#guarantee")).to_contain_text("2")
    checked(page)
    page.goto(f"/lots/{lot.id}/bid")
    expect(page.locator("#deposit-chip")).to_have_text("保函已出具", timeout=30_000)
    expect(page.locator("#deposit-account")).to_contain_text("AL")
    expect(page.locator("#checks [data-s=done]", has_text="保函已出具")).to_have_count(1)
    context.close()
    forfeit = _accused(running, lot.id)
    _decided(running, browser, checked, forfeit)


def _accused(running: Installation, lot_id: UUID) -> UUID:
    """As after the list: a guarantee that holds, one that does not, a forfeit over the first."""
    database = Database(running.settings.database_url, pool_size=0)
    with database.writing() as session:
        now = legal_now(session)
        [centre] = {one.organisation_id for one in people_in_role(session, Role.CENTRE)}
        lot = session.get_one(Lot, lot_id)
        refs: dict[str, Any] = {"lot_ref": lot_id, "centre_ref": centre, "title": lot.name}
        issuer = session.query(Issuer).one()
        tenderee = organisation(session, lot.project.tenderee_id)
        paper = _paper(issuer, tenderee.name, tenderee.credit_code, lot.number)
        rows = [
            Guarantee(
                id=uuid4(),
                **refs,
                bidder_ref=uuid4(),
                bidder_name=name,
                issuer_id=issuer.id,
                document=paper,
                digest=bytes([no]) * 32,
                number=f"AL{no:016d}",
                amount_fen=DUE,
                required_fen=DUE,
                valid_until=date(2027, 3, 1),
                fault=fault,
                state=GuaranteeState.REFUSED if fault else GuaranteeState.RECEIVED,
                judged_at=now,
            )
            for no, (name, fault) in enumerate(
                (
                    ("霁川交通规划设计研究院有限公司", None),
                    ("禾屿公路勘察设计有限公司", "guarantee_lot"),
                ),
                start=1,
            )
        ]
        session.add_all(rows)
        session.flush()
        step(session, rows[0], GuaranteeState.VERIFIED, now=now, why="issued")
        against = Against(lot_id, rows[0].bidder_ref, centre, lot.name, rows[0].bidder_name)
        return public.propose_forfeit(
            session,
            against=against,
            ground=Ground(ForfeitReason.GAVE_UP, "招标投标法实施条例第 74 条", TEXT, bytes(32)),
            beneficiary=Beneficiary(tenderee.name, "3301040160000911640", "云澜银行平阳支行"),
            by=tenderee.name,
            now=now,
        )


def _paper(issuer: Issuer, beneficiary: str, code: str, lot: str) -> dict[str, Any]:
    return {
        "format": "sunbid guarantee/1",
        "number": "AL0000000000000001",
        "issuer": {"name": issuer.name, "credit_code": issuer.credit_code},
        "principal": {
            "name": "霁川交通规划设计研究院有限公司",
            "credit_code": "91330300MA2852237X",
        },
        "beneficiary": {"name": beneficiary, "credit_code": code},
        "lot": lot,
        "project": "平阳段改建工程",
        "amount_fen": DUE,
        "valid_from": "2026-11-24",
        "valid_until": "2027-03-01",
        "issued_at": "2026-11-22T09:00:00+08:00",
        "terms": "见索即付：收到受益人载明法定事由的书面索赔后 5 个工作日内无条件支付。",
        "certificate": "00",
        "signature": "00" * 64,
    }


def _decided(running: Installation, browser: Browser, checked: Checked, forfeit: UUID) -> None:
    """Two people of the centre uphold it; the supervisor may only read."""
    for login in ("centre", "finance", "supervisor"):
        context = browser.new_context(base_url=running.url, locale="zh-CN", reduced_motion="reduce")
        context.request.post("/login/demo", form={"login": login})
        page = opened(context, running.url, "/escrow/guarantees")
        expect(page.locator("tbody tr")).to_have_count(2)
        if login == "centre":
            checked(page)
        page.get_by_role("link", name="霁川").click()
        expect(page.get_by_text("出函机构确认有效")).to_be_visible()
        if login == "supervisor":
            checked(page)
        page.goto("/escrow/forfeits")
        page.get_by_role("link", name="霁川").click()
        expect(page.get_by_text(TEXT)).to_be_visible()
        checked(page)
        if login == "supervisor":
            expect(page.get_by_role("button", name="核对并批准")).to_have_count(0)
        else:
            page.get_by_role("button", name="核对并批准").click()
            page.get_by_role("button", name="批准", exact=True).click()
            expect(page.get_by_role("button", name="核对并批准")).to_have_count(0)
        context.close()
    database = Database(running.settings.database_url, pool_size=0)
    with database.reading() as session:
        row = session.get_one(Forfeit, forfeit)
        told = public.forfeit(session, lot_ref=row.lot_ref, bidder_ref=row.bidder_ref)
        assert told is not None
        assert [one.name for one in told.approvals] == []
        guarantee = session.get_one(Guarantee, row.guarantee_id)
        assert guarantee.state is GuaranteeState.CLAIMED
