"""A lot handed over to a real committee, scored, reported, awarded and archived, over the seams."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from evaluation import public as evaluation
from kernel import clock
from kernel.db import Database
from kernel.house import House
from kernel.permissions import Role
from kernel.pure.envelope import PartName
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from kernel.settings import Settings
from tests.evaluation import world as rooms
from tests.evaluation.reports.world import Desk
from tests.trading.openings.paying import hear_of_all, open_bank, pay
from tests.trading.openings.world import PRICES, set_scene
from tests.trading.results.test_reactions import archive, propose
from tests.trading.results.world import Results
from trading.openings import commands as c
from trading.results import handover, queries
from trading.tenders.queries import lot_row


@dataclass(slots=True)
class Committee(rooms.Scene):
    """The room of a trading lot: its worker is the whole house's."""

    results: Any = None

    def work(self) -> None:
        self.results.scene.work()


def opened_with_papers(results: Results) -> None:
    """Three bids with technical and commercial files, opened and read out."""
    scene = results.scene
    for number, (bidder, price) in enumerate(zip(scene.bidders[:3], PRICES, strict=False), start=1):
        papers = tuple(
            (part, rooms.pdf(number, part.value, 3000))
            for part in (PartName.TECHNICAL, PartName.COMMERCIAL)
        )
        scene.bid(bidder, price, documents=papers)
    scene.go_to(scene.lot.deadline)
    scene.release_all(ReleaseStage.LIST)
    for bidder in scene.bidders[:3]:
        scene.unlock(bidder)
    scene.shut_window()
    scene.release_all(ReleaseStage.OPEN)
    scene.sign_openings()
    scene.act(c.ReadOut)
    scene.go_on(minutes=scene.lot.minutes.confirmation)
    scene.act(c.CloseOpening)
    scene.work()


def hand_over(results: Results, role: Role = Role.AGENCY) -> UUID:
    with results.scene.house.database.writing() as session:
        return handover.hand_over(
            session,
            results.scene.house.keys,
            results.lot_id,
            actor=results.scene.world.account(role),
            now=clock.legal_now(session),
        )


def committee(results: Results) -> Committee:
    """Ten experts at two sites, and the lot's own parties as persons of the room's world."""
    scene = results.scene
    with scene.house.database.writing() as session:
        now = clock.legal_now(session)
        for site in (rooms.HOME, rooms.GUEST):
            evaluation.register_site(session, site, now=now)
        pool = [rooms.an_expert(session, scene.authority, index, now) for index in range(10)]
    parties = {
        role: rooms.Person(party.login, party.account, party.certificate)
        for role, party in scene.world.parties.items()
    }
    with scene.house.database.reading() as session:
        told = handover.dossier(session, scene.house.keys, lot_row(session, results.lot_id))
    return Committee(scene.house, scene.authority, parties, pool, told, {}, results=results)


@pytest.fixture
def unpaid(tmp_path: Path, database: Database) -> Iterator[Results]:
    """A lot whose documents ask for no deposit, before its bids."""
    settings = Settings(database_url=database.url, state_dir=tmp_path / "unpaid")
    house = House.open(settings, pool_size=4)
    yield Results(set_scene(house, deposit_fen=0))
    house.database.dispose()


def test_a_dossier_opens_every_paper_and_is_the_agencys_to_hand_over(unopened: Results) -> None:
    results = unopened
    scene = results.scene
    bank = open_bank(scene)
    fen = scene.lot.deposit_fen
    for bidder, paid in zip(scene.bidders[:3], (fen, fen - 1, fen), strict=True):
        pay(scene, bank, bidder, paid)
    hear_of_all(scene, bank)
    opened_with_papers(results)
    with results.scene.house.database.reading() as session:
        told = handover.dossier(session, results.scene.house.keys, lot_row(session, results.lot_id))
    assert [bid.number for bid in told.bids] == [1, 2, 3]
    assert [bid.price_fen for bid in told.bids] == list(PRICES[:3])
    assert [bid.security and bid.security.sound for bid in told.bids] == [True, False, True]
    assert {part.name for part in told.bids[0].parts} == {"technical", "commercial"}
    assert "cek" not in repr(told.bids[0].parts[0])
    with pytest.raises(Refused, match="TEN-1004"):
        hand_over(results, Role.TENDEREE)


def test_from_the_opening_to_the_archive(unpaid: Results) -> None:
    results = unpaid
    opened_with_papers(results)
    room = committee(results)
    room.room_id = hand_over(results)
    assert results.stage() == "evaluating"
    with pytest.raises(Refused, match="RES-1004"):
        hand_over(results)
    room.draw()
    for seat in room.seats:
        room.answer(seat)
    for seat in room.seats:
        room.arrive(seat)
    for seat in room.seats:
        room.vote(seat, 1)
    desk = Desk(room)
    desk.to_signing()
    desk.sign_all()
    assert results.stage() == "report_signed"
    results.publish()
    with results.scene.house.database.reading() as session:
        report = queries.need_report(session, results.lot_id)
        told = evaluation.report(session, results.lot_id)
    assert told is not None
    assert told.published_at is not None
    assert [(r.rank, r.number, r.total) for r in report.ranking] == [
        (r.rank, r.number, r.total) for r in told.ranking
    ]
    results.scene.go_to(results.publicity_ends())
    results.award()
    results.issue()
    results.contract()
    propose(results)
    results.write_pdfs()
    results.write_tender_pdfs()
    archive(results)
    assert results.stage() == "archived"
