"""After the close: the record on paper, its seal and code, the bundle, the ledger, the stream."""

import io
import subprocess
import sys
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from escrow.public import trial_balance
from tests.browser.acts_bids import BIDDING, REPLACED
from tests.browser.acts_hall import OBJECTION, REPLY
from tests.browser.acts_tender import LOT, PROJECT
from tests.browser.scene import Scene
from trading.installation import ROOT

DEPOSIT = 10_000_000


def check_record(scene: Scene) -> None:
    """A visitor downloads the record and checks text, seal and code."""
    pdf = _download(scene, f"/lots/{scene.lot_id}/record", "record.pdf")
    text = _tool("pdftotext", "-layout", str(pdf), "-")
    flat = "".join(text.split())
    for offer in BIDDING:
        for word in (offer.organisation, offer.price, offer.words, offer.manager):
            assert "".join(word.split()) in flat, (word, text)
    for word in ("开标记录", PROJECT, LOT, OBJECTION, REPLY, "4份", "演示"):
        assert "".join(word.split()) in flat, (word, text)
    assert REPLACED not in text
    signed = _tool("pdfsig", str(pdf))
    assert "Signature is Valid." in signed, signed
    assert "Total document signed" in signed, signed
    _follow_code(scene, pdf)


def _follow_code(scene: Scene, pdf: Path) -> None:
    """The printed code leads to the public check page, which knows this record and this file."""
    pages = _pictures(pdf)
    codes = [code.text for page in pages for code in zxingcpp.read_barcodes(page)]
    assert codes, "no code on the record"
    address = codes[0]
    assert address.startswith(f"{scene.installation.url}/check/"), address
    for number, page in enumerate(pages, start=1):
        picture = io.BytesIO()
        page.save(picture, "PNG")
        scene.album.keep(f"record-{number}", "public", picture.getvalue())
    visitor = scene.guests["visitor"]
    visitor.page.goto(address)
    result = visitor.page.locator("#check-result")
    expect(result).to_contain_text("平台登记过这个指纹")
    expect(result).to_contain_text("公开日志")
    scene.album.shot(visitor.page, "check-record", "public")
    visitor.page.locator("#check-drop input[type=file]").set_input_files(pdf)
    expect(result).to_contain_text("平台登记过的就是这一份")
    expect(result).to_contain_text("签名有效")
    visitor.click("上传这份 PDF 核验签章")
    expect(result).to_contain_text("签章覆盖全文")
    expect(result.locator("[data-s=refused]")).to_have_count(0)
    scene.album.shot(visitor.page, "check-file", "public")
    forged = pdf.with_name("forged.pdf")
    forged.write_bytes(pdf.read_bytes() + b"\n")
    visitor.page.locator("#check-drop input[type=file]").set_input_files(forged)
    expect(result).to_contain_text("平台没有登记过这个指纹")
    scene.album.shot(visitor.page, "check-forged", "public", look="phone")


def check_bundle(scene: Scene) -> None:
    """Everything published, checked offline by the program that shares nothing but pure rules."""
    bundle = _download(scene, f"/lots/{scene.lot_id}/bundle.zip", "bundle.zip")
    told = _tool(sys.executable, "-m", "verifier", str(bundle))
    assert told.splitlines()[-1].endswith("4 bids opened"), told
    damaged = bytearray(bundle.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    bundle.with_name("damaged.zip").write_bytes(damaged)
    done = subprocess.run(
        (sys.executable, "-m", "verifier", str(bundle.with_name("damaged.zip"))),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stdout


def check_ledger(scene: Scene) -> None:
    """Debits equal credits, and the ledger's bank accounts equal the banks' own books."""
    with scene.house.database.reading() as session:
        rows = trial_balance(session)
    assert sum(row.debit_fen - row.credit_fen for row in rows) == 0, rows
    held = [row.debit_fen - row.credit_fen for row in rows if row.kind.value == "cash"]
    assert set(scene.bank_balances().values()) == {DEPOSIT}
    assert held == [DEPOSIT] * 3, rows


def check_stream(scene: Scene) -> None:
    """The numbered events have no gap and tell the story in order."""
    state = scene.ask(f"/lots/{scene.lot_id}/hall/state")
    events = scene.ask(f"/live/{state['live_id']}/events?after=0")["events"]
    assert [event["seq"] for event in events] == list(range(1, state["last_seq"] + 1))
    kinds = [event["kind"] for event in events]
    story = ["deadline_locked", "list_published", "openings_unsealed", "manifest_signed"]
    story += ["read_out_done", "closed", "record_issued"]
    assert [kind for kind in kinds if kind in story] == story
    assert kinds.count("bid_read_out") == 4
    assert kinds.count("bid_confirmed") == 3
    assert kinds.count("bid_objected") == 1


def see_results(scene: Scene) -> None:
    """The lot's page and the supervisor's board show how it ended."""
    visitor = scene.guests["visitor"]
    page = visitor.go(f"/lots/{scene.lot_id}")
    for offer in BIDDING:
        expect(page.locator("#overview")).to_contain_text(offer.price)
    scene.album.shot(page, "lot-opened", "public")
    for path, name in (("/calendar", "calendar"), ("/log", "log"), ("/help", "help")):
        scene.album.shot(visitor.go(path), name, "public")
    scene.album.shot(scene.guests["supervisor"].go("/supervision"), "board", "supervisor")
    page = scene.guests["bidder-2"].go("/my/lots")
    expect(page.locator("#lots")).to_contain_text(LOT)
    scene.album.shot(page, "my-lots", "bidder")


def _download(scene: Scene, path: str, name: str) -> Path:
    answer = scene.guests["visitor"].context.request.get(path)
    assert answer.ok, (path, answer.status)
    kept = scene.folder / name
    kept.write_bytes(answer.body())
    return kept


def _pictures(pdf: Path) -> list[Image.Image]:
    _tool("pdftoppm", "-r", "110", "-png", str(pdf), str(pdf.with_suffix("")))
    return [Image.open(path) for path in sorted(pdf.parent.glob(f"{pdf.stem}-*.png"))]


def _tool(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stdout, done.stderr)
    return done.stdout
