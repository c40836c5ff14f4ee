"""The parameter draw of the hall as rules: announced, drawn in the documents' order, done.

条例 49: only what the documents publish is drawn. What is drawn follows from what was sealed before
the deadline; whoever acts only says when. A hall without draws passes straight through.
"""

from datetime import datetime, timedelta

from kernel.pure import parameters
from kernel.pure.errors import Refused
from kernel.pure.parameters import Parameter
from trading.openings import commands
from trading.openings.states import Fact, Facts, Kind, Opening, Stage, enter

S = Stage


def announce(o: Opening, now: datetime) -> Facts:
    """After the verification: wait for the host's act, or go on to the read-out."""
    if not o.draws:
        return (enter(S.PARAMETER_DRAW), _read_out(o, now))
    ends = now + timedelta(minutes=o.minutes.confirmation)
    return (enter(S.PARAMETER_DRAW, ends), Fact(Kind.PARAMETERS_ANNOUNCED, draws=o.draws))


def draw(o: Opening, c: commands.Draw, now: datetime) -> Facts:
    """The named one, which must be the next, or all that are left. One drawn before says nothing.

    Raises Refused OPN-1551: no such draw; OPN-1552: another comes before it.
    """
    left = left_of(o)
    if c.name is None:
        return drawn(o, left, now)
    if c.name not in {each.name for each in o.draws}:
        raise Refused("OPN-1551", name=c.name)
    if c.name not in {each.name for each in left}:
        return ()
    if c.name != left[0].name:
        raise Refused("OPN-1552", title=left[0].title)
    return drawn(o, left[:1], now)


def left_of(o: Opening) -> tuple[Parameter, ...]:
    """What is still to be drawn, in order."""
    return o.draws[len(o.drawn) :]


def drawn(o: Opening, wanted: tuple[Parameter, ...], now: datetime) -> Facts:
    """Each in turn: a later set may follow from an earlier value; after the last, the read-out."""
    if o.inputs is None:
        raise ValueError("the parts of a draw are read with the opening")
    earlier = {each.name: each.value for each in o.drawn}
    facts: list[Fact] = []
    for no, each in enumerate(wanted, start=len(o.drawn) + 1):
        found = parameters.draw(each, o.inputs, earlier)
        earlier[each.name] = found.value
        facts.append(Fact(Kind.PARAMETER_DRAWN, no=no, parameter=each, drawn=found))
    if len(o.drawn) + len(wanted) == len(o.draws):
        facts += [Fact(Kind.DRAWS_DONE), _read_out(o, now)]
    return tuple(facts)


def _read_out(o: Opening, now: datetime) -> Fact:
    return enter(S.READ_OUT, now + timedelta(minutes=o.minutes.confirmation))
