"""Our disk damaged: the bidder's backup. A lost key: code, rescue panel, 撤销. Absent trustees.

20号令 31 and 办法 31: not opened for the bidder's reason is 撤销, and nobody waits for an absent
trustee while m of n are there.
"""

import base64
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from tests import running
from tests.browser.looks import Album
from tests.faults.world import World, offer, until, world

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

LOT = "补救"
BIDDERS = {  # what each bidder chose before sealing
    "bidder-1": {},
    "bidder-2": {"recovery": True},
    "bidder-3": {"consent": True},
    "bidder-4": {},
}
PRESENT = ("tenderee", "supervisor", "trustee")


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(LOT) as found:
        yield found


def test_a_lost_key_has_remedies_and_absent_trustees_hold_up_nobody(
    here: World, tmp_path: Path
) -> None:
    lot = here.lots[LOT]
    code = here.puppets.ask("newCode")
    _bid(here, code)
    files = {login: base64.b64decode(_act(here, "backup", login)) for login in list(BIDDERS)[:2]}
    here.advance(here.deadline(lot))
    _release(here, *PRESENT)
    here.until_stage(lot, "bidder_decryption")
    assert len(here.payloads(lot, "list_published")[0]["bids"]) == 4

    _act(here, "unlock", "bidder-1")
    album = Album(tmp_path / "remedies")
    with running.browsing() as browser:
        page = browser.new_context(base_url=here.installation.url).new_page()
        _disk_lost_then_backup(here, page, album, files)
        _key_lost_then_code(here, page, album, code)
        _code_lost_then_panel(here, page, album)
        _nothing_left(here, page, album)
        _two_of_three_shares_wait(here, page, album)
    assert album.blemishes == []
    _read_out(here)


def _act(here: World, do: str, login: str, **more: Any) -> Any:
    return here.puppets.ask(do, **{"as": login}, lot=str(here.lots[LOT]), **more)


def _refused(here: World, do: str, login: str, **more: Any) -> str:
    return here.puppets.refused(do, **{"as": login}, lot=str(here.lots[LOT]), **more)


def _bid(here: World, code: str) -> None:
    for number, (login, chosen) in enumerate(BIDDERS.items()):
        remedies = {**chosen, "recovery": code} if "recovery" in chosen else chosen
        terms = offer(400_000_000 + number * 1_000_000)
        files = {"technical": "技术文件", "commercial": "商务文件"}
        _act(here, "bid", login, offer=terms, files=files, **remedies)


def _release(here: World, *trustees: str) -> None:
    lot = here.lots[LOT]
    if here.until_stage(lot, "deadline_lock", "opening") == "deadline_lock":
        here.until_vouched(lot)
    for login in trustees:
        until(lambda login=login: _act(here, "release", login), f"{login}'s release")  # type: ignore[misc]


def _state(here: World, login: str) -> dict[str, Any]:
    told: dict[str, Any] = _act(here, "need", login)
    return told


def _open(here: World, page: Page, login: str) -> None:
    page.context.clear_cookies()
    page.context.request.post("/login/demo", form={"login": login})
    page.goto(f"/lots/{here.lots[LOT]}/hall/remedies")


def _disk_lost_then_backup(here: World, page: Page, album: Album, files: dict[str, bytes]) -> None:
    """Our disk has damaged a part; the bidder's own file mends it, nobody else's does."""
    damaged = _stored(here)
    whole = damaged.read_bytes()
    damaged.write_bytes(bytes(8) + whole[8:])
    _open(here, page, "bidder-1")
    page.click("details:has(#f-backup) summary")
    for login, told in (("bidder-2", "BID-1419"), ("bidder-1", "已补回 1 个部分")):
        buffer = files[login]
        file = FilePayload(name="own.sbe", mimeType="application/octet-stream", buffer=buffer)
        page.set_input_files("#f-backup", [file])
        page.click("#file-form button[type=submit]")
        expect(page.locator("#file-form")).to_contain_text(told)
        album.shot(page, "backup", "bidder", look="light")
    assert _stored(here).read_bytes() == whole


def _stored(here: World) -> Path:
    """Where the price of the bid that was decrypted lies, sealed, on the platform's disk."""
    [(blob,)] = here.rows(
        "SELECT u.blob FROM opening_bid b JOIN envelope_part p ON p.envelope_id = b.envelope_id "
        "JOIN upload u ON u.id = p.upload_id WHERE b.lot_id = :lot AND b.via = 'bid_key' "
        "AND p.part = 'opening'",
        lot=here.lots[LOT],
    )
    [found] = here.installation.settings.blobs_dir.rglob(blob)
    return found


def _key_lost_then_code(here: World, page: Page, album: Album, code: str) -> None:
    """The vault is gone with the old machine; a new one has the paper only."""
    _open(here, page, "bidder-2")
    expect(page.locator("#now")).to_contain_text("还来得及")
    page.click("#key-lost")
    expect(page.locator("#key-refusal")).to_contain_text("OPN-2101")
    page.fill("#f-code", code[:-1] + ("A" if code[-1] != "A" else "B"))
    page.click("#code-go")
    expect(page.locator("#code-refusal")).to_contain_text("OPN-2103")
    for look in ("light", "dark", "phone"):
        album.shot(page, "remedies", "bidder", look=look)
    page.fill("#f-code", code.replace("-", " ").lower())
    page.click("#code-go")
    expect(page.locator("#now")).to_contain_text("投标文件已经解密")
    bid = _state(here, "bidder-2")["bid"]
    assert (bid["state"], bid["via"]) == ("unlocked", "recovery")
    assert [one["code"] for one in bid["attempts"]] == ["OPN-2101", "OPN-2103", None]


def _code_lost_then_panel(here: World, page: Page, album: Album) -> None:
    """No key, no paper, but the consent: two of three others stand in, one wrong share is named."""
    assert _refused(here, "recover", "bidder-3", code=here.puppets.ask("newCode")) == "ENV-3102"
    assert _act(here, "rescue", "rescuer-1") == 0
    asked = _act(here, "askPanel", "bidder-3")["bid"]["rescue"]
    assert (asked["given"], asked["threshold"], len(asked["members"])) == (0, 2, 3)
    assert _refused(here, "rescueWrongShare", "rescuer-1") == "OPN-1312"
    [wrong] = here.payloads(here.lots[LOT], "rescue_refused")
    assert wrong["name"] == "云澜市江东公证处"
    _give_by_page(here, page, album)
    # k-1 shares are nothing.
    assert _state(here, "bidder-3")["bid"]["state"] == "listed"
    assert _act(here, "rescue", "rescuer-3") == 1
    bid = _state(here, "bidder-3")["bid"]
    assert (bid["state"], bid["via"], bid["rescue"]["given"]) == ("unlocked", "rescue", 2)


def _give_by_page(here: World, page: Page, album: Album) -> None:
    page.context.clear_cookies()
    page.context.request.post("/login/demo", form={"login": "rescuer-2"})
    page.goto("/rescue")
    page.click("[data-demo-key]")
    expect(page.locator("#requests .task")).to_contain_text("澄怀工程设计咨询有限公司")
    for look in ("light", "phone"):
        album.shot(page, "panel", "rescuer", look=look)
    page.click("#requests .acts button")
    expect(page.locator("#done")).to_contain_text("1 / 2")


def _nothing_left(here: World, page: Page, album: Album) -> None:
    """Key lost, no paper, no consent: told so in words, and revoked when the window ends."""
    _act(here, "keyLost", "bidder-4")
    assert _refused(here, "askPanel", "bidder-4") == "ENV-3104"
    _open(here, page, "bidder-4")
    expect(page.locator("#no-code")).to_be_visible()
    expect(page.locator("#no-panel")).to_contain_text("没有同意救援小组")
    expect(page.locator("#now")).to_contain_text("只剩投标密钥这一条路")
    [until_text] = [each["until"] for each in here.payloads(here.lots[LOT], "decryption_started")]
    here.advance(datetime.fromisoformat(until_text) + timedelta(seconds=1))
    here.until_stage(here.lots[LOT], "opening")
    final = [one for one in here.payloads(here.lots[LOT], "bid_failed") if one["final"]]
    assert [(one["code"], one["state"], one["fault"]) for one in final] == [
        ("OPN-2121", "revoked_bidder_fault", "bidder")
    ]
    expect(page.locator("#now")).to_contain_text("撤销", timeout=15_000)
    album.shot(page, "revoked", "bidder", look="phone")


def _two_of_three_shares_wait(here: World, page: Page, album: Album) -> None:
    """Two absent at release 1 were not missed; with three absent now all wait, in sight of all."""
    lot = here.lots[LOT]
    _release(here, *PRESENT[:2])
    page.goto(f"/lots/{lot}/hall")
    expect(page.locator("#committee")).to_contain_text("2/3")
    album.shot(page, "waiting", "public")
    assert here.stage(lot) == "opening"
    assert here.payloads(lot, "openings_unsealed") == []
    _release(here, PRESENT[2])
    until(lambda: here.payloads(lot, "openings_unsealed"), "the third share")
    expect(page.locator("#committee")).to_contain_text("3/3", timeout=15_000)


def _read_out(here: World) -> None:
    """What was rescued is read out like the rest; the record names every attempt."""
    lot = here.lots[LOT]
    assert len(here.payloads(lot, "bid_opened")) == 3
    rows = here.rows(
        "SELECT seat, via, code, member FROM opening_attempt WHERE lot_id = :lot ORDER BY at, id",
        lot=lot,
    )
    assert [(via, code) for _, via, code, _ in rows] == [
        ("bid_key", None),
        ("backup", None),
        ("bid_key", "OPN-2101"),
        ("recovery", "OPN-2103"),
        ("recovery", None),
        ("recovery", "OPN-2105"),
        ("rescue", "OPN-1312"),
        ("rescue", None),
        ("rescue", None),
        ("rescue", None),
        ("bid_key", "OPN-2101"),
    ]
