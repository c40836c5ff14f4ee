"""A real opening's bundle passes the offline check; each change to it fails in its own step."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from kernel import clock
from kernel.crypto.signatures import sign_p256
from kernel.house import Call, House
from kernel.permissions import Role, System
from kernel.pure.messages import ReleaseStage, withdrawal_message
from kernel.pure.policy import HolderLock
from kernel.pure.rule_sets import Regime
from kernel.settings import Settings
from tests.trading.openings.published import DRAWS
from tests.trading.openings.world import Scene, set_scene
from tests.verifier import mutations
from trading.bids import actions as bids
from trading.openings import commands as c
from trading.results import bundle as bundles
from trading.tenders import plans, rule_book
from trading.tenders.rules import LotKind
from verifier import bundle, steps
from verifier.failure import Failed

Files = dict[str, bytes]


@pytest.fixture
def house(settings: Settings) -> Iterator[House]:
    """The installation's parts on the test's database."""
    house = House.open(settings, pool_size=4)
    yield house
    house.database.dispose()


def test_the_bundle_of_an_opening(house: House, tmp_path: Path) -> None:
    """One opening, then every change: building it takes longer than checking it."""
    rules = rule_book.current(Regime.TENDERING)
    plan = plans.default(rules, kind=LotKind.SURVEY_DESIGN, estimate_fen=560_000_000)
    scene = set_scene(house, evaluation_plan={**plan, "draws": DRAWS})
    files = _published(scene)
    assert check(files, tmp_path) is None
    told = run(files, tmp_path)
    assert told.returncode == 0, told.stdout
    lines = told.stdout.splitlines()
    steps_shown = [line for line in lines if line.startswith("ok ")]
    assert steps_shown[:3] == ["ok contents", "ok signatures", "ok inclusion"]
    log_key = scene.house.keys.log_public_key.hex()
    assert any(line.startswith(f"key {log_key} log ") for line in lines)
    assert _no_holder_secret(scene, files)
    _damagedzipped(files, tmp_path)

    def key(index: int) -> ec.EllipticCurvePrivateKey:
        return scene.trustees[_role_of(scene, index)]

    wrong = {}
    for name, changed in mutations.applied(mutations.OPENING, files, key):
        found = check(changed, tmp_path) or "holds"
        if found.split(":")[0] != name.split("/")[0]:
            wrong[name] = found
    assert wrong == {}


def _published(scene: Scene) -> Files:
    """Four bid, one takes it back, one never decrypts; two are opened and read out."""
    scene.bid_all(4)
    _withdraw(scene, 3)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    for bidder in scene.bidders[:2]:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(ReleaseStage.OPEN)
    scene.sign_openings()
    scene.act(c.Draw)
    scene.act(c.ReadOut)
    scene.answer(scene.bidders[0], "agreed")
    scene.answer(scene.bidders[1], "objected", "工期读错")
    scene.go_on(minutes=scene.lot.minutes.confirmation)
    scene.act(lambda by: c.AnswerObjection(by, 1, "已核对"))
    if scene.stage() != "closed":
        scene.act(c.CloseOpening)
    assert scene.stage() == "closed"
    with scene.house.database.reading() as session:
        call = Call(session, System("test"), clock.legal_now(session), scene.house)
        raw = bundles.build(call, scene.lot.id)
        assert bundles.build(call, scene.lot.id) == raw
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def _withdraw(scene: Scene, number: int) -> None:
    bidder = scene.bidders[number]
    actor = bidder.actor(scene.lot.id)
    taken = bidder.sealed.commitment
    message = withdrawal_message(lot=str(scene.lot.id), pseudonym=actor.pseudonym, commitment=taken)
    with scene.house.database.writing() as session:
        bids.withdraw(
            session,
            actor=actor,
            taken=taken,
            signature=sign_p256(bidder.sealed.signer, message),
            token=None,
        )


def zipped(files: Files, folder: Path) -> Path:
    path = folder / "bundle.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return path


def check(files: Files, folder: Path) -> str | None:
    try:
        read = bundle.read(zipped(files, folder))
    except Failed as failed:
        return f"contents: {failed}"
    return steps.run(read, lambda _name: None)


def run(files: Files, folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "verifier", str(zipped(files, folder))]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def _no_holder_secret(scene: Scene, files: Files) -> bool:
    secrets = [bidder.sealed.s_holder for bidder in scene.bidders]
    return not any(
        secret in raw or secret.hex().encode() in raw
        for raw in files.values()
        for secret in secrets
    )


def _role_of(scene: Scene, index: int) -> Role:
    return next(role for role in scene.trustees if scene.seat(role) == index)


def _damagedzipped(files: Files, folder: Path) -> None:
    path = zipped(files, folder)
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(Failed, match="cannot be read"):
        bundle.read(path)
    assert HolderLock.BIDDER.value == json.loads(files["policies.json"])[0]["holder_lock"]


def test_usage_is_told_on_a_wrong_call() -> None:
    command = [sys.executable, "-m", "verifier"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    assert told.returncode == 2
    assert "usage" in told.stderr
