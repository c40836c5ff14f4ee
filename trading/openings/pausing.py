"""Pause and resumption: windows stand still meanwhile; T never moves, it is the notice's."""

from datetime import datetime

from kernel.pure.errors import Refused
from trading.openings import commands, unsealing
from trading.openings.states import AFTER_LIST, WINDOWED, Fact, Facts, Kind, Opening, Party

AFTERWARDS = "暂停顺延"


def pause(o: Opening, c: commands.Pause, now: datetime) -> Facts:
    """Stop; while it stands, whoever may lift it may tell another reason or time.

    A supervisor's order stands above the host's pause and the platform's.
    """
    if not c.reason.strip():
        raise Refused("OPN-1801")
    if c.resumes_at is not None and c.resumes_at <= now:
        raise Refused("OPN-1805")
    if o.paused_at is None:
        return (_told(c, c.since or now),)
    if c.by is Party.SYSTEM:
        return ()
    _may(o, c.by)
    same = (o.paused_by, o.pause_reason, o.resumes_at) == (c.by, c.reason, c.resumes_at)
    return () if same else (_told(c, o.paused_at),)


def _told(c: commands.Pause, at: datetime) -> Fact:
    return Fact(Kind.PAUSED, at=at, by=c.by, reason=c.reason, resumes_at=c.resumes_at)


def resume(o: Opening, c: commands.Resume, now: datetime) -> Facts:
    """Every window gains what the pause took; the old one is kept."""
    if o.paused_at is None:
        return ()
    _may(o, c.by)
    until = o.until
    if until is not None and o.stage in AFTER_LIST:
        until += now - o.paused_at
    resumed = Fact(Kind.RESUMED, by=c.by, until=until)
    if o.stage not in WINDOWED:
        return (resumed,)
    return (resumed, unsealing.extended(o, until, AFTERWARDS))


def _may(o: Opening, by: Party) -> None:
    if o.paused_by is Party.SUPERVISOR and by is not Party.SUPERVISOR:
        raise Refused("OPN-1802")
