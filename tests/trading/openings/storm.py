"""Random acts by random people against one hall, compared with the rules after each.

A driver takes the acts to the hall: by actions in this process, or over the wire to running ones.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

from kernel import clock
from tests.trading.openings.model import Act, Heard, Model
from trading.openings.states import FINISHED, CloseState, Opening, Stage

Steps = st.SearchStrategy["Step"]
BIDDERS = ("bidder-1", "bidder-2", "bidder-3")
LATE = "演示：本机繁忙，见证迟到；日志未见截止后的投标文件。"
"""What the headless supervisor says of a late close."""
TRUSTEES = ("tenderee", "agency", "centre", "supervisor")
Body = Mapping[str, Any]
HOSTING: tuple[Body, ...] = (
    {"act": "start_decryption"},
    {"act": "close_window"},
    {"act": "close_confirmation"},
    {"act": "close"},
    {"act": "read_out"},
    {"act": "read_out", "seats": [2]},
    {"act": "read_out", "seats": [9]},
    {"act": "draw"},
    {"act": "draw", "name": "k"},
    {"act": "draw", "name": "x"},
    {"act": "extend", "minutes": 5, "reason": "网络故障"},
    {"act": "extend", "minutes": 0, "reason": "网络故障"},
    {"act": "extend", "minutes": "五", "reason": "网络故障"},
    {"act": "announce", "text": "请各单位稍候"},
    {"act": "announce", "text": " "},
    {"act": "reconvene", "reason": "补充说明"},
    {"act": "answer_objection", "no": 1, "text": "已核对"},
    {"act": "answer_objection", "no": 2, "text": "已核对"},
    {"act": "dance"},
)


def _acts(who: Sequence[str], door: str, *bodies: Body) -> st.SearchStrategy[Act]:
    return st.builds(Act, st.sampled_from(who), st.just(door), st.sampled_from(bodies or ({},)))


PAUSES = ({"reason": "停电"}, {"reason": ""})
EXCUSES = tuple({"seat": seat, "reason": "平台故障"} for seat in (1, 3, 7))
ANSWERS: tuple[Body, ...] = (
    {"answer": "agreed", "text": ""},
    {"answer": "objected", "text": "唱标有误"},
)
LAWFUL = st.one_of(
    _acts(("agency",), "acts", *HOSTING),
    _acts(("agency",), "acts", *HOSTING),
    _acts(("agency", "supervisor"), "pause", *PAUSES),
    _acts(("agency", "supervisor"), "resume"),
    _acts(("supervisor",), "excuse", *EXCUSES),
    _acts(BIDDERS, "unlock"),
    _acts(BIDDERS, "answer", *ANSWERS),
    _acts(BIDDERS, "objections", {"text": "名单有误"}, {"text": " "}),
    _acts(BIDDERS, "failures", {"code": "OPN-2101", "via": "bid_key"}),
    _acts(BIDDERS, "sign-in"),
    _acts(TRUSTEES, "release", {"stage": "list"}, {"stage": "open"}),
)
"""What somebody asks who may knock there at all, in any stage."""


DEAD = FINISHED - {Stage.CLOSED}
"""Nothing follows; a closed session may convene again."""


class Driver(Protocol):
    """Takes acts to the hall."""

    model: Model

    def do(self, acts: Sequence[Act]) -> list[Heard]:
        """All at the same time, if there are several; what was answered to each, in any order."""

    def settle(self) -> None:
        """Let the platform do what is its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that happens to a hall: its name, what people ask, and whatever else it needs."""

    name: str
    acts: tuple[Act, ...] = ()
    more: Any = None

    def __str__(self) -> str:
        return " ".join(map(str, filter(None, (self.name, *self.acts, self.more))))


def steps(name: str, acts: st.SearchStrategy[Any] | None = None, *more: Any) -> Steps:
    """Steps of one name."""
    asked = (
        st.tuples()
        if acts is None
        else acts.map(lambda one: one if isinstance(one, tuple) else (one,))
    )
    return st.builds(Step, st.just(name), asked, st.sampled_from(more or (None,)))


PLAIN: tuple[Steps, ...] = (
    steps("act", LAWFUL),
    steps("act", LAWFUL),
    steps("go_on"),
    steps("sign"),
    steps("time", None, 1, 1, 7, 7, 31),
    steps("platform"),
)


def scenarios(length: int, *kinds: Steps) -> st.SearchStrategy[list[Step]]:
    """So many steps, or none at all: Hypothesis begins with the simplest example there is."""
    drawn = st.lists(st.one_of(*kinds), min_size=length, max_size=length)
    return st.sampled_from([0, *[1] * 63]).flatmap(lambda any_: drawn if any_ else st.just([]))


class Storm:
    """What befalls one hall, step by step; `told` says it in words."""

    def __init__(self, driver: Driver) -> None:
        self.driver = driver
        self.told: list[str] = []

    @property
    def model(self) -> Model:
        return self.driver.model

    @property
    def opening(self) -> Opening:
        """As the rules hold it."""
        return self.model.story.opening

    def play(self, scenario: Sequence[Step]) -> None:
        """Step after step, and what the platform has still to do; a failure tells all of them."""
        try:
            for step in scenario:
                if self.opening.stage in DEAD:
                    break
                self.say(str(step))
                getattr(self, f"do_{step.name}")(step)
            self.end()
        except BaseException as error:
            error.add_note("\n".join(self.told))
            raise

    def say(self, words: str) -> None:
        """Note what happens."""
        self.told.append(f"[{self.opening.stage}] {words}")

    def attempt(self, *acts: Act) -> None:
        """Do them together; then everything that was answered and said is explained."""
        if about := [act for act in acts if self._is_about_something(act)]:
            self.compare(self.driver.do(about))

    def compare(self, heard: list[Heard]) -> None:
        """What was heard, and seen since the last look, is what the rules say."""
        self.told += [f"    {one.act} ⇒ {one.code}" for one in heard]
        self.model.compare(heard)

    def _is_about_something(self, one: Act) -> bool:
        """Nothing is held after the end that could be released."""
        return one.door != "release" or self.opening.stage not in FINISHED

    def do_act(self, step: Step) -> None:
        self.attempt(*step.acts)

    def do_sign(self, _: Step | None = None) -> None:
        if self.opening.unsealed:
            self.attempt(Act("agency", "sign"))

    def do_time(self, step: Step) -> None:
        self.pass_time(timedelta(minutes=step.more))

    def pass_time(self, span: timedelta) -> None:
        """Move legal time; whatever falls due is done by whoever comes first."""
        with self.model.house.database.writing() as session:
            clock.shift(session, span)

    def do_platform(self, _: Step | None = None) -> None:
        """The platform does what is its own, and every event of it is explained."""
        self.driver.settle()
        self.model.compare()

    def do_go_on(self, _: Step | None = None) -> None:
        """What people would do next, so that a walk comes to an end now and then."""
        self.do_platform()
        if self.opening.paused_at is not None:
            self.attempt(Act("supervisor", "resume"))
        stage = self.opening.stage
        for act in self._next(self.host(), stage):
            self.attempt(act)
            if act.door == "release":
                self.do_platform()
        if stage is Stage.OPENING:
            self.do_sign()
        self.do_platform()

    def end(self) -> None:
        """What follows the last step."""
        self.do_platform()

    def host(self) -> str:
        """Whoever presides; only the agency can sign what was opened."""
        return "agency"

    def _next(self, host: str, stage: Stage) -> list[Act]:
        unanswered = self.opening.open_objections
        match stage:
            case Stage.WAITING | Stage.SIGN_IN:
                left = (self.opening.until or self.opening.deadline) - self.model.seen.now
                self.pass_time(max(left, timedelta(0)) + timedelta(seconds=1))
                return []
            case Stage.DEADLINE_LOCK if self.opening.close is CloseState.LATE:
                return [Act("supervisor", "late-close", {"reason": LATE})]
            case Stage.DEADLINE_LOCK:
                return [Act(who, "release", {"stage": "list"}) for who in TRUSTEES[:3]]
            case Stage.BIDDER_DECRYPTION:
                close = Act(host, "acts", {"act": "close_window"})
                return [*(Act(who, "unlock") for who in BIDDERS), close]
            case Stage.OPENING:
                return [Act(who, "release", {"stage": "open"}) for who in TRUSTEES[:3]]
            case Stage.RECORD_CONFIRMATION:
                close = Act(host, "acts", {"act": "close_confirmation"})
                return [*(Act(who, "answer", ANSWERS[0]) for who in BIDDERS), close]
            case Stage.QUESTIONS | Stage.RECONVENED:
                told: list[Body] = [
                    {"act": "answer_objection", "no": no, "text": "已核对"} for no in unanswered
                ]
                return [Act(host, "acts", body) for body in (*told, {"act": "close"})]
            case _:
                act = WORDS.get(stage)
                return [Act(host, "acts", {"act": act})] if act else []


WORDS = {
    Stage.LIST_PUBLISHED: "start_decryption",
    Stage.PARAMETER_DRAW: "draw",
    Stage.READ_OUT: "read_out",
}


def bounds(examples: int) -> settings:
    """So many scenarios."""
    return settings(
        max_examples=examples,
        deadline=None,
        database=None,
        # Each step is a transaction or two: a failing walk is short enough as it was found.
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
