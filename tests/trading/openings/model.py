"""What anybody may ask of a hall, and what the rules alone answer: one model for every driver.

An act is the request as its door hears it. The rules say which answers are possible between two
looks at the hall; whatever happened between them must be explained by acts that were asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from kernel import clock
from kernel.house import House
from kernel.permissions import Account, Actor, PermissionTable
from kernel.pure.closes import Verdict
from kernel.pure.errors import Refused
from tests.trading.openings.explained import Step, Story
from trading.openings import commands as c
from trading.openings import draws, forms, hall
from trading.openings import queries as openings
from trading.openings.access import GRANTS, Right, party_of
from trading.openings.rules import decide
from trading.openings.states import Answer, Facts, Opening, Party, Stage, evolve
from trading.sittings import queries as sittings
from trading.sittings import rules as chairs
from trading.sittings.actions import official
from trading.sittings.rules import Chair
from trading.tenders.queries import lot_snapshot
from trading.tenders.rules import LotSnapshot

TABLE = PermissionTable([GRANTS])
DOORS = {
    "acts": Right.PRESIDE,
    "sign": Right.PRESIDE,
    "take-over": Right.PRESIDE,
    "pause": Right.ORDER_PAUSE,
    "resume": Right.ORDER_PAUSE,
    "excuse": Right.SUPERVISE,
    "late-close": Right.SUPERVISE,
    "release": Right.RELEASE_SHARES,
    "sign-in": Right.ACT_UNDER_TICKET,
    "unlock": Right.ACT_UNDER_TICKET,
    "answer": Right.ACT_UNDER_TICKET,
    "objections": Right.ACT_UNDER_TICKET,
    "failures": Right.ACT_UNDER_TICKET,
}
PRESIDING = {"acts", "sign", "pause", "resume"}
PAPERS = {
    "release": {"OPN-1209"},
    "unlock": {"OPN-1301"},
    "answer": {"OPN-1301", "OPN-1601"},
    "objections": {"OPN-1301"},
    "failures": {"OPN-1301"},
    "sign": {"OPN-1403"},
}
"""Refusals of an act's papers, which are read before its stage is looked at."""
MARKS = ("until", "paused_at", "resumes_at")
CLOSE_ENOUGH = timedelta(seconds=5)


@dataclass(frozen=True, slots=True)
class Act:
    """Who knocks at which door with what. `who` is a name of the driver's people."""

    who: str
    door: str
    body: Mapping[str, Any] = field(default_factory=dict)

    def __str__(self) -> str:
        return f"{self.who} → {self.door} {dict(self.body) or ''}".rstrip()


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to an act: "" when it was taken, a refusal's code, None when none arrived."""

    act: Act
    code: str | None
    stage: str | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """One moment of the hall, read in one transaction: rows and stream are of the same moment."""

    now: datetime
    opening: Opening
    chair: Chair
    events: list[dict[str, Any]]


def look(house: House, lot_id: UUID) -> Seen:
    """The hall as it stands."""
    with house.database.reading() as session:
        now = clock.legal_now(session)
        live = openings.opening_row(session, lot_id).live_id
        return Seen(
            now,
            hall.look(session, lot_id, now).opening,
            sittings.chair_of(sittings.row_of(session, lot_id)),
            openings.frames(session, live),
        )


def with_inputs(house: House, lot_id: UUID) -> Opening:
    """The opening as it was loaded for its draw."""
    with house.database.reading() as session:
        loaded = hall.look(session, lot_id, clock.legal_now(session))
        drawing = replace(loaded.opening, stage=Stage.PARAMETER_DRAW)
        return draws.loaded(drawing, loaded)


@dataclass(slots=True)
class Model:
    """One hall by the rules alone, compared with what is seen of it.

    `people` are those who may knock, `seats` the bidders' seats and `trustees` the trustees' by
    the same names.
    """

    house: House
    lot_id: UUID
    people: Mapping[str, Actor]
    seats: Mapping[str, int]
    trustees: Mapping[str, int]
    lot: LotSnapshot = field(init=False)
    story: Story = field(init=False)
    seen: Seen = field(init=False)
    signed_in: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        with self.house.database.reading() as session:
            self.lot = lot_snapshot(session, self.lot_id)
        self.seen = look(self.house, self.lot_id)

        def drawing() -> Opening:
            return with_inputs(self.house, self.lot_id)

        told = self.seen.events[-1]["seq"]
        self.story = Story(self.seen.opening, len(self.seats), drawing, told)

    def opening(self) -> Opening:
        """The opening as it stands."""
        return look(self.house, self.lot_id).opening

    def compare(self, heard: Sequence[Heard] = ()) -> None:
        """Whatever happened since the last look follows from the rules and what was asked.

        The answers must be possible ones, the events explained, the rows those of the rules.
        """
        before, steps = self.seen, len(self.story.steps)
        began, self.seen = self.story.opening, look(self.house, self.lot_id)
        numbers = [event["seq"] for event in self.seen.events]
        assert numbers == list(range(1, len(numbers) + 1))
        assert self.seen.events[: len(before.events)] == before.events
        self.story.hear(self.seen.events[self.story.told :])
        _same(self.story.opening, self.seen.opening)
        for one in heard:
            if one.act.door == "sign-in" and one.code in ("", None):
                self.signed_in.add(one.act.who)
        self._judge(heard, began, before, self.story.steps[steps:])

    def _judge(
        self, heard: Sequence[Heard], began: Opening, before: Seen, steps: Sequence[Step]
    ) -> None:
        # One that was taken explains an event sooner than one whose answer was lost.
        left = sorted(heard, key=lambda one: (one.code is None, one.code or ""))
        for step in steps:
            if step.command.by is Party.SYSTEM:
                continue
            found = next((one for one in left if self._says(one.act, step)), None)
            assert found is not None, f"nobody asked for {step.command} at {step.at}"
            assert found.code in ("", None), f"{found.act} was refused with {found.code}, and done"
            assert found.stage in (step.after.stage, None), f"{found}, but {step.after.stage}"
            left.remove(found)
        moments = self._moments(began, before, steps)
        for one in left:
            if one.code is not None:
                self._possible(one, moments, {before.chair, self.seen.chair})

    def _moments(
        self, began: Opening, before: Seen, steps: Sequence[Step]
    ) -> list[tuple[Opening, datetime, datetime]]:
        """Every state the hall was in, from when to when."""
        turns = [(began, before.now), *((step.after, step.at) for step in steps)]
        ends = [*(at for _, at in turns[1:]), self.seen.now]
        return [(state, since, till) for (state, since), till in zip(turns, ends, strict=True)]

    def _possible(
        self, one: Heard, moments: list[tuple[Opening, datetime, datetime]], chairs: set[Chair]
    ) -> None:
        """The answer is the rules' in one of those states; a taken act said nothing new there."""
        answers = {
            self.answer(one.act, state, at, chair)
            for state, since, till in moments
            for at in (since, till)
            for chair in chairs
        }
        if one.act.door == "sign-in" and one.act.who in self.signed_in:
            answers.add("")
        refused = answers - {"", SAYS}
        if not (refused and one.code in PAPERS.get(one.act.door, ())):
            assert one.code in answers, f"{one.act}: platform {one.code!r}, rules {answers}"

    def answer(self, act: Act, state: Opening, at: datetime, chair: Chair) -> str:
        """What the rules answer: a code, "" for an act without news, SAYS for one with."""
        try:
            return SAYS if self._facts(act, state, at, chair) else ""
        except Refused as refused:
            return refused.code

    def _facts(self, act: Act, state: Opening, at: datetime, chair: Chair) -> Sequence[object]:
        actor = self.people[act.who]
        TABLE.require(actor, DOORS[act.door])
        if act.door == "take-over":
            return self._take_over(act, actor, chair)
        read = self._wish(act)
        party = Party.TRUSTEE if act.door == "release" else party_of(actor, self.lot)
        if party is Party.HOST and act.door in PRESIDING and isinstance(actor, Account):
            chairs.preside(chair, official(actor))
        command = read(party)
        if isinstance(command, c.Release) and command.trustee in _given(state, command):
            return ()
        state = self._loaded(state)
        state = evolve(state, decide(state, c.Tick(Party.SYSTEM), at))
        return decide(self._loaded(state), command, at)

    def _take_over(self, act: Act, actor: Actor, chair: Chair) -> Sequence[object]:
        """Told on the sitting's stream; to the hall's own it says nothing that the rules judge."""
        if not act.body["reason"].strip():
            raise Refused("OPN-1801")
        if party_of(actor, self.lot) is not Party.HOST or not isinstance(actor, Account):
            raise Refused("OPN-1001")
        chairs.take_over(chair, official(actor))
        return ()

    def _loaded(self, state: Opening) -> Opening:
        if state.stage is Stage.PARAMETER_DRAW and state.inputs is None:
            return replace(state, inputs=with_inputs(self.house, self.lot_id).inputs)
        return state

    def _says(self, act: Act, step: Step) -> bool:
        """Whether the act is what the step's command says."""
        try:
            TABLE.require(self.people[act.who], DOORS[act.door])
            command = self._wish(act)(step.command.by)
            said = decide(step.before, command, step.at)
            return type(command) is type(step.command) and _alike(said, step.facts)
        except (Refused, KeyError):
            return False

    def _wish(self, act: Act) -> c.Wish:
        """The command that a request asks for. Raises Refused WEB-1004."""
        body, seat = act.body, self.seats.get(act.who, 0)
        match act.door:
            case "answer":
                return lambda by: c.Answered(by, seat, Answer(body["answer"]), body["text"])
            case "objections":
                return lambda by: c.RaiseObjection(by, seat, body["text"])
            case "failures":
                return lambda by: c.ReportFailure(by, seat, *forms.failure(body))
            case "unlock":
                return lambda by: c.Unlock(by, seat, "bid_key")
            case "release":
                number = 1 if body["stage"] == "list" else 2
                return lambda by: c.Release(by, self.trustees[act.who], number)
            case _:
                return _official(act)


def _official(act: Act) -> c.Wish:
    body = act.body
    if body.get("act") == "answer_objection":
        no, text, _ = forms.objection_answer(body)
        return lambda by: c.AnswerObjection(by, no, text)
    if act.door == "late-close":
        return lambda by: c.DecideClose(by, Verdict.GO_ON, body["reason"])
    read: Mapping[str, Callable[[Mapping[str, Any]], c.Wish]] = {
        "acts": forms.host_act,
        "pause": forms.pause,
        "excuse": forms.excuse,
        "resume": lambda _: c.Resume,
        "sign": lambda _: c.SignManifest,
        "sign-in": lambda _: c.SignIn,
    }
    return read[act.door](body)


SAYS = "says something new"
"""The answer to an act that changes the hall: it must be found in the stream."""


def _given(state: Opening, command: c.Release) -> frozenset[int]:
    return state.first if command.release == 1 else state.second


def _alike(one: Facts, other: Facts) -> bool:
    """The same facts; their times may differ by an act's length."""
    return len(one) == len(other) and all(
        first.kind is second.kind
        and first.values.keys() == second.values.keys()
        and all(_near(value, second[name]) for name, value in first.values.items())
        for first, second in zip(one, other, strict=True)
    )


def _near(one: object, other: object) -> bool:
    if isinstance(one, datetime) and isinstance(other, datetime):
        return abs(one - other) < CLOSE_ENOUGH
    return one == other


def _same(held: Opening, loaded: Opening) -> None:
    """Rows are what the rules hold; times may differ by an act's length."""
    for name in MARKS:
        one, other = getattr(held, name), getattr(loaded, name)
        assert (one is None) == (other is None), (name, one, other)
        assert one is None or abs(one - other) < CLOSE_ENOUGH, (name, one, other)
    assert _unmarked(held) == _unmarked(loaded)


def _unmarked(opening: Opening) -> Opening:
    """Without times, and what is only loaded for a draw."""
    return replace(opening, until=None, paused_at=None, resumes_at=None, inputs=None)
