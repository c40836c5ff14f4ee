"""A bidder rehearses days before, and is refused at the deadline: what both leave in hand."""

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, Route, expect
from sqlalchemy import update

from kernel.clock import legal_now
from kernel.db import Database
from trading.installation import Installation
from trading.tenders.models import Lot

SLOW = 40_000
STEPS = 11


def rehearse(page: Page, code: str, folder: Path, checked: Callable[[Page], None]) -> None:
    """All by keyboard; the platform's answer is lost once, and the run goes on where it stopped."""
    lost: list[str] = []

    def lose(route: Route) -> None:
        lost.append(route.request.url)
        route.abort() if len(lost) == 1 else route.continue_()

    page.route("**/rehearsal/envelope", lose)
    page.locator("#rehearsal-start").focus()
    page.keyboard.press("Enter")
    done = page.locator("#rehearsal-steps [data-s=done], #rehearsal-steps [data-s=need]")
    judged = page.locator("[data-step=judge]")
    expect(judged).to_have_attribute("data-s", "refused", timeout=SLOW)
    expect(judged).to_contain_text("没有收到服务器的回答")
    expect(page.locator("#rehearsal-told")).to_have_text("1 项未通过")
    checked(page)
    page.locator("#rehearsal-resume").focus()
    page.keyboard.press("Enter")
    expect(done).to_have_count(STEPS, timeout=SLOW)
    expect(page.locator("#rehearsal-chip")).to_contain_text("可以投标")
    assert len(lost) == 2
    page.fill("#f-recovery", "AAAA" + code[4:])
    page.press("#f-recovery", "Enter")
    expect(page.locator("#code-told")).to_contain_text("不是一个恢复码")
    page.fill("#f-recovery", code.lower().replace("-", " "))
    page.press("#f-recovery", "Enter")
    expect(page.locator("#code-told")).to_contain_text("纸上这份有效")
    with page.expect_download() as told:
        page.click("#rehearsal-save")
    told.value.save_as(folder / "rehearsal.json")
    result = json.loads((folder / "rehearsal.json").read_text("utf-8"))
    assert result["passed"] and len(result["lines"]) == STEPS
    checked(page)


def set_deadline(running: Installation, lot_id: UUID, ahead: timedelta) -> None:
    """Move a lot's deadline to `ahead` of now; the page that is open does not know."""
    database = Database(running.settings.database_url, pool_size=0)
    with database.writing() as session:
        deadline = legal_now(session) + ahead
        session.execute(update(Lot).where(Lot.id == lot_id).values(deadline=deadline))


def be_refused(page: Page, folder: Path, checked: Callable[[Page], None]) -> None:
    """The bid comes too late: words at once, and a receipt as soon as the log has it."""
    page.click("#seal-button")
    page.click("dialog#seal button[type=submit]")
    expect(page.locator("#bid-refusal")).to_contain_text("BID-1403", timeout=SLOW)
    card = page.locator("#refusals .receipt[data-code=BID-1403]")
    expect(card).to_have_count(1, timeout=SLOW)
    for words in ("拒收回执", "未接收", "已过截止", "条例第 36 条", "保证金凭令牌退回"):
        expect(card).to_contain_text(words)
    checked(page)
    with page.expect_download() as told:
        card.get_by_role("button", name="下载").click()
    kept = folder / "refusal.json"
    told.value.save_as(kept)
    link = card.locator("svg.qr")
    expect(link).to_have_attribute("aria-label", "扫码核验拒收回执")
    page.reload()
    expect(card).to_have_count(1, timeout=SLOW)
    page.goto("/check")
    choose = page.locator("#check-drop input[type=file]")
    choose.set_input_files(kept)
    expect(page.locator("#check-result")).to_contain_text("拒收回执有效")
    expect(page.locator("#check-result")).to_contain_text("原因代码 BID-1403")
    checked(page)
    refusal = json.loads(kept.read_text("utf-8"))
    kept.write_text(json.dumps({**refusal, "code": "BID-1402"}), "utf-8")
    choose.set_input_files(kept)
    expect(page.locator("#check-result")).to_contain_text("拒收回执无效")
