"""JavaScript seals a sheet, Python takes it in, opens it in the worker and counts it."""

import json
import subprocess
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from evaluation.rooms.rules import Stage
from evaluation.scoring.sheets import Mark, SealedSheet, SheetStage
from tests.evaluation.scoring.world import Committee

SCRIPT = Path(__file__).with_name("exchange.mjs")
Q = SheetStage.QUALIFICATION


def sealed_by_node(committee: Committee, seat: int, number: int, marks: dict[str, Any]) -> Any:
    key = committee.person(seat).certificate.private_key
    order = {
        "place": {
            "room": str(committee.room_id),
            "stage": Q.value,
            "seat": seat,
            "bid": committee.bid(number).hex(),
        },
        "marks": marks,
        "roomKey": committee.room().public_key.hex(),
        "pkcs8": key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()).hex(),
    }
    ran = subprocess.run(
        ["node", str(SCRIPT)],
        input=json.dumps(order).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return json.loads(ran.stdout)


def test_python_counts_what_javascript_sealed(committee: Committee) -> None:
    note = "注册资本与执照不符：〔2026〕第 7 号 😀 \u2028"
    told = {"licence": {"value": "fail", "note": note}, "quality": {"value": "pass", "note": ""}}
    body = sealed_by_node(committee, 1, 1, told)
    sheet = SealedSheet(
        stage=SheetStage(body["stage"]),
        bid=bytes.fromhex(body["bid"]),
        commitment=bytes.fromhex(body["commitment"]),
        sealed=bytes.fromhex(body["sealed"]),
        signature=bytes.fromhex(body["signature"]),
    )
    committee.hand_in(1, sheet)
    passed = {key: Mark("pass", "") for key in told}
    for number in (2, 3):
        committee.mark(1, Q, number, passed)
    committee.qualify(seats=(2, 3, 4, 5))
    committee.work()
    assert committee.room().stage is Stage.TECHNICAL
    reveal = committee.desk().current(Q)
    assert reveal is not None
    licence = reveal.content["verdicts"][0]["votes"][0]
    assert licence == {
        "key": "licence",
        "passed": 4,
        "failed": 1,
        "notes": [{"seat": 1, "note": note}],
    }
