"""One room under its row's lock: load the snapshot, give it a command, write down the facts.

Every fact is one numbered event, written in the same transaction as the rows it changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from evaluation.experts.models import ExpertRow, SiteRow
from evaluation.experts.rules import DrawParty, read_pool
from evaluation.plans.rules import Plan, read_plan
from evaluation.rooms import effects, stream
from evaluation.rooms.commands import Command
from evaluation.rooms.models import CommitmentRow, DrawRow, MemberRow, NonceRow, RoomRow, VoteRow
from evaluation.rooms.rules import decide
from evaluation.rooms.states import Fact, Facts, Member, Room, evolve
from kernel import live
from kernel.pure import jcs
from kernel.pure.errors import Refused

Extras = Mapping[str, Any]


@dataclass(slots=True)
class Sitting:
    """One room, held by the caller's transaction; `members` are the rows of who sits now."""

    session: Session
    row: RoomRow
    draw: DrawRow
    plan: Plan
    room: Room
    now: datetime
    members: dict[int, MemberRow] = field(default_factory=dict)

    def member_of(self, person_id: UUID) -> MemberRow:
        """The row of a person who sits here. Raises Refused EVA-2001."""
        expert = self.session.scalar(select(ExpertRow.id).where(ExpertRow.person_id == person_id))
        for row in self.members.values():
            if expert is not None and row.expert_id == expert:
                return row
        raise Refused("EVA-2001")


def locked(session: Session, room_id: UUID) -> RoomRow:
    """The room's row, locked to the end of the transaction. Raises Refused EVA-2006."""
    row = session.scalars(
        select(RoomRow)
        .where(RoomRow.id == room_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).first()
    if row is None:
        raise Refused("EVA-2006")
    return row


def enter(session: Session, room_id: UUID, now: datetime) -> Sitting:
    """Lock and load the room. Raises Refused EVA-2006."""
    return load(session, locked(session, room_id), now)


def load(session: Session, row: RoomRow, now: datetime) -> Sitting:
    """The room behind a row."""
    plan = read_plan(row.plan)
    draw = session.get_one(DrawRow, (row.id, row.turn))
    members = sitting_members(session, row.id)
    room = Room(
        stage=row.stage,
        lot=str(row.lot_ref),
        seats=plan.seats,
        leader_rounds=plan.leader_rounds,
        floor=plan.floor,
        pool=read_pool(_record(draw)),
        turn=row.turn,
        commitments=_commitments(session, row),
        nonces=_nonces(session, row),
        seed=draw.seed,
        order=tuple(draw.drawn or ()),
        gone=_gone(session, row),
        members=tuple(
            Member(each.seat, each.turn, each.expert, each.state, each.submitted)
            for each in members.values()
        ),
        leader=row.leader,
        round=row.round,
        ballot=row.ballot,
        votes=_votes(session, row),
        epoch=row.epoch,
        paused_at=row.paused_at,
        paused_by=row.paused_by,
    )
    return Sitting(session, row, draw, plan, room, now, members)


def sitting_members(session: Session, room_id: UUID) -> dict[int, MemberRow]:
    """Who sits now, by seat."""
    rows = session.scalars(
        select(MemberRow)
        .where(MemberRow.room_id == room_id, MemberRow.out_at.is_(None))
        .order_by(MemberRow.seat)
    )
    return {row.seat: row for row in rows}


def _record(draw: DrawRow) -> dict[str, Any]:
    record = jcs.parse(draw.pool)
    if not isinstance(record, dict):
        raise TypeError("a pool record is an object")
    return dict(record)


def _commitments(session: Session, row: RoomRow) -> dict[DrawParty, bytes]:
    rows = session.scalars(
        select(CommitmentRow).where(CommitmentRow.room_id == row.id, CommitmentRow.turn == row.turn)
    )
    return {each.party: each.commitment for each in rows}


def _nonces(session: Session, row: RoomRow) -> dict[DrawParty, bytes]:
    rows = session.scalars(
        select(NonceRow).where(NonceRow.room_id == row.id, NonceRow.turn == row.turn)
    )
    return {each.party: each.nonce for each in rows}


def _gone(session: Session, row: RoomRow) -> frozenset[str]:
    return frozenset(
        session.scalars(
            select(MemberRow.expert).where(
                MemberRow.room_id == row.id,
                MemberRow.draw_turn == row.turn,
                MemberRow.out_at.is_not(None),
            )
        )
    )


def _votes(session: Session, row: RoomRow) -> dict[int, int]:
    rows = session.execute(
        select(VoteRow.seat, VoteRow.candidate).where(
            VoteRow.room_id == row.id, VoteRow.ballot == row.ballot
        )
    )
    return {seat: candidate for seat, candidate in rows}  # noqa: C416 - rows are not pairs


def give(sitting: Sitting, command: Command, extras: Extras | None = None) -> Facts:
    """Decide the command and write its facts; `extras` go into the first fact's payload."""
    facts = decide(sitting.room, command, sitting.now)
    told = extras or {}
    for fact in facts:
        _write(sitting, fact, told)
        told = {}
    return facts


def _write(sitting: Sitting, fact: Fact, extras: Extras) -> None:
    before = sitting.room
    sitting.room = evolve(before, (fact,))
    effects.apply(sitting, fact, before)
    _project(sitting)
    announce(sitting, fact, extras)


def announce(sitting: Sitting, fact: Fact, extras: Extras | None = None) -> int:
    """Append one fact to the room's stream; returns its number."""
    book = stream.Book(sitting.room, sites_by_seat(sitting), extras or {})
    return live.append(
        sitting.session, sitting.row.live_id, fact.kind.value, stream.payload(fact, book)
    )


def sites_by_seat(sitting: Sitting) -> dict[int, str]:
    """The site of each manned seat."""
    rows = sitting.session.execute(
        select(MemberRow.seat, SiteRow.name)
        .join(ExpertRow, ExpertRow.id == MemberRow.expert_id)
        .join(SiteRow, SiteRow.id == ExpertRow.site_id)
        .where(MemberRow.room_id == sitting.row.id, MemberRow.out_at.is_(None))
    )
    return {seat: name for seat, name in rows}  # noqa: C416 - rows are not pairs


def _project(sitting: Sitting) -> None:
    room, row = sitting.room, sitting.row
    row.stage, row.turn, row.leader = room.stage, room.turn, room.leader
    row.round, row.ballot, row.epoch = room.round, room.ballot, room.epoch
    row.paused_at, row.paused_by = room.paused_at, room.paused_by
    for member in room.members:
        held = sitting.members[member.seat]
        held.state, held.submitted = member.state, member.submitted
    sitting.session.flush()
