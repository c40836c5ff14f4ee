"""Reads of rooms, for the features above and for boards. Pages' answers: pages.py."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from evaluation.experts.models import ExpertRow, SiteRow
from evaluation.plans.rules import read_plan
from evaluation.rooms.access import party_of
from evaluation.rooms.dossier import Security
from evaluation.rooms.models import MemberRow, RoomBidRow, RoomPartRow, RoomRow
from evaluation.rooms.rules import RUNNING, MemberState, Party
from evaluation.rooms.seen import (
    Alarm,
    BidView,
    MemberView,
    RoomSummary,
    RoomView,
    SiteSeats,
)
from evaluation.rooms.sitting import locked
from evaluation.rooms.states import OUT
from evaluation.rooms.stream import STAGE_NAMES
from kernel.permissions import Account, Actor, Role
from kernel.pure.errors import Refused

__all__ = [
    "OUT",
    "BidView",
    "MemberView",
    "RoomView",
    "may_watch",
    "member_of",
    "replaced_seats",
    "room",
    "room_of_lot",
]

PRESENT = frozenset({MemberState.CHECKED_IN, MemberState.PLEDGED})


def room(session: Session, room_id: UUID, *, lock: bool = False) -> RoomView:
    """The room; with `lock` its row is held to the transaction's end. Raises Refused EVA-2006."""
    row = locked(session, room_id) if lock else session.get(RoomRow, room_id)
    if row is None:
        raise Refused("EVA-2006")
    return _view(session, row)


def room_of_lot(session: Session, lot_ref: UUID) -> RoomView | None:
    """The lot's room, None before it was convened."""
    row = session.scalars(select(RoomRow).where(RoomRow.lot_ref == lot_ref)).one_or_none()
    return _view(session, row) if row else None


def _view(session: Session, row: RoomRow) -> RoomView:
    return RoomView(
        id=row.id,
        lot_ref=row.lot_ref,
        tender_ref=row.tender_ref,
        centre_ref=row.centre_ref,
        agency_ref=row.agency_ref,
        tenderee_ref=row.tenderee_ref,
        live_id=row.live_id,
        title=row.title,
        number=row.number,
        stage=row.stage,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
        plan=read_plan(row.plan),
        close_root=bytes(row.close_root),
        ceiling_fen=row.ceiling_fen,
        unopened={
            bytes.fromhex(named): bytes.fromhex(part) if part is not None else None
            for named, part in row.unopened.items()
        },
        drawn=dict(row.drawn),
        bids=_bids(session, row.id),
        members=_members(session, row.id),
        leader=row.leader,
        public_key=bytes(row.public_key),
        session_epoch=row.epoch,
        convened_at=row.convened_at,
        finished_at=row.finished_at,
    )


def _bids(session: Session, room_id: UUID) -> tuple[BidView, ...]:
    parts: dict[int, list[str]] = {}
    for number, name in session.execute(
        select(RoomPartRow.number, RoomPartRow.name).where(RoomPartRow.room_id == room_id)
    ):
        parts.setdefault(number, []).append(name)
    rows = session.scalars(
        select(RoomBidRow).where(RoomBidRow.room_id == room_id).order_by(RoomBidRow.number)
    )
    return tuple(
        BidView(
            number=bid.number,
            bidder_ref=bid.bidder_ref,
            commitment=bytes(bid.commitment),
            organisation=bid.organisation,
            credit_code=bid.credit_code,
            price_fen=bid.price_fen,
            offer=bid.offer,
            draw_part=bytes(bid.draw_part) if bid.draw_part is not None else None,
            security=Security(**bid.security) if bid.security is not None else None,
            # Technical before commercial before attachments, as an envelope lists them.
            parts=tuple(sorted(parts.get(bid.number, ()), reverse=True)),
        )
        for bid in rows
    )


def _members(session: Session, room_id: UUID) -> tuple[MemberView, ...]:
    rows = session.execute(
        select(MemberRow, ExpertRow, SiteRow)
        .join(ExpertRow, ExpertRow.id == MemberRow.expert_id)
        .join(SiteRow, SiteRow.id == ExpertRow.site_id)
        .where(MemberRow.room_id == room_id, MemberRow.out_at.is_(None))
        .order_by(MemberRow.seat)
    )
    return tuple(_member(row, expert, site) for row, expert, site in rows)


def _member(row: MemberRow, expert: ExpertRow, site: SiteRow) -> MemberView:
    return MemberView(
        seat=row.seat,
        turn=row.turn,
        expert_id=row.expert_id,
        expert=row.expert,
        person_id=expert.person_id,
        name=expert.name,
        employer=expert.employer,
        employer_code=expert.employer_code,
        site=site.name,
        site_kind=site.kind,
        state=row.state,
        certificate=bytes(row.certificate) if row.certificate is not None else None,
        public_key=bytes(row.public_key) if row.public_key is not None else None,
        since=row.invited_at,
        submitted=row.submitted,
    )


def member_of(room: RoomView, actor: Actor) -> MemberView:
    """The pledged member that an account is.

    Raises Refused EVA-2001 not a member of this room; EVA-2002 not checked in or pledged yet.
    """
    if isinstance(actor, Account) and actor.role is Role.EXPERT:
        for member in room.members:
            if member.person_id == actor.person_id:
                if not member.pledged:
                    raise Refused("EVA-2002")
                return member
    raise Refused("EVA-2001")


def may_watch(session: Session, room_id: UUID, actor: Actor) -> Party:
    """As whom an account may see the room: a member that has accepted, its centre, the supervisor.

    Raises Refused EVA-2006, EVA-2001.
    """
    row = session.get(RoomRow, room_id)
    if row is None:
        raise Refused("EVA-2006")
    party = party_of(actor, row)
    if party is Party.AGENCY or party is Party.SYSTEM:
        raise Refused("EVA-2001")
    return party


def check_seated(party: Party, me: MemberView | None) -> None:
    """An expert without a seat here is a stranger. Raises Refused EVA-2001."""
    if party is Party.EXPERT and me is None:
        raise Refused("EVA-2001")


def rooms_of_centre(session: Session, centre_ref: UUID) -> frozenset[UUID]:
    """The rooms of one centre."""
    return frozenset(session.scalars(select(RoomRow.id).where(RoomRow.centre_ref == centre_ref)))


def replaced_seats(session: Session, room_id: UUID) -> tuple[tuple[int, UUID], ...]:
    """Seat and expert of everyone who left the room: their sheets are void."""
    rows = session.execute(
        select(MemberRow.seat, MemberRow.expert_id)
        .where(MemberRow.room_id == room_id, MemberRow.out_at.is_not(None))
        .order_by(MemberRow.out_epoch)
    )
    return tuple((seat, expert) for seat, expert in rows)


# --- boards -------------------------------------------------------------------------------------


def summary_of_lot(session: Session, lot_ref: UUID) -> RoomSummary | None:
    """The lot's room as boards show it."""
    row = session.scalars(select(RoomRow).where(RoomRow.lot_ref == lot_ref)).one_or_none()
    return _summary(session, row) if row else None


def summaries_on(session: Session, start: datetime, end: datetime) -> tuple[RoomSummary, ...]:
    """Rooms that were open at some time between `start` and `end`, those still running first."""
    rows = session.scalars(
        select(RoomRow)
        .where(
            RoomRow.convened_at < end,
            or_(RoomRow.finished_at.is_(None), RoomRow.finished_at >= start),
        )
        .order_by(RoomRow.finished_at.is_not(None), RoomRow.convened_at, RoomRow.id)
    )
    return tuple(_summary(session, row) for row in rows)


def summaries(session: Session, room_ids: Sequence[UUID]) -> tuple[RoomSummary, ...]:
    """Some rooms by id, newest first."""
    rows = session.scalars(
        select(RoomRow).where(RoomRow.id.in_(room_ids)).order_by(RoomRow.convened_at.desc())
    )
    return tuple(_summary(session, row) for row in rows)


def _summary(session: Session, row: RoomRow) -> RoomSummary:
    seats = read_plan(row.plan).seats
    sites = _sites(session, row.id)
    return RoomSummary(
        room_id=row.id,
        lot_ref=row.lot_ref,
        live_id=row.live_id,
        title=row.title,
        number=row.number,
        stage=row.stage.value,
        word=STAGE_NAMES[row.stage],
        since=row.stage_since,
        paused=row.paused_at is not None,
        paused_reason=row.paused_reason,
        seats=seats,
        checked_in=sum(site.checked_in for site in sites),
        sites=sites,
        alarms=_alarms(row, seats - sum(site.seats for site in sites)),
        convened_at=row.convened_at,
        finished_at=row.finished_at,
    )


def _sites(session: Session, room_id: UUID) -> tuple[SiteSeats, ...]:
    found: dict[tuple[str, str], list[MemberState]] = {}
    for state, name, kind in session.execute(
        select(MemberRow.state, SiteRow.name, SiteRow.kind)
        .join(ExpertRow, ExpertRow.id == MemberRow.expert_id)
        .join(SiteRow, SiteRow.id == ExpertRow.site_id)
        .where(MemberRow.room_id == room_id, MemberRow.out_at.is_(None))
        .order_by(SiteRow.kind.desc(), SiteRow.name)
    ):
        found.setdefault((name, kind.value), []).append(state)
    return tuple(
        SiteSeats(name, kind, len(states), sum(state in PRESENT for state in states))
        for (name, kind), states in found.items()
    )


def _alarms(row: RoomRow, empty: int) -> tuple[Alarm, ...]:
    found = []
    if row.paused_at is not None:
        found.append(Alarm(row.paused_at, f"评标暂停：{row.paused_reason or ''}"))
    drawn = row.stage in RUNNING and row.stage.value != "drawing"
    if drawn and empty > 0:
        found.append(Alarm(row.stage_since, f"{empty} 个席位无人可以递补"))
    return tuple(found)
