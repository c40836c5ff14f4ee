"""Deposits in the hall: 待核实 until the bank's feed is complete, then said once and for all."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select

from escrow import public
from escrow.banks.simulator.guarantors import signed
from escrow.guarantees.actions import hear
from escrow.guarantees.models import Guarantee
from escrow.guarantees.rules import FORMAT, Named, Word
from kernel import clock
from kernel.identity import certificates
from kernel.identity.actions import register_organisation
from kernel.identity.rules import with_check_character
from kernel.identity.signer import SoftCertificate
from kernel.outbox import OutboxEvent, kind_of
from kernel.pure.messages import ReleaseStage
from tests.trading.openings.paying import claim, hear_of_all, open_bank
from tests.trading.openings.world import PRICES, Bidder, Scene
from trading.bids import guaranteeing
from trading.openings import commands as c
from trading.openings.events import SecurityJudged


def test_a_verdict_waits_for_its_bank_and_is_then_final(scene: Scene) -> None:
    bank = open_bank(scene)
    for bidder, price in zip(scene.bidders[:3], PRICES, strict=False):
        claim(scene, bidder)
        scene.bid(bidder, price)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    [listed] = scene.payloads("list_published")
    assert [bid["deposit"]["word"] for bid in listed["bids"]] == ["待银行核实"] * 3
    scene.go_on(seconds=30)
    assert scene.payloads("deposit_judged") == []
    hear_of_all(scene, bank)
    scene.go_on(seconds=60)
    told = scene.payloads("deposit_judged")
    assert [each["seat"] for each in told] == [1, 2, 3]
    assert {each["deposit"]["word"] for each in told} == {"金额不足"}
    scene.go_on(minutes=5)
    assert len(scene.payloads("deposit_judged")) == 3
    with scene.house.database.reading() as session:
        told_on = session.scalars(
            select(OutboxEvent.payload).where(OutboxEvent.kind == kind_of(SecurityJudged))
        )
        assert sorted(payload["seat"] for payload in told_on) == [1, 2, 3]


def test_a_bad_deposit_stops_nobody_from_decrypting(scene: Scene) -> None:
    scene.to_read_out()
    scene.act(c.ReadOut)
    outcomes = [bid["deposit"]["outcome"] for bid in scene.payloads("list_published")[0]["bids"]]
    assert outcomes == ["unknown_sub"] * 3
    assert len(scene.payloads("bid_read_out")) == 3


ISSUER = Named("安澜融资担保有限公司", with_check_character("91330300MA2859913"))


def list_issuer(scene: Scene) -> SoftCertificate:
    """An issuer on the register and on the list; the key is the test's."""
    enrolment = {
        "code": "anlan",
        "name": ISSUER.name,
        "credit_code": ISSUER.credit_code,
        "adapter": "json-http",
        "base_url": "http://127.0.0.1:9/guarantor/anlan",
        "sealing_key": "04" + "00" * 64,
    }
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        public.register_issuer(session, enrolment=enrolment)
        organisation = register_organisation(
            session, credit_code=ISSUER.credit_code, name=ISSUER.name, account=None, now=now
        )
        return certificates.soft_certificate(
            session, scene.authority, organisation_id=organisation, person_id=None, now=now
        )


def guarantee(scene: Scene, issuer: SoftCertificate, bidder: Bidder, number: str) -> dict[str, Any]:
    """What the issuer hands out for this bidder and lot."""
    with scene.house.database.reading() as session:
        terms = guaranteeing.terms(session, scene.lot)
    assert terms is not None
    told = {
        "format": FORMAT,
        "number": number,
        "issuer": {"name": ISSUER.name, "credit_code": ISSUER.credit_code},
        "principal": {"name": bidder.name, "credit_code": bidder.credit_code},
        **terms,
        "issued_at": (scene.now() + timedelta(seconds=1)).isoformat(),
        "terms": "见索即付",
    }
    return signed(told, issuer.private_key, issuer.chain[0])


def test_a_guarantee_stands_in_the_hall_as_money_does(scene: Scene) -> None:
    issuer = list_issuer(scene)
    good, short, money = scene.bidders[:3]
    good.guarantee = guarantee(scene, issuer, good, "AL0000000000000001")
    short.guarantee = guarantee(scene, issuer, good, "AL0000000000000002")
    for bidder, price in zip((good, short, money), PRICES, strict=False):
        scene.bid(bidder, price)
    sizes = {part.size_class for b in (good, money) for part in b.sealed.header.parts[:1]}
    assert len(sizes) == 1
    with scene.house.database.reading() as session:
        assert session.query(Guarantee).count() == 0
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    [listed] = scene.payloads("list_published")
    words = {bid["organisation"]: bid["deposit"]["word"] for bid in listed["bids"]}
    assert words == {
        good.name: "待出函机构确认",
        short.name: "保函非本单位",
        money.name: "无对应子账号",
    }
    scene.go_on(seconds=30)
    assert scene.payloads("deposit_judged") == []
    with scene.house.database.writing() as session:
        row = session.query(Guarantee).where(Guarantee.bidder_ref == good.organisation_id).one()
        hear(session, row, Word.ISSUED, now=clock.legal_now(session))
    scene.go_on(seconds=60)
    [told] = scene.payloads("deposit_judged")
    assert told["deposit"]["word"] == "保函有效"
