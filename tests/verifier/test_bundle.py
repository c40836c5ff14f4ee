"""A real opening's bundle passes the offline check; each change to it fails in its own step."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from kernel import clock
from kernel.crypto.signatures import sign_p256
from kernel.house import Call, House
from kernel.permissions import Role, System
from kernel.pure import jcs
from kernel.pure.messages import ReleaseStage, read_release, withdrawal_message
from kernel.pure.policy import HolderLock
from kernel.settings import Settings
from tests.trading.openings.world import Scene, set_scene
from trading.bids import actions as bids
from trading.openings import commands as c
from trading.results import bundle as bundles
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
    scene = set_scene(house)
    files = _published(scene)
    assert check(files, tmp_path) is None
    told = run(files, tmp_path)
    assert told.returncode == 0, told.stdout
    assert told.stdout.splitlines()[:3] == ["ok contents", "ok signatures", "ok inclusion"]
    assert _no_holder_secret(scene, files)
    for step, change in CHANGES.items():
        changed = dict(files)
        change(changed, scene)
        found = check(changed, tmp_path)
        assert found is not None, step
        assert found.split(":")[0] == step.split("/")[0], (step, found)
    _damagedzipped(files, tmp_path)


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
    scene.act(c.ReadOut)
    scene.go_on(minutes=scene.lot.minutes.confirmation)
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


def _first(files: Files, folder: str, end: str = ".json") -> str:
    return min(name for name in files if name.startswith(f"{folder}/") and name.endswith(end))


def _edit(name: str, change: Callable[[Any], None]) -> Callable[[Files, Scene], None]:
    """Change one JSON file; `name` ending in a slash means the first of that folder."""

    def apply(files: Files, _scene: Scene) -> None:
        target = _first(files, name.removesuffix("/")) if name.endswith("/") else name
        value = json.loads(files[target])
        change(value)
        files[target] = jcs.canonical(value)
        if target == "facts.json":
            told = json.loads(files["bundle.json"])
            told["record"] = sha256(files[target]).hexdigest()
            files["bundle.json"] = jcs.canonical(told)

    return apply


def _flip(text: str) -> str:
    return ("0" if text[0] != "0" else "1") + text[1:]


def _flip_field(*path: str | int) -> Callable[[Any], None]:
    def change(value: Any) -> None:
        place = value
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = _flip(place[path[-1]])

    return change


def _wrong_share(files: Files, scene: Scene) -> None:
    """A share that a trustee signed but that is not the header's."""
    value = json.loads(files["releases.json"])
    value[0]["shares"][0]["share"] = _flip(value[0]["shares"][0]["share"])
    key = scene.trustees[_role_of(scene, value[0]["trustee"])]
    value[0]["signature"] = sign_p256(key, read_release(value[0]).message()).hex()
    files["releases.json"] = jcs.canonical(value)


def _role_of(scene: Scene, index: int) -> Role:
    return next(role for role in scene.trustees if scene.seat(role) == index)


def _swap_sealed(files: Files, _scene: Scene) -> None:
    name = _first(files, "openings", ".sealed")
    files[name] = bytes([files[name][0] ^ 1]) + files[name][1:]


def _late_deadline(files: Files, scene: Scene) -> None:
    """A further policy whose deadline the close did not reach."""
    value = json.loads(files["policies.json"])
    value.append({**value[0], "deadline": "2099-01-01T00:00:00Z", "version": 99})
    files["policies.json"] = jcs.canonical(value)


def _another_price(value: Any) -> None:
    row = next(row for row in value["bids"] if row["offer"])
    row["offer"]["price_fen"] += 1


def _hidden_bid(files: Files, _scene: Scene) -> None:
    live = json.loads(files["manifest.json"])["manifest"]["live"]
    del files[f"envelopes/{live[0]}.json"]


def _without_close(files: Files, _scene: Scene) -> None:
    del files["close.json"]


def _drop_releases(value: Any) -> None:
    del value[-1]


CHANGES: dict[str, Callable[[Files, Scene], None]] = {
    "contents/facts changed": lambda files, _scene: files.update({"facts.json": b"{}"}),
    "contents/strange file": lambda files, _scene: files.update({"../evil": b""}),
    "contents/file missing": _without_close,
    "contents/not canonical": lambda files, _scene: files.update({"policies.json": b"[ ]"}),
    "signatures/header": _edit("envelopes/", _flip_field("signature")),
    "signatures/withdrawal": _edit("withdrawals/", _flip_field("signature")),
    "signatures/release": _edit("releases.json", _flip_field(0, "signature")),
    "signatures/agency": _edit("facts.json", _flip_field("openings_signature", "signature")),
    "signatures/unknown policy": _edit("policies.json", lambda value: value.clear()),
    "inclusion/receipt": _edit("envelopes/", _flip_field("receipt", "path", 0)),
    "inclusion/leaf": _edit(
        "envelopes/",
        lambda value: value["receipt"].update(leaf=value["receipt"]["leaf"].replace("bid.", "b.")),
    ),
    "times/deadline after the close": _late_deadline,
    "manifest/a bid left out": _hidden_bid,
    "manifest/another digest": _edit("facts.json", _flip_field("manifest")),
    "shares/not the header's": _wrong_share,
    "shares/too few": _edit("releases.json", _drop_releases),
    "keys/content key": _edit("openings/", _flip_field("cek")),
    "tags/sealed bytes": _swap_sealed,
    "tags/another opening": _edit("openings/", lambda value: value["opening"].update(price_fen=1)),
    "bindings/signature": _edit("bindings.json", _flip_field(0, "signature")),
    "bindings/missing": _edit("bindings.json", lambda value: value.pop() and None),
    "read-out/another price": _edit("facts.json", _another_price),
}


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
