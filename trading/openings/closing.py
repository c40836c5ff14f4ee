"""The close of a lot as its witnesses saw it, and what happens to a late one.

docs/sealed-bid-envelope.md 9: cosignature and stamp both in [T, T + δ]; otherwise no share leaves
before a supervisor's signed decision.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from kernel import log, testimony
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.jobs import schedule
from kernel.log import Checkpoint
from kernel.permissions import Account
from kernel.pure import checkpoints
from kernel.pure.closes import Decision, Verdict, is_in_time, read_decision
from kernel.pure.errors import Refused
from kernel.testimony import Testimony
from trading.openings import commands as c
from trading.openings import effects
from trading.openings import hall as halls
from trading.openings.access import party_of
from trading.openings.committee import live_headers
from trading.openings.hall import Hall
from trading.openings.models import OpeningRow
from trading.openings.states import Kind, Party
from trading.tenders import actions as tender_actions
from trading.tenders import queries as tenders
from trading.tenders.rules import LotStage

VOUCH = "opening.vouch"


@dataclass(frozen=True, slots=True)
class Standing:
    """What is held for a lot's close: signed note, testimony, T and δ, the decision if any."""

    note: str
    said: Testimony
    deadline: datetime
    delta: int
    decision: Mapping[str, Any] | None

    @property
    def is_in_time(self) -> bool:
        return is_in_time(
            deadline=self.deadline,
            delta=self.delta,
            cosigned=self.said.cosigned_at,
            stamped=self.said.stamped_at,
        )

    def as_json(self) -> dict[str, Any]:
        """The close as trustees and bundles hold it."""
        return {
            "checkpoint": self.note,
            **self.said.as_json(),
            "delta": self.delta,
            "decision": dict(self.decision) if self.decision is not None else None,
        }

    def evidence(self) -> dict[str, object]:
        """What everybody in the hall is told of it."""
        body = checkpoints.parse_note(self.note).text
        return {
            "checkpoint": sha256(body.encode()).digest(),
            "deadline": self.deadline,
            "delta": self.delta,
            "cosigned_at": list(self.said.cosigned_at),
            "stamped_at": self.said.stamped_at,
        }


def standing(session: Session, row: OpeningRow) -> Standing | None:
    """What is held for the close of an opening; None before it.

    T is the latest deadline the live envelopes were sealed under: trustees know no other.
    """
    if row.close_note is None or row.close_size is None:
        return None
    said = testimony.of(session, row.close_size)
    headers = live_headers(session, row.lot_id).values()
    sealed = [datetime.fromisoformat(header.policy.deadline) for header in headers]
    deadline = max(sealed, default=row.deadline)
    return Standing(row.close_note, said, deadline, row.delta_seconds, row.decision)


def await_witnesses(hall: Hall, checkpoint: Checkpoint) -> None:
    """Have exactly this checkpoint witnessed, and look at it again when δ is over."""
    testimony.want(hall.session, checkpoint)
    lot = str(hall.lot.id)
    schedule(
        hall.session,
        kind=VOUCH,
        key=lot,
        due_at=hall.row.deadline + timedelta(seconds=hall.row.delta_seconds + 1),
        payload={"lot_id": lot},
    )


def judge(session: Session, lot_id: UUID, *, now: datetime) -> None:
    """Say that the close was witnessed in time; or, once δ is over, that it was not. Repeatable."""
    hall = halls.enter(session, lot_id, now)
    held = standing(session, hall.row)
    if held is None or hall.row.manifest_hash is None:
        return
    over = held.deadline.replace(microsecond=0) + timedelta(seconds=held.delta)
    if not held.is_in_time and not held.said.is_complete and now <= over:
        return
    told = held.evidence() | {"manifest": hall.row.manifest_hash}
    extras = {Kind.CLOSE_WITNESSED: told, Kind.CLOSE_LATE: told}
    halls.give(hall, c.Vouch(Party.SYSTEM, held.is_in_time), extras)


def lots_closed_at(session: Session, size: int) -> list[UUID]:
    """The lots whose close checkpoint has this size."""
    return list(session.scalars(select(OpeningRow.lot_id).where(OpeningRow.close_size == size)))


def decide(
    session: Session,
    authority: Authority,
    lot_id: UUID,
    body: object,
    *,
    actor: Account,
    now: datetime,
) -> Hall:
    """A supervisor's signed decision on a late close; the same one again changes nothing.

    Raises Refused OPN-1211 nothing to decide, OPN-1212 about another close, OPN-1213 not by this
    supervisor's certificate, OPN-1214 the signature does not fit, OPN-1001, LOG-1301, IDN-13xx.
    """
    tenders.lock_lot(session, lot_id)
    hall = halls.enter(session, lot_id, now)
    party = party_of(actor, hall.lot)
    found = read_decision(body)
    if hall.row.decision is not None and hall.row.decision == found.to_json():
        return hall
    held = standing(session, hall.row)
    if held is None or hall.row.manifest_hash is None:
        raise Refused("OPN-1211")
    _check(session, authority, hall, held, found, actor)
    # Kept first: the event that tells of it is written from the row.
    hall.row.decision = dict(found.to_json())
    log.append(session, "late_close", {"lot": str(lot_id), "decision": found.digest().hex()})
    if found.verdict is Verdict.RETURN:
        tender_actions.move_lot(
            session,
            lot_id,
            LotStage.TERMINATED,
            actor=effects.PLATFORM,
            now=now,
            reason=found.reason,
        )
    told = {"organisation": actor.organisation_name, "digest": found.digest()}
    halls.give(hall, c.DecideClose(party, found.verdict, found.reason), {Kind.CLOSE_DECIDED: told})
    return hall


def _check(
    session: Session,
    authority: Authority,
    hall: Hall,
    held: Standing,
    found: Decision,
    actor: Account,
) -> None:
    body = checkpoints.parse_note(held.note).text
    about = (str(hall.lot.id), sha256(body.encode()).digest(), hall.row.manifest_hash)
    if (found.lot, found.checkpoint, found.manifest) != about:
        raise Refused("OPN-1212")
    holder = identity.verify_certificate(session, authority, found.chain, hall.now)
    own = identity.organisation(session, actor.organisation_id)
    if holder.credit_code != own.credit_code:
        raise Refused("OPN-1213", holder=holder.organisation_name)
    if not verify_p256(holder.public_key, found.message(), found.signature):
        raise Refused("OPN-1214")
