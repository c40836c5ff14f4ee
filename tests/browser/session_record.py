"""The record of a session of two lots, line by line: facts, PDF, signatures, bundles."""

import json
import subprocess
import sys
import tempfile
import zipfile
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

from tests.browser.acts_session import (
    EXTENDED,
    OBJECTION,
    PAUSED,
    PRICES,
    REPLY,
    SAID,
    TOLD,
    Session,
)
from trading.installation import ROOT


def check_record(session: Session) -> None:
    """Every line of the record against what was done."""
    told = _bundle(session)
    facts = told["record"]
    bids = {row["seat"]: row for row in facts["bids"]}
    assert [row["organisation"] for row in bids.values()] == _organisations(session)
    assert [row["offer"]["price_fen"] for row in list(bids.values())[:4]] == list(PRICES[:4])
    assert (bids[5]["offer"], bids[5]["code"]) == (None, "OPN-2121")
    assert [row["attended"] for row in bids.values()] == [True] * 4 + [False]
    assert [row["answer"] for row in bids.values()] == ["agreed", "agreed", "objected"] + [
        "deemed"
    ] * 2
    assert [one["reason"] for one in facts["windows"] if one.get("reason")] == [
        EXTENDED,
        "暂停顺延",
    ]
    assert [one["reason"] for one in facts["pauses"]] == [PAUSED]
    [objection] = facts["objections"]
    assert (objection["seat"], objection["text"]) == (3, OBJECTION)
    assert objection["reply"] == REPLY
    files = [*objection["attachments"], *objection["reply_attachments"]]
    assert len(files) == 2
    for file in files:
        path = f"/lots/{session.first}/hall/attachments/{file['sha256']}"
        assert sha256(session.world.fetch(path)).hexdigest() == file["sha256"]
    assert [(one["kind"], one.get("text")) for one in facts["transcript"]] == [
        ("chat_said", SAID),
        ("chat_said", TOLD),
        ("chat_muted", None),
        ("chat_unmuted", None),
    ]
    drawn = session.world.payloads(session.first, "parameter_drawn")
    assert [(one["parameter"]["name"], one["value"]) for one in facts["draws"]["drawn"]] == [
        (one["name"], one["value"]) for one in drawn
    ]


def check_signatures(session: Session) -> None:
    """The PDF says the same, and poppler finds every signature of it sound."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "record.pdf"
        path.write_bytes(session.world.fetch(f"/lots/{session.first}/record"))
        said = _run("pdftotext", str(path), "-")
        flat = "".join(said.split())
        for words in (EXTENDED, PAUSED, OBJECTION, REPLY, SAID, *_organisations(session)):
            assert "".join(words.split()) in flat, words
        checked = _run("pdfsig", "-nocert", str(path))
    assert checked.count("Signature is Valid.") == 4, checked
    assert "Total document signed" in checked


def check_bundle(session: Session) -> None:
    """The bundle of each lot holds, draws and all, without the platform."""
    for lot in (session.first, session.second):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bundle.zip"
            path.write_bytes(session.world.fetch(f"/lots/{lot}/bundle.zip"))
            found = _run(sys.executable, "-m", "verifier", str(path))
        assert "draws" in found, found


def _bundle(session: Session) -> dict[str, Any]:
    raw = session.world.fetch(f"/lots/{session.first}/bundle.zip")
    with zipfile.ZipFile(BytesIO(raw)) as files:
        return {"record": json.loads(files.read("facts.json")), "names": files.namelist()}


def _organisations(session: Session) -> list[str]:
    [listed] = session.world.payloads(session.first, "list_published")
    return [row["organisation"] for row in listed["bids"]]


def _run(*command: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
