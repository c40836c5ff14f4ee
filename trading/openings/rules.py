"""The no-meeting opening hall as one transition table: 招标投标法 34-36, 条例 44, 20号令 29-31.

`decide` turns a command into facts; states.evolve folds them in. Time-driven steps derive from
`now` and the snapshot: a late ticker can neither open early nor accept late.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from kernel.pure.errors import Refused
from trading.openings import commands, drawing, hearing, pausing, unsealing
from trading.openings.commands import Command
from trading.openings.states import (
    AFTER_LIST,
    FINISHED,
    ORDER,
    Fact,
    Facts,
    Kind,
    Opening,
    Party,
    Stage,
    enter,
)

S, P = Stage, Party
RUNNING = frozenset(ORDER) - FINISHED
HEARD = AFTER_LIST & RUNNING


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: who may, in which stages, also while paused, and what follows."""

    parties: frozenset[Party]
    stages: frozenset[Stage]
    decide: Callable[[Opening, Any, datetime], Facts]
    while_paused: bool = False
    settles: bool = False
    """Once its stages are past, its work is done: repeating it is empty."""


def decide(opening: Opening, command: Command, now: datetime) -> Facts:
    """What `command` means at `now`, as facts in order; empty when it says nothing new.

    Raises:
        Refused: OPN-1001 not this party's act; OPN-1002 not in this stage; OPN-1003 paused; and the
            codes of the single acts.
    """
    row = TABLE[type(command)]
    if command.by not in row.parties:
        raise Refused("OPN-1001", act=type(command).__name__)
    if opening.stage not in row.stages:
        if row.settles and _past(opening.stage, row.stages):
            return ()
        raise Refused("OPN-1002", act=type(command).__name__, stage=opening.stage.value)
    if opening.paused_at is not None and not row.while_paused:
        raise Refused("OPN-1003", since=opening.paused_at)
    return row.decide(opening, command, now)


def _past(stage: Stage, stages: frozenset[Stage]) -> bool:
    if stage in FINISHED:
        return True
    return ORDER.index(stage) > max(ORDER.index(each) for each in stages)


def _tick(o: Opening, _: commands.Tick, now: datetime) -> Facts:
    """Whatever the clock alone brings about; nothing while paused, nothing early."""
    if o.paused_at is not None or o.until is None or now < o.until:
        return ()
    match o.stage:
        case S.WAITING:
            return (
                Fact(Kind.SIGN_IN_OPENED, until=o.deadline),
                enter(S.SIGN_IN, o.deadline),
            )
        case S.LIST_PUBLISHED:
            return unsealing.start(o, now)
        case S.BIDDER_DECRYPTION:
            return unsealing.shut_window(o)
        case S.PARAMETER_DRAW:
            return drawing.drawn(o, drawing.left_of(o), now)
        case S.READ_OUT:
            return hearing.read(o, tuple(bid.seat for bid in o.bids if bid.readable), now)
        case S.RECORD_CONFIRMATION:
            return hearing.shut_confirmation(o, now)
        case S.QUESTIONS if not o.open_objections:
            return hearing.closing(o)
        case _:
            return ()


def _sign_in(_o: Opening, _c: commands.SignIn, _now: datetime) -> Facts:
    """Kept per pseudonym outside the stream: until the list nobody learns who is there."""
    return ()


def _cancel(_o: Opening, c: commands.Cancel, _now: datetime) -> Facts:
    """An ended lot has no opening, wherever it stood: domain-rules, life of a lot."""
    return (
        Fact(Kind.CANCELLED, word=c.word, reason=c.reason),
        enter(S.CANCELLED),
    )


def _announce(_o: Opening, c: commands.Announce, _now: datetime) -> Facts:
    if not c.text.strip():
        raise Refused("OPN-1801")
    return (Fact(Kind.ANNOUNCED, text=c.text),)


def _only(*parties: Party) -> frozenset[Party]:
    return frozenset(parties)


_CLOCK = _only(P.SYSTEM)
_HOST = _only(P.HOST)
_ORDER = _only(P.HOST, P.SUPERVISOR)

TABLE: Mapping[type[Command], Row] = MappingProxyType(
    {
        commands.Tick: Row(_CLOCK, frozenset(Stage), _tick, while_paused=True),
        commands.SignIn: Row(_only(P.BIDDER), frozenset({S.SIGN_IN}), _sign_in),
        # T is the notice's, not the hall's: a pause before it holds no bid open.
        commands.Lock: Row(
            _CLOCK,
            frozenset({S.WAITING, S.SIGN_IN}),
            unsealing.lock,
            while_paused=True,
            settles=True,
        ),
        commands.Vouch: Row(
            _CLOCK, frozenset({S.DEADLINE_LOCK}), unsealing.vouch, while_paused=True, settles=True
        ),
        commands.DecideClose: Row(
            _only(P.SUPERVISOR),
            frozenset({S.DEADLINE_LOCK}),
            unsealing.decide_close,
            while_paused=True,
        ),
        commands.Release: Row(
            _only(P.TRUSTEE),
            RUNNING - {S.WAITING, S.SIGN_IN},
            unsealing.release,
            settles=True,
        ),
        commands.PublishList: Row(
            _CLOCK, frozenset({S.DEADLINE_LOCK}), unsealing.publish, settles=True
        ),
        commands.StartDecryption: Row(
            _HOST, frozenset({S.LIST_PUBLISHED}), unsealing.start_act, settles=True
        ),
        # The platform unlocks when the panel's shares have rebuilt the secret.
        commands.Unlock: Row(
            _only(P.BIDDER, P.SYSTEM),
            frozenset({S.BIDDER_DECRYPTION, S.OPENING}),
            unsealing.unlock,
        ),
        commands.ReportFailure: Row(
            _only(P.BIDDER, P.SYSTEM), frozenset({S.BIDDER_DECRYPTION}), unsealing.report
        ),
        commands.AskRescue: Row(
            _only(P.BIDDER), frozenset({S.BIDDER_DECRYPTION, S.OPENING}), unsealing.ask_rescue
        ),
        commands.RescueShare: Row(
            _CLOCK, frozenset({S.BIDDER_DECRYPTION, S.OPENING}), unsealing.rescue_share
        ),
        commands.CloseWindow: Row(
            _HOST,
            frozenset({S.BIDDER_DECRYPTION}),
            unsealing.close_window,
            settles=True,
        ),
        commands.Excuse: Row(
            _only(P.SUPERVISOR),
            frozenset({S.BIDDER_DECRYPTION, S.OPENING}),
            unsealing.excuse,
        ),
        commands.Extend: Row(
            _HOST,
            frozenset({S.BIDDER_DECRYPTION, S.OPENING, S.RECORD_CONFIRMATION}),
            unsealing.extend,
        ),
        commands.Unseal: Row(_CLOCK, frozenset({S.OPENING}), unsealing.unseal, settles=True),
        commands.SignManifest: Row(_HOST, frozenset({S.OPENING}), unsealing.sign, settles=True),
        commands.Verify: Row(_CLOCK, frozenset({S.VERIFICATION}), unsealing.verify, settles=True),
        commands.Draw: Row(_HOST, frozenset({S.PARAMETER_DRAW}), drawing.draw, settles=True),
        commands.ReadOut: Row(_HOST, frozenset({S.READ_OUT}), hearing.read_out, settles=True),
        commands.Answered: Row(_only(P.BIDDER), frozenset({S.RECORD_CONFIRMATION}), hearing.answer),
        commands.CloseConfirmation: Row(
            _HOST,
            frozenset({S.RECORD_CONFIRMATION}),
            hearing.close_confirmation,
            settles=True,
        ),
        # Whatever is wrong, a pause too, may be objected to and answered at once.
        commands.RaiseObjection: Row(_only(P.BIDDER), HEARD, hearing.object_, while_paused=True),
        commands.AnswerObjection: Row(_HOST, HEARD, hearing.reply, while_paused=True),
        commands.CloseOpening: Row(
            _HOST, frozenset({S.QUESTIONS, S.RECONVENED}), hearing.close, settles=True
        ),
        commands.Reconvene: Row(_HOST, frozenset({S.CLOSED, S.RECONVENED}), hearing.reconvene),
        # The platform pauses for an outage of its own, and lifts nothing.
        commands.Pause: Row(_ORDER | _CLOCK, RUNNING, pausing.pause, while_paused=True),
        commands.Resume: Row(_ORDER, RUNNING, pausing.resume, while_paused=True),
        commands.Announce: Row(_HOST, RUNNING, _announce),
        # A reconvened session is heard to its end: what the lot's end entails is done by then.
        commands.Cancel: Row(
            _CLOCK, RUNNING - {S.RECONVENED}, _cancel, while_paused=True, settles=True
        ),
    }
)
