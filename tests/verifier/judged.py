"""A lot from its sealed bids to its award, every step by the real acts, and its bundle."""

import io
import zipfile
from dataclasses import dataclass
from uuid import UUID

from evaluation import public
from evaluation.reports.rules import Answer
from kernel import clock
from kernel.house import Call, House
from kernel.permissions import Role, System
from tests.evaluation import world as rooms
from tests.evaluation.reports.world import Desk
from tests.trading.openings.paying import hear_of_all, open_bank, pay
from tests.trading.openings.world import Scene, set_scene
from tests.trading.results.world import Results
from trading.results import bundle, handover
from trading.tenders import queries as tenders

Files = dict[str, bytes]
OPINION = "第 2 名的类似业绩超出近五年范围，客观项应少计 1 分。"
EXPERTS = 10


@dataclass(slots=True)
class Judged:
    """One lot with everybody who acted on it."""

    opening: Scene
    results: Results
    desk: Desk

    def files(self) -> Files:
        """The bundle as anyone may download it now."""
        with self.opening.house.database.reading() as session:
            now = clock.legal_now(session)
            raw = bundle.build(Call(session, System("test"), now, self.opening.house), self.lot_id)
            with zipfile.ZipFile(io.BytesIO(raw)) as archive:
                return {name: archive.read(name) for name in archive.namelist()}

    @property
    def lot_id(self) -> UUID:
        return self.opening.lot.id


def opened(house: House) -> Results:
    """Four bid and are read out; the fourth is above the ceiling and paid no deposit."""
    scene = set_scene(house)
    bank = open_bank(scene)
    for bidder in scene.bidders[:3]:
        pay(scene, bank, bidder, scene.lot.deposit_fen)
    hear_of_all(scene, bank)
    results = Results(scene)
    results.close_opening(count=4)
    return results


def judge(results: Results) -> Judged:
    """Hand over, draw with one recusal, score, sign with one dissent; the report is sealed."""
    opening = results.scene
    house = opening.house
    parties = {
        role: rooms.Person(role.value, opening.world.account(role), party.certificate)
        for role, party in opening.world.parties.items()
    }
    with house.database.writing() as session:
        now = clock.legal_now(session)
        for site in (rooms.HOME, rooms.GUEST):
            public.register_site(session, site, now=now)
        pool = [rooms.an_expert(session, opening.authority, n, now) for n in range(EXPERTS)]
        dossier = handover.dossier(session, house.keys, tenders.lot_row(session, opening.lot.id))
        agency = opening.world.account(Role.AGENCY)
        room_id = handover.hand_over(session, house.keys, opening.lot.id, actor=agency, now=now)
    scene = rooms.Scene(house, opening.authority, parties, pool, dossier, {}, room_id)
    _seat(scene)
    desk = Desk(scene)
    desk.to_signing(4)
    for seat in scene.seats:
        dissents = seat == 3
        desk.sign(
            seat,
            Answer.DISSENT if dissents else Answer.AGREE,
            OPINION if dissents else None,
        )
    opening.work()
    return Judged(opening, results, desk)


def _seat(scene: rooms.Scene) -> None:
    scene.draw()
    for seat in scene.seats:
        scene.answer(seat)
    scene.recuse(3, "配偶在投标人处任职")
    for seat in scene.seats:
        scene.arrive(seat)
    for seat in scene.seats:
        scene.vote(seat, 2)
