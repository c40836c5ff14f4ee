"""Random acts of everybody over the wire, while processes die and lines break: as the rules say.

The model that judges the actions judges it: each answer is one the rules allow in a state that the
hall was in, each event somebody's act, done once; whoever followed has heard what was kept.
`./dev test --storm MINUTES [SEED]` goes on for longer; a failure names its seed and steps.
"""

import itertools
import json
import os
import time
import urllib.request
from contextlib import suppress
from random import SystemRandom
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, seed
from hypothesis import strategies as st

from kernel import supervisor
from tests.faults.cable import Cut
from tests.faults.wire import OFFICIALS, PATIENCE, Sky, Wire, sky
from tests.faults.world import until
from tests.trading.openings.model import Act
from tests.trading.openings.storm import (
    BIDDERS,
    HOSTING,
    LAWFUL,
    PLAIN,
    Body,
    Step,
    Storm,
    bounds,
    scenarios,
    steps,
)
from trading.openings.states import FINISHED, Opening, Stage

MINUTES = float(os.environ.get("SUNBID_STORM_MINUTES", "0"))
SEED = int(os.environ.get("SUNBID_STORM_SEED") or SystemRandom().randrange(1 << 32))
LOTS, STEPS = (6, 60) if MINUTES else (2, 24)
PROCESSES = ("web", "web-2", "worker", "cosigner", "stamping", "postgres")

pytestmark = [pytest.mark.faults, pytest.mark.timeout(0 if MINUTES else 600)]


LAWFUL_FEW = st.lists(LAWFUL, min_size=1, max_size=3).map(tuple)
KNOCKS: tuple[Body, ...] = (
    HOSTING[0],
    {"reason": "核查"},
    {},
    {"seat": 2, "reason": "平台故障"},
    {"reason": "主持人离席"},
)
ANYWHERE = st.builds(
    lambda who, at: Act(who, *at),
    st.sampled_from([*OFFICIALS, *BIDDERS[:1], "public"]),
    st.sampled_from(
        list(zip(("acts", "pause", "resume", "excuse", "take-over"), KNOCKS, strict=True))
    ),
)
"""Whoever it is: most of them may not."""
ROUGH = (
    *PLAIN,
    steps("act", LAWFUL_FEW),
    steps("act", LAWFUL.map(lambda one: (one, one))),
    steps("act", ANYWHERE),
    steps("cut", LAWFUL, *Cut),
    steps("strike", LAWFUL_FEW, *PROCESSES),
    steps("kill", None, *PROCESSES),
    steps("drop", None, 0, 1, 2, 3),
    steps("follow", None, 0, 1),
    steps("hear"),
)


class Gale(Storm):
    """A hall of running processes."""

    driver: Wire

    def __init__(self, driver: Wire) -> None:
        super().__init__(driver)
        self.sky = driver.sky

    def host(self) -> str:
        """Whoever presides; before a signature the agency takes the chair back."""
        acting = self.model.seen.chair.acting
        agency = self.model.people["agency"]
        if acting is not None and acting.person_id != getattr(agency, "person_id", None):
            self.attempt(Act("agency", "take-over", {"reason": "签名"}))
        return "agency"

    def do_cut(self, step: Step) -> None:
        """In the middle of the request, or before its answer comes; then it is asked again."""
        self.sky.cable.arm(step.more)
        self.attempt(*step.acts)

    def do_strike(self, step: Step) -> None:
        """Kill a process while people act."""
        self.compare(self.driver.do(step.acts, lambda: self.sky.kill(step.more)))

    def do_kill(self, step: Step) -> None:
        self.sky.kill(step.more)

    def do_drop(self, step: Step) -> None:
        followers = self.driver.followers
        followers[step.more % len(followers)].drop()

    def do_follow(self, step: Step) -> None:
        """Somebody comes late."""
        if len(self.driver.followers) < 4:
            self.driver.follow(self.sky.webs[step.more])

    def do_hear(self, _: Step | None = None) -> None:
        """Followers, replays of every process, and the page's own reducer: all hold the same."""
        self.do_platform()
        kept = self.model.seen.events
        for each in self.driver.followers:
            until(lambda each=each: len(each.events) >= len(kept), "a follower")  # type: ignore[misc]
        self.do_platform()
        kept = self.model.seen.events
        for each in self.driver.followers:
            assert each.events == kept[: len(each.events)]
        self._replays_are_equal(kept)
        shown = self.sky.puppets.ask("reduce", events=kept)
        assert _shown(shown) == _held(self.model.seen.opening)

    def _replays_are_equal(self, kept: list[dict[str, Any]]) -> None:
        replays = {self._replay(url) for url in self.sky.webs}
        assert len(replays) == 1
        [replay] = replays
        assert json.loads(replay)["events"] == kept
        # What was once told is told again byte for byte.
        former = self.driver.replayed.rpartition(b"]")[0]
        assert replay.startswith(former)
        self.driver.replayed = replay

    def _replay(self, url: str) -> bytes:
        found: list[bytes] = []

        def answered() -> bool:
            with suppress(OSError), urllib.request.urlopen(self._stream(url), timeout=20) as told:
                found.append(bytes(told.read()))
            return bool(found)

        until(answered, "a replay", PATIENCE)
        return found[0]

    def _stream(self, url: str) -> str:
        return f"{url}/live/{self.sky.here.live_id(self.driver.lot)}/events?after=0"

    def end(self) -> None:
        """The opening is led to its end, and its record has come."""
        for _ in range(2 * len(Stage)):
            if self.opening.stage in FINISHED:
                break
            self.do_go_on()
        if self.opening.stage is Stage.CLOSED:
            until(self._has_record, "the record", PATIENCE)
        assert self.opening.stage in FINISHED
        self.do_hear()

    def _has_record(self) -> bool:
        sittings = self.opening.sitting
        return len(self.sky.here.payloads(self.driver.lot, "record_issued")) >= sittings


def _held(opening: Opening) -> dict[str, Any]:
    """What the server holds of a hall, as far as its page shows it."""
    return {
        "stage": opening.stage.value,
        "paused": opening.paused_by.value if opening.paused_by else None,
        "sitting": opening.sitting,
        "shares": [len(opening.first), len(opening.second)],
        "windows": opening.windows,
        "objections": [(each.no, each.seat, each.answered) for each in opening.objections],
        "bids": [
            (bid.seat, bid.state.value, bid.read, bid.answer.value if bid.answer else None)
            for bid in opening.bids
        ],
    }


def _shown(hall: dict[str, Any]) -> dict[str, Any]:
    """The same of what the page's reducer made of the stream."""
    return {
        "stage": hall["stage"],
        "paused": hall["paused"]["by"] if hall["paused"] else None,
        "sitting": hall["sitting"],
        "shares": [len(hall["first"]), len(hall["second"])],
        "windows": len(hall["windows"]),
        "objections": [
            (each["no"], each["seat"], each["answer"] is not None) for each in hall["objections"]
        ],
        "bids": [
            (bid["seat"], bid["state"], bid["offer"] is not None, bid["answer"])
            for bid in hall["bids"] or ()
        ],
    }


def weather(over: Sky, lot: UUID, number: int) -> None:
    """One scenario over one lot, from one seed."""

    @seed(number)
    @bounds(2)
    @given(scenarios(STEPS, *ROUGH))
    def storm(scenario: list[Step]) -> None:
        if not scenario:
            return
        wire = Wire(over, lot)
        gale = Gale(wire)
        try:
            gale.play(scenario)
        finally:
            wire.close()
        print("\n".join(gale.told), flush=True)

    try:
        storm()
    except BaseException as error:
        error.add_note(f"SUNBID_STORM_SEED={number}")
        raise


def test_in_any_storm_running_processes_do_what_the_rules_say(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # Processes that die so often would be made to wait ever longer.
    monkeypatch.setattr(supervisor, "LONGEST_PAUSE", supervisor.FIRST_PAUSE)
    end, numbers = time.monotonic() + MINUTES * 60, itertools.count(SEED)
    while True:
        with sky(LOTS) as over:
            for lot in over.lots:
                number = next(numbers)
                print(f"storm {number}", flush=True)
                weather(over, lot, number)
        if time.monotonic() >= end:
            return
