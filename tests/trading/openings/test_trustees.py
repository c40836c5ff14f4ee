"""Trustees: absent, refusing, giving wrongly, shown a second manifest; the hall names each."""

import os
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from kernel import clock, log
from kernel.crypto.signatures import sign_p256
from kernel.permissions import Role
from kernel.pure.declining import Declined
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import Scene
from trading.openings import declining, desk, records
from trading.openings import hall as halls
from trading.openings import queries as openings
from trading.openings.models import DeclinedReleaseRow, RefusedReleaseRow

LIST = ReleaseStage.LIST
REASON = "截止检查点的时间戳我无法核实"


@pytest.fixture
def closed(scene: Scene) -> Scene:
    """Three bids, the deadline passed, the list share asked for."""
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    return scene


def refusal(scene: Scene, role: Role, **changed: Any) -> dict[str, Any]:
    """What a trustee's client would sign; `changed` forges a field after the fact."""
    with scene.house.database.reading() as session:
        manifest = openings.opening_row(session, scene.lot.id).manifest_hash or bytes(32)
    told = Declined(str(scene.lot.id), manifest, LIST, scene.seat(role), REASON, bytes(64))
    value = {**told.to_json(), **changed}
    signature = sign_p256(scene.trustees[role], told.message())
    return {**value, "signature": changed.get("signature", signature.hex())}


def decline(scene: Scene, role: Role, body: dict[str, Any]) -> bool:
    with scene.house.database.writing() as session:
        return declining.decline(
            session,
            scene.lot.id,
            body,
            actor=scene.world.account(role),
            now=clock.legal_now(session),
        )


def asked(scene: Scene, role: Role) -> dict[str, Any]:
    with scene.house.database.reading() as session:
        [one] = desk.requests(session, actor=scene.world.account(role))
        return one


def test_a_refusal_is_kept_shown_and_binds_nobody(closed: Scene) -> None:
    for code, changed in (
        ("OPN-1208", {"reason": "别的理由"}),
        ("OPN-1208", {"signature": "00" * 64}),
        ("OPN-1202", {"manifest": "00" * 32}),
        ("OPN-1201", {"trustee": closed.seat(Role.AGENCY)}),
        ("ENV-4005", {"reason": ""}),
        ("OPN-1002", {"stage": "open"}),
    ):
        with pytest.raises(Refused, match=code):
            decline(closed, Role.SUPERVISOR, refusal(closed, Role.SUPERVISOR, **changed))
    body = refusal(closed, Role.SUPERVISOR)
    assert decline(closed, Role.SUPERVISOR, body)
    assert not decline(closed, Role.SUPERVISOR, body)
    [shown] = closed.payloads("release_declined")
    assert (shown["reason"], shown["release"]) == (REASON, 1)
    assert shown["name"] in shown["say"]
    assert asked(closed, Role.SUPERVISOR)["declined"] == ["list"]
    closed.release_all(LIST)
    assert closed.stage() == "bidder_decryption"
    closed.release(Role.SUPERVISOR, LIST)
    closed.work()
    with closed.house.database.writing() as session:
        row = session.scalars(select(DeclinedReleaseRow)).one()
        leaf = log.entry(session, row.leaf_id)
        facts = records.freeze(halls.enter(session, closed.lot.id, clock.legal_now(session)))[
            0
        ].decode()
    assert leaf is not None
    assert leaf.content["body"]["trustee"] == closed.seat(Role.SUPERVISOR)
    assert REASON in facts


def test_who_has_released_cannot_say_he_refuses(closed: Scene) -> None:
    closed.release(Role.CENTRE, LIST)
    with pytest.raises(Refused, match="OPN-1210"):
        decline(closed, Role.CENTRE, refusal(closed, Role.CENTRE))


def test_three_absent_of_five_are_waited_for_by_name_and_the_third_resumes(closed: Scene) -> None:
    closed.release(Role.TENDEREE, LIST)
    closed.release(Role.AGENCY, LIST)
    closed.go_on(hours=3)
    assert closed.stage() == "deadline_lock"
    waiting = asked(closed, Role.CENTRE)
    missing = [seat["name"] for seat in waiting["committee"] if not seat["given"]]
    assert len(missing) == 3
    assert waiting["since"] is not None
    assert (waiting["have"]["list"], waiting["threshold"]) == (2, 3)
    closed.release(Role.CENTRE, LIST)
    closed.work()
    assert closed.stage() == "bidder_decryption"


def test_a_wrong_share_is_its_trustees_by_name(closed: Scene) -> None:
    forged = {closed.bidders[0].sealed.commitment: os.urandom(32)}
    answer = closed.release(Role.CENTRE, LIST, change=forged)
    assert isinstance(answer, Refused)
    name = closed.world.account(Role.CENTRE).person_name
    assert closed.payloads("share_refused")[0]["name"] == name
    [seat] = [s for s in asked(closed, Role.CENTRE)["committee"] if s["name"] == name]
    assert [wrong["code"] for wrong in seat["wrong"]] == ["OPN-1203"]
    closed.work()
    with closed.house.database.writing() as session:
        row = session.scalars(select(RefusedReleaseRow)).one()
        assert row.leaf_id is not None and log.entry(session, row.leaf_id) is not None
        facts = records.freeze(halls.enter(session, closed.lot.id, clock.legal_now(session)))[
            0
        ].decode()
    assert f'"code":"OPN-1203","name":"{name}"' in facts


def test_a_lot_has_one_manifest_whoever_asks_for_a_second(closed: Scene) -> None:
    body = closed.body(Role.CENTRE, LIST)
    body["manifest"] = "00" * 32
    with pytest.raises(Refused, match="OPN-1202"):
        closed.release(Role.CENTRE, LIST, body=body)
    for change in ("manifest_hash = sha256(manifest_hash)", "close_root = sha256(close_root)"):
        with (
            pytest.raises(DBAPIError, match="written once"),
            closed.house.database.writing() as session,
        ):
            session.execute(text(f"UPDATE opening SET {change}"))
