"""The deposits' end: both books agree to the fen, every sub-account's life, every day closed."""

from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from zoneinfo import ZoneInfo

from playwright.sync_api import expect

from escrow.public import trial_balance
from tests.browser.acts_bids import BIDDING, OFFERS, STRANGER, UNSECURED, Offer
from tests.browser.scene import BANKS, Scene, wait_until
from trading.demo.cast import cast

SLOW = 90_000
# 活期 0.05 % a year of 360 days, each payment by itself, to a thousandth of a yuan and then to fen.
RATE, YEAR = Decimal("0.0005"), 360
SHANGHAI = ZoneInfo("Asia/Shanghai")


def check_books(scene: Scene, days: int) -> None:
    """Every deposit came back to the account it was paid from, with the interest due; a stranger's
    payment came back without. `days` from the payment to the second approval."""
    for offer in BIDDING:
        payer = next(one.account for one in cast().organisations if one.name == offer.organisation)
        assert payer is not None
        owed = 0 if offer.stranger else sum(_interest(part, days) for part in offer.parts)
        assert _moved(scene, payer.number) == owed, offer.organisation
    stranger = next(one.account for one in cast().payers if one.name == STRANGER)
    assert _moved(scene, stranger) == 0
    assert set(scene.bank_balances().values()) == {0}
    with scene.house.database.reading() as session:
        rows = trial_balance(session)
    assert sum(row.debit_fen - row.credit_fen for row in rows) == 0, rows


def _interest(part: str, days: int) -> int:
    exact = Decimal(part.replace(",", "")) * RATE * days / YEAR
    mils = exact.quantize(Decimal("0.001"), ROUND_HALF_UP)
    owed = int(mils.quantize(Decimal("0.01"), ROUND_HALF_UP) * 100)
    assert owed > 0
    return owed


def _moved(scene: Scene, account: str) -> int:
    """What the bank's own book did to an account, in fen."""
    return sum(_signed(line) for line in scene.ask_bank(f"/api/book?account={account}"))


def _signed(line: dict[str, Any]) -> int:
    amount = int(line["amount_fen"])
    return amount if line["sign"] == "CRDT" else -amount


def look_at_the_life(scene: Scene) -> None:
    """Finance reads the board, and each sub-account from its claim to the money's way home."""
    finance = scene.guests["finance"]
    page = finance.go("/bank-board")
    for bank in {offer.bank for offer in BIDDING}:
        expect(page.get_by_role("heading", name=bank)).to_be_visible()
    scene.album.shot(page, "bank-board", "finance")
    scene.album.shot(page, "bank-board", "finance", look="dark")
    for offer in (OFFERS[1], UNSECURED):
        page = finance.go(f"/sub-accounts/{_number(scene, offer)}")
        expect(page.locator("main")).to_contain_text("经过")
        scene.album.shot(page, f"life-{offer.login}", "finance")
    page = finance.go("/refunds")
    scene.album.shot(page, "refunds-done", "finance")
    scene.album.shot(page, "refunds-done", "finance", look="phone-dark")


def _number(scene: Scene, offer: Offer) -> str:
    """The bidder's sub-account, as its own page tells it."""
    page = scene.guests[offer.login].go(f"/lots/{scene.lot_id}/bid/deposit")
    number = page.locator("#account .mono")
    expect(number).not_to_be_empty()
    return number.inner_text()


def close_days(scene: Scene, since: date) -> None:
    """Every day at every bank, from its first to the day of the refunds: no break is open, both
    sides agree, finance seals it. The days with money on them by the page, the others like them."""
    last = scene.now().astimezone(SHANGHAI).date()
    scene.go_to((scene.now().astimezone(SHANGHAI) + timedelta(days=1)).replace(hour=0, minute=5))
    for bank in BANKS:
        day = _first_day(scene, bank)
        while day <= last:
            if day in (since, last):
                _close_by_hand(scene, bank, day)
            else:
                _close(scene, bank, day)
            day += timedelta(days=1)
    page = scene.guests["finance"].go("/reconciliation")
    expect(page.locator("main")).to_contain_text("没有差异等人处理")
    scene.album.shot(page, "days-closed", "finance")


def _first_day(scene: Scene, bank: str) -> date:
    """The oldest day that the board lists for a bank."""
    links = (
        scene.guests["finance"].go("/reconciliation").locator(f"a[href^='/reconciliation/{bank}/']")
    )
    expect(links.first).to_be_visible()
    return min(
        date.fromisoformat(str(link)[-10:])
        for link in links.evaluate_all("(all) => all.map((one) => one.href)")
    )


def _close_by_hand(scene: Scene, bank: str, day: date) -> None:
    finance = scene.guests["finance"]
    path = f"/reconciliation/{bank}/{day.isoformat()}"

    def closable() -> bool:
        return finance.go(path).get_by_role("button", name="日结并封存").count() == 1

    wait_until(closable, f"{bank} {day} to be closable", 120)
    expect(finance.page.get_by_text("两方相等")).to_be_visible()
    scene.album.shot(finance.page, f"close-{bank}-{day.isoformat()}", "finance")
    finance.click("日结并封存")
    expect(finance.page.get_by_text("封存的当日之根")).to_be_visible()


def _close(scene: Scene, bank: str, day: date) -> None:
    request = scene.guests["finance"].context.request
    token = request.get("/account/session").json()["csrf_token"]

    def closed() -> bool:
        return request.post(
            "/reconciliation/closings",
            form={"bank": bank, "day": day.isoformat()},
            headers={"X-CSRF-Token": token},
        ).ok

    wait_until(closed, f"{bank} {day} to be closed", 120)
