"""A close and its witnesses: in time, late, forked, down; what trustees and supervisor may do."""

import json
import subprocess
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from kernel import clock, log, testimony
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.permissions import Role
from kernel.pure import checkpoints, closes
from kernel.pure.closes import Decision, Verdict
from kernel.pure.errors import Refused
from kernel.pure.fields import Fields
from kernel.pure.messages import ReleaseStage
from tests.sealing_writer import write_envelope
from tests.trading.openings.world import PRICES, Bidder, Scene, identity_of
from tests.witnesses import stamper, watcher
from trading.bids import actions as bids
from trading.bids.models import Envelope
from trading.openings import closing, desk
from trading.openings import queries as openings

GATE = Path(__file__).with_name("gate.mjs")
LIST = ReleaseStage.LIST
DELTA = timedelta(seconds=10)


def close_state(scene: Scene) -> str:
    with scene.house.database.reading() as session:
        return openings.opening_row(session, scene.lot.id).close_state.value


def order(scene: Scene, role: Role = Role.CENTRE) -> dict[str, Any]:
    """What the platform shows a trustee's client."""
    with scene.house.database.reading() as session:
        told = desk.request(session, scene.lot.id, actor=scene.world.account(role))
    return {**told, "log": log_key(scene)}


def log_key(scene: Scene) -> dict[str, Any]:
    with scene.house.database.reading() as session:
        name = clock.installation(session).log_origin
    key = scene.house.keys.log_public_key.hex()
    root = scene.authority.root.hex()
    return {"name": name, "key": key, "root": root, **scene.house.witnesses.as_json()}


def gate(scene: Scene, *orders: dict[str, Any], receipts: tuple[Any, ...] = ()) -> dict[str, Any]:
    """What the client itself says to each order, and who vouches for each receipt."""
    key = public_bytes(scene.trustees[Role.CENTRE]).hex()
    told = {"orders": orders, "receipts": receipts, "log": log_key(scene), "key": key}
    ran = subprocess.run(
        ["node", str(GATE)], input=json.dumps(told).encode(), capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    answer: dict[str, Any] = json.loads(ran.stdout)
    return answer


def receipt(scene: Scene, bidder: Bidder) -> dict[str, Any]:
    with scene.house.database.reading() as session:
        row = session.get_one(Envelope, UUID(bidder.sealed.header.context.envelope_id))
        found = bids.receipt(
            session, scene.house.keys, leaf_id=row.leaf_id, of=bidder.sealed.commitment
        )
    assert found is not None
    return found


def decision(scene: Scene, verdict: Verdict, **changed: Any) -> dict[str, Any]:
    """The supervisor's signed word on the close as it stands."""
    soft = scene.world.parties[changed.pop("by", Role.SUPERVISOR)].certificate
    with scene.house.database.reading() as session:
        row = openings.opening_row(session, scene.lot.id)
    body = checkpoints.parse_note(row.close_note or "").text
    told: dict[str, Any] = {
        "lot": str(scene.lot.id),
        "checkpoint": sha256(body.encode()).digest(),
        "manifest": row.manifest_hash or b"",
        "verdict": verdict,
        "reason": "授时服务中断，日志未见异常",
        "chain": soft.chain,
        **changed,
    }
    unsigned = Decision(**told, signature=bytes(64))
    signature = sign_p256(soft.private_key, unsigned.message())
    return Decision(**told, signature=signature).to_json()


def decide(scene: Scene, body: dict[str, Any], role: Role = Role.SUPERVISOR) -> None:
    with scene.house.database.writing() as session:
        closing.decide(
            session,
            scene.authority,
            scene.lot.id,
            body,
            actor=scene.world.account(role),
            now=clock.legal_now(session),
        )
    scene.work()


def refused(scene: Scene, role: Role = Role.CENTRE) -> str:
    with pytest.raises(Refused) as caught:
        scene.release(role, LIST)
    return caught.value.code


def late_bid(scene: Scene, bidder: Bidder) -> None:
    """An operator who owns the database admits a bid after the deadline and back-dates it."""
    written = write_envelope(
        scene.policy(),
        seed=bidder.seed,
        opening={"price_fen": PRICES[0] - 1, "duration_days": 1, "quality": "", "manager": ""},
        identity=identity_of(bidder),
        certificate=bidder.certificate.private_key,
    )
    bidder.written = written
    body = {"at": scene.lot.deadline.isoformat(), "commitment": written.commitment.hex()}
    with scene.house.database.writing() as session:
        session.add(
            Envelope(
                id=UUID(written.header.context.envelope_id),
                lot_id=scene.lot.id,
                pseudonym=written.header.context.pseudonym,
                stage=1,
                sequence=1,
                header=written.raw,
                signature=written.signature,
                commitment=written.commitment,
                leaf_id=log.append(session, "bid.commitment", body, quiet=True),
                admitted_at=scene.lot.deadline - timedelta(seconds=1),
            )
        )


def let_time_pass(scene: Scene, to: datetime) -> None:
    """The clock moves, the worker does nothing."""
    with scene.house.database.writing() as session:
        clock.shift(session, to - clock.legal_now(session))


def test_a_close_in_time_is_vouched_for_and_so_are_the_receipts(scene: Scene) -> None:
    scene.bid_all()
    scene.work()
    alone = receipt(scene, scene.bidders[0])
    assert (alone["cosignatures"], alone["stamp"]) == ([], None)
    scene.go_to(scene.lot.deadline)
    assert close_state(scene) == "in_time"
    [told] = scene.payloads("close_witnessed")
    assert told["stamped_at"] >= told["deadline"] and len(told["cosigned_at"]) == 1
    whole = receipt(scene, scene.bidders[0])
    assert len(whole["cosignatures"]) == 1 and whole["stamp"]
    honest = order(scene)
    assert closes.read_close(Fields(honest["close"], code="LOG-1101")).delta == 10
    other = {**honest, "close": {**honest["close"], "stamp": alone["stamp"]}}
    forged = {**whole, "stamp": whole["stamp"][:-2] + "00"}
    later = {**honest, "deadline": (scene.lot.deadline + DELTA).isoformat()}
    said = gate(scene, honest, other, later, receipts=(alone, whole, forged))
    assert said["answers"] == ["passed", "ENV-6007", "ENV-6007"]
    assert said["proven"] == [[0, False], [1, True], "LOG-2202"]
    scene.release_all(LIST)
    assert scene.stage() == "bidder_decryption"


def test_a_close_twenty_minutes_late_with_one_more_bid_stops_every_trustee(scene: Scene) -> None:
    scene.bid_all()
    let_time_pass(scene, scene.lot.deadline + timedelta(minutes=19))
    late_bid(scene, scene.bidders[3])
    let_time_pass(scene, scene.lot.deadline + timedelta(minutes=20))
    scene.work()
    assert close_state(scene) == "late"
    assert len(scene.payloads("close_late")) == 1
    assert refused(scene) == "OPN-1215"
    shown = order(scene)
    assert shown["stage"] is None and len(shown["manifest"]["live"]) == 4
    # The platform may hide its clock's delay; the client does not ask the platform.
    moved = {**shown, "deadline": (scene.lot.deadline + timedelta(minutes=20)).isoformat()}
    assert gate(scene, shown, moved)["answers"] == ["ENV-6007", "ENV-6007"]
    strangers = (
        ("OPN-1213", decision(scene, Verdict.GO_ON, by=Role.AGENCY), Role.SUPERVISOR),
        ("OPN-1001", decision(scene, Verdict.GO_ON, by=Role.AGENCY), Role.CENTRE),
        ("OPN-1212", decision(scene, Verdict.GO_ON, manifest=bytes(32)), Role.SUPERVISOR),
        ("OPN-1214", {**decision(scene, Verdict.GO_ON), "reason": "x"}, Role.SUPERVISOR),
    )
    for code, body, role in strangers:
        with pytest.raises(Refused, match=code):
            decide(scene, body, role)
    decide(scene, decision(scene, Verdict.RETURN))
    assert scene.stage() == "cancelled"
    assert [p["verdict"] for p in scene.payloads("close_decided")] == ["return"]


def test_a_supervisor_who_looked_may_let_a_late_close_go_on(scene: Scene) -> None:
    stamper(scene.house).down = True
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    assert close_state(scene) == "awaited" and refused(scene) == "OPN-1215"
    scene.go_on(seconds=12)
    assert close_state(scene) == "late"
    body = decision(scene, Verdict.GO_ON)
    decide(scene, body)
    decide(scene, body)
    assert close_state(scene) == "go_on"
    shown = order(scene)
    elsewhere = {**shown["close"], "decision": {**body, "manifest": "00" * 32}}
    assert shown["close"]["stamp"] is None
    said = gate(scene, shown, {**shown, "close": elsewhere})
    assert said["answers"] == ["passed", "LOG-1301"]
    scene.release_all(LIST)
    assert scene.stage() == "bidder_decryption"


def test_witnesses_that_come_back_within_delta_are_in_time(scene: Scene) -> None:
    stamper(scene.house).down = watcher(scene.house).down = True
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    with scene.house.database.reading() as session:
        owing = {each.witness: each.code for each in testimony.failing(session)}
    assert owing == {"stamping": "LOG-2301", watcher(scene.house).name: "LOG-2301"}
    stamper(scene.house).down = watcher(scene.house).down = False
    scene.go_on(seconds=5)
    assert close_state(scene) == "in_time"
    with scene.house.database.reading() as session:
        assert testimony.failing(session) == ()
