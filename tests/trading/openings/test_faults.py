"""Wrong and absent trustees, wrong secrets, forged envelopes, killed transactions."""

import os
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import func, select

from kernel import clock, live
from kernel.crypto import hpke
from kernel.crypto.signatures import sign_p256
from kernel.house import Call
from kernel.identity import authority
from kernel.jobs import DueWork, WorkState
from kernel.permissions import Role, System
from kernel.pure import envelope
from kernel.pure.errors import Refused
from kernel.pure.header import PartName
from kernel.pure.messages import ReleasedShare, ReleaseStage, read_release, withdrawal_message
from tests.sealing_writer import Written
from tests.trading.openings.test_actions import lot_stage, states
from tests.trading.openings.world import PRICES, Bidder, Scene
from trading.bids import actions as bids
from trading.openings import actions, queries, reading
from trading.openings import commands as c
from trading.openings.hall import Hall
from trading.openings.models import ReleaseRow, WindowRow

LIST, OPEN = ReleaseStage.LIST, ReleaseStage.OPEN


def refused(scene: Scene, role: Role, stage: ReleaseStage, **options: object) -> str:
    with pytest.raises(Refused) as caught:
        scene.release(role, stage, **options)
    return caught.value.code


def test_a_wrong_share_is_refused_and_its_trustee_named(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    forged = {scene.bidders[1].sealed.commitment: os.urandom(32)}
    answer = scene.release(Role.CENTRE, LIST, change=forged)
    assert isinstance(answer, Refused) and answer.code == "OPN-1203"
    [told] = scene.payloads("share_refused")
    assert told["role"] == "centre"
    scene.release_all(LIST)
    assert scene.stage() == "bidder_decryption"


def test_a_release_is_given_once_and_only_for_the_manifest(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    body = scene.body(Role.AGENCY, LIST)
    assert scene.release(Role.AGENCY, LIST, body=body).repeated is False
    assert scene.release(Role.AGENCY, LIST, body=body).repeated is True
    with scene.house.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(ReleaseRow)) == 1
    assert refused(scene, Role.CENTRE, LIST, body={**body, "manifest": "00" * 32}) == "OPN-1201"
    own = scene.body(Role.CENTRE, LIST)
    assert refused(scene, Role.CENTRE, LIST, body={**own, "manifest": "00" * 32}) == "OPN-1202"
    assert refused(scene, Role.CENTRE, LIST, body={**own, "signature": "00" * 64}) == "OPN-1208"


def test_the_second_share_is_refused_before_the_window_closed(scene: Scene) -> None:
    scene.to_list()
    assert refused(scene, Role.AGENCY, OPEN) == "OPN-1205"


def test_a_wrong_secret_is_said_aloud_and_may_be_tried_again(scene: Scene) -> None:
    scene.to_list()
    answer = scene.unlock(scene.bidders[0], os.urandom(32))
    assert isinstance(answer, Refused) and answer.code == "OPN-2107"
    [told] = scene.payloads("bid_failed")
    assert (told["seat"], told["final"]) == (1, False)
    assert isinstance(scene.unlock(scene.bidders[0]), Hall)
    assert isinstance(scene.unlock(scene.bidders[0]), Hall)
    assert len(scene.payloads("bid_unlocked")) == 1


def test_a_secret_after_the_window_is_refused(scene: Scene) -> None:
    scene.to_list()
    scene.unlock(scene.bidders[0])
    scene.unlock(scene.bidders[1])
    scene.shut_window()
    with pytest.raises(Refused, match="OPN-2114"):
        scene.unlock(scene.bidders[2])


def test_the_window_extends_for_all_and_every_window_is_kept(scene: Scene) -> None:
    scene.to_list()
    scene.act(lambda by: c.Extend(by, 10, "证书服务中断"))
    scene.shut_window()
    assert scene.stage() == "bidder_decryption"
    scene.unlock(scene.bidders[0])
    scene.unlock(scene.bidders[2])
    scene.go_on(minutes=10)
    assert scene.stage() == "opening"
    scene.act(lambda by: c.Extend(by, 5, "证书服务中断"))
    assert scene.stage() == "bidder_decryption"
    scene.unlock(scene.bidders[1])
    scene.act(c.CloseWindow)
    assert states(scene) == ["unlocked"] * 3
    with scene.house.database.reading() as session:
        rows = session.scalars(select(WindowRow).order_by(WindowRow.no)).all()
    assert [row.reason for row in rows] == [None, "证书服务中断", "证书服务中断"]
    assert all(row.closed_at for row in rows)


def test_a_pause_stops_work_and_windows(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    scene.release(Role.TENDEREE, LIST)
    scene.release(Role.AGENCY, LIST)
    scene.release(Role.CENTRE, LIST)
    scene.act(lambda by: c.Pause(by, "核查"), Role.SUPERVISOR)
    assert scene.stage() == "deadline_lock"
    with pytest.raises(Refused, match="OPN-1802"):
        scene.act(c.Resume)
    scene.act(c.Resume, Role.SUPERVISOR)
    assert scene.stage() == "bidder_decryption"


def test_below_the_remaining_floor_prices_stay_sealed(scene: Scene) -> None:
    scene.to_list()
    scene.unlock(scene.bidders[0])
    scene.shut_window()
    assert scene.stage() == "failed_too_few"
    with pytest.raises(Refused):
        scene.body(Role.AGENCY, OPEN)
        scene.release(Role.AGENCY, OPEN)
    assert scene.payloads("failed_too_few")[0]["when"] == "after_decryption"
    assert lot_stage(scene) == "failed"


def test_an_envelope_bound_by_another_certificate_counts_as_unsigned(scene: Scene) -> None:
    own = scene.bidders[3].certificate
    scene.bid_all()
    scene.bidders[3].certificate = type(own)(ec.generate_private_key(ec.SECP256R1()), own.chain)
    scene.bid(scene.bidders[3], PRICES[3])
    scene.go_to(scene.lot.deadline)
    scene.release_all(LIST)
    assert states(scene) == ["listed", "listed", "listed", "refused_unsigned"]
    assert scene.payloads("list_published")[0]["bids"][3]["code"] == "OPN-2117"


def test_two_envelopes_of_one_company_are_one_bid(scene: Scene) -> None:
    scene.bid_all(4)
    again = scene.bidders[0]
    again.seed = os.urandom(32)
    scene.bid(again, 399_000_000)
    scene.go_to(scene.lot.deadline)
    scene.release_all(LIST)
    [listed] = scene.payloads("list_published")
    assert len(listed["bids"]) == 4
    assert [late["organisation"] for late in listed["superseded"]] == [again.name]
    assert listed["bids"][-1]["commitment"] == again.sealed.commitment.hex()


def test_an_opening_that_is_no_price_is_the_bidders_own_fault(scene: Scene) -> None:
    scene.bid_all()
    scene.bid(scene.bidders[3], 0, opening={"price_fen": "四百万"})
    scene.go_to(scene.lot.deadline)
    scene.release_all(LIST)
    for bidder in scene.bidders:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(OPEN)
    scene.sign_openings()
    assert states(scene) == ["opened", "opened", "opened", "revoked_bidder_fault"]


def test_damaged_storage_is_never_the_bidders_fault(scene: Scene) -> None:
    scene.to_list()
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    scene.shut_window()
    kept = scene.house.settings.blobs_dir / "kept"
    sealed = b"".join(scene.bidders[1].sealed.chunks[PartName.OPENING])
    [file] = [path for path in kept.rglob("*") if path.is_file() and path.read_bytes() == sealed]
    file.write_bytes(bytes([sealed[0] ^ 1]) + sealed[1:])
    scene.release_all(OPEN)
    scene.sign_openings()
    assert states(scene) == ["opened", "withdrawn_not_bidder_fault", "opened"]
    [failed] = scene.payloads("bid_failed")
    assert (failed["code"], failed["fault"]) == ("OPN-2118", "other")


def test_only_the_agencys_certificate_signs_the_openings(scene: Scene) -> None:
    scene.to_list()
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(OPEN)
    with pytest.raises(Refused, match="OPN-1402"):
        scene.sign_openings(signer=scene.bidders[0].certificate)
    with pytest.raises(Refused, match="OPN-1402"):
        scene.sign_openings(Role.TENDEREE)
    assert scene.stage() == "opening"


def test_an_answer_must_be_about_this_read_out(scene: Scene) -> None:
    scene.to_read_out()
    scene.act(c.ReadOut)
    with pytest.raises(Refused, match="OPN-1601"):
        scene.answer(scene.bidders[0], "agreed", record="00" * 32)
    with pytest.raises(Refused, match="OPN-1602"):
        scene.answer(scene.bidders[0], "objected", " ")
    scene.answer(scene.bidders[0], "agreed")
    scene.answer(scene.bidders[0], "agreed")
    with pytest.raises(Refused, match="OPN-1603"):
        scene.answer(scene.bidders[0], "objected", "反悔")


class KilledError(RuntimeError):
    """The process died before its commit."""


def test_a_job_killed_before_its_commit_leaves_nothing_and_is_done_again(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline)
    for role in (Role.TENDEREE, Role.AGENCY, Role.CENTRE):
        scene.release(role, LIST)
    before = scene.events()
    for _ in range(2):
        with pytest.raises(KilledError), scene.house.database.writing() as session:
            call = Call(session, System("test"), clock.legal_now(session), scene.house)
            here = authority.of(scene.house, session, call.now)
            reading.publish_list(call, here, scene.lot.id)
            raise KilledError
    assert scene.events() == before
    scene.work()
    assert scene.kinds().count("list_published") == 1


def test_every_job_may_run_twice(scene: Scene) -> None:
    scene.to_read_out()
    for _ in range(3):
        scene.go_on(minutes=scene.lot.minutes.confirmation)
    assert scene.stage() == "closed"
    scene.go_on(days=1, minutes=1)
    before = scene.events()
    with scene.house.database.writing() as session:
        for work in session.scalars(select(DueWork).where(DueWork.kind.like("opening.%"))):
            assert work.state is WorkState.DONE
            work.state = WorkState.WAITING
    scene.work()
    assert scene.events() == before


def test_sign_in_is_kept_apart_until_the_list(scene: Scene) -> None:
    scene.bid_all()
    scene.go_to(scene.lot.deadline.replace(hour=0))
    assert scene.stage() == "sign_in"
    before = scene.events()
    for _ in range(2):
        with scene.house.database.writing() as session:
            actions.sign_in(
                session,
                scene.lot.id,
                actor=scene.bidders[2].actor(scene.lot.id),
                now=clock.legal_now(session),
            )
    assert scene.events() == before
    scene.go_to(scene.lot.deadline)
    scene.release_all(LIST)
    assert scene.payloads("list_published")[0]["attendance"] == [3]


def test_the_stream_has_no_gap(scene: Scene) -> None:
    scene.to_read_out()
    numbers = [event["seq"] for event in scene.events()]
    assert numbers == list(range(1, len(numbers) + 1))
    with scene.house.database.reading() as session:
        row = queries.opening_row(session, scene.lot.id)
        assert session.get_one(live.LiveSession, row.live_id).last_seq == len(numbers)


def test_no_share_is_taken_for_a_replaced_or_withdrawn_bid(scene: Scene) -> None:
    """By a trustee who signs them all the same: the platform opens live bids only (法 29)."""
    scene.bid_all(4)
    replaced, taken = scene.bidders[0].sealed, scene.bidders[3].sealed
    scene.bid(scene.bidders[0], PRICES[0], sequence=2, previous=replaced.commitment)
    withdraw(scene, scene.bidders[3])
    scene.go_to(scene.lot.deadline)
    body = scene.body(Role.CENTRE, LIST)
    live = {share["commitment"] for share in body["shares"]}
    assert len(live) == 3
    for dead in (replaced, taken):
        assert dead.commitment.hex() not in live
        offered = also_for(scene, Role.CENTRE, body, dead)
        assert refused(scene, Role.CENTRE, LIST, body=offered) == "OPN-1204"
    scene.release_all(LIST)
    assert scene.stage() == "bidder_decryption"


def withdraw(scene: Scene, bidder: Bidder) -> None:
    actor, taken = bidder.actor(scene.lot.id), bidder.sealed.commitment
    message = withdrawal_message(lot=str(scene.lot.id), pseudonym=actor.pseudonym, commitment=taken)
    signature = sign_p256(bidder.sealed.signer, message)
    with scene.house.database.writing() as session:
        bids.withdraw(session, actor=actor, taken=taken, signature=signature, token=None)


def also_for(scene: Scene, role: Role, body: dict[str, Any], dead: Written) -> dict[str, Any]:
    """The trustee's release with its right share of one more bid, signed again."""
    index, key = scene.seat(role), scene.trustees[role]
    wrap = dead.header.wrap(index)
    assert wrap is not None
    info = envelope.hpke_info(f"trustee {index}", dead.header.context)
    both = hpke.unseal(key, wrap.enc, wrap.ciphertext, info=info)
    share = ReleasedShare(dead.commitment, dead.header.context.envelope_id, both[:32])
    told = read_release({**body, "shares": [*body["shares"], share.to_json()]})
    return {**told.to_json(), "signature": sign_p256(key, told.message()).hex()}
