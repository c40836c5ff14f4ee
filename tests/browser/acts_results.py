"""From the candidates to the archive: publicity, an objection, award, notices, contract, money."""

from datetime import timedelta
from uuid import UUID

from playwright.sync_api import Page, expect

from tests.browser.acts_bids import OFFERS
from tests.browser.acts_tender import LOT
from tests.browser.papers import paper
from tests.browser.scene import Scene, wait_until
from trading.demo import queries
from trading.demo.cast import cast
from trading.tenders import queries as lots

SLOW = 60_000
# Price points: 40 × lowest price ÷ own price; technical: the mean of five totals. By hand:
#   澄怀  (55.5 + 55.5 + 55.5 + 56 + 54.5 − 0.5) ÷ 5 = 276.5 ÷ 5 = 55.30
#         40 × 4,710,000.00 ÷ 4,925,808.06 = 38.2475… = 38.25
#   霁川  (51 + 51.5 + 50.5 + 52 + 51) ÷ 5 = 256 ÷ 5 = 51.20
#         40 × 4,710,000.00 ÷ 4,863,217.50 = 38.7397… = 38.74
#   禾屿  (44.5 + 45 + 45 + 44 + 44.5) ÷ 5 = 223 ÷ 5 = 44.60; the lowest price has all 40
RANKING = (
    ("澄怀工程设计咨询有限公司", "55.30", "38.25", "93.55"),
    ("霁川交通规划设计研究院有限公司", "51.20", "38.74", "89.94"),
    ("禾屿公路勘察设计有限公司", "44.60", "40.00", "84.60"),
)
WINNER, SECOND, LAST = OFFERS[2], OFFERS[0], OFFERS[1]
OBJECTION = "对第一名候选人的业绩认定有疑问，请核实合同原件。"
REPLY = "经核对合同、批复与发票原件，业绩真实，结果维持不变。"
NUMBER = "HT-2026-0087"


def publish_candidates(scene: Scene) -> None:
    """The agency signs and publishes; the public sees ranks, scores and the days of publicity."""
    agency = scene.guests["agency"]
    page = _at_desk(scene, "agency")
    button = page.get_by_role("button", name="签名并公示")
    expect(button).to_be_visible(timeout=SLOW)
    scene.album.shot(page, "desk-report", "agency")
    agency.click("签名并公示")
    agency.confirm("用证书签名并公示", label="输入「公示候选人」以确认", text="公示候选人")
    expect(page.get_by_role("heading", name="公示期间")).to_be_visible(timeout=SLOW)
    public = scene.guests["public"].go(f"/lots/{scene.lot_id}/results")
    check_ranking(public)
    scene.album.shot(public, "candidates", "public")
    scene.album.shot(public, "candidates", "public", look="phone")
    lot = scene.guests["public"].go(f"/lots/{scene.lot_id}")
    scene.album.shot(lot, "lot-candidates", "public")


def check_ranking(page: Page) -> None:
    """The public ranking is the one reckoned by hand."""
    rows = page.locator("#ranking tbody tr")
    expect(rows).to_have_count(len(RANKING))
    for at, (organisation, _technical, _price, total) in enumerate(RANKING):
        expect(rows.nth(at)).to_contain_text(organisation)
        expect(rows.nth(at)).to_contain_text(total)


def object_and_answer(scene: Scene) -> None:
    """The second objects in time: everything waits until the agency has answered."""
    bidder = scene.guests[SECOND.login]
    page = bidder.go(f"/lots/{scene.lot_id}/results")
    page.get_by_label("异议内容").fill(OBJECTION)
    scene.album.shot(page, "objection", "bidder")
    page.locator("#objection-form").get_by_role("button", name="提出异议").click()
    expect(page.locator("#objections")).to_contain_text(OBJECTION)
    desk = _at_desk(scene, "agency")
    expect(desk.get_by_role("heading", name="答复异议")).to_be_visible()
    scene.album.shot(desk, "desk-objection", "agency")
    desk.locator("#objections").get_by_role("button", name="答复第 1 号异议").click()
    dialog = desk.get_by_role("dialog")
    dialog.get_by_label("书面答复").fill(REPLY)
    dialog.get_by_role("button", name="答复", exact=True).click()
    expect(desk.locator("#objections")).to_contain_text(REPLY)
    expect(desk.get_by_role("heading", name="公示期间")).to_be_visible()


def pass_publicity(scene: Scene) -> None:
    """To the morning after the last day of publicity."""
    with scene.house.database.reading() as session:
        over = queries.publicity_over(session, lots.lot_row(session, UUID(scene.lot_id)))
    assert over is not None
    assert over - scene.now() > timedelta(days=3)
    scene.go_to(over)


def award(scene: Scene) -> None:
    """The tenderee decides for the first rank and signs."""
    tenderee = scene.guests["tenderee"]
    page = _at_desk(scene, "tenderee")
    expect(page.get_by_role("button", name="选定并签名")).to_be_visible(timeout=SLOW)
    tenderee.click("选定并签名")
    scene.album.shot(page, "award", "tenderee")
    tenderee.confirm("用证书签名并定标", label="输入「确定中标人」以确认", text="确定中标人")
    expect(page.get_by_role("heading", name="发出中标通知书")).to_be_visible(timeout=SLOW)


def send_notices(scene: Scene) -> None:
    """Award notice, result notices and the public result, each a sealed PDF."""
    agency = scene.guests["agency"]
    page = _at_desk(scene, "agency")
    expect(page.get_by_role("button", name="发出全部通知书")).to_be_visible(timeout=SLOW)
    agency.click("发出全部通知书")
    agency.confirm("发出")
    expect(page.get_by_role("heading", name="登记合同", level=2)).to_be_visible(timeout=SLOW)
    reachable = agency.context.request

    def written() -> bool:
        kinds = ("candidates", "result", "award")
        paths = [f"/lots/{scene.lot_id}/notices/{kind}.pdf" for kind in kinds]
        return all(reachable.get(path).ok for path in paths)

    wait_until(written, "the notices' PDFs", 90)
    scene.album.shot(page, "desk-notices", "agency")


def sign_contract(scene: Scene) -> None:
    """The tenderee records the contract with its PDF."""
    tenderee = scene.guests["tenderee"]
    page = _at_desk(scene, "tenderee")
    expect(page.get_by_role("button", name="登记合同").first).to_be_visible(timeout=SLOW)
    tenderee.click("登记合同")
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("合同编号").fill(NUMBER)
    contract = paper(scene.folder, "合同", WINNER.organisation, WINNER.price, at=scene.now())
    dialog.locator("input[type=file]").set_input_files(contract)
    scene.album.shot(page, "contract", "tenderee")
    dialog.get_by_role("button", name="登记合同").click()
    expect(page.get_by_role("heading", name="退还保证金")).to_be_visible(timeout=SLOW)


def settle(scene: Scene) -> None:
    """The agency proposes, two people of the centre approve, the bank pays."""
    agency = scene.guests["agency"]
    page = _at_desk(scene, "agency")
    expect(page.get_by_role("button", name="提出退还")).to_be_visible(timeout=SLOW)
    agency.click("提出退还")
    agency.confirm("提出退还")
    expect(page.get_by_role("heading", name="保证金正在退还")).to_be_visible(timeout=SLOW)
    for role in ("centre", "finance"):
        guest = scene.guests[role]
        page = guest.go("/refunds")
        scene.album.shot(page, "settlements", role)
        page.get_by_role("link", name=LOT).first.click()
        guest.click("核对并批准")
        scene.album.shot(page, "approval", role)
        guest.confirm("批准退款")
        expect(page.get_by_role("button", name="核对并批准")).to_have_count(0)
    page = _at_desk(scene, "agency")
    expect(page.get_by_role("heading", name="归档", level=2)).to_be_visible(timeout=120_000)
    scene.album.shot(page, "desk-settled", "agency")


def archive(scene: Scene) -> None:
    """The agency closes the lot; the public page shows the end of its line."""
    agency = scene.guests["agency"]
    page = agency.page
    agency.click("归档")
    agency.confirm("归档", label="输入「归档」以确认", text="归档")
    expect(page.get_by_role("heading", name="已归档")).to_be_visible(timeout=SLOW)
    scene.album.shot(page, "desk-archived", "agency", look="dark")
    public = scene.guests["public"]
    page = public.go(f"/lots/{scene.lot_id}")
    expect(page.locator("body")).to_contain_text("已归档")
    scene.album.shot(page, "lot-archived", "public")
    page = public.go(f"/lots/{scene.lot_id}/results")
    expect(page.locator("#award")).to_contain_text(WINNER.organisation)
    scene.album.shot(page, "results", "public")
    scene.album.shot(page, "results", "public", look="phone-dark")
    page = scene.guests[LAST.login].go(f"/lots/{scene.lot_id}/results")
    expect(page.get_by_text("未中标").first).to_be_visible()
    scene.album.shot(page, "outcome", "bidder")
    scene.album.shot(scene.guests["supervisor"].go("/supervision"), "board", "supervisor")


def log_in_the_centre(scene: Scene) -> None:
    """Two people of the centre, at two browsers."""
    assert {"centre", "finance"} <= {person.login for person in cast().people}
    for login in ("centre", "finance"):
        scene.guests[login].log_in(login)


def _at_desk(scene: Scene, role: str) -> Page:
    """The desk of the result; a page that is there already comes anew by itself."""
    guest, path = scene.guests[role], f"/tenders/lots/{scene.lot_id}/results"
    return guest.page if guest.page.url.endswith(path) else guest.go(path)
