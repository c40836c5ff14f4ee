"""The web killed with -9 in every stage of an evaluation, while everybody acts at once.

实施条例 48, 53: it ends as if nothing had happened; every seat, vote and sheet counts once.
"""

import os
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID, uuid4

import pytest
import requests
from sqlalchemy import text

from evaluation import public
from evaluation.experts.rules import DrawParty, nonce_commitment
from evaluation.reports.rules import Answer, signing_message
from evaluation.rooms import commands, pledges
from evaluation.scoring import sheets as forms
from evaluation.scoring.sheets import Mark, Place, SheetStage
from kernel import clock
from kernel.crypto import hpke
from kernel.crypto.signatures import sign_p256
from kernel.house import House
from kernel.identity.signer import SoftCertificate
from kernel.permissions import Role
from kernel.settings import Settings
from tests import running
from tests.evaluation.scoring.world import write_text
from tests.evaluation.world import Scene, set_scene
from tests.faults.watcher import Watcher
from trading.installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

STAGES = (
    "drawing",
    "inviting",
    "check_in",
    "election",
    "qualification",
    "technical",
    "price",
    "signing",
)
PATIENCE = 60.0
BIDS = 2
DRAWERS = (Role.AGENCY, Role.CENTRE, Role.SUPERVISOR)
SETTLED = {"EVA-2004", "EVA-1201", "EVA-1303"}
"""An act whose answer was lost, repeated when the room had moved on."""
Json = dict[str, Any]


@dataclass(slots=True)
class Hand:
    """One person's browser: insists on every act until it is answered."""

    url: str
    login: str
    certificate: SoftCertificate
    session: requests.Session = field(default_factory=requests.Session)
    token: str = ""

    def enter(self) -> None:
        self.session.headers["Accept"] = "application/json"
        told = self.insist("POST", "/login/demo", data={"login": self.login})
        self.token = str(told["csrf_token"])

    def get(self, path: str) -> Json:
        return self.insist("GET", path)

    def post(self, path: str, body: Json) -> Json:
        return self.insist("POST", path, json=body, headers={"X-CSRF-Token": self.token})

    def insist(self, method: str, path: str, **options: Any) -> Json:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                answer = self.session.request(method, self.url + path, timeout=20, **options)
            except requests.RequestException:
                answer = None
            if answer is not None and answer.status_code < 500:
                told: Json = answer.json()
                refused = answer.status_code >= 400 and told["code"] not in SETTLED
                assert not refused, (path, told)
                return told
            assert time.monotonic() < deadline, path
            time.sleep(0.05)

    @property
    def cookie(self) -> str:
        """The cookies as a header."""
        return "; ".join(f"{each.name}={each.value}" for each in self.session.cookies)

    def sign(self, message: bytes) -> str:
        return sign_p256(self.certificate.private_key, message).hex()


@dataclass(slots=True)
class Play:
    """One evaluation, struck once in every stage."""

    installation: Installation
    house: House
    scene: Scene
    hands: Mapping[str, Hand]
    struck: dict[str, str] = field(default_factory=dict)
    """By stage struck: the stage the room was in when the web was back."""

    @property
    def room_id(self) -> UUID:
        return self.scene.room_id

    def path(self, what: str) -> str:
        return f"/evaluations/{self.room_id}/{what}"

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.house.database.reading() as session:
            return [tuple(row) for row in session.execute(text(sql), {"room": self.room_id})]

    def stage(self) -> str:
        return str(self.rows("SELECT stage FROM evaluation_room WHERE id = :room")[0][0])

    def until(self, ready: Callable[[], object], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not ready():
            assert time.monotonic() < deadline, (what, self.stage())
            time.sleep(0.05)

    def until_stage(self, stage: str) -> None:
        self.until(lambda: self.stage() == stage, stage)

    def all_act(self, stage: str, acts: list[Callable[[], None]]) -> None:
        """Everybody acts at once; the web dies under their hands and all insist."""
        self.until_stage(stage)
        began = threading.Barrier(len(acts) + 1)

        def act(one: Callable[[], None]) -> None:
            began.wait()
            one()

        with ThreadPoolExecutor(len(acts)) as pool:
            futures = [pool.submit(act, one) for one in acts]
            began.wait()
            time.sleep(0.03)
            self.installation.kill("web")
            for future in futures:
                future.result()
        self.struck[stage] = self.stage()

    def seats(self) -> dict[int, Hand]:
        return {
            member.seat: self.hands[self.scene.expert(member.seat).person.login]
            for member in self.scene.room().members
        }

    def play(self) -> None:
        self.all_act("drawing", [self._drawer(role) for role in DRAWERS])
        seats = self.seats()
        self.all_act("inviting", [self._accept(hand) for hand in seats.values()])
        self.all_act("check_in", [self._arrive(hand) for hand in seats.values()])
        self.all_act("election", [self._vote(hand) for hand in seats.values()])
        for stage in SheetStage:
            self.all_act(stage, [self._mark(*each, stage) for each in seats.items()])
        self.all_act("price", [self._confirm(hand) for hand in seats.values()])
        self.all_act("signing", [self._sign(*each) for each in seats.items()])
        self.until_stage("closed")

    def _drawer(self, role: Role) -> Callable[[], None]:
        hand = self.hands[self.scene.parties[role].login]
        party, nonce = DrawParty(role.value), os.urandom(32)

        def draw() -> None:
            state = hand.get(self.path("draw/state"))
            told = nonce_commitment(lot=state["lot"], name=state["name"], party=party, nonce=nonce)
            hand.post(self.path("draw/commitments"), {"commitment": told.hex()})
            self.until(
                lambda: hand.get(self.path("draw/state"))["stage"] != "committing", "commitments"
            )
            hand.post(self.path("draw/nonces"), {"nonce": nonce.hex()})

        return draw

    def _accept(self, hand: Hand) -> Callable[[], None]:
        return lambda: void(hand.post(self.path("invitation"), {"answer": "accept"}))

    def _arrive(self, hand: Hand) -> Callable[[], None]:
        def arrive() -> None:
            state = hand.get(self.path("state"))
            message = pledges.check_in_message(self.room_id, bytes.fromhex(state["challenge"]))
            chain = [der.hex() for der in hand.certificate.chain]
            told = {"signature": hand.sign(message), "certificate": chain}
            hand.post(self.path("check-in"), told)
            pledged = pledges.pledge_message(self.room_id, state["pledge_text"])
            hand.post(self.path("pledge"), {"signature": hand.sign(pledged)})

        return arrive

    def _vote(self, hand: Hand) -> Callable[[], None]:
        return lambda: void(hand.post(self.path("votes"), {"seat": 3}))

    def _mark(self, seat: int, hand: Hand, stage: SheetStage) -> Callable[[], None]:
        room = self.scene.room()
        plan = room.plan
        if stage is SheetStage.QUALIFICATION:
            marks = {check.key: Mark("pass", "") for check in plan.checks}
        else:
            marks = {item.key: Mark("0", "") for item in plan.items}

        def mark() -> None:
            for bid in room.bids:
                place = Place(self.room_id, stage, seat, bid.commitment)
                raw = write_text(place, marks)
                committed = forms.commitment(raw)
                sealed = hpke.seal(room.public_key, forms.padded(raw), info=place.info())
                hand.post(
                    self.path("sheets"),
                    {
                        "stage": stage.value,
                        "bid": bid.commitment.hex(),
                        "commitment": committed.hex(),
                        "sealed": b"".join(sealed).hex(),
                        "signature": hand.sign(forms.signed_message(committed)),
                    },
                )

        return mark

    def _confirm(self, hand: Hand) -> Callable[[], None]:
        return lambda: void(hand.post(self.path("price-confirmation"), {}))

    def _sign(self, seat: int, hand: Hand) -> Callable[[], None]:
        def sign() -> None:
            self.until(lambda: hand.get(self.path("report")).get("digest"), "the report")
            digest = bytes.fromhex(hand.get(self.path("report"))["digest"])
            message = signing_message(
                room=str(self.room_id),
                digest=digest,
                seat=seat,
                answer=Answer.AGREE,
                opinion=None,
            )
            told = {"answer": "agree", "opinion": None, "signature": hand.sign(message)}
            hand.post(self.path("report/signatures"), told)

        return sign


def void(_answer: Json) -> None:
    """An act whose answer does not matter."""


@pytest.fixture(scope="module")
def play() -> Iterator[Play]:
    """The whole evaluation, played once."""
    made: dict[str, Scene] = {}

    def prepare(settings: Settings) -> None:
        running.empty(settings)
        house = House.open(settings, pool_size=2)
        scene = set_scene(house, bids=BIDS)
        scene.room_id = _convene(house, scene)
        made["scene"] = scene
        house.database.dispose()

    with running.installation(prepare) as installation:
        house = House.open(installation.settings, pool_size=8)
        scene = made["scene"]
        scene.house = house
        people = [*scene.parties.values(), *(expert.person for expert in scene.experts)]
        hands = {p.login: Hand(installation.url, p.login, p.certificate) for p in people}
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(Hand.enter, hands.values()))
        found = Play(installation, house, scene, hands)
        try:
            found.play()
            yield found
        finally:
            house.database.dispose()


def _convene(house: House, scene: Scene) -> UUID:
    with house.database.writing() as session:
        now = clock.legal_now(session)
        return public.convene(session, house.keys, scene.dossier, now=now)


def events(play: Play) -> list[tuple[int, str, Json]]:
    found = play.rows(
        "SELECT e.seq, e.kind, e.payload FROM live_event e "
        "JOIN live_session s ON s.id = e.session_id WHERE s.ref = :room ORDER BY e.seq"
    )
    return [(seq, kind, payload) for seq, kind, payload in found]


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_survives_the_death_of_the_web(play: Play, stage: str) -> None:
    assert stage in play.struck
    entered = [told["stage"] for _, kind, told in events(play) if kind == "stage_changed"]
    assert entered == [*STAGES[1:], "closed"]


def test_every_act_counted_once(play: Play) -> None:
    told = events(play)
    assert [seq for seq, _, _ in told] == list(range(1, len(told) + 1))
    kinds = Counter(kind for _, kind, _ in told)
    once_a_seat = ("invitation_accepted", "member_checked_in", "member_pledged", "vote_cast")
    assert {kind: kinds[kind] for kind in once_a_seat} == dict.fromkeys(once_a_seat, 5)
    assert kinds["nonce_committed"] == kinds["nonce_revealed"] == 3
    assert kinds["leader_elected"] == kinds["drawn"] == 1
    counted = [p for _, kind, p in told if kind == "sheet_submitted"]
    assert len(counted) == 2 * 5 * BIDS
    for seat in range(1, 6):
        seen = [p["submitted"] for p in counted if p["seat"] == seat]
        assert seen == [*range(1, BIDS + 1)] * 2


def test_nothing_is_half_written(play: Play) -> None:
    [(commitments, nonces, voted, sheets, members)] = play.rows(
        "SELECT (SELECT count(*) FROM evaluation_draw_commitment WHERE room_id = :room), "
        "(SELECT count(*) FROM evaluation_draw_nonce WHERE room_id = :room), "
        "(SELECT count(*) FROM evaluation_vote WHERE room_id = :room), "
        "(SELECT count(*) FROM evaluation_sheet WHERE room_id = :room), "
        "(SELECT count(*) FROM evaluation_member WHERE room_id = :room AND state = 'pledged')"
    )
    assert (commitments, nonces, voted, sheets, members) == (3, 3, 5, 2 * 5 * BIDS, 5)
    assert play.scene.room().leader == 3
    signed = play.rows(
        "SELECT count(*) FROM outbox_event WHERE kind = 'evaluation.events.ReportSigned' "
        "AND CAST(:room AS text) = payload->>'room_id'"
    )
    assert signed == [(1,)]


def test_the_draw_and_the_ranking_stand(play: Play) -> None:
    with play.house.database.reading() as session:
        report = public.report(session, play.scene.dossier.lot_ref)
    assert report is not None
    # No technical points for anybody: the price decides.
    assert [each.price_fen for each in report.ranking] == [398_000_000, 412_345_678]


def test_an_open_socket_falls_silent_when_its_member_leaves(play: Play) -> None:
    """招标投标法 38: whoever has left hears nothing more, not even that they left."""
    scene = replace(play.scene)
    scene.convene(lot_ref=uuid4())
    scene.draw()
    for seat in scene.seats:
        scene.answer(seat)
    live_id = scene.room().live_id
    leaving = play.hands[scene.expert(1).person.login]
    supervisor = play.hands[scene.parties[Role.SUPERVISOR].login]
    watchers = [Watcher(hand.url, live_id, cookie=hand.cookie) for hand in (leaving, supervisor)]
    left, staying = watchers
    try:
        before = len(scene.events())
        play.until(lambda: all(len(each.events) == before for each in watchers), "both follow")
        scene.recuse(1)
        scene.order(lambda party: commands.Pause(party, "核查"))
        play.until(lambda: staying.events[-1]["kind"] == "paused", "the pause")
        assert len(left.events) == before
        assert "member_recused" not in "".join(left.frames)
    finally:
        for each in watchers:
            each.stop()
