"""Random acts by random people, the worker now and then: rules and platform say the same.

The rules predict each act's outcome; the platform's refusal, events and rows must be theirs.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from kernel import clock
from kernel.house import House
from kernel.permissions import Role
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from tests import stages
from tests.stages import Staged
from tests.trading.openings.explained import Story
from tests.trading.openings.world import Scene, set_scene
from trading.openings import actions, hall
from trading.openings import commands as c
from trading.openings.rules import decide
from trading.openings.states import FINISHED, Answer, Opening, Party, evolve

BIDS = 3
EXAMPLES = 8
STEPS = 40
TRUSTEES = (Role.TENDEREE, Role.AGENCY, Role.CENTRE, Role.SUPERVISOR)
ORDERING = (Role.AGENCY, Role.SUPERVISOR)
MARKS = ("until", "paused_at", "resumes_at")


def _listed(house: House) -> Scene:
    scene = set_scene(house)
    scene.to_list(BIDS)
    return scene


listed = stages.reached(_listed)
"""Three bids on the list, nobody has decrypted."""


class Storm(RuleBasedStateMachine):
    """One opening of its own, from the published list on."""

    server = ""
    folder = Path()
    staged: Staged[Scene]

    @initialize()
    def begin(self) -> None:
        self.held = ExitStack()
        place = self.folder / uuid4().hex
        place.mkdir()
        made = self.held.enter_context(stages.copied(self.staged, self.server, place))
        house = House.open(made, pool_size=2)
        self.held.callback(house.database.dispose)
        first = self.staged.acting
        self.scene = replace(first, house=house, bidders=[replace(one) for one in first.bidders])
        told = self.scene.events()[-1]["seq"]
        self.story = Story(self.loaded(), BIDS, self.loaded, told)

    def teardown(self) -> None:
        if hasattr(self, "held"):
            try:
                self.worker()
            finally:
                self.held.close()

    def loaded(self) -> Opening:
        with self.scene.house.database.reading() as session:
            return hall.look(session, self.scene.lot.id, clock.legal_now(session)).opening

    def attempt(self, command: c.Command, do: Callable[[], Any], *, before: str = "") -> None:
        """Predict, do, compare the outcome; then everything that was said is explained.

        `before` is a refusal of the act's papers, which are read before its stage is looked at.
        """
        expected = self.predicted(command)
        try:
            answer = do()
            found = answer.code if isinstance(answer, Refused) else ""
        except Refused as refused:
            found = refused.code
        if not (expected and found == before):
            assert found == expected, f"{command}: platform {found!r}, rules {expected!r}"
        self.explain()

    def predicted(self, command: c.Command) -> str:
        now, opening = self.scene.now(), self.story.opening
        opening = replace(opening, inputs=self.loaded().inputs)
        try:
            opening = evolve(opening, decide(opening, c.Tick(Party.SYSTEM), now))
            decide(opening, command, now)
        except Refused as refused:
            return refused.code
        return ""

    def explain(self) -> None:
        self.story.hear([one for one in self.scene.events() if one["seq"] > self.story.told])

    def act(self, make: Callable[[Party], c.Command], role: Role = Role.AGENCY) -> None:
        party = Party.SUPERVISOR if role is Role.SUPERVISOR else Party.HOST

        def do() -> None:
            with self.scene.house.database.writing() as session:
                now = clock.legal_now(session)
                actor = self.scene.world.account(role)
                actions.act(session, self.scene.lot.id, make, actor=actor, now=now)

        self.attempt(make(party), do)

    @rule(
        wish=st.sampled_from(
            [
                c.StartDecryption,
                c.CloseWindow,
                c.CloseConfirmation,
                c.CloseOpening,
                c.ReadOut,
                c.Draw,
                lambda by: c.ReadOut(by, (2,)),
                lambda by: c.ReadOut(by, (9,)),
                lambda by: c.Extend(by, 5, "网络故障"),
                lambda by: c.Extend(by, 0, "网络故障"),
                lambda by: c.Announce(by, "请各单位稍候"),
                lambda by: c.Announce(by, " "),
                lambda by: c.Reconvene(by, "补充说明"),
                lambda by: c.AnswerObjection(by, 1, "已核对"),
                lambda by: c.AnswerObjection(by, 2, "已核对"),
                lambda by: c.Excuse(by, 1, "平台故障"),
            ]
        )
    )
    def host_acts(self, wish: Callable[[Party], c.Command]) -> None:
        self.act(wish)

    @rule(
        role=st.sampled_from([Role.AGENCY, Role.SUPERVISOR]), reason=st.sampled_from(["停电", ""])
    )
    def pause(self, role: Role, reason: str) -> None:
        self.act(lambda by: c.Pause(by, reason), role)

    @rule(role=st.sampled_from(ORDERING))
    def resume(self, role: Role) -> None:
        self.act(c.Resume, role)

    @rule(
        wish=st.sampled_from(
            [
                c.ReadOut,
                lambda by: c.Excuse(by, 1, "平台故障"),
                lambda by: c.Excuse(by, 3, "平台故障"),
                lambda by: c.Excuse(by, 7, "平台故障"),
            ]
        )
    )
    def supervisor_acts(self, wish: Callable[[Party], c.Command]) -> None:
        self.act(wish, Role.SUPERVISOR)

    @rule(which=st.integers(0, BIDS - 1))
    def unlock(self, which: int) -> None:
        bidder = self.scene.bidders[which]
        self.attempt(
            c.Unlock(Party.BIDDER, which + 1, "bid_key"), lambda: self.scene.unlock(bidder)
        )

    @rule(which=st.integers(0, BIDS - 1), answer=st.sampled_from(["agreed", "objected"]))
    def answer(self, which: int, answer: str) -> None:
        bidder, text = self.scene.bidders[which], "唱标有误" if answer == "objected" else ""
        command = c.Answered(Party.BIDDER, which + 1, Answer(answer), text)
        self.attempt(command, lambda: self.scene.answer(bidder, answer, text), before="OPN-1601")

    @rule(role=st.sampled_from(TRUSTEES), stage=st.sampled_from(ReleaseStage))
    def release(self, role: Role, stage: ReleaseStage) -> None:
        if self.story.opening.stage in FINISHED:
            return  # Nothing is held any more that could be released.
        number = 1 if stage is ReleaseStage.LIST else 2
        command = c.Release(Party.TRUSTEE, self.scene.seat(role), number)
        self.attempt(command, lambda: self.scene.release(role, stage))

    @rule()
    def go_on_lawfully(self) -> None:
        """What people would do next, so that a walk comes to an end now and then."""
        stage = self.scene.stage()
        if stage == "list_published":
            self.act(c.StartDecryption)
        elif stage == "bidder_decryption":
            for which in range(BIDS):
                self.unlock(which)
            self.act(c.CloseWindow)
        elif stage == "opening":
            for role in TRUSTEES[:3]:
                self.release(role, ReleaseStage.OPEN)
            self.worker()
            self.sign()
        elif stage == "read_out":
            self.act(c.ReadOut)
        elif stage == "record_confirmation":
            for which in range(BIDS):
                self.answer(which, "agreed")
            self.act(c.CloseConfirmation)
        elif stage == "questions":
            self.act(c.CloseOpening)
        self.worker()

    @rule()
    def sign(self) -> None:
        if self.story.opening.unsealed:
            self.attempt(c.SignManifest(Party.HOST), self.scene.sign_openings)

    @rule(minutes=st.sampled_from([1, 7, 31]))
    def time_passes(self, minutes: int) -> None:
        with self.scene.house.database.writing() as session:
            clock.shift(session, timedelta(minutes=minutes))

    @rule()
    def worker(self) -> None:
        self.scene.work()
        self.explain()

    @invariant()
    def rows_are_what_the_rules_hold(self) -> None:
        if not hasattr(self, "story"):
            return
        held, loaded = self.story.opening, self.loaded()
        for name in MARKS:
            one, other = getattr(held, name), getattr(loaded, name)
            assert (one is None) == (other is None), (name, one, other)
            assert one is None or abs(one - other) < timedelta(seconds=5), (name, one, other)
        assert _unmarked(held) == _unmarked(loaded)


def _unmarked(opening: Opening) -> Opening:
    """Without times, which may differ by an act's length, and what is only loaded for a draw."""
    return replace(opening, until=None, paused_at=None, resumes_at=None, inputs=None)


@pytest.fixture
def storm(listed: Staged[Scene], postgres_url: str, tmp_path: Path) -> Iterator[type[Storm]]:
    yield type("Storm", (Storm,), {"server": postgres_url, "folder": tmp_path, "staged": listed})


@pytest.mark.timeout(300)
def test_rules_and_platform_say_the_same_in_any_storm(storm: type[Storm]) -> None:
    run_state_machine_as_test(
        storm,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=STEPS,
            deadline=None,
            # Each step is a transaction or two: a failing walk is short enough as it was found.
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
