"""An evaluation room as one transition table: 招标投标法 37, 38; 实施条例 46, 48.

`decide` turns a command into facts; states.evolve folds them in.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from evaluation.rooms import commands, committee, election
from evaluation.rooms.commands import Command
from evaluation.rooms.states import (
    FINISHED,
    MANNED,
    ORDER,
    READING,
    RUNNING,
    SEATED,
    WORK,
    Fact,
    Facts,
    Kind,
    MemberState,
    Party,
    Room,
    Stage,
    enter,
    evolve,
)
from kernel.pure.errors import Refused

__all__ = [
    "FINISHED",
    "ORDER",
    "READING",
    "RUNNING",
    "TABLE",
    "WORK",
    "Fact",
    "Facts",
    "Kind",
    "MemberState",
    "Party",
    "Room",
    "Stage",
    "decide",
    "evolve",
]

S, P = Stage, Party


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: who may, in which stages, also while paused, and what follows."""

    parties: frozenset[Party]
    stages: frozenset[Stage]
    decide: Callable[[Room, Any, datetime], Facts]
    while_paused: bool = False
    settles: bool = False
    """Once its stages are past, its work is done: repeating it is empty."""


def decide(room: Room, command: Command, now: datetime) -> Facts:
    """What `command` means at `now`, as facts in order; empty when it says nothing new.

    Raises:
        Refused: EVA-2005 not this party's act; EVA-2004 not in this stage; EVA-2003 paused; and the
            codes of the single acts.
    """
    row = TABLE[type(command)]
    if command.by not in row.parties:
        raise Refused("EVA-2005")
    if isinstance(command, commands.Finish) and _past(room.stage, command.stage):
        return ()
    if room.stage not in row.stages:
        if row.settles:
            return ()
        raise Refused("EVA-2004", stage=room.stage.value)
    if room.paused_at is not None and not row.while_paused:
        raise Refused("EVA-2003", since=room.paused_at)
    return row.decide(room, command, now)


def _past(now_in: Stage, stage: Stage) -> bool:
    """A stage left behind stays finished: saying so again is empty."""
    return now_in is S.FAILED or ORDER.index(now_in) > ORDER.index(stage)


def _finish(r: Room, c: commands.Finish, _now: datetime) -> Facts:
    """条例 48: a seat whose successor has not pledged yet holds the stage open."""
    if c.stage is not r.stage:
        raise Refused("EVA-2004", stage=r.stage.value)
    if not r.complete:
        raise Refused("EVA-2305")
    if r.leader is None and r.stage in {S.PRICE, S.SIGNING}:
        raise Refused("EVA-2304")
    done = Fact(Kind.WORK_DONE, stage=c.stage, qualified=c.qualified)
    if c.stage is S.QUALIFICATION and c.qualified is not None and c.qualified < r.floor:
        reason = f"资格审查合格的投标只有 {c.qualified} 家，少于 {r.floor} 家，缺乏竞争"
        return (done, *_failing(reason))
    following = ORDER[ORDER.index(c.stage) + 1]
    if following is S.CLOSED:
        return (done, Fact(Kind.CLOSED), enter(S.CLOSED))
    return (done, enter(following))


def _failing(reason: str) -> Facts:
    return (Fact(Kind.FAILED, reason=reason), enter(S.FAILED))


def _fail(_r: Room, c: commands.Fail, _now: datetime) -> Facts:
    if not c.reason.strip():
        raise Refused("EVA-2007")
    return _failing(c.reason)


def _progress(r: Room, c: commands.Progress, _now: datetime) -> Facts:
    if r.member(c.seat).submitted == c.submitted:
        return ()
    told = {"seat": c.seat, "stage": r.stage, "submitted": c.submitted, "of": c.of}
    return (Fact(Kind.SHEET_SUBMITTED, **told),)


def _pause(r: Room, c: commands.Pause, now: datetime) -> Facts:
    if not c.reason.strip():
        raise Refused("EVA-2007")
    if r.paused_at is not None:
        return ()
    return (Fact(Kind.PAUSED, at=now, by=c.by, reason=c.reason),)


def _resume(r: Room, c: commands.Resume, _now: datetime) -> Facts:
    return (Fact(Kind.RESUMED, by=c.by),) if r.paused_at is not None else ()


def _only(*parties: Party) -> frozenset[Party]:
    return frozenset(parties)


_EXPERT = _only(P.EXPERT)
_DRAWERS = _only(P.AGENCY, P.CENTRE, P.SUPERVISOR)
_ORDER = _only(P.CENTRE, P.SUPERVISOR)
_CLOCK = _only(P.SYSTEM)
_DRAWING = frozenset({S.DRAWING})

TABLE: Mapping[type[Command], Row] = MappingProxyType(
    {
        commands.Commit: Row(_DRAWERS, _DRAWING, committee.commit_to, settles=True),
        commands.Reveal: Row(_DRAWERS, _DRAWING, committee.reveal, settles=True),
        commands.RestartDraw: Row(
            _only(P.SUPERVISOR), frozenset({S.DRAWING, S.INVITING, S.CHECK_IN}), committee.restart
        ),
        commands.Accept: Row(_EXPERT, SEATED, committee.accept),
        commands.Decline: Row(_EXPERT, SEATED, committee.decline),
        commands.CheckIn: Row(_EXPERT, SEATED - {S.INVITING}, committee.check_in),
        commands.Pledge: Row(_EXPERT, SEATED - {S.INVITING}, committee.pledge),
        commands.Recuse: Row(_EXPERT, SEATED, committee.recuse),
        commands.Replace: Row(_ORDER, SEATED, committee.replace, while_paused=True),
        commands.Vote: Row(_EXPERT, MANNED, election.vote),
        commands.Progress: Row(
            _CLOCK, frozenset({S.QUALIFICATION, S.TECHNICAL}), _progress, while_paused=True
        ),
        commands.Finish: Row(_CLOCK, frozenset(WORK), _finish),
        commands.Fail: Row(_only(P.SYSTEM, P.SUPERVISOR), RUNNING, _fail, while_paused=True),
        commands.Pause: Row(_only(P.SUPERVISOR), RUNNING, _pause, while_paused=True),
        commands.Resume: Row(_only(P.SUPERVISOR), RUNNING, _resume, while_paused=True),
    }
)
