"""The holder lock's remedies at the opening: who may ask, who may give, whose fault the rest is."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest

from kernel import clock
from kernel.crypto import hpke, sharing
from kernel.crypto.signatures import public_bytes, sign_p256
from kernel.house import House
from kernel.permissions import Account, Role
from kernel.pure import envelope, jcs
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage, RescueRelease, RescueRequest
from kernel.pure.policy import HolderLock
from tests.sealing_writer import Written, write_envelope
from tests.trading.openings.world import Bidder, Scene, identity_of, set_scene
from trading.openings import commands as c
from trading.openings import rescue, rescue_desk
from trading.openings.rules import decide
from trading.openings.states import Bid, Minutes, Opening, Party, Stage, evolve
from trading.openings.unsealing import MOST_FAILURES

ZERO = bytes(64)


def of(scene: Scene, bidder: Bidder) -> Account:
    """An account of the bidder's organisation."""
    return replace(
        scene.world.account(Role.TENDEREE),
        organisation_id=bidder.organisation_id,
        role=Role.BIDDER,
    )


def code_of(act: Callable[..., object], *told: object) -> str:
    with pytest.raises(Refused) as caught:
        act(*told)
    return caught.value.code


def request(scene: Scene, bidder: Bidder, signer: Bidder | None = None, **changed: Any) -> Any:
    soft = (signer or bidder).certificate
    key = soft.private_key
    told = {
        "lot": str(scene.lot.id),
        "commitment": bidder.sealed.commitment,
        "cause": "OPN-2101",
        "key": public_bytes(key),
        "certificate_chain": soft.chain,
    }
    draft = RescueRequest(**{**told, **changed}, signature=ZERO)
    return replace(draft, signature=sign_p256(key, draft.message())).to_json()


def ask(scene: Scene, bidder: Bidder, body: Any = None, by: Bidder | None = None) -> None:
    with scene.house.database.writing() as session:
        rescue.ask(
            session,
            scene.authority,
            scene.lot.id,
            body or request(scene, bidder),
            actor=of(scene, by or bidder),
            now=clock.legal_now(session),
        )


def give(scene: Scene, bidder: Bidder, member: int, by: int | None = None) -> Any:
    """Member's share of a bid; `by` another member hands it in."""
    header = bidder.sealed.header
    assert header.rescue is not None
    wrap = header.rescue.wrap(member)
    assert wrap is not None
    account, key = scene.panel[member - 1]
    info = envelope.hpke_info(f"rescue {member}", header.context)
    share = hpke.unseal(key, wrap.enc, wrap.ciphertext, info=info)
    draft = RescueRelease(str(scene.lot.id), bidder.sealed.commitment, member, share, ZERO)
    body = replace(draft, signature=sign_p256(key, draft.message())).to_json()
    with scene.house.database.writing() as session:
        return rescue.release(
            session,
            scene.house.keys,
            scene.lot.id,
            body,
            actor=scene.panel[by - 1][0] if by else account,
            now=clock.legal_now(session),
        )


def seat_of(scene: Scene, bidder: Bidder) -> dict[str, Any]:
    with scene.house.database.reading() as session:
        told: dict[str, Any] = rescue_desk.own(session, scene.lot.id, actor=of(scene, bidder))[
            "bid"
        ]
    return told


def test_only_the_bidder_asks_and_only_the_panel_gives(scene: Scene) -> None:
    scene.to_list()
    bidder, other = scene.bidders[0], scene.bidders[1]
    assert code_of(give, scene, bidder, 1) == "OPN-2110"
    stranger = scene.bidders[3]
    assert code_of(ask, scene, bidder, None, stranger) == "OPN-1301"
    assert code_of(ask, scene, bidder, None, other) == "OPN-1303"
    foreign = request(scene, bidder, signer=other)
    assert code_of(ask, scene, bidder, foreign) == "OPN-2109"
    assert code_of(ask, scene, bidder, request(scene, bidder, cause="OPN-9999")) == "ENV-4004"
    assert (
        code_of(ask, scene, bidder, {**request(scene, bidder), "cause": "OPN-2102"}) == "ENV-4004"
    )
    ask(scene, bidder)
    ask(scene, bidder)
    assert len(scene.payloads("rescue_asked")) == 1
    assert code_of(give, scene, bidder, 1, 2) == "OPN-1311"
    assert give(scene, bidder, 3).given == 1
    assert give(scene, bidder, 3).given == 1
    done = give(scene, bidder, 1)
    assert (done.given, done.unlocked) == (2, True)
    assert seat_of(scene, bidder)["via"] == "rescue"
    # A third share after the lock is open changes nothing; nobody else was opened.
    assert give(scene, bidder, 2).unlocked
    assert [seat_of(scene, b)["state"] for b in scene.bidders[:3]] == [
        "unlocked",
        "listed",
        "listed",
    ]


def test_each_way_to_fail_has_its_own_cause(scene: Scene) -> None:
    """Absent; tried in vain; a panel that did not gather."""
    _, tried, short, present = scene.bidders
    scene.to_list(4)
    scene.unlock(present)
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        rescue.report(session, scene.lot.id, "OPN-2102", "bid_key", actor=of(scene, tried), now=now)
    ask(scene, short)
    assert give(scene, short, 2).unlocked is False
    scene.shut_window()
    codes = {p["seat"]: p["code"] for p in scene.payloads("bid_failed") if p["final"]}
    assert codes == {1: "OPN-2114", 2: "OPN-2121", 3: "OPN-2122"}


def test_nobody_drowns_the_hall_in_attempts() -> None:
    now = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
    opening = Opening(
        stage=Stage.BIDDER_DECRYPTION,
        until=now + timedelta(minutes=5),
        deadline=now,
        floor=3,
        remaining_floor=2,
        threshold=3,
        minutes=Minutes(10, 10, 10),
        bids=(Bid(1),),
    )
    wish = c.ReportFailure(Party.BIDDER, 1, "OPN-2103", "recovery")
    for _ in range(MOST_FAILURES):
        facts = decide(opening, wish, now)
        assert len(facts) == 1
        opening = evolve(opening, facts)
    assert decide(opening, wish, now) == ()


def test_right_shares_of_another_secret_are_the_bidders_fault(scene: Scene) -> None:
    scene.bid_all(2)
    liar = scene.bidders[2]
    sealed = write_envelope(
        scene.policy(),
        seed=liar.seed,
        identity=identity_of(liar),
        certificate=liar.certificate.private_key,
    )
    liar.written = _lying(scene, sealed)
    scene.submit(liar, liar.written)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    for honest in scene.bidders[:2]:
        scene.unlock(honest)
    ask(scene, liar)
    give(scene, liar, 1)
    assert give(scene, liar, 3).unlocked is False
    assert [p["code"] for p in scene.payloads("bid_failed")] == ["OPN-2111"]
    scene.shut_window()
    final = scene.payloads("bid_failed")[-1]
    assert (final["code"], final["cause"], final["fault"]) == ("OPN-2115", "wrong_secret", "bidder")


def _lying(scene: Scene, written: Written) -> Written:
    """The same envelope, its rescue wraps holding shares of another secret, signed anew."""
    header = written.header
    shares = sharing.split(b"z" * 32, threshold=2, count=3)
    value = json.loads(written.raw)
    for wrap, share, (_, key) in zip(
        value["locks"]["holder"]["rescue"]["wraps"], shares, scene.panel, strict=True
    ):
        info = envelope.hpke_info(f"rescue {wrap['index']}", header.context)
        enc, ciphertext = hpke.seal(public_bytes(key), share, info=info)
        wrap |= {"enc": enc.hex(), "ciphertext": ciphertext.hex()}
        wrap["share"] = sha256(share).hexdigest()
    raw = jcs.canonical(value)
    return replace(written, raw=raw, signature=sign_p256(written.signer, raw))


def test_committee_only_needs_no_bidder(house: House) -> None:
    """No lock of the bidder's: the window ends as it begins, and the trustees' shares open all."""
    scene = set_scene(house, panel=False, holder_lock=HolderLock.COMMITTEE_ONLY)
    scene.to_list()
    scene.work()
    assert scene.stage() == "opening"
    assert {seat_of(scene, b)["via"] for b in scene.bidders[:3]} == {"committee"}
    assert seat_of(scene, scene.bidders[0])["rescue"] is None
    scene.release_all(ReleaseStage.OPEN)
    scene.sign_openings()
    scene.act(c.ReadOut)
    assert len(scene.payloads("bid_read_out")) == 3
