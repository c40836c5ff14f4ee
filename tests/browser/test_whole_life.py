"""A lot's whole life in real browsers, from its notice to its archive.

Agency, tenderee, four bidders at three banks, trustees, two people of the centre, two of the five
experts, supervisor and the public each have a context of their own and only ever use pages; time
is moved as the demonstration moves it.
"""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from kernel.house import House
from kernel.pure.legal_days import SHANGHAI
from kernel.settings import Launch
from tests.browser import (
    acts_bids,
    acts_committee,
    acts_hall,
    acts_money,
    acts_papers,
    acts_proof,
    acts_results,
    acts_tender,
)
from tests.browser.acts_bids import BIDDING, OFFERS, REPLACED
from tests.browser.looks import Album
from tests.browser.people import Guest, chapter
from tests.browser.scene import Scene, introduce, minutes
from tests.running import installation

ROLES = ("public", "visitor", "agency", "tenderee", "supervisor", "trustee", "centre", "finance")
EXPERTS = ("expert", "expert-2")
BIDDERS = tuple(offer.login for offer in BIDDING)
BEFORE = minutes(25)


@pytest.fixture
def scene(browser: Browser, tmp_path: Path) -> Iterator[Scene]:
    """All processes with the cast introduced, and everyone at a browser of their own."""
    with installation(introduce) as running:
        album = Album(Launch.from_env().state_root / "artefacts" / "journey")
        house = House.open(running.settings, pool_size=2)
        guests = {role: Guest(browser, running.url, role) for role in (*ROLES, *EXPERTS, *BIDDERS)}
        yield Scene(running, house, album, tmp_path, guests)
        for guest in guests.values():
            guest.context.close()
        house.database.dispose()


@pytest.mark.browser
@pytest.mark.timeout(900)
def test_one_tender_from_its_notice_to_its_archive(scene: Scene) -> None:
    guests = list(scene.guests.values())

    with chapter("notice", guests, scene.album.folder):
        acts_tender.publish(scene)
        acts_tender.see_notice(scene)
    scene.guests["supervisor"].log_in("supervisor")
    scene.guests["trustee"].log_in("trustee")
    with chapter("bids", guests, scene.album.folder):
        scene.go_to(scene.deadline() - BEFORE)
        paid = scene.now().astimezone(SHANGHAI).date()
        for offer in BIDDING:
            acts_bids.prepare(scene, offer)
            acts_bids.seal(scene, offer, price=REPLACED if offer is OFFERS[1] else None)
        acts_bids.replace(scene, OFFERS[1])
        acts_bids.check_receipt(scene, OFFERS[0])
        acts_bids.see_nothing(scene)
    with chapter("hall", guests, scene.album.folder):
        scene.wait_for_stage("sign_in")
        acts_hall.take_places(scene)
        scene.go_to(scene.deadline() + timedelta(milliseconds=200))
        acts_hall.publish_list(scene)
        acts_hall.decrypt(scene)
        acts_hall.open_prices(scene)
        acts_hall.read_out(scene)
        acts_hall.answer(scene)
        acts_hall.see_closed(scene)
    with chapter("proof", guests, scene.album.folder):
        acts_proof.check_record(scene)
        acts_proof.check_bundle(scene)
        acts_proof.check_ledger(scene)
        acts_proof.check_stream(scene)
        acts_proof.see_results(scene)
    acts_results.log_in_the_centre(scene)
    with chapter("committee", guests, scene.album.folder):
        committee = _evaluate(scene)
    with chapter("results", guests, scene.album.folder):
        acts_results.publish_candidates(scene)
        acts_results.object_and_answer(scene)
        acts_results.pass_publicity(scene)
        acts_results.award(scene)
        acts_results.send_notices(scene)
        acts_results.sign_contract(scene)
        days = (scene.now().astimezone(SHANGHAI).date() - paid).days
        acts_results.settle(scene)
        acts_results.archive(scene)
    with chapter("papers", guests, scene.album.folder):
        acts_papers.check_papers(scene, committee)
        acts_papers.check_bundle(scene)
    with chapter("money", guests, scene.album.folder):
        acts_money.check_books(scene, days)
        acts_money.look_at_the_life(scene)
        acts_money.close_days(scene, paid)
    scene.album.sheet()
    assert {guest.role: guest.faults for guest in guests if guest.faults} == {}
    assert scene.album.blemishes == []


def _evaluate(scene: Scene) -> acts_committee.Committee:
    """From the handover to the report that all five have signed."""
    room = acts_committee.hand_over(scene)
    acts_committee.draw(scene, room)
    committee = acts_committee.convene(scene, room)
    try:
        acts_committee.take_seats(scene, committee)
        acts_committee.qualify(scene, committee)
        acts_committee.score(scene, committee)
        acts_committee.conclude(scene, committee)
    finally:
        committee.stop()
    return committee
