"""The demonstration's past, played by real people without browsers, and a bundle that verifies."""

import json
import subprocess
import sys
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from kernel import clock
from kernel.house import House
from tests.running import installation
from trading.demo import seed
from trading.installation import ROOT, Installation
from trading.run import prepare
from trading.tenders.models import Lot
from trading.tenders.rules import LotStage

ARCHIVED = "平阳县万全片区公路安全提升工程设计"

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def running() -> Iterator[Installation]:
    """An installation whose history has come to its present."""
    with installation(prepare) as found:
        house = House.open(found.settings, pool_size=2)
        seed.epilogue(house)
        house.database.dispose()
        yield found


@pytest.fixture(scope="module")
def bundle(running: Installation, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What anybody may download of the archived lot."""
    [lot] = lots(running, ARCHIVED)
    path = tmp_path_factory.mktemp("past") / "bundle.zip"
    with urllib.request.urlopen(f"{running.url}/lots/{lot.id}/bundle.zip", timeout=60) as answer:
        path.write_bytes(answer.read())
    return path


def lots(running: Installation, *names: str) -> list[Lot]:
    """Lots of the installation, all or by name."""
    house = House.open(running.settings, pool_size=1)
    with house.database.reading() as session:
        found = list(session.scalars(select(Lot)))
        session.expunge_all()
    house.database.dispose()
    return [lot for lot in found if not names or lot.name in names]


def verify(path: Path) -> tuple[int, str]:
    """The offline check's answer."""
    command = (sys.executable, "-m", "verifier", str(path))
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout


def test_every_lot_stands_where_its_life_has_come_to(running: Installation) -> None:
    assert {lot.name: lot.stage for lot in lots(running)} == {
        "云澜市水文监测站网升级工程勘察设计": LotStage.TERMINATED,
        "平阳县鳌江支流清淤工程监理": LotStage.FAILED_TOO_FEW,
        ARCHIVED: LotStage.ARCHIVED,
        "平阳县滨海大道慢行系统工程设计": LotStage.OPENED,
        "平阳县昆阳镇老旧管网改造工程设计": LotStage.CANDIDATES_PUBLISHED,
        "桐乡至苍南公路平阳段（230省道平阳段改建工程）设计咨询": LotStage.DOCUMENTS_ON_OFFER,
        "云澜市澜河东岸防洪排涝工程设计": LotStage.DOCUMENTS_ON_OFFER,
        "平阳县职业中等专业学校实训楼工程设计": LotStage.NOTICE_PUBLISHED,
    }


def test_the_first_page_finds_the_clock_an_hour_before_the_deadline(running: Installation) -> None:
    with urllib.request.urlopen(f"{running.url}/demo/state", timeout=30) as answer:
        told = json.load(answer)
    assert not told["playing"]
    assert "10" in told["step"]["label"]


def test_a_restart_moves_no_clock(running: Installation) -> None:
    house = House.open(running.settings, pool_size=1)
    offsets = []
    for _ in range(2):
        with house.database.reading() as session:
            offsets.append(clock.installation(session).clock_offset)
        seed.epilogue(house)
    house.database.dispose()
    assert offsets[0] == offsets[1]


def test_its_bundle_verifies(bundle: Path) -> None:
    status, told = verify(bundle)
    assert status == 0, told
    assert told.splitlines()[-1].endswith("3 bids opened, 3 ranked, awarded")


def changed(bundle: Path, name: str, change: Callable[[Any], None]) -> Path:
    """The bundle with one JSON file changed; `name` may be the beginning of it."""
    path = bundle.with_name(f"changed-{abs(hash(name))}.zip")
    with zipfile.ZipFile(bundle) as source, zipfile.ZipFile(path, "w") as target:
        found = next(one for one in source.namelist() if one.startswith(name))
        for item in source.namelist():
            raw = source.read(item)
            if item == found:
                value = json.loads(raw)
                change(value)
                raw = json.dumps(
                    value, ensure_ascii=False, sort_keys=True, separators=(",", ":")
                ).encode()
            target.writestr(item, raw)
    return path


def score(sheet: dict[str, Any]) -> None:
    """One mark less."""
    text = json.loads(sheet["text"])
    key = sorted(text["marks"])[0]
    text["marks"][key]["value"] = "fail" if text["marks"][key]["value"] == "pass" else "0"
    sheet["text"] = json.dumps(text, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def swap(facts: dict[str, Any]) -> None:
    """The first two change places."""
    ranking = facts["result"]["ranking"]
    ranking[0], ranking[1] = ranking[1], ranking[0]


def price(facts: dict[str, Any]) -> None:
    """One fen less."""
    facts["bids"][0]["price_fen"] -= 1


@pytest.mark.parametrize(
    ("name", "change", "step"),
    [
        ("evaluation/sheets/", score, "sheets"),
        ("evaluation/facts.json", price, "scores: price of bid 1"),
        ("evaluation/facts.json", swap, "ranking: ranking[0]"),
    ],
)
def test_one_change_is_named(
    bundle: Path, name: str, change: Callable[[Any], None], step: str
) -> None:
    status, told = verify(changed(bundle, name, change))
    assert status == 1, told
    assert f"FAILED {step}" in told
