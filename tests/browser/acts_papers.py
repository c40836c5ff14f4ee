"""After the archive: report and notices on paper, the money in both books, the bundle, the log."""

import io
import subprocess
import sys
from pathlib import Path

import zxingcpp
from PIL import Image
from playwright.sync_api import expect

from tests.browser.acts_committee import Committee
from tests.browser.acts_results import LAST, RANKING, SECOND, WINNER
from tests.browser.acts_tender import LOT
from tests.browser.scene import Scene
from trading.demo.cast import cast
from trading.installation import ROOT


def check_papers(scene: Scene, committee: Committee) -> None:
    """Every paper says what was decided, carries the centre's seal, and its code leads home."""
    ranking = [word for row in RANKING for word in row]
    names = [one.name for one in cast().experts if one.login in _logins(committee)]
    base = f"/lots/{scene.lot_id}"
    papers = (
        (
            "report",
            f"{base}/evaluation-report",
            "agency",
            ("评标报告", *ranking, *names, "投标担保不符合要求：户名不符"),
        ),
        ("candidates", f"{base}/notices/candidates.pdf", "visitor", ("中标候选人", RANKING[0][0])),
        ("result", f"{base}/notices/result.pdf", "visitor", ("中标结果", WINNER.organisation)),
        ("award", f"{base}/notices/award.pdf", WINNER.login, ("中标通知书", WINNER.words)),
        ("outcome", f"{base}/notices/outcome-{{seat}}.pdf", SECOND.login, (SECOND.organisation,)),
    )
    for name, path, role, words in papers:
        seat = _seat(scene, SECOND.organisation)
        pdf = _fetch(scene, role, path.format(seat=seat), f"{name}.pdf")
        flat = "".join(_tool("pdftotext", "-layout", str(pdf), "-").split())
        for word in (LOT, *words):
            assert "".join(word.split()) in flat, (name, word, flat)
        signed = _tool("pdfsig", str(pdf))
        assert "Signature is Valid." in signed, (name, signed)
        assert "Total document signed" in signed, (name, signed)
        _follow_code(scene, pdf, name)
    other = scene.guests[LAST.login].context.request
    assert other.get(f"{base}/notices/award.pdf").status in (403, 404)


def _logins(committee: Committee) -> set[str]:
    return {one.login for one in committee.members}


def _seat(scene: Scene, organisation: str) -> int:
    state = scene.ask(f"/lots/{scene.lot_id}/hall/state")
    events = scene.ask(f"/live/{state['live_id']}/events?after=0")["events"]
    rows = next(e["payload"]["bids"] for e in events if e["kind"] == "list_published")
    return int(next(row["seat"] for row in rows if row["organisation"] == organisation))


def _follow_code(scene: Scene, pdf: Path, name: str) -> None:
    pages = _pictures(pdf)
    codes = [code.text for page in pages for code in zxingcpp.read_barcodes(page)]
    assert codes, f"no code on the {name}"
    assert codes[0].startswith(f"{scene.installation.url}/check/"), codes
    for number, page in enumerate(pages[:2], start=1):
        picture = io.BytesIO()
        page.save(picture, "PNG")
        scene.album.keep(f"{name}-{number}", "public", picture.getvalue())
    visitor = scene.guests["visitor"]
    visitor.page.goto(codes[0])
    result = visitor.page.locator("#check-result")
    expect(result).to_contain_text("平台登记过这个指纹")
    if name == "report":
        scene.album.shot(visitor.page, "check-report", "public")


def check_bundle(scene: Scene) -> None:
    """The whole life recomputed offline: draw, sheets, scores, ranking, award."""
    bundle = _fetch(scene, "visitor", f"/lots/{scene.lot_id}/bundle.zip", "whole.zip")
    told = _tool(sys.executable, "-m", "verifier", str(bundle))
    for step in ("draw", "sheets", "scores", "ranking", "report", "award"):
        assert f"ok {step}\n" in told, told
    assert told.splitlines()[-1].endswith("4 bids opened, 3 ranked, awarded"), told


def _fetch(scene: Scene, role: str, path: str, name: str) -> Path:
    answer = scene.guests[role].context.request.get(path)
    assert answer.ok, (path, answer.status, answer.text()[:300])
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
