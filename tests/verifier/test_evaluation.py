"""A real lot's whole bundle verifies; each change to it fails in the step that is about it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kernel.crypto.signatures import sign_p256
from kernel.house import House
from kernel.pure import jcs
from kernel.settings import Settings
from tests.verifier.judged import Files, Judged, judge, opened
from tests.verifier.test_bundle import check, run, zipped
from verifier import bundle, steps
from verifier.failure import Failed

FACTS = "evaluation/facts.json"
LEFT = ("scores", "ranking")
JUDGING = ["ok draw", "ok sheets", "ok scores", "ok ranking", "ok report"]


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=6)
    yield house
    house.database.dispose()


def test_the_bundle_of_a_whole_lot(house: House, tmp_path: Path) -> None:
    """One lot, its bundle at three moments, then every change."""
    results = opened(house)
    judged = judge(results)
    assert results.stage() == "report_signed"
    sealed = judged.files()
    assert not any(name.startswith(("evaluation/", "award/")) for name in sealed)
    assert check(sealed, tmp_path) is None, "before the report is public, the opening alone"
    results.publish()
    published = judged.files()
    assert check(published, tmp_path) is None
    judged.opening.go_to(results.publicity_ends())
    results.award()
    judged.opening.work()
    files = judged.files()
    assert files == judged.files()
    told = run(files, tmp_path)
    assert told.returncode == 0, told.stdout
    assert told.stdout.splitlines()[-7:-1] == [*JUDGING, "ok award"]
    assert told.stdout.splitlines()[-1].endswith("3 ranked, awarded")
    _nobody_is_named(judged, files)
    pages = tmp_path / "pages"
    pages.mkdir()
    for number, (step, change) in enumerate(CHANGES.items()):
        changed = dict(files)
        change(changed, judged)
        found = _judged(changed, tmp_path)
        assert found is not None, step
        assert found.split(":")[0] == step.split("/")[0], (step, found)
        zipped(changed, tmp_path).rename(pages / f"{number}.zip")
    zipped(files, tmp_path).rename(pages / "whole.zip")
    assert _shown(pages) == []


def _shown(folder: Path) -> list[tuple[str, str | None]]:
    """Where the static page's modules name another step; two steps they leave to Python."""
    command = ["node", str(Path(__file__).with_name("check.mjs")), str(folder)]
    told = json.loads(subprocess.run(command, capture_output=True, check=True).stdout)
    assert told.pop("whole.zip") is None
    named = {name: told[f"{number}.zip"] for number, name in enumerate(CHANGES)}
    steps_of = {name: name.split("/")[0] for name in named}
    return [
        (name, found)
        for name, found in named.items()
        if found != steps_of[name] and steps_of[name] not in LEFT
    ]


def _judged(files: Files, folder: Path) -> str | None:
    """The opening's steps hold as before: no change here touches its files."""
    try:
        read = bundle.read(zipped(files, folder))
    except Failed as failed:
        return f"contents: {failed}"
    later = [step for step in steps.steps_of(read) if step not in steps.STEPS]
    return steps.run(read, lambda _name: None, chosen=later)


def _nobody_is_named(judged: Judged, files: Files) -> None:
    for raw in files.values():
        for expert in judged.desk.scene.experts:
            assert expert.entry.name.encode() not in raw
            assert expert.entry.employer.encode() not in raw
            assert expert.entry.employer_code.encode() not in raw


Change = Callable[[Files, Judged], None]


def _edit(name: str, change: Callable[[Any], None]) -> Change:
    """Change one JSON file; a name ending in a slash means the first of that folder."""

    def apply(files: Files, _judged: Judged) -> None:
        target = min(n for n in files if n.startswith(name)) if name.endswith("/") else name
        value = json.loads(files[target])
        change(value)
        files[target] = jcs.canonical(value)

    return apply


def _facts(change: Callable[[Any], None]) -> Change:
    return _edit(FACTS, change)


def _record(change: Callable[[Any], None]) -> Change:
    """Change the draw's record, and let the facts name the changed one."""

    def apply(files: Files, judged: Judged) -> None:
        _edit("evaluation/draw.json", lambda value: change(value["record"]))(files, judged)
        record = json.loads(files["evaluation/draw.json"])["record"]
        digest = sha256(jcs.canonical(record)).hexdigest()
        _facts(lambda facts: facts["draw"].update(record=digest))(files, judged)

    return apply


def _flip(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


def _nonce(record: Any) -> None:
    record["parties"][0]["nonce"] = _flip(record["parties"][0]["nonce"])


def _another_expert(facts: Any) -> None:
    """Two members change seats: neither was drawn for the other's."""
    one, other = facts["committee"][:2]
    one["expert"], other["expert"] = other["expert"], one["expert"]


def _clear_of_avoidance(record: Any) -> None:
    """Somebody related is let in: the pool is no longer the one that was logged."""
    record["pool"]["avoid"] = []


def _sheet_text(files: Files, change: Callable[[Any], None]) -> None:
    name = min(n for n in files if n.startswith("evaluation/sheets/"))
    value = json.loads(files[name])
    text = json.loads(value["text"])
    change(text)
    value["text"] = jcs.canonical(text).decode()
    files[name] = jcs.canonical(value)


def _changed_mark(files: Files, _judged: Judged) -> None:
    def change(text: Any) -> None:
        key = min(text["marks"])
        text["marks"][key]["note"] = "改过"

    _sheet_text(files, change)


def _dropped_sheet(files: Files, _judged: Judged) -> None:
    del files[min(n for n in files if n.startswith("evaluation/sheets/"))]


def _sheet_dropped_everywhere(files: Files, judged: Judged) -> None:
    """The facts forget it too: a seat is then missing."""
    name = min(n for n in files if n.startswith("evaluation/sheets/"))
    del files[name]
    gone = name.split("/")[-1].removesuffix(".json")

    def forget(facts: Any) -> None:
        facts["sheets"] = [row for row in facts["sheets"] if row["commitment"] != gone]

    _facts(forget)(files, judged)


def _sheet_by_another(files: Files, judged: Judged) -> None:
    """A sheet signed again, by another member's key."""
    row = json.loads(files[FACTS])["sheets"][0]
    other = judged.desk.scene.expert(row["seat"] % 5 + 1).person.certificate.private_key
    signed = sign_p256(
        other, b"sunbid sheet/1 signature\x00" + bytes.fromhex(row["commitment"])
    ).hex()
    name = f"evaluation/sheets/{row['commitment']}.json"
    _edit(name, lambda value: value.update(signature=signed))(files, judged)


def _score(facts: Any) -> None:
    bid = facts["result"]["bids"][0]
    bid["technical"]["rounded"] = "59.99"


def _one_mark(facts: Any) -> None:
    marks = facts["result"]["bids"][0]["members"][0]["marks"]
    marks[min(marks)] = "0.25"


def _price(facts: Any) -> None:
    facts["bids"][0]["price_fen"] += 1


def _price_everywhere(facts: Any) -> None:
    """Bid and result agree, the opening does not."""
    _price(facts)
    facts["result"]["bids"][0]["price_fen"] += 1


def _swap(facts: Any) -> None:
    ranking = facts["result"]["ranking"]
    ranking[0], ranking[1] = ranking[1], ranking[0]
    ranking[0]["rank"], ranking[1]["rank"] = 1, 2


def _fewer_candidates(facts: Any) -> None:
    facts["result"]["candidates"].pop()


def _reworded(facts: Any) -> None:
    facts["frozen_at"] = "2020-01-01T00:00:00+00:00"


def _signature_of_another(files: Files, judged: Judged) -> None:
    """Seat 1's answer signed by seat 2: the right words, the wrong member."""
    row = json.loads(files["evaluation/answers.json"])[0]
    told = {"answer": row["answer"], "opinion": row["opinion"], "room": "", "seat": 1}
    told["room"] = json.loads(files[FACTS])["room"]
    told["digest"] = sha256(files[FACTS]).hexdigest()
    other = judged.desk.scene.expert(2).person.certificate.private_key
    signed = sign_p256(other, b"sunbid report/1\x00" + jcs.canonical(told)).hex()
    change = _edit("evaluation/answers.json", lambda value: value[0].update(signature=signed))
    change(files, judged)


def _dissent_silenced(rows: Any) -> None:
    row = next(row for row in rows if row["answer"] == "dissent")
    row.update(answer="agree", opinion=None)


def _another_winner(award: Any) -> None:
    second = award["candidates"][1]
    award.update(winner=second["commitment"], rank=2, price_fen=second["price_fen"])


def _cheaper(award: Any) -> None:
    award["price_fen"] -= 1


def _without_log(files: Files, _judged: Judged) -> None:
    del files["evaluation/log.json"]


def _award_alone(files: Files, _judged: Judged) -> None:
    for name in [n for n in files if n.startswith("evaluation/")]:
        del files[name]


CHANGES: dict[str, Change] = {
    "contents/not canonical": lambda files, _j: files.update({FACTS: files[FACTS] + b" "}),
    "contents/award without evaluation": _award_alone,
    "contents/file missing": _without_log,
    "contents/strange file": lambda files, _j: files.update({"evaluation/names.json": b"{}"}),
    "draw/one nonce": _record(_nonce),
    "draw/pool": _record(_clear_of_avoidance),
    "draw/order": _record(lambda record: record["order"].reverse()),
    "draw/somebody left who did not": _record(lambda record: record["outs"].clear()),
    "draw/another expert on a seat": _facts(_another_expert),
    "draw/record": _edit("evaluation/draw.json", lambda v: _nonce(v["record"])),
    "sheets/one mark": _changed_mark,
    "sheets/one dropped": _dropped_sheet,
    "sheets/one dropped everywhere": _sheet_dropped_everywhere,
    "sheets/signed by another": _sheet_by_another,
    "sheets/told otherwise": _facts(lambda f: f["sheets"][0]["marks"].popitem() and None),
    "sheets/path": _edit(
        "evaluation/sheets/", lambda v: v["proof"].update(path=v["proof"]["path"][1:])
    ),
    "scores/one score": _facts(_score),
    "scores/one mark in the result": _facts(_one_mark),
    "scores/one price": _facts(_price),
    "scores/one price everywhere": _facts(_price_everywhere),
    "scores/ceiling": _facts(lambda f: f["lot"].update(ceiling_fen=None)),
    "scores/a verdict": _facts(lambda f: f["result"]["verdicts"][3].update(admitted=True)),
    "ranking/one rank": _facts(_swap),
    "ranking/a candidate fewer": _facts(_fewer_candidates),
    "report/other facts": _facts(_reworded),
    "report/another member's signature": _signature_of_another,
    "report/a dissent silenced": _edit("evaluation/answers.json", _dissent_silenced),
    "report/nobody asked the last": _edit("evaluation/answers.json", lambda v: v.pop() and None),
    "report/log": _edit("evaluation/log.json", lambda v: v["consistency"].pop(0) and None),
    "award/another winner": _edit("award/award.json", _another_winner),
    "award/another price": _edit("award/award.json", _cheaper),
    "award/another report": _edit("award/award.json", lambda v: v.update(report="00" * 32)),
    "award/path": _edit("award/proof.json", lambda v: v["proof"].update(index=1)),
    "award/moved": _edit("award/award.json", lambda v: v.update(organisation="别的公司")),
}
