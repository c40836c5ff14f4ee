"""What pages and clients of a room are told, by who asks. Names only of those who have come.

招标投标法 37: the members' names are secret until the result; supervisor and centre learn who is
present, members know each other by seat.
"""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts import queries as experts
from evaluation.experts.models import ExpertRow, SiteRow
from evaluation.rooms import pledges, queries, sitting
from evaluation.rooms.access import seat_of
from evaluation.rooms.models import MemberRow, RoomRow, VoteRow
from evaluation.rooms.seen import MemberView, RoomSummary, RoomView
from evaluation.rooms.states import MANNED, RUNNING, SEATED, MemberState, Party, Stage
from kernel import live
from kernel.house import Call
from kernel.permissions import Account, Role

PRESENT = queries.PRESENT
TODAY = timedelta(days=1)


def state(call: Call, room_id: UUID) -> dict[str, Any]:
    """Everything the room shows to whoever asks. Raises Refused EVA-2006, EVA-2001."""
    session = call.session
    party = queries.may_watch(session, room_id, call.actor)
    seat = seat_of(session, room_id, call.actor)
    room = queries.room(session, room_id)
    me = room.member(seat) if seat is not None else None
    queries.check_seated(party, me)
    row = session.get_one(RoomRow, room_id)
    return {
        **_place(room, row, session),
        "role": "member" if party is Party.EXPERT else party.value,
        **_mine(session, row, me),
        "leader": room.leader,
        "members": [_shown(member, party, me) for member in room.members],
        "seats": room.seats,
        "sites": [{"name": s.name, "kind": s.kind.value} for s in experts.sites(session)],
        "plan": room.plan.to_json(),
        "bids": _bids(room) if party is not Party.EXPERT or _present(me) else [],
        "public_key": room.public_key.hex(),
        "election": _election(session, row, room, me),
        "progress": [{"seat": m.seat, "submitted": m.submitted} for m in room.members],
        "each": _each(row, room),
        "actions": actions(room, party, me),
    }


def _place(room: RoomView, row: RoomRow, session: Session) -> dict[str, Any]:
    paused = None
    if row.paused_at is not None:
        by = row.paused_by.value if row.paused_by else None
        paused = {"at": row.paused_at.isoformat(), "by": by, "reason": row.paused_reason}
    return {
        "room": str(room.id),
        "lot": {"id": str(room.lot_ref), "number": room.number, "name": room.title},
        "live_id": str(room.live_id),
        "seq": session.get_one(live.LiveSession, room.live_id).last_seq,
        "stage": room.stage.value,
        "since": row.stage_since.isoformat(),
        "began": room.convened_at.isoformat(),
        "ended": room.finished_at.isoformat() if room.finished_at else None,
        "paused": paused,
        "epoch": room.session_epoch,
    }


def _present(me: MemberView | None) -> bool:
    return me is not None and me.state in PRESENT


def _mine(session: Session, row: RoomRow, me: MemberView | None) -> dict[str, Any]:
    """My seat, and what check-in and pledge sign."""
    if me is None:
        return dict.fromkeys(("seat", "state", "challenge", "pledge_text", "pledge_digest"))
    text = pledges.pledge_text(row.title, row.number)
    held = sitting.sitting_members(session, row.id)[me.seat]
    return {
        "seat": me.seat,
        "state": me.state.value,
        "challenge": held.challenge.hex(),
        "pledge_text": text,
        "pledge_digest": pledges.pledge_digest(text),
    }


def _shown(member: MemberView, party: Party, me: MemberView | None) -> dict[str, Any]:
    may_know = party in {Party.SUPERVISOR, Party.CENTRE} and member.state in PRESENT
    return {
        "seat": member.seat,
        "site": member.site,
        "kind": member.site_kind.value,
        "state": member.state.value,
        "since": member.since.isoformat(),
        "name": member.name if may_know or member == me else None,
    }


def _bids(room: RoomView) -> list[dict[str, Any]]:
    return [
        {
            "number": bid.number,
            "commitment": bid.commitment.hex(),
            "organisation": bid.organisation,
            "credit_code": bid.credit_code,
            "price_fen": bid.price_fen,
            "security": bid.security.to_json() if bid.security else None,
            "parts": list(bid.parts),
        }
        for bid in room.bids
    ]


def _each(row: RoomRow, room: RoomView) -> int:
    """How many sheets each member owes in this stage."""
    if room.stage is Stage.QUALIFICATION:
        return len(room.bids)
    if room.stage is Stage.TECHNICAL:
        return row.qualified if row.qualified is not None else len(room.bids)
    return 0


def _election(
    session: Session, row: RoomRow, room: RoomView, me: MemberView | None
) -> dict[str, Any]:
    voters = set(
        session.scalars(
            select(VoteRow.seat).where(VoteRow.room_id == row.id, VoteRow.ballot == row.ballot)
        )
    )
    tied = _last(session, row, "round_tied")
    elected = _last(session, row, "leader_elected")
    drawn = elected if elected and elected.get("by") == "draw" else None
    return {
        "round": row.round,
        "rounds": room.plan.leader_rounds,
        "votes": len(voters) if room.leader is None else room.seats,
        "voted": me is not None and me.seat in voters,
        "tied": tied["seats"] if tied and row.round > 1 else None,
        "draw": {"among": drawn["among"], "seat": drawn["seat"]} if drawn else None,
    }


def _last(session: Session, row: RoomRow, kind: str) -> dict[str, Any] | None:
    return session.scalars(
        select(live.LiveEvent.payload)
        .where(live.LiveEvent.session_id == row.live_id, live.LiveEvent.kind == kind)
        .order_by(live.LiveEvent.seq.desc())
        .limit(1)
    ).first()


def actions(room: RoomView, party: Party, me: MemberView | None) -> list[str]:
    """What may be done now, as far as the room alone decides; scoring and reports add theirs."""
    if room.stage not in RUNNING:
        return []
    if party is Party.SUPERVISOR:
        replace = ["replace"] if room.stage in SEATED else []
        return [*replace, "resume" if room.paused_at else "pause"]
    if party is Party.CENTRE:
        return ["replace"] if room.stage in SEATED else []
    if me is None or room.paused_at is not None or room.stage not in SEATED:
        return []
    return [*_next(room, me), *([] if me.state is MemberState.INVITED else ["recuse"])]


def _next(room: RoomView, me: MemberView) -> list[str]:
    match me.state:
        case MemberState.INVITED:
            return ["answer"]
        case MemberState.ACCEPTED if room.stage is not Stage.INVITING:
            return ["check_in"]
        case MemberState.CHECKED_IN:
            return ["pledge"]
        case MemberState.PLEDGED if room.leader is None and room.stage in MANNED:
            return ["vote"]
        case _:
            return []


# --- the list -----------------------------------------------------------------------------------


def listing(call: Call) -> dict[str, Any]:
    """My invitations and rooms; for supervisor and centre all of today's."""
    actor = call.actor
    if isinstance(actor, Account) and actor.role is Role.EXPERT:
        return {"role": "expert", **_of_expert(call, actor)}
    found = queries.summaries_on(call.session, call.now - TODAY, call.now)
    if isinstance(actor, Account) and actor.role is Role.CENTRE:
        mine = queries.rooms_of_centre(call.session, actor.organisation_id)
        found = tuple(each for each in found if each.room_id in mine)
    role = actor.role.value if isinstance(actor, Account) else ""
    return {"role": role, "invitations": [], "rooms": [_listed(each, None) for each in found]}


def _of_expert(call: Call, actor: Account) -> dict[str, Any]:
    rows = call.session.execute(
        select(MemberRow, RoomRow, SiteRow.name)
        .join(RoomRow, RoomRow.id == MemberRow.room_id)
        .join(ExpertRow, ExpertRow.id == MemberRow.expert_id)
        .join(SiteRow, SiteRow.id == ExpertRow.site_id)
        .where(ExpertRow.person_id == actor.person_id, MemberRow.out_at.is_(None))
        .order_by(MemberRow.invited_at.desc())
    ).all()
    invited = [
        {
            "room_id": room.id,
            "title": room.title,
            "number": room.number,
            "site": site,
            "when": member.invited_at,
            "seat": member.seat,
            "state": member.state.value,
            "reserve": member.turn > 1,
        }
        for member, room, site in rows
        if member.state is MemberState.INVITED and room.stage in RUNNING
    ]
    inside = {
        room.id: site for member, room, site in rows if member.state is not MemberState.INVITED
    }
    rooms = queries.summaries(call.session, list(inside))
    return {
        "invitations": invited,
        "rooms": [_listed(each, inside[each.room_id]) for each in rooms],
    }


def _listed(room: RoomSummary, place: str | None) -> dict[str, Any]:
    return {
        "room_id": room.room_id,
        "lot_ref": room.lot_ref,
        "title": room.title,
        "number": room.number,
        "stage": room.stage,
        "stage_word": room.word,
        "since": room.since,
        "paused": room.paused,
        "checked_in": room.checked_in,
        "seats": room.seats,
        "place": place or "、".join(site.name for site in room.sites),
    }
