"""Putting a report's facts together from what room, draw and scoring left behind.

The facts name nobody of the committee: a salted digest stands for each member.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.reports import draws
from evaluation.reports.rules import FORMAT, hidden_digest
from evaluation.rooms.models import MemberRow, VoteRow
from evaluation.rooms.seen import BidView, MemberView, RoomView
from evaluation.rooms.states import OUT
from evaluation.scoring import queries as scoring
from evaluation.scoring.queries import Confirmation, RevealedSheet
from evaluation.scoring.sheets import SheetStage
from kernel import live
from kernel.identity import queries as identity
from kernel.pure import jcs
from kernel.pure.errors import Refused

SALT_BYTES = 32


@dataclass(frozen=True, slots=True)
class Gathered:
    """The facts, and what they only commit to, salted: names, and why somebody left."""

    facts: dict[str, Any]
    hidden: dict[str, Any]


def gather(session: Session, room: RoomView, now: datetime) -> Gathered:
    """Everything the report states, as of `now`.

    Raises Refused EVA-3001 while the technical stage is not revealed for the present committee.
    """
    outcome = scoring.outcome(session, room)
    if outcome is None:
        raise Refused("EVA-3001")
    members = [_named(member) for member in room.members]
    left, outs = _outs(session, room)
    facts = {
        "format": FORMAT,
        "room": str(room.id),
        "lot": _lot(session, room),
        "plan": room.plan.to_json(),
        "plan_digest": room.plan.digest().hex(),
        "draw": draws.summary(draws.record(session, room.id)),
        "committee": [
            _seat(session, room, member, entry)
            for member, entry in zip(room.members, members, strict=True)
        ],
        "outs": outs,
        "election": _election(session, room),
        **_course(session, room, now),
        "bids": [_bid(bid) for bid in room.bids],
        "unopened": _unopened(room),
        "drawn": dict(room.drawn),
        "sheets": [_sheet(sheet) for sheet in in_order(room, outcome.sheets)],
        "reasons": _reasons(outcome.confirmations),
        "result": dict(outcome.results),
        "frozen_at": now.isoformat(),
    }
    return Gathered(facts, {"members": members, "outs": left})


def in_order(room: RoomView, sheets: Iterable[RevealedSheet]) -> list[RevealedSheet]:
    """By stage, number of the bid and seat."""
    stages = list(SheetStage)
    numbers = {bid.commitment: bid.number for bid in room.bids}
    return sorted(sheets, key=lambda s: (stages.index(s.stage), numbers[s.bid], s.seat))


def _named(member: MemberView) -> dict[str, Any]:
    return {
        "seat": member.seat,
        "name": member.name,
        "employer": member.employer,
        "employer_code": member.employer_code,
        "salt": os.urandom(SALT_BYTES).hex(),
    }


def _lot(session: Session, room: RoomView) -> dict[str, Any]:
    return {
        "ref": str(room.lot_ref),
        "tender": str(room.tender_ref),
        "number": room.number,
        "title": room.title,
        "tenderee": identity.organisation(session, room.tenderee_ref).name,
        "agency": identity.organisation(session, room.agency_ref).name,
        "centre": identity.organisation(session, room.centre_ref).name,
        "ceiling_fen": room.ceiling_fen,
        "close_root": room.close_root.hex(),
    }


def _seat(
    session: Session, room: RoomView, member: MemberView, entry: dict[str, Any]
) -> dict[str, Any]:
    row = session.scalars(
        select(MemberRow).where(
            MemberRow.room_id == room.id, MemberRow.seat == member.seat, MemberRow.out_at.is_(None)
        )
    ).one()
    return {
        "seat": member.seat,
        "expert": member.expert,
        "site": member.site,
        "key": (member.public_key or b"").hex(),
        "member": hidden_digest(entry).hex(),
        "leader": member.seat == room.leader,
        "checked_in_at": _plain(row.checked_in_at),
        "pledged_at": _plain(row.pledged_at),
    }


def _outs(session: Session, room: RoomView) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Whoever was drawn and does not sit, in the order of leaving (条例 48): reasons, and facts."""
    rows = session.scalars(
        select(MemberRow)
        .where(MemberRow.room_id == room.id, MemberRow.state.in_(OUT))
        .order_by(MemberRow.out_epoch, MemberRow.id)
    ).all()
    hidden = [
        {"seat": row.seat, "reason": row.out_reason or "", "salt": os.urandom(SALT_BYTES).hex()}
        for row in rows
    ]
    told = [
        {
            "seat": row.seat,
            "expert": row.expert,
            "kind": row.state.value,
            "reason": hidden_digest(entry).hex(),
            "at": _plain(row.out_at),
        }
        for row, entry in zip(rows, hidden, strict=True)
    ]
    return hidden, told


def _election(session: Session, room: RoomView) -> dict[str, Any] | None:
    found = [e for e in _events(session, room) if e.kind == "leader_elected"]
    if room.leader is None or not found:
        return None
    told = found[-1].payload
    votes = session.scalars(
        select(VoteRow.candidate)
        .where(VoteRow.room_id == room.id)
        .where(VoteRow.ballot == _last_ballot(session, room))
    ).all()
    return {
        "seat": room.leader,
        "round": int(told.get("round", 1)),
        "by": str(told.get("by", "votes")),
        "votes": sum(candidate == room.leader for candidate in votes),
    }


def _last_ballot(session: Session, room: RoomView) -> int | None:
    return session.scalar(
        select(VoteRow.ballot)
        .where(VoteRow.room_id == room.id)
        .order_by(VoteRow.ballot.desc())
        .limit(1)
    )


def _course(session: Session, room: RoomView, now: datetime) -> dict[str, Any]:
    """Stages and pauses with their ends, from the room's own numbered events."""
    stages: list[dict[str, Any]] = [
        {"stage": "drawing", "from": room.convened_at.isoformat(), "to": None}
    ]
    pauses: list[dict[str, Any]] = []
    for event in _events(session, room):
        at, told = event.at.isoformat(), event.payload
        if event.kind == "stage_changed" and told["stage"] != stages[-1]["stage"]:
            stages[-1]["to"] = at
            stages.append({"stage": str(told["stage"]), "from": at, "to": None})
        elif event.kind == "paused":
            reason = str(told.get("reason", ""))
            pauses.append({"from": at, "to": None, "by": str(told.get("by")), "reason": reason})
        elif event.kind == "resumed" and pauses:
            pauses[-1]["to"] = at
    return {"stages": stages, "pauses": pauses}


def _events(session: Session, room: RoomView) -> Iterator[live.LiveEvent]:
    last = 0
    while page := live.events_after(session, room.live_id, last):
        yield from page
        last = page[-1].seq


def _bid(bid: BidView) -> dict[str, Any]:
    return {
        "number": bid.number,
        "commitment": bid.commitment.hex(),
        "organisation": bid.organisation,
        "credit_code": bid.credit_code,
        "price_fen": bid.price_fen,
        "draw_part": bid.draw_part.hex() if bid.draw_part else None,
        "security": bid.security.to_json() if bid.security else None,
    }


def _unopened(room: RoomView) -> list[dict[str, Any]]:
    """Listed bids that were not opened: they take part in every draw, or are named as left out."""
    return [
        {"commitment": named.hex(), "draw_part": part.hex() if part is not None else None}
        for named, part in sorted(room.unopened.items())
    ]


def _sheet(sheet: RevealedSheet) -> dict[str, Any]:
    told: Any = jcs.parse(sheet.text)
    return {
        "stage": sheet.stage.value,
        "seat": sheet.seat,
        "bid": sheet.bid.hex(),
        "commitment": sheet.commitment.hex(),
        "marks": told["marks"],
    }


def _reasons(confirmations: Iterable[Confirmation]) -> list[dict[str, Any]]:
    """What members wrote about totals of theirs that were flagged (87号令 64)."""
    return [
        {"seat": each.seat, "bid": bid, "reason": str(reason)}
        for each in confirmations
        for bid, reason in sorted(each.reasons.items())
    ]


def _plain(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
