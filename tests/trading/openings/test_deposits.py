"""Deposits in the hall: 待核实 until the bank's feed is complete, then said once and for all."""

from uuid import UUID

from escrow import public
from escrow.bookings.models import SubAccount
from escrow.deposits.actions import advance_feed
from kernel import clock
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.world import PRICES, Scene
from trading.openings import commands as c


def open_bank(scene: Scene) -> UUID:
    """A bank with ready sub-accounts and nothing booked yet."""
    enrolment = {
        "code": "yunlan",
        "name": "云澜银行",
        "adapter": "iso20022",
        "base_url": "http://localhost:9",
        "master_number": "3300100",
        "master_name": "云澜市公共资源交易中心",
        "key_id": "1",
        "public_key": "00" * 32,
    }
    with scene.house.database.writing() as session:
        bank = public.register_bank(session, enrolment=enrolment, now=clock.legal_now(session))
        session.add_all(SubAccount(bank_id=bank, number=f"622200{n:04d}") for n in range(12))
    return bank


def test_a_verdict_waits_for_its_bank_and_is_then_final(scene: Scene) -> None:
    bank = open_bank(scene)
    for bidder, price in zip(scene.bidders[:3], PRICES, strict=False):
        with scene.house.database.writing() as session:
            given = public.claim_sub_account(session, bank="yunlan", now=clock.legal_now(session))
        bidder.sub_account = (given.number, given.token)
        scene.bid(bidder, price)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    [listed] = scene.payloads("list_published")
    assert [bid["deposit"]["word"] for bid in listed["bids"]] == ["待银行核实"] * 3
    scene.go_on(seconds=30)
    assert scene.payloads("deposit_judged") == []
    with scene.house.database.writing() as session:
        advance_feed(session, bank, scene.lot.deadline)
    scene.go_on(seconds=60)
    told = scene.payloads("deposit_judged")
    assert [each["seat"] for each in told] == [1, 2, 3]
    assert {each["deposit"]["word"] for each in told} == {"金额不足"}
    scene.go_on(minutes=5)
    assert len(scene.payloads("deposit_judged")) == 3


def test_a_bad_deposit_stops_nobody_from_decrypting(scene: Scene) -> None:
    scene.to_read_out()
    scene.act(c.ReadOut)
    outcomes = [bid["deposit"]["outcome"] for bid in scene.payloads("list_published")[0]["bids"]]
    assert outcomes == ["unknown_sub"] * 3
    assert len(scene.payloads("bid_read_out")) == 3
