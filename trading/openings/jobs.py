"""Time-driven work of the hall: each job looks at row and clock; late or twice is harmless."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from kernel.house import Call
from kernel.identity import authority
from kernel.jobs import Jobs
from kernel.witnessing import Witnessed
from trading.openings import actions, closing, issuing, outage, reading, signing
from trading.openings.access import Right
from trading.tenders.events import LotMoved
from trading.tenders.rules import ENDED, HOLDS, LotStage

jobs = Jobs("openings")
MISSED = timedelta(seconds=6 * outage.BEAT_SECONDS)
"""A silence worth a look; how long an outage is, the rule set says."""


def _lot(payload: dict[str, Any]) -> UUID:
    return UUID(payload["lot_id"])


@jobs.due("opening.prepare", permission=Right.ADVANCE)
def prepare(call: Call, payload: dict[str, Any]) -> None:
    """A notice was published: open the hall, or move its deadline."""
    actions.prepare(call.session, _lot(payload), now=call.now)


@jobs.due("opening.tick", permission=Right.ADVANCE)
def tick(call: Call, payload: dict[str, Any]) -> None:
    """A stage or a window may have run out."""
    actions.tick(call.session, _lot(payload), now=call.now)


@jobs.due("opening.lock", permission=Right.ADVANCE)
def lock(call: Call, payload: dict[str, Any]) -> None:
    """The deadline: close, sequence, fix the manifest."""
    actions.close(call.session, call.house.keys, _lot(payload), now=call.now)


@jobs.due(closing.VOUCH, permission=Right.ADVANCE)
def vouch(call: Call, payload: dict[str, Any]) -> None:
    """The close was to be witnessed by now."""
    closing.judge(call.session, _lot(payload), now=call.now)


def witnessed(call: Call, event: Witnessed) -> None:
    """Hears that a wanted checkpoint has cosignature and stamp."""
    for lot_id in closing.lots_closed_at(call.session, event.size):
        closing.judge(call.session, lot_id, now=call.now)


def lot_moved(call: Call, event: LotMoved) -> None:
    """Hears of every step of a lot: an ended one has no opening, a held one may go on late."""
    if LotStage(event.to_stage) in ENDED:
        actions.cancel(call.session, event.lot_id, now=call.now)
    elif LotStage(event.from_stage) in HOLDS:
        actions.plan_lock_anew(call.session, event.lot_id, occasion=event.id)


@jobs.due("opening.list", permission=Right.ADVANCE)
def publish_list(call: Call, payload: dict[str, Any]) -> None:
    """Enough first releases: open the identities and publish the list."""
    here = authority.of(call.house, call.session, call.now)
    reading.publish_list(call, here, _lot(payload))


@jobs.due("opening.deposits", permission=Right.ADVANCE)
def judge_deposits(call: Call, payload: dict[str, Any]) -> None:
    """A bank may have become complete up to the deadline."""
    lot_id, turn = _lot(payload), int(payload["turn"])
    actions.judge_deposits(call.session, lot_id, turn=turn, now=call.now)


@jobs.due("opening.unseal", permission=Right.ADVANCE)
def unseal(call: Call, payload: dict[str, Any]) -> None:
    """Enough second releases: read the opening parts."""
    reading.unseal(call, _lot(payload))


@jobs.due("opening.verify", permission=Right.ADVANCE)
def verify(call: Call, payload: dict[str, Any]) -> None:
    """The agency has signed: hash against receipt."""
    reading.verify(call, _lot(payload))


@jobs.due("opening.signing", permission=Right.ADVANCE)
def signing_over(call: Call, payload: dict[str, Any]) -> None:
    """The time to sign a record is over."""
    signing.close(call.session, _lot(payload), int(payload["no"]), now=call.now)


@jobs.every(seconds=outage.BEAT_SECONDS, permission=Right.ADVANCE)
def alive(call: Call) -> None:
    """A sign of life; after a silence that was an outage, every open hall is paused first."""
    for row in outage.halls_open(call.session):
        if outage.silence(call.session) > MISSED:
            actions.tick(call.session, row.lot_id, now=call.now)
    outage.beat(call.session)


@jobs.due("opening.record", permission=Right.ADVANCE)
def record(call: Call, payload: dict[str, Any]) -> None:
    """The opening is closed: issue the signed PDF record."""
    issuing.issue(call, authority.of(call.house, call.session, call.now), _lot(payload))
