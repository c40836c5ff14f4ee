"""Random acts by random people, the worker now and then: rules and platform say the same.

The rules predict each act's outcome; the platform's refusal, events and rows must be theirs.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given

from kernel import clock
from kernel.house import House
from kernel.permissions import Actor, Role
from kernel.pure.errors import Refused
from kernel.pure.messages import ReleaseStage
from tests import stages
from tests.stages import Staged
from tests.trading.openings.model import Act, Heard, Model
from tests.trading.openings.storm import BIDDERS, PLAIN, TRUSTEES, Step, Storm, bounds, scenarios
from tests.trading.openings.test_objections import object_, statement
from tests.trading.openings.world import Scene, set_scene
from trading.openings import actions, forms, objections
from trading.openings import commands as c

EXAMPLES = 5
STEPS = 40


def _listed(house: House) -> Scene:
    scene = set_scene(house)
    scene.to_list(len(BIDDERS))
    return scene


listed = stages.reached(_listed)
"""Three bids on the list, nobody has decrypted."""


class InProcess:
    """Acts as the doors' actions, one after the other."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self._bidders = dict(zip(BIDDERS, scene.bidders, strict=False))
        people: dict[str, Actor] = {
            role.value: scene.world.account(role) for role in Role if role.value in WHO
        }
        people |= {who: one.actor(scene.lot.id) for who, one in self._bidders.items()}
        self.model = Model(
            scene.house,
            scene.lot.id,
            people,
            {who: seat for seat, who in enumerate(BIDDERS, start=1)},
            {who: scene.seat(Role(who)) for who in TRUSTEES},
        )

    def do(self, acts: Sequence[Act]) -> list[Heard]:
        return [Heard(act, self._code(act)) for act in acts]

    def settle(self) -> None:
        self.scene.work()

    def _code(self, act: Act) -> str:
        try:
            answer = getattr(self, f"_{act.door.replace('-', '_')}")(act, act.body)
        except Refused as refused:
            return refused.code
        return answer.code if isinstance(answer, Refused) else ""

    def _give(self, act: Act, wish: c.Wish) -> None:
        with self.scene.house.database.writing() as session:
            actor, now = self.model.people[act.who], clock.legal_now(session)
            actions.act(session, self.scene.lot.id, wish, actor=actor, now=now)

    def _acts(self, act: Act, body: Any) -> None:
        if body["act"] != "answer_objection":
            self._give(act, forms.host_act(body))
            return
        answer = forms.objection_answer(body)
        with self.scene.house.database.writing() as session:
            actor, now = self.model.people[act.who], clock.legal_now(session)
            objections.answer(session, self.scene.lot.id, *answer, actor=actor, now=now)

    def _pause(self, act: Act, body: Any) -> None:
        self._give(act, forms.pause(body))

    def _resume(self, act: Act, _: Any) -> None:
        self._give(act, c.Resume)

    def _excuse(self, act: Act, body: Any) -> None:
        self._give(act, forms.excuse(body))

    def _sign(self, _act: Act, _: Any) -> None:
        self.scene.sign_openings()

    def _release(self, act: Act, body: Any) -> Any:
        return self.scene.release(Role(act.who), ReleaseStage(body["stage"]))

    def _unlock(self, act: Act, _: Any) -> Any:
        return self.scene.unlock(self._bidders[act.who])

    def _answer(self, act: Act, body: Any) -> None:
        self.scene.answer(self._bidders[act.who], body["answer"], body["text"])

    def _objections(self, act: Act, body: Any) -> None:
        bidder = self._bidders[act.who]
        object_(self.scene, bidder, statement(self.scene, bidder, body["text"]))

    def _failures(self, act: Act, body: Any) -> None:
        actor = self._bidders[act.who].actor(self.scene.lot.id)
        with self.scene.house.database.writing() as session:
            now, told = clock.legal_now(session), forms.failure(body)
            actions.report_failure(session, self.scene.lot.id, *told, actor=actor, now=now)

    def _sign_in(self, act: Act, _: Any) -> None:
        actor = self._bidders[act.who].actor(self.scene.lot.id)
        with self.scene.house.database.writing() as session:
            now = clock.legal_now(session)
            actions.sign_in(session, self.scene.lot.id, actor=actor, now=now)


WHO = {"agency", "tenderee", "centre", "supervisor"}


@contextmanager
def a_hall(listed: Staged[Scene], server: str, folder: Path) -> Iterator[Scene]:
    """An opening of its own, from the published list on."""
    place = folder / uuid4().hex
    place.mkdir()
    with stages.copied(listed, server, place) as made:
        house = House.open(made, pool_size=2)
        first = listed.acting
        yield replace(first, house=house, bidders=[replace(one) for one in first.bidders])
        house.database.dispose()


@pytest.mark.timeout(300)
def test_rules_and_platform_say_the_same_in_any_storm(
    listed: Staged[Scene], postgres_url: str, tmp_path: Path
) -> None:
    @bounds(EXAMPLES)
    @given(scenarios(STEPS, *PLAIN))
    def storm(scenario: list[Step]) -> None:
        with a_hall(listed, postgres_url, tmp_path) as scene:
            Storm(InProcess(scene)).play(scenario)

    storm()
