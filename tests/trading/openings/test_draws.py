"""Parameters drawn in a real hall: each event holds all that its recomputation needs."""

import subprocess
from typing import Any

import pytest

from kernel.permissions import Role
from kernel.pure.draws import Draw, lot_seed
from kernel.pure.errors import Refused
from tests.trading.openings.published import DRAWS
from tests.trading.openings.world import PRICES, Scene
from trading.openings import commands as c
from trading.openings import queries as openings
from trading.results import handover
from trading.tenders import queries as tenders


@pytest.fixture
def drawing(scene: Scene) -> Scene:
    """A hall that waits for its draws; the fourth bidder never decrypted."""
    with scene.house.database.writing() as session:
        lot = tenders.lot_row(session, scene.lot.id)
        lot.evaluation_plan = {**lot.evaluation_plan, "draws": DRAWS}
    scene.to_read_out(scene.bidders[3], count=4)
    return scene


def test_three_parameters_from_the_announcement_to_the_dossier(drawing: Scene) -> None:
    scene = drawing
    assert scene.stage() == "parameter_draw"
    (announced,) = scene.payloads("parameters_announced")
    assert [each["title"] for each in announced["draws"]] == ["下浮系数 K", "Δ", "B 值所在的投标"]
    assert not [price for price in PRICES if str(price) in str(scene.events())]

    for role, name, code in (
        (Role.AGENCY, "b", "OPN-1552"),
        (Role.AGENCY, "q1", "OPN-1551"),
        (Role.SUPERVISOR, "k", "OPN-1001"),
    ):
        with pytest.raises(Refused) as caught:
            scene.act(lambda by, name=name: c.Draw(by, name), role)  # type: ignore[misc]
        assert caught.value.code == code

    for _ in range(2):
        scene.act(lambda by: c.Draw(by, "k"))
    assert len(scene.payloads("parameter_drawn")) == 1
    scene.act(c.Draw)
    assert scene.stage() == "read_out"
    scene.act(c.Draw)
    assert len(scene.payloads("parameter_drawn")) == 3

    drawn = scene.payloads("parameter_drawn")
    _recomputed(scene, drawn)
    scene.act(c.ReadOut)
    for _ in range(2):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    assert scene.stage() == "closed"
    _recorded(scene, drawn)


def _recomputed(scene: Scene, drawn: list[dict[str, Any]]) -> None:
    """From each payload alone; the bid that nobody opened put its part in as well."""
    named = {each.sealed.commitment.hex() for each in scene.bidders}
    for told in drawn:
        parts = {bytes.fromhex(p["commitment"]): bytes.fromhex(p["part"]) for p in told["parts"]}
        assert {each.hex() for each in parts} == named
        seed = lot_seed(
            lot=str(scene.lot.id),
            name=f"parameter {told['name']}",
            close_root=bytes.fromhex(told["close_root"]),
            draw_parts=parts,
        )
        assert told["seed"] == seed.hex()
        assert told["index"] == Draw(seed).below(len(told["options"]))
        assert told["value"] == told["options"][told["index"]]
    assert drawn[2]["value"] in named
    organisation = next(
        each.name for each in scene.bidders if each.sealed.commitment.hex() == drawn[2]["value"]
    )
    assert organisation in drawn[2]["say"]


def _recorded(scene: Scene, drawn: list[dict[str, Any]]) -> None:
    values = {each["name"]: each["value"] for each in drawn}
    with scene.house.database.writing() as session:
        facts = openings.facts_of(session, scene.lot.id)
        lot = tenders.lot_row(session, scene.lot.id)
        dossier = handover.dossier(session, scene.house.keys, lot)
    told = facts["draws"]
    assert told["published"] == DRAWS
    assert {each["parameter"]["name"]: each["value"] for each in told["drawn"]} == values
    assert told["parts"] == drawn[0]["parts"]
    assert dict(dossier.drawn) == values
    with scene.house.database.reading() as session:
        record = openings.record_of(session, scene.lot.id)
    assert record is not None
    with scene.house.blobs.open(record.blob_key) as file:
        pdf = file.read()
    text = subprocess.run(
        ["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True
    ).stdout.decode()
    flat = "".join(text.split())
    assert f"在0.95、0.96、0.97中抽得{values['k']}" in flat
    assert all(part["part"] in flat for part in told["parts"])
