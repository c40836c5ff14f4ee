"""A stream explained by the rules alone: each event must follow from a command the rules allow.

The commands are guessed from what the events say and put to `decide`; the facts it answers must be
the very events that follow, value by value. What no command explains is named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import takewhile
from typing import Any

from kernel.pure.closes import Verdict
from kernel.pure.errors import Refused
from trading.openings import commands as c
from trading.openings.causes import CAUSES, BidState, Cause
from trading.openings.rules import decide
from trading.openings.states import (
    Answer,
    Bid,
    Fact,
    Kind,
    Opening,
    Party,
    Stage,
    evolve,
)
from trading.openings.stream import plain

P, K = Party, Kind
Event = Mapping[str, Any]
Look = Callable[[], Opening]
BY_CODE = {outcome.code: cause for cause, outcome in CAUSES.items()}
SAID = {
    K.SESSION_OPENED,
    K.DEPOSIT_JUDGED,
    K.SHARE_REFUSED,
    K.RELEASE_DECLINED,
    K.RESCUE_REFUSED,
    K.BYTES_RESTORED,
    K.RECORD_ISSUED,
    K.RECORD_SIGNED,
    K.SIGNING_CLOSED,
    K.HOST_CHANGED,
}
"""Told to all, and changing nothing that the rules judge."""
UNTOLD = {"live", "bids", "parameter", "drawn", "draws", "close", "verdict", "attachments"}
"""Values of facts that the stream puts into other words."""


class Unexplained(AssertionError):
    """No command that the rules allow would have said this."""


@dataclass(frozen=True, slots=True)
class Step:
    """One command that explains events: what the hall was before and after it, and when."""

    before: Opening
    command: c.Command
    facts: tuple[Fact, ...]
    at: datetime
    after: Opening


@dataclass(slots=True)
class Story:
    """How far a stream is explained. `look` reads the opening as it was loaded, for its draws."""

    opening: Opening
    live: int
    look: Look | None = None
    told: int = 0
    steps: list[Step] = field(default_factory=list)

    def hear(self, events: Sequence[Event]) -> None:
        """Explain events that follow. Raises Unexplained."""
        left = list(events)
        while left:
            left = self._step(left)

    def _step(self, events: list[Event]) -> list[Event]:
        first = events[0]
        if Kind(first["kind"]) in SAID:
            self.told = first["seq"]
            return events[1:]
        at = datetime.fromisoformat(first["at"])
        if self.look is not None and self.opening.stage is Stage.PARAMETER_DRAW:
            self.opening = replace(self.opening, inputs=self.look().inputs)
        tried = []
        for command in self._guesses(events):
            try:
                facts = decide(self.opening, command, at)
            except Refused as refused:
                tried.append(f"{command}: {refused.code}")
                continue
            if facts and _are(facts, events, at):
                before = self.opening
                self.opening = evolve(before, _as_told(facts, events))
                self.steps.append(Step(before, command, tuple(facts), at, self.opening))
                self.told = events[len(facts) - 1]["seq"]
                return events[len(facts) :]
            tried.append(f"{command}: {[fact.kind.value for fact in facts]}")
        raise Unexplained(
            f"event {first['seq']} {first['kind']} {first['payload']} in {self.opening.stage}\n"
            f"followed by {[one['kind'] for one in events[1:6]]}\ntried\n  " + "\n  ".join(tried)
        )

    def _guesses(self, events: list[Event]) -> Iterator[c.Command]:
        """Commands that might have said the first of these events."""
        told = events[0]["payload"]
        # What was due is the clock's doing, whoever asked for the same at that moment.
        yield c.Tick(P.SYSTEM)
        yield from _GUESSES.get(Kind(events[0]["kind"]), _nothing)(told, events, self)
        yield c.CloseWindow(P.HOST)
        yield c.CloseConfirmation(P.HOST)


Guess = Callable[[Mapping[str, Any], list[Event], Story], Iterator[c.Command]]


def _are(facts: Sequence[Fact], events: Sequence[Event], at: datetime) -> bool:
    """Whether the facts are the next events, and the values that both tell are the same."""
    if len(facts) > len(events):
        return False
    return all(_is(fact, event, at) for fact, event in zip(facts, events, strict=False))


def _is(fact: Fact, event: Event, at: datetime) -> bool:
    if fact.kind.value != event["kind"]:
        return False
    return all(
        _same(value, event["payload"].get(name))
        for name, value in fact.values.items()
        if name not in UNTOLD and name in event["payload"]
    )


def _same(value: Any, told: Any) -> bool:
    """Equal; times may differ by what lies between an act's time and its event's."""
    if isinstance(value, datetime) and isinstance(told, str):
        return abs((datetime.fromisoformat(told) - value).total_seconds()) < 5
    return bool(plain(value) == told)


def _as_told(facts: Sequence[Fact], events: Sequence[Event]) -> tuple[Fact, ...]:
    """The facts with the very times that were told."""
    found = []
    for fact, event in zip(facts, events, strict=False):
        times = {
            name: datetime.fromisoformat(event["payload"][name])
            for name, value in fact.values.items()
            if isinstance(value, datetime) and isinstance(event["payload"].get(name), str)
        }
        found.append(Fact(fact.kind, **{**fact.values, **times}))
    return tuple(found)


def _nothing(_t: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    return iter(())


def _one(make: Callable[[Mapping[str, Any]], c.Command]) -> Guess:
    return lambda told, _events, _story: iter((make(told),))


def _failed(told: Mapping[str, Any], events: list[Event], _story: Story) -> Iterator[c.Command]:
    if not told["final"]:
        for by in (P.BIDDER, P.SYSTEM):
            yield c.ReportFailure(by, told["seat"], told["code"], told.get("via", "bid_key"))
        return
    yield c.Excuse(P.SUPERVISOR, told["seat"], told.get("reason", ""))
    yield from _verified(told, events, _story)
    yield from _unsealed(told, events, _story)


def _unsealed(_t: Mapping[str, Any], events: list[Event], _s: Story) -> Iterator[c.Command]:
    opened = [e["payload"]["seat"] for e in _run(events, K.BID_OPENED)]
    failed = _causes(_run(events[len(opened) :], K.BID_FAILED))
    rest = events[len(opened) + len(failed) :]
    if rest and rest[0]["kind"] == K.OPENINGS_UNSEALED:
        yield c.Unseal(P.SYSTEM, tuple(opened), failed, rest[0]["payload"]["digest"])


def _verified(_t: Mapping[str, Any], events: list[Event], _s: Story) -> Iterator[c.Command]:
    failed = _causes(_run(events, K.BID_FAILED))
    rest = events[len(failed) :]
    if rest and rest[0]["kind"] == K.VERIFIED:
        yield c.Verify(P.SYSTEM, tuple(rest[0]["payload"]["matched"]), failed)


def _read(_t: Mapping[str, Any], events: list[Event], _s: Story) -> Iterator[c.Command]:
    seats = [event["payload"]["seat"] for event in _run(events, K.BID_READ_OUT)]
    for many in range(len(seats), 0, -1):
        yield c.ReadOut(P.HOST, tuple(seats[:many]))


def _listed(told: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    bids = [
        Bid(row["seat"], BidState(row["state"]), BY_CODE.get(row["code"])) for row in told["bids"]
    ]
    yield c.PublishList(P.SYSTEM, tuple(bids))


def _extended(told: Mapping[str, Any], events: list[Event], story: Story) -> Iterator[c.Command]:
    at, until = (datetime.fromisoformat(text) for text in (events[0]["at"], told["until"]))
    begins = at if told["reopened"] else max(at, story.opening.until or at)
    minutes = round((until - begins).total_seconds() / 60)
    yield c.Extend(P.HOST, minutes, told["reason"])


def _drawn(told: Mapping[str, Any], events: list[Event], _s: Story) -> Iterator[c.Command]:
    yield c.Draw(P.HOST)
    yield c.Draw(P.HOST, told["name"])


def _paused(told: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    resumes = told.get("resumes_at")
    until = datetime.fromisoformat(resumes) if resumes else None
    since = datetime.fromisoformat(told["at"])
    yield c.Pause(Party(told["by"]), told["reason"], until, since)


def _resumed(told: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    yield c.Resume(Party(told["by"]))


def _objected(told: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    yield c.Answered(P.BIDDER, told["seat"], Answer.OBJECTED, told.get("text", ""))


def _answered(told: Mapping[str, Any], _e: list[Event], _s: Story) -> Iterator[c.Command]:
    if not told["deemed"]:
        yield c.Answered(P.BIDDER, told["seat"], Answer.AGREED)


def _run(events: Sequence[Event], kind: Kind) -> list[Event]:
    return list(takewhile(lambda event: event["kind"] == kind, events))


def _causes(events: Sequence[Event]) -> tuple[tuple[int, Cause], ...]:
    return tuple(
        (event["payload"]["seat"], Cause(event["payload"]["cause"]))
        for event in events
        if event["payload"]["final"]
    )


_GUESSES: Mapping[Kind, Guess] = {
    K.DEADLINE_LOCKED: lambda _t, _e, story: iter((c.Lock(P.SYSTEM, story.live),)),
    K.CLOSE_WITNESSED: _one(lambda _: c.Vouch(P.SYSTEM, in_time=True)),
    K.CLOSE_LATE: _one(lambda _: c.Vouch(P.SYSTEM, in_time=False)),
    K.CLOSE_DECIDED: _one(
        lambda told: c.DecideClose(P.SUPERVISOR, Verdict(told["verdict"]), told["reason"])
    ),
    K.SHARE_RELEASED: _one(lambda told: c.Release(P.TRUSTEE, told["trustee"], told["release"])),
    K.LIST_PUBLISHED: _listed,
    K.DECRYPTION_STARTED: _one(lambda _: c.StartDecryption(P.HOST)),
    K.BID_UNLOCKED: _one(lambda told: c.Unlock(P.BIDDER, told["seat"], told["via"])),
    K.BID_FAILED: _failed,
    K.RESCUE_ASKED: _one(lambda told: c.AskRescue(P.BIDDER, told["seat"], told["code"])),
    K.RESCUE_SHARE: _one(lambda told: c.RescueShare(P.SYSTEM, told["seat"], told["member"])),
    K.BID_OPENED: _unsealed,
    K.OPENINGS_UNSEALED: _unsealed,
    K.MANIFEST_SIGNED: _one(lambda _: c.SignManifest(P.HOST)),
    K.VERIFIED: _verified,
    K.PARAMETER_DRAWN: _drawn,
    K.BID_READ_OUT: _read,
    K.BID_CONFIRMED: _answered,
    K.BID_OBJECTED: _objected,
    K.OBJECTION_RAISED: _one(lambda told: c.RaiseObjection(P.BIDDER, told["seat"], told["text"])),
    K.OBJECTION_ANSWERED: _one(lambda told: c.AnswerObjection(P.HOST, told["no"], told["text"])),
    K.CLOSED: _one(lambda _: c.CloseOpening(P.HOST)),
    K.RECONVENED: _one(lambda told: c.Reconvene(P.HOST, told["reason"])),
    K.PAUSED: _paused,
    K.RESUMED: _resumed,
    K.EXTENDED: _extended,
    K.ANNOUNCED: _one(lambda told: c.Announce(P.HOST, told["text"])),
    K.CANCELLED: _one(lambda told: c.Cancel(P.SYSTEM, told["word"], told["reason"])),
}
