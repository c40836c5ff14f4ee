"""Opening a room for a dossier: content keys wrapped, the pool frozen and logged first of all.

招标投标法 37: drawn at random from those who have no relation to the bidders or the tenderee.
"""

import os
from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from evaluation.events import EvaluationBegan
from evaluation.experts import queries as experts
from evaluation.experts.rules import Pool, can_be_seated, draw_name
from evaluation.plans.rules import read_plan
from evaluation.rooms import sitting
from evaluation.rooms.dossier import Dossier, DossierBid
from evaluation.rooms.keys import public_bytes, room_key
from evaluation.rooms.models import DrawRow, MemberRow, RoomBidRow, RoomPartRow, RoomRow
from evaluation.rooms.sitting import Sitting
from evaluation.rooms.states import Fact, Kind, MemberState, Stage
from kernel import live, log, outbox
from kernel.identity import queries as identity
from kernel.ids import new_id
from kernel.pure.errors import Refused
from kernel.secrets import Keys

KIND = "evaluation"
SALT_BYTES = 32
ABSENT = frozenset({MemberState.DECLINED, MemberState.REPLACED})
SHANGHAI = ZoneInfo("Asia/Shanghai")


def convene(session: Session, keys: Keys, dossier: Dossier, *, now: datetime) -> UUID:
    """Open the lot's room, or return the one that is open already.

    Raises Refused EVA-2501 for a dossier that is not sound, EVA-2101 for too few free experts.
    """
    known = session.scalar(select(RoomRow.id).where(RoomRow.lot_ref == dossier.lot_ref))
    if known is not None:
        return known
    dossier.check()
    room_id = new_id()
    row = _room(session, keys, room_id, dossier, now)
    session.add(row)
    session.flush()
    for bid in dossier.bids:
        _keep(session, keys, room_id, bid)
    _freeze(session, row, seats=dossier.plan.seats, turn=1, now=now)
    held = sitting.load(session, row, now)
    sitting.announce(held, Fact(Kind.CONVENED), {"lot": {"number": row.number, "name": row.title}})
    outbox.record(session, EvaluationBegan(new_id(), row.lot_ref, room_id, now))
    return room_id


def _room(session: Session, keys: Keys, room_id: UUID, dossier: Dossier, now: datetime) -> RoomRow:
    return RoomRow(
        id=room_id,
        lot_ref=dossier.lot_ref,
        tender_ref=dossier.tender_ref,
        centre_ref=dossier.centre_ref,
        agency_ref=dossier.agency_ref,
        tenderee_ref=dossier.tenderee_ref,
        live_id=live.open_session(session, kind=KIND, ref=room_id),
        title=dossier.title,
        number=dossier.number,
        plan=dossier.plan.to_json(),
        close_root=dossier.close_root,
        ceiling_fen=dossier.ceiling_fen,
        unopened={
            named.hex(): part.hex() if part is not None else None
            for named, part in dossier.unopened.items()
        },
        drawn=dict(dossier.drawn),
        public_key=public_bytes(room_key(keys, room_id)),
        stage=Stage.DRAWING,
        stage_since=now,
        turn=1,
        round=1,
        ballot=1,
        epoch=1,
        convened_at=now,
    )


def _keep(session: Session, keys: Keys, room_id: UUID, bid: DossierBid) -> None:
    session.add(
        RoomBidRow(
            room_id=room_id,
            number=bid.number,
            bidder_ref=bid.bidder_ref,
            commitment=bid.commitment,
            organisation=bid.organisation,
            credit_code=bid.credit_code,
            price_fen=bid.price_fen,
            offer=dict(bid.offer),
            related=list(bid.related),
            draw_part=bid.draw_part,
            security=bid.security.to_json() if bid.security else None,
        )
    )
    for part in bid.parts:
        session.add(
            RoomPartRow(
                room_id=room_id,
                number=bid.number,
                name=part.name,
                header=part.header,
                blob_key=part.blob_key,
                cek=keys.wrap(part.cek, context=key_context(bid.commitment, part.name)),
            )
        )


def key_context(commitment: bytes, part: str) -> bytes:
    """What a wrapped content key is bound to: its bid and its part."""
    return commitment + part.encode()


def erase_keys(session: Session, lot_ref: UUID, *, now: datetime) -> None:
    """Nobody reads the bids of this lot any more; a lot without a room has nothing to erase."""
    row = session.scalars(
        select(RoomRow).where(RoomRow.lot_ref == lot_ref).with_for_update()
    ).one_or_none()
    if row is None or row.reading_closed_at is not None:
        return
    row.reading_closed_at = now
    session.execute(update(RoomPartRow).where(RoomPartRow.room_id == row.id).values(cek=None))
    session.flush()


def _freeze(session: Session, row: RoomRow, *, seats: int, turn: int, now: datetime) -> None:
    draw, _ = _frozen(session, row, seats=seats, turn=turn, now=now)
    session.add(draw)
    session.flush()


def freeze_again(held: Sitting) -> tuple[DrawRow, Pool]:
    """The pool of the next turn: who declared a relation or declined stays out of it."""
    return _frozen(
        held.session,
        held.row,
        seats=held.room.seats,
        turn=held.room.turn + 1,
        now=held.now,
    )


def _frozen(
    session: Session, row: RoomRow, *, seats: int, turn: int, now: datetime
) -> tuple[DrawRow, Pool]:
    salt = os.urandom(SALT_BYTES)
    out = session.execute(
        select(MemberRow.expert_id, MemberRow.state).where(
            MemberRow.room_id == row.id, MemberRow.out_at.is_not(None)
        )
    ).all()
    terms = experts.Terms(
        lot_ref=row.lot_ref,
        on=now.astimezone(SHANGHAI).date(),
        years=read_plan(row.plan).avoidance_years,
        seats=seats,
        avoid=_avoided(session, row),
        declared={each.expert_id for each in out if each.state is MemberState.RECUSED},
        absent={each.expert_id for each in out if each.state in ABSENT},
    )
    pool, _ = experts.freeze(session, terms, salt=salt)
    if not can_be_seated(pool):
        raise Refused("EVA-2101", seats=seats)
    digest = pool.digest()
    leaf = log.append(
        session,
        "evaluation_pool",
        {"lot": str(row.lot_ref), "draw": draw_name(turn), "pool": digest.hex()},
    )
    draw = DrawRow(
        room_id=row.id,
        turn=turn,
        salt=salt,
        pool=pool.canonical(),
        pool_digest=digest,
        pool_leaf=leaf,
        silent=[],
        frozen_at=now,
    )
    return draw, pool


def _avoided(session: Session, row: RoomRow) -> set[str]:
    """Credit codes of bidders, those behind them, tenderee and agency."""
    codes: set[str] = set()
    for bid in session.scalars(select(RoomBidRow).where(RoomBidRow.room_id == row.id)):
        codes |= {bid.credit_code, *(str(each) for each in bid.related)}
    for party in (row.tenderee_ref, row.agency_ref):
        codes.add(identity.organisation(session, party).credit_code)
    return codes
