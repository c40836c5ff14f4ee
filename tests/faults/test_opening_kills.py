"""Web, worker and both witnesses killed with -9, sockets dropped, in every stage of an opening.

20号令 30, 31: the opening ends as if nothing had happened, and its numbered record has no gap.
"""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from escrow.public import trial_balance
from kernel import supervisor
from kernel.clock import legal_now
from tests.faults.puppets import TurnedAway
from tests.faults.watcher import Watcher
from tests.faults.world import BIDDERS, TRUSTEES, World, offer, until, world
from tests.trading.openings.explained import Story
from trading.installation import ROOT
from trading.openings import draws, hall
from trading.openings import queries as openings
from trading.openings.states import Opening, Stage

pytestmark = [pytest.mark.faults, pytest.mark.timeout(300)]

STAGES = (
    "sign_in",
    "deadline_lock",
    "list_published",
    "bidder_decryption",
    "opening",
    "verification",
    "parameter_draw",
    "read_out",
    "record_confirmation",
    "questions",
    "reconvened",
)
DRAWS = ({"name": "k", "title": "下浮系数 K", "kind": "set", "options": ["0.95", "0.96", "0.97"]},)
DRAWN = {"parameter_drawn"}
"""What is drawn differs between lots: their bids and closes do."""
PRICES = (398_000_000, 412_345_678, 405_500_050)
PATIENCE = 60.0
NAMED = re.compile(r"[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{16,}|[A-Z]\d{22}")
TIMED = re.compile(r"(?<=\"size\": )\d+|\d{4}-\d\d-\d\dT[\d:.+]+|\d\d:\d\d(:\d\d)?")


ASKED = {"deposit_judged", "close_witnessed", "close_late", "close_decided"}
Acts = tuple[tuple[str, dict[str, Any]], ...]


@dataclass(slots=True)
class Scene:
    """One undisturbed opening and one in a storm, with all who followed the second."""

    world: World
    calm: UUID
    storm: UUID
    follower: Watcher
    witnessed: list[dict[str, Any]]
    resumed: dict[str, int] = field(default_factory=dict)
    """By stage: how often the follower had joined when it was struck."""

    def strike(self, stage: str) -> None:
        """Kill web, worker and witnesses, and cut the follower's socket, in whatever they do."""
        self.resumed[stage] = self.follower.joins
        for name in ("web", "cosigner", "stamping"):
            self.world.installation.kill(name)
        self.follower.drop()
        self.world.kill("worker")

    @contextmanager
    def ambush(self, stage: str) -> Iterator[None]:
        """Strike when a stage that passes by itself is entered."""

        def lie_in_wait() -> None:
            until(lambda: stage in stages_of(self.world.events(self.storm)), stage)
            self.strike(stage)

        thread = threading.Thread(target=lie_in_wait)
        thread.start()
        try:
            yield
        finally:
            thread.join()


@dataclass(frozen=True, slots=True)
class Play:
    """One opening from sign-in to its record; `strike` is called in the middle of every stage."""

    world: World
    lot: UUID
    strike: Callable[[str], None]

    def do(self, stage: str, *acts: tuple[str, dict[str, Any]]) -> None:
        """Each act once, and again while nothing answers; the strike meets the middle one."""
        self.world.until_stage(self.lot, stage)
        for number, (act, more) in enumerate(acts):
            doing = self.world.puppets.begin(act, lot=str(self.lot), **more)
            if number == len(acts) // 2:
                self.strike(stage)
            self._insist(doing, act, more)

    def _insist(self, doing: "Future[Any]", act: str, more: dict[str, Any]) -> None:
        while True:
            try:
                doing.result(PATIENCE)
            except TurnedAway as turned:
                if turned.code and turned.status < 500:
                    raise
                self.world.wait_for_web()
                doing = self.world.puppets.begin(act, lot=str(self.lot), **more)
            else:
                return

    def sign_in(self) -> None:
        self.do("sign_in", *by(BIDDERS[:2], "signIn"))

    def release(self, stage: str) -> None:
        self.do(stage, *by(TRUSTEES, "release"))

    def unlock(self) -> None:
        path = f"/lots/{self.lot}/hall"
        order = {"as": "supervisor", "path": f"{path}/pause", "json": {"reason": "核查"}}
        lift = {"as": "supervisor", "path": f"{path}/resume", "json": {}}
        self.do("bidder_decryption", *by(BIDDERS[:1], "unlock"), ("post", order), ("post", lift))
        self.do("bidder_decryption", *by(BIDDERS[1:], "unlock"))
        self.host("bidder_decryption", {"act": "close_window"})

    def sign(self) -> None:
        """The openings can be signed as soon as the worker has unsealed them."""
        until(lambda: self.kinds().count("openings_unsealed"), "unsealing")
        self.host("opening")

    def confirm(self) -> None:
        self.do("record_confirmation", *by(BIDDERS, "answer"))
        self.host("record_confirmation", {"act": "close_confirmation"})

    def host(self, stage: str, act: dict[str, Any] | None = None) -> None:
        doing = {"stage": stage, "act": act}
        self._insist(self.world.puppets.begin("host", lot=str(self.lot), **doing), "host", doing)

    def kinds(self) -> list[str]:
        return [event["kind"] for event in self.world.events(self.lot)]


def by(logins: tuple[str, ...], act: str) -> Acts:
    """The same act by several people."""
    return tuple((act, {"as": login}) for login in logins)


def stages_of(events: list[dict[str, Any]]) -> list[str]:
    """The stages that a stream tells of, in order."""
    return [event["payload"]["stage"] for event in events if event["kind"] == "stage_changed"]


@pytest.fixture(scope="module")
def scene() -> Iterator[Scene]:
    with pytest.MonkeyPatch.context() as patch:
        # Processes that die so often would be made to wait ever longer.
        patch.setattr(supervisor, "LONGEST_PAUSE", supervisor.FIRST_PAUSE)
        with world("平静", "风暴", draws=DRAWS) as here:
            calm, storm = here.lots["平静"], here.lots["风暴"]
            follower = Watcher(here.installation.url, here.live_id(storm))
            try:
                with witness(here, storm) as witnessed:
                    found = Scene(here, calm, storm, follower, witnessed)
                    _play(found)
                    until(lambda: len(follower.events) == len(here.events(storm)), "the follower")
                    until(lambda: len(witnessed) == len(here.events(storm)), "the witness")
                yield found
            finally:
                follower.stop()


@contextmanager
def witness(here: World, lot: UUID) -> Iterator[list[dict[str, Any]]]:
    """A follower that nothing interrupts: it sits at the database and writes down what comes."""
    seen: list[dict[str, Any]] = []
    over, live = threading.Event(), here.live_id(lot)

    def watch() -> None:
        with psycopg.connect(here.house.database.url, autocommit=True) as connection:
            while not over.wait(0.02):
                for seq, kind, payload in connection.execute(
                    "SELECT seq, kind, payload FROM live_event "
                    "WHERE session_id = %s AND seq > %s ORDER BY seq",
                    (live, seen[-1]["seq"] if seen else 0),
                ):
                    seen.append({"seq": seq, "kind": kind, "payload": payload})

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        over.set()
        thread.join()


def _play(scene: Scene) -> None:
    here = scene.world
    calm = Play(here, scene.calm, lambda _stage: None)
    storm = Play(here, scene.storm, scene.strike)
    for play in (calm, storm):
        _bid(here, play.lot)
        play.sign_in()
    here.advance(here.deadline(scene.storm) + timedelta(seconds=1))
    for name in ("worker", "cosigner", "stamping"):
        here.kill(name)
    _open(calm, lambda _stage: nullcontext())
    _open(storm, scene.ambush)


def _bid(here: World, lot: UUID) -> None:
    each = [{"as": login, "lot": str(lot)} for login in BIDDERS]
    for paid in [here.puppets.begin("deposit", **one) for one in each]:
        paid.result(PATIENCE)
    # One after the other, so that both lots list them alike.
    for one, price in zip(each, PRICES, strict=True):
        files = {"technical": "技术文件" * 500, "commercial": "商务文件"}
        here.puppets.ask("bid", **one, offer=offer(price), files=files)


def _open(play: Play, ambush: Callable[[str], AbstractContextManager[None]]) -> None:
    play.world.until_vouched(play.lot)
    with ambush("list_published"):
        play.release("deadline_lock")
    play.unlock()
    play.release("opening")
    with ambush("verification"):
        play.sign()
    play.do("parameter_draw", ("host", {"stage": "parameter_draw"}))
    play.do("read_out", ("host", {"stage": "read_out"}))
    play.confirm()
    play.do("questions", ("host", {"stage": "questions"}))
    until(lambda: "record_issued" in play.kinds(), "the record", PATIENCE)
    play.host("closed", {"act": "reconvene", "reason": "补充说明"})
    play.do("reconvened", ("host", {"stage": "questions"}))
    until(lambda: play.kinds().count("record_issued") == 2, "the supplement", PATIENCE)


@pytest.mark.parametrize("stage", STAGES)
def test_a_stage_survives_the_death_of_its_processes(scene: Scene, stage: str) -> None:
    """Its processes died in it and the follower's socket with them; it came back by number."""
    assert scene.follower.joins > scene.resumed[stage]
    told = stages_of(scene.world.events(scene.storm))
    assert told.count(stage) == 1 and told[-1] == "closed"


def test_the_outcome_is_that_of_an_undisturbed_opening(scene: Scene) -> None:
    calm, storm = (
        [
            (event["kind"], plain(event["payload"]))
            for event in scene.world.events(lot)
            # How soon banks and witnesses were asked is the machine's affair.
            if event["kind"] not in ASKED | DRAWN
        ]
        for lot in (scene.calm, scene.storm)
    )
    assert storm == calm
    for lot in (scene.calm, scene.storm):
        kinds = [event["kind"] for event in scene.world.events(lot)]
        verdict = [kind for kind in kinds if kind.startswith("close_")]
        assert verdict in (["close_witnessed"], ["close_late", "close_decided"])
    read = scene.world.payloads(scene.storm, "bid_read_out")
    assert [each["price_fen"] for each in read] == list(PRICES)


def plain(payload: dict[str, Any]) -> str:
    """An event without what is an opening's own: ids, hashes, times, names of the lot, and how far
    the bank's books had come when the list was published.
    """
    bids = [
        {**bid, "deposit": bid["deposit"]["outcome"]} if "deposit" in bid else bid
        for bid in payload.get("bids", ())
    ]
    shown = {**payload, "bids": bids}
    told = json.dumps(shown, ensure_ascii=False, sort_keys=True)
    return TIMED.sub("…", NAMED.sub("…", told.replace("风暴", "平静")))


def test_the_record_has_no_gap_and_everybody_has_the_same(scene: Scene) -> None:
    kept = scene.world.events(scene.storm)
    assert [event["seq"] for event in kept] == list(range(1, len(kept) + 1))
    live = scene.world.live_id(scene.storm)
    shown = json.loads(scene.world.fetch(f"/live/{live}/events?after=0"))["events"]
    replayed = [{name: each[name] for name in ("seq", "kind", "payload")} for each in shown]
    assert kept == scene.witnessed == scene.follower.events == replayed


def test_the_rules_explain_every_event_of_the_storm(scene: Scene) -> None:
    """Each follows from a command that the pure rules allow, and they end where the rows stand."""
    here, lot = scene.world, scene.storm
    with here.house.database.reading() as session:
        row = openings.opening_row(session, lot)
        events = openings.frames(session, row.live_id)
        held = hall.look(session, lot, legal_now(session)).opening
    prepared = datetime.fromisoformat(events[0]["payload"]["sign_in_from"])
    begun = Opening(
        stage=Stage.WAITING,
        until=prepared,
        deadline=held.deadline,
        floor=held.floor,
        remaining_floor=held.remaining_floor,
        threshold=held.threshold,
        minutes=held.minutes,
        draws=held.draws,
    )
    story = Story(begun, len(BIDDERS), lambda: _with_inputs(here, lot))
    story.hear(events)
    assert replace(story.opening, inputs=None) == replace(held, inputs=None)


def _with_inputs(here: World, lot: UUID) -> Opening:
    """The opening as it was loaded for its draw."""
    with here.house.database.reading() as session:
        loaded = hall.look(session, lot, legal_now(session))
        drawing = replace(loaded.opening, stage=Stage.PARAMETER_DRAW)
        return draws.loaded(drawing, loaded)


def test_nothing_is_half_written(scene: Scene) -> None:
    here = scene.world

    def facts(lot: UUID) -> list[tuple[Any, ...]]:
        return here.rows(
            "SELECT (SELECT count(*) FROM opening_release WHERE lot_id = :lot), "
            "(SELECT array_agg(state ORDER BY seat) FROM opening_bid WHERE lot_id = :lot), "
            "(SELECT count(*) FROM opening_window WHERE lot_id = :lot AND closed_at IS NOT NULL), "
            "(SELECT count(*) FROM opening_window WHERE lot_id = :lot), "
            "(SELECT count(*) FROM opening_attendance WHERE lot_id = :lot), "
            "(SELECT stage FROM lot WHERE id = :lot), "
            "(SELECT count(*) FROM due_work WHERE payload->>'lot_id' = CAST(:lot AS text) "
            " AND state <> 'done' AND due_at <= now() - interval '1 minute')",
            lot=lot,
        )

    assert facts(scene.storm) == facts(scene.calm)
    kinds = [kind for (kind,) in here.rows("SELECT kind FROM live_event WHERE kind = 'closed'")]
    # Both lots, each once before it convened again and once after.
    assert len(kinds) == 4
    with here.house.database.reading() as session:
        books = trial_balance(session)
    assert books and sum(each.debit_fen - each.credit_fen for each in books) == 0


def test_the_record_and_the_bundle_check(scene: Scene, tmp_path: Path) -> None:
    assert scene.world.fetch(f"/lots/{scene.storm}/record").startswith(b"%PDF-")
    bundle = tmp_path / "bundle.zip"
    bundle.write_bytes(scene.world.fetch(f"/lots/{scene.storm}/bundle.zip"))
    checked = subprocess.run(
        (sys.executable, "-m", "verifier", str(bundle)),
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout + checked.stderr
