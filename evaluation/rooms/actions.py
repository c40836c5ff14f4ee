"""What is done in a room, each in one transaction under the room's row lock.

招标投标法 37, 38, 40; 实施条例 46, 48. Opening a room and freezing its pool: convening.py.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.rooms import commands as c
from evaluation.rooms import convening, pledges, queries, sitting
from evaluation.rooms.access import draw_party_of, party_of
from evaluation.rooms.dossier import Security
from evaluation.rooms.models import RoomBidRow, RoomRow
from evaluation.rooms.rules import Stage
from evaluation.rooms.seen import RoomView
from evaluation.rooms.sitting import Sitting
from evaluation.rooms.states import Party
from kernel import live
from kernel.crypto.signatures import verify_p256
from kernel.identity import queries as identity
from kernel.identity.authority import Authority
from kernel.permissions import Account
from kernel.pure.errors import Refused

# --- the draw ---------------------------------------------------------------------------------


def commit_to(
    session: Session, room_id: UUID, commitment: bytes, *, actor: Account, now: datetime
) -> Sitting:
    """Agency, centre or supervisor log H(nonce). Raises Refused EVA-2001, 2005, 2102."""
    held = sitting.enter(session, room_id, now)
    party = draw_party_of(actor, held.row)
    sitting.give(held, c.Commit(Party(party.value), party, commitment))
    return held


def reveal(
    session: Session, room_id: UUID, nonce: bytes, *, actor: Account, now: datetime
) -> Sitting:
    """A party reveals its nonce; the last one draws. Raises Refused EVA-2103, EVA-2104."""
    held = sitting.enter(session, room_id, now)
    party = draw_party_of(actor, held.row)
    sitting.give(held, c.Reveal(Party(party.value), party, nonce))
    return held


def restart_draw(
    session: Session, room_id: UUID, reason: str, *, actor: Account, now: datetime
) -> Sitting:
    """The supervisor has it drawn anew, over a pool frozen anew; who was silent is named.

    Raises Refused EVA-2101 when the pool no longer suffices.
    """
    held = sitting.enter(session, room_id, now)
    party = party_of(actor, held.row)
    draw, pool = convening.freeze_again(held)
    for fact in sitting.give(held, c.RestartDraw(party, pool, reason)):
        if "silent" in fact.values:
            draw.reason, draw.silent = reason, list(fact["silent"])
    session.add(draw)
    session.flush()
    held.draw = draw
    return held


# --- members ----------------------------------------------------------------------------------


def answer_invitation(
    session: Session,
    room_id: UUID,
    *,
    accept: bool,
    reason: str,
    actor: Account,
    now: datetime,
) -> Sitting:
    """An invited expert accepts, or declines and the next is invited. Raises Refused EVA-2201."""
    held, seat = _seated(session, room_id, actor, now)
    wish = c.Accept(Party.EXPERT, seat) if accept else c.Decline(Party.EXPERT, seat, reason)
    sitting.give(held, wish)
    return held


def check_in(
    session: Session,
    authority: Authority,
    room_id: UUID,
    signed: pledges.SignedChallenge,
    *,
    actor: Account,
    now: datetime,
) -> Sitting:
    """The expert shows, with the own certificate, to be here.

    Raises Refused EVA-2202 another person's certificate; EVA-2203 the signature does not fit;
    IDN-13xx; EVA-2002.
    """
    held, seat = _seated(session, room_id, actor, now)
    row = held.members[seat]
    holder = identity.verify_certificate(session, authority, signed.chain, now)
    if not _is_own(session, actor, signed.chain):
        raise Refused("EVA-2202")
    message = pledges.check_in_message(room_id, row.challenge)
    if not verify_p256(holder.public_key, message, signed.signature):
        raise Refused("EVA-2203")
    if sitting.give(held, c.CheckIn(Party.EXPERT, seat)):
        row.certificate, row.public_key = signed.chain[0], holder.public_key
        row.check_in_signature = signed.signature
    return held


def _is_own(session: Session, actor: Account, chain: Sequence[bytes]) -> bool:
    """On the register under this person's name, not merely under the organisation's."""
    return any(
        known.der == chain[0] and known.person_id == actor.person_id
        for known in identity.certificates_of(session, actor.organisation_id)
    )


def pledge(
    session: Session, room_id: UUID, signature: bytes, *, actor: Account, now: datetime
) -> Sitting:
    """The pledge, signed with the certificate of the check-in. Raises Refused EVA-2203, 2002."""
    held, seat = _seated(session, room_id, actor, now)
    row = held.members[seat]
    if row.public_key is None:
        raise Refused("EVA-2002")
    text = pledges.pledge_text(held.row.title, held.row.number)
    if not verify_p256(row.public_key, pledges.pledge_message(room_id, text), signature):
        raise Refused("EVA-2203")
    if sitting.give(held, c.Pledge(Party.EXPERT, seat)):
        row.pledge, row.pledge_signature = text, signature
    return held


def recuse(
    session: Session, room_id: UUID, reason: str, *, actor: Account, now: datetime
) -> Sitting:
    """A member declares a relation; the next of the drawn order is invited."""
    held, seat = _seated(session, room_id, actor, now)
    sitting.give(held, c.Recuse(Party.EXPERT, seat, reason))
    return held


def vote(
    session: Session, room_id: UUID, candidate: int, *, actor: Account, now: datetime
) -> Sitting:
    """A member's vote for the leader. Raises Refused EVA-2301, EVA-2302, EVA-2206."""
    held, seat = _seated(session, room_id, actor, now)
    sitting.give(held, c.Vote(Party.EXPERT, seat, candidate))
    return held


def _seated(session: Session, room_id: UUID, actor: Account, now: datetime) -> tuple[Sitting, int]:
    held = sitting.enter(session, room_id, now)
    party_of(actor, held.row)
    return held, held.member_of(actor.person_id).seat


def act(session: Session, room_id: UUID, wish: c.Wish, *, actor: Account, now: datetime) -> Sitting:
    """What centre or supervisor order: `wish` makes the command from the party it comes from."""
    held = sitting.enter(session, room_id, now)
    sitting.give(held, wish(party_of(actor, held.row)))
    return held


# --- what the features above ask for ------------------------------------------------------------


def finish_stage(
    session: Session,
    room_id: UUID,
    stage: Stage,
    *,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
) -> None:
    """The work of `stage` is complete: move on. Repeating it changes nothing.

    `facts` may hold `qualified` (how many bids are left): below the plan's floor the evaluation
    fails. Raises Refused EVA-2003 paused, EVA-2004 another stage, EVA-2304, EVA-2305.
    """
    qualified = (facts or {}).get("qualified")
    command = c.Finish(Party.SYSTEM, stage, int(qualified) if qualified is not None else None)
    sitting.give(sitting.enter(session, room_id, now), command)


def fail(session: Session, room_id: UUID, reason: str, *, now: datetime) -> None:
    """The evaluation ends without a ranking; `reason` is Chinese text for the record."""
    sitting.give(sitting.enter(session, room_id, now), c.Fail(Party.SYSTEM, reason))


def count_sheets(
    session: Session, room_id: UUID, *, seat: int, count: int, of: int, now: datetime
) -> None:
    """Tell the room how many sheets of the present stage a seat has submitted."""
    held = sitting.enter(session, room_id, now)
    sitting.give(held, c.Progress(Party.SYSTEM, seat, count, of))


def say(session: Session, room: RoomView, kind: str, payload: Mapping[str, Any]) -> int:
    """Append an event to the room's stream; returns its number.

    The payload never holds a score, a mark, or the author of a sheet that is not revealed.
    """
    return live.append(session, room.live_id, kind, dict(payload))


def judge_security(
    session: Session, lot_ref: UUID, commitment: bytes, security: Security
) -> RoomView | None:
    """Keep what bank or issuer said at last of a bid's security; returns the room, None without.

    Only what waited is decided: a verdict that stands changes by another way (domain-rules 9).
    """
    row = session.scalar(
        select(RoomBidRow)
        .join(RoomRow, RoomRow.id == RoomBidRow.room_id)
        .where(RoomRow.lot_ref == lot_ref, RoomBidRow.commitment == commitment)
        .with_for_update(of=RoomBidRow)
    )
    if row is None or row.security is None or row.security["sound"] is not None:
        return None
    row.security = security.to_json()
    session.flush()
    room = queries.room(session, row.room_id)
    say(session, room, "security_judged", {"number": row.number, **security.to_json()})
    return room


def close_reading(session: Session, lot_ref: UUID, *, now: datetime) -> None:
    """Erase the content keys of a lot whose life is over; repeatable."""
    convening.erase_keys(session, lot_ref, now=now)
